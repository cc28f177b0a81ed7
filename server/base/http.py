"""What every room's `api.py` uses: who is asking, what a view needs, reading of bodies, and version checks.

Every view says who may call it by one of `needs`, `public` and `by_device`; `server/app.py` refuses to start otherwise,
and asks before the view runs, so the order of decorators is no matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import Request, current_app, g, request
from webargs.flaskparser import FlaskParser

from server.base.access import PUBLIC, Principal
from server.base.problems import Problem
from server.base.service import Service

View = TypeVar("View", bound=Callable[..., Any])
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Access:
    """Who may call a view. kind: permission | public | device."""

    kind: str
    permission: str = ""


@dataclass(frozen=True)
class Inside:
    """What the application carries for the views: the service, and how to tell who is asking."""

    service: Service
    authenticate: Callable[[Service, Request], Principal | None]


def current_service() -> Service:
    """The service that this application serves."""
    return cast(Inside, current_app.extensions["doorstep"]).service


def current_principal() -> Principal:
    """Who is asking; PUBLIC in a view that is marked public or signed by a device."""
    return cast(Principal, g.get("principal", PUBLIC))


def needs(permission: str) -> Callable[[View], View]:
    """Mark a view as open to those who are signed in and hold the permission; "" is: to anyone signed in."""
    return _marking(Access("permission", permission))


def public(view: View) -> View:
    """Mark a view as open to everyone."""
    return _marking(Access("public"))(view)


def by_device(view: View) -> View:
    """Mark a view that a device calls: the view itself checks the signature on the message."""
    return _marking(Access("device"))(view)


def body_limit(setting: str) -> Callable[[View], View]:
    """Let a view take a body as large as the setting of that name, instead of `most_body_bytes`."""

    def mark(view: View) -> View:
        view.body_limit = setting  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Callable[..., Any], method: str) -> Access | None:
    """Who may call a view function by a method; None where nobody said. A method view is asked for its method."""
    return cast(Access | None, _mark_of(view, method, "access"))


def limit_of(view: Callable[..., Any], method: str) -> str:
    """The name of the setting that bounds a view's body."""
    return cast(str | None, _mark_of(view, method, "body_limit")) or "most_body_bytes"


def _mark_of(view: Callable[..., Any], method: str, name: str) -> object:
    inside = getattr(view, "view_class", None)
    if inside is not None:
        view = getattr(inside, "get" if method == "HEAD" else method.lower(), view)
    return getattr(view, name, None)


def _marking(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


class Parser(FlaskParser):
    """Reads bodies and queries; refuses other kinds of body, and text that no database can keep."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": ma.EXCLUDE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The JSON body; Problem for another media type or unstorable text."""
        if req.content_length != 0 and not req.is_json and (req.mimetype or req.get_data(cache=True)):
            raise Problem("unsupported", "Send the body as application/json.")
        loaded = super().load_json(req, schema)
        refuse_unstorable(loaded)
        return loaded

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query's parameters; Problem for unstorable text."""
        refuse_unstorable(req.args.to_dict(flat=False))
        return super().load_querystring(req, schema)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """flask-smorest's Blueprint with our reading of bodies; rooms make theirs of this one."""

    ARGUMENTS_PARSER = Parser()


def refuse_unstorable(value: Any) -> None:
    """Problem where a text holds U+0000 or half a surrogate pair: PostgreSQL keeps neither."""
    if isinstance(value, str):
        if "\0" in value or (not value.isprintable() and _is_half_a_pair(value)):
            raise Problem(
                "bad_request", "A text holds a character that cannot be kept (U+0000 or a lone surrogate)."
            )
    elif isinstance(value, dict):
        for name, inner in value.items():
            refuse_unstorable(name)
            refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            refuse_unstorable(inner)


def _is_half_a_pair(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def etag_of(version: int) -> str:
    """The entity tag of a version that two people may edit."""
    return f'"v{version}"'


def require_match(version: int) -> None:
    """Problem unless If-Match names the version that is there: 428 without the header, 412 when it is another."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise Problem("precondition_required", "Send If-Match with the ETag of the version you read.")
    if given != "*" and etag_of(version) not in [tag.strip() for tag in given.split(",")]:
        raise Problem("stale_version", "Read it again: somebody has changed it since.", version=version)


IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "required": True,
            "description": "The ETag of the version that was read.",
            "schema": {"type": "string"},
        }
    ]
}
