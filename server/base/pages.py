"""What every room's console pages use: the frame, forms with their errors, notices after a redirect, error pages.

A view is marked with `needs` or `public` as the API's are. Who is not signed in is led to the sign-in page and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import flask
import marshmallow as ma
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug import Response as WerkzeugResponse
from werkzeug.datastructures import MultiDict

from server.base.access import has
from server.base.http import current_principal, current_service, refuse_unstorable
from server.base.problems import Problem
from server.base.service import Service

T = TypeVar("T")
CONSOLE = "/console"
SIGN_IN = f"{CONSOLE}/sign-in"
NOTICE_SECONDS = 300
Answer = Response | WerkzeugResponse | str


class Pages(flask.Blueprint):
    """Pages of a room's `pages/` under /console, with the room's `templates/`."""

    def __init__(self, name: str, import_name: str) -> None:
        super().__init__(name, import_name, url_prefix=CONSOLE, template_folder="../templates")


@dataclass
class Form:
    """What was typed and what became of it. `values` are the loaded ones; `errors` are sentences by field's name.

    `problem` is a sentence about the whole, where the use case refused it.
    """

    values: dict[str, Any]
    typed: Mapping[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True while nothing is wrong."""
        return not self.errors and not self.problem

    def right(self, *names: str) -> dict[str, Any]:
        """Those of the named fields that were typed and are right, as typed: a list's filters for its links."""
        return {name: self.typed[name] for name in names if name in self.typed and name not in self.errors}

    def attempt(self, use_case: Callable[[], T]) -> T | None:
        """What the use case returns; None where it refuses, and the form then says why."""
        try:
            return use_case()
        except Problem as problem:
            if problem.status >= 500 or problem.code in ("forbidden", "cross_site", "unauthenticated"):
                raise
            if problem.fields.get("outside_area"):
                raise
            self.errors |= problem.fields.get("errors", {})
            self.problem = str(problem)
            return None


EMPTY = Form({}, {})


def read_form(schema: ma.Schema, **known: Any) -> Form:
    """The posted form, loaded by a schema; empty fields count as left out. `known` are typed values not in the form."""
    return _loaded(schema, request.form, known)


def read_query(schema: ma.Schema) -> Form:
    """The query, loaded by a schema; a value that is wrong is left out, and told in `errors`."""
    form = _loaded(schema, request.args, {})
    if form.errors:
        good = {name: value for name, value in form.typed.items() if name not in form.errors}
        form.values = cast(dict[str, Any], schema.load(good, unknown=ma.EXCLUDE))
    return form


def require_understood(query: Form) -> Form:
    """The query of a file to take away. Problem("validation_failed") where part of it was left out: a file does not
    say, as a page does, that it holds more than was asked for.
    """
    if query.errors:
        told = "The filter was not understood: choose it on the page again."
        raise Problem("validation_failed", told, errors=query.errors)
    return query


def _loaded(schema: ma.Schema, given: MultiDict[str, str], known: Mapping[str, Any]) -> Form:
    refuse_unstorable(given.to_dict(flat=False))
    lists = {name for name, one in schema.fields.items() if isinstance(one, ma.fields.List)}
    typed: dict[str, Any] = dict(known)
    for name in given:
        if name in lists:
            typed[name] = [text for text in given.getlist(name) if text]
        elif text := (given.get(name) or "").replace("\r\n", "\n").strip():
            typed[name] = text
    try:
        return Form(cast(dict[str, Any], schema.load(typed, unknown=ma.EXCLUDE)), typed)
    except ma.ValidationError as error:
        messages = error.messages_dict
        return Form({}, typed, {name: _sentence(found) for name, found in messages.items()})


def _sentence(found: Any) -> str:
    if isinstance(found, dict):
        return " ".join(_sentence(inner) for inner in found.values())
    return " ".join(str(one) for one in found) if isinstance(found, list) else str(found)


def render(template: str, status: int = 200, **shown: Any) -> Response:
    """A page in the console's frame."""
    notice = _read_notice()
    response = make_response(
        render_template(template, **_frame(), notice=notice, **({"form": EMPTY} | shown)), status
    )
    response.headers["Referrer-Policy"] = (
        "same-origin"  # without one a browser says Origin: null of our own forms
    )
    if notice:
        response.delete_cookie(_notice_cookie(), path="/", secure=current_service().settings.over_tls)
    return response


def go(where: str, notice: str = "") -> WerkzeugResponse:
    """See other: to a page of ours after a change, which shows `notice` once."""
    response = redirect(where, 303)
    if notice:
        sealed: Any = _signer().dumps(notice)
        response.set_cookie(
            _notice_cookie(),
            sealed,
            max_age=NOTICE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=current_service().settings.over_tls,
            path="/",
        )
    return response


def own_path(given: str, otherwise: str = CONSOLE) -> str:
    """A path within the console to go on to, or `otherwise` for anything else: no page of ours leads away."""
    parts = urlsplit(given)
    is_ours = not parts.scheme and not parts.netloc and f"{parts.path}/".startswith(f"{CONSOLE}/")
    plain = given.isascii() and given.isprintable() and "\\" not in given and "//" not in parts.path
    return given if is_ours and plain and ".." not in parts.path.split("/") else otherwise


def is_page() -> bool:
    """True where the request is for a console page, whose errors people read."""
    return request.path == CONSOLE or request.path.startswith(f"{CONSOLE}/")


def problem_page(problem: Problem) -> WerkzeugResponse:
    """A problem as a page, or the way to the sign-in page for whoever is not signed in."""
    if problem.code == "unauthenticated" and request.method in ("GET", "HEAD"):
        if request.headers.get("HX-Request") == "true":
            response = make_response("", problem.status)
            response.headers["HX-Refresh"] = "true"  # the whole page: its part alone would become a form
            return response
        query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
        wanted = own_path(f"{quote(request.path)}{query}", "")
        return redirect(
            SIGN_IN + (f"?next={quote(wanted, safe='')}" if wanted not in ("", CONSOLE) else ""), 303
        )
    response = render("console/problem.html", problem.status, problem=problem)
    if "retry_after" in problem.fields:
        response.headers["Retry-After"] = str(problem.fields["retry_after"])
    return response


def install(app: Flask, frame: Callable[[Service, Any], dict[str, Any]]) -> None:
    """Hang the frame on an application: `frame(service, principal)` gives the navigation and the like."""
    app.extensions["doorstep_frame"] = frame
    app.jinja_env.filters |= {"moment": _moment, "day": _day, "number": _number, "share": _share}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _frame() -> dict[str, Any]:
    service, principal = current_service(), current_principal()
    return {
        "me": principal,
        "may": lambda permission: has(principal, permission),
        "force": service.settings.force_name,
        "csrf_token": g.get("csrf_token", ""),
        "now": service.clock.now(),
        **current_app.extensions["doorstep_frame"](service, principal),
    }


def _notice_cookie() -> str:
    return "__Host-doorstep_notice" if current_service().settings.over_tls else "doorstep_notice"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_service().keys.derive("notice"), salt="notice")


def _read_notice() -> str:
    sealed = request.cookies.get(_notice_cookie(), "")
    try:
        return str(_signer().loads(sealed, max_age=NOTICE_SECONDS)) if sealed else ""
    except BadSignature:
        return ""


def _moment(at: datetime | None) -> str:
    """An instant in the force's zone: 26 Nov 2026, 14:05."""
    if at is None:
        return ""
    local = at.astimezone(current_service().zone)
    return f"{_day(local.date())}, {local:%H:%M}"


def _day(on: date | datetime | None) -> str:
    """A date: 26 Nov 2026."""
    if isinstance(on, datetime):
        on = on.astimezone(current_service().zone).date()
    return "" if on is None else f"{on.day} {on:%b %Y}"


def _number(value: float | None) -> str:
    """A number with its thousands: 1,204."""
    return "" if value is None else f"{value:,}"


def _share(value: float | None) -> str:
    """A share of one as a percentage: 31 %."""
    return "" if value is None else f"{100 * value:.0f} %"
