"""The API's description as a page to read, /api/docs, made from the same document as /api/openapi.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template, send_from_directory

from server.base.http import public

blueprint = Blueprint("web", __name__, template_folder="templates")
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
ACCESS = {"public": "nothing: open to everyone", "device": "a device's signature"}
WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}


@dataclass(frozen=True)
class Operation:
    """One operation as it is shown. `needs` says who may call it, in words."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    needs: str
    parameters: list[dict[str, Any]]
    body: str
    answers: list[tuple[str, str, str]]


@blueprint.get("/api/docs")
@public
def reference() -> str:
    """Every operation by room, then every schema."""
    document = current_app.extensions["doorstep_openapi"]
    schemas = {name: fields_of(schema) for name, schema in document["components"]["schemas"].items()}
    return render_template("reference.html", info=document["info"], rooms=rooms_of(document), schemas=schemas)


@blueprint.get("/static/<path:name>")
@public
def static(name: str) -> Response:
    """A stylesheet or picture of ours."""
    response = send_from_directory(f"{blueprint.root_path}/static", name, max_age=3600)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def rooms_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Tag → its description and operations, in the order of the document."""
    rooms: dict[str, dict[str, Any]] = {
        tag["name"]: {"about": tag.get("description", ""), "operations": []}
        for tag in document.get("tags", [])
    }
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                tag = next(iter(operation.get("tags", [])), "other")
                room = rooms.setdefault(tag, {"about": "", "operations": []})
                shared = methods.get("parameters", [])
                room["operations"].append(_operation(path, method, operation, shared))
    return {name: room for name, room in rooms.items() if room["operations"]}


def _operation(path: str, method: str, operation: dict[str, Any], shared: list[dict[str, Any]]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {})
    answers = [
        (status, answer.get("description", ""), _content(answer.get("content", {})))
        for status, answer in operation.get("responses", {}).items()
        if status.isdigit() and "$ref" not in answer and PROBLEM not in answer.get("content", {})
    ]
    return Operation(
        id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        about=operation.get("description", ""),
        needs=_needs(operation),
        parameters=[
            parameter | {"form": form_of(parameter.get("schema", {}))}
            for parameter in [*shared, *operation.get("parameters", [])]
        ],
        body=_content(body),
        answers=answers,
    )


def _needs(operation: dict[str, Any]) -> str:
    if permission := operation.get("x-permission"):
        return f"the permission {permission}"
    return ACCESS.get(str(operation.get("x-access", "")), "a sign-in")


def _content(content: dict[str, Any]) -> str:
    return next((form_of(media.get("schema", {})) for media in content.values()), "")


def fields_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema's fields: name, form, whether it must be there, and what it is."""
    required = set(schema.get("required", []))
    return [
        {
            "name": name,
            "form": form_of(field),
            "required": name in required,
            "about": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def form_of(schema: dict[str, Any]) -> str:
    """A field's form in words: "text", "list of Account", "whole number, 1 to 200", …; "" for none."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1])
    if "allOf" in schema or "anyOf" in schema:
        return " or ".join(form_of(one) for one in schema.get("anyOf", schema.get("allOf", [])))
    kind = schema.get("type", "")
    kinds = kind if isinstance(kind, list) else [kind]
    if "array" in kinds:
        return f"list of {form_of(schema.get('items', {})) or 'anything'}"
    words = " or ".join(WORDS.get(str(one), str(one)) for one in kinds if one)
    if "format" in schema:
        words = words.replace("text", str(schema["format"]))
    if values := [str(value) for value in schema.get("enum", []) if value is not None]:
        return f"{words}: {', '.join(values)}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None or most is not None:
        words += f", {least if least is not None else '…'} to {most if most is not None else '…'}"
    if "maxLength" in schema:
        words += f", up to {schema['maxLength']} characters"
    return words
