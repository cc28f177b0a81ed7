"""The JSON schemas of the wire's messages, for the API's description: what sync's types say, spelt out in place."""

from __future__ import annotations

from typing import Any

import msgspec

PREFIX = "#/components/schemas/"


def schema_of(message: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON schema of a message, with the types inside it written where they stand."""
    (outer,), parts = msgspec.json.schema_components([message], ref_template=PREFIX + "{name}")
    found = _spelt_out(outer, parts)
    return dict(found)


def _spelt_out(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_spelt_out(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith(PREFIX):
        return _spelt_out(parts[reference.removeprefix(PREFIX)], parts)
    spelt = {name: _spelt_out(value, parts) for name, value in schema.items()}
    if isinstance(spelt.get("pattern"), str):
        spelt["pattern"] = spelt["pattern"].replace(
            r"\Z", "$"
        )  # JSON Schema's regular expressions are ECMAScript's
    return spelt


def body_of(message: type[msgspec.Struct]) -> dict[str, Any]:
    """A request body for the description."""
    return {"required": True, "content": {"application/json": {"schema": schema_of(message)}}}


def answer_of(message: type[msgspec.Struct], what: str) -> dict[str, Any]:
    """A response for the description."""
    return {"description": what, "content": {"application/json": {"schema": schema_of(message)}}}
