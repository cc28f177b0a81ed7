"""The API's description (OpenAPI 3.1): who may call what, and problem documents as every error's form."""

from __future__ import annotations

import re
from typing import Any

import flask_smorest
import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask

from server.base.edge import routes
from server.base.http import Access

VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
PROBLEM_TYPE = "application/problem+json"


class ProblemSchema(ma.Schema):
    """A problem document (RFC 9457); a code may bring members of its own."""

    class Meta:
        """Members of the codes' own are described as allowed."""

        unknown = ma.INCLUDE

    type = ma.fields.String(required=True, metadata={"description": "urn:doorstep:problem:<code>"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "A row of the catalogue of problems."})
    detail = ma.fields.String(metadata={"description": "What is wrong here and what to do."})
    instance = ma.fields.String()
    errors = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.String(), metadata={"description": "Where → what."}
    )


def named_by_room(schema: Any) -> str:
    """A schema's name in the description: its room's name before its own, for rooms share words (StaffAccount)."""
    kind: type[ma.Schema] = resolve_schema_cls(schema)  # type: ignore[assignment]
    parts = kind.__module__.split(".")
    room = parts[1].title() if len(parts) > 2 and parts[0] == "server" and parts[1] != "base" else ""
    own = str(kind.__name__).removesuffix("Schema")
    return own if own.startswith(room) else f"{room}{own}"


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's Api with our problem documents; the edge handles the errors."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        plugin = MarshmallowPlugin(schema_name_resolver=named_by_room)
        super().__init__(app, spec_kwargs={"marshmallow_plugin": plugin})

    def _register_error_handlers(self) -> None:
        """Leave the errors to the edge."""


def describe(app: Flask, api: Api) -> dict[str, Any]:
    """The finished description: access on each operation, problems as problem+json."""
    document: dict[str, Any] = api.spec.to_dict()
    components = document.setdefault("components", {})
    for response in components.get("responses", {}).values():
        _as_problem(response)
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "doorstep_session"},
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "The csrf_token of /api/sign-in or /api/me; with a session, on everything but GET.",
        },
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of POST /api/tokens."},
    }
    for rule, method, access in routes(app):
        operation = document["paths"].get(VARIABLE.sub(r"{\1}", rule), {}).get(method.lower())
        if operation is not None and access is not None:
            _say_access(operation, access)
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                if "content" in response and "ProblemSchema" in str(response["content"]):
                    _as_problem(response)
    return document


def _as_problem(response: dict[str, Any]) -> None:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    response["content"] = {PROBLEM_TYPE: next(iter(response.get("content", {}).values()), schema)}


def _say_access(operation: dict[str, Any], access: Access) -> None:
    if access.kind == "permission":
        operation["security"] = [{"bearer": []}, {"session": [], "csrf": []}]
        if access.permission:
            operation["x-permission"] = access.permission
    else:
        operation["security"] = []
        operation["x-access"] = access.kind
