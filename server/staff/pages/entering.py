"""What the pages of signing in and of one's own account share: this browser, its cookies, being freshly signed in."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import marshmallow as ma
from flask import Response, g, request
from werkzeug import Response as WerkzeugResponse
from werkzeug.routing import RequestRedirect

from server.base.http import current_principal, current_service
from server.base.pages import SIGN_IN, go, render
from server.staff import cookies, gate, own_sign_ins, sign_in
from server.staff.sign_in import Browser, Half, SignedIn
from server.staff.single_sign_on import is_offered

ACCOUNT = "/console/account"
CODE = f"{SIGN_IN}/code"
SETUP = f"{SIGN_IN}/setup"


class CodeForm(ma.Schema):
    """A code of a second factor."""

    code = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=32, error="A code is shorter than this."),
        error_messages={"required": "Enter the code."},
    )
    next = ma.fields.String(load_default="")


class PasskeyForm(ma.Schema):
    """What the browser's script made of a passkey, and a name for it."""

    credential = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=20_000),
        error_messages={"required": "Your browser did not answer. Passkeys need JavaScript."},
    )
    next = ma.fields.String(load_default="")


class NameForm(ma.Schema):
    """A name for a passkey or a token."""

    name = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=40, error="At most 40 characters."),
        error_messages={"required": "Enter a name."},
    )


def this_browser() -> Browser:
    """Where the request comes from."""
    return Browser(
        request.remote_addr or "",
        own_sign_ins.family_of(request.headers.get("User-Agent", "")),
        cookies.known(request),
        own_token(),
    )


def own_token() -> str:
    """The session cookie's value, or an empty text."""
    return request.cookies.get(gate.cookie_name(current_service()), "")


def half_token() -> str:
    """The cookie of a half sign-in, or an empty text."""
    return request.cookies.get(gate.half_cookie_name(current_service()), "")


def half() -> Half | None:
    """The half sign-in of this browser."""
    return sign_in.half_by(current_service(), half_token())


def entered(done: SignedIn, wanted: str) -> WerkzeugResponse:
    """The way on after a step: to the page that was wanted, or to the second step."""
    where = wanted
    if done.kind == "half":
        found = sign_in.half_by(current_service(), done.token)
        step = SETUP if found is not None and found.needs == "setup" else CODE
        where = f"{step}?next={quote(wanted, safe='')}"
    return cookies.set_sign_in(current_service(), go(where), done)


def render_to_visitor(template: str, status: int = 200, **shown: Any) -> Response:
    """A page with forms for somebody who is not signed in: their token is bound to a cookie of its own."""
    service = current_service()
    name = gate.visitor_cookie_name(service)
    cookie = request.cookies.get(name) or secrets.token_urlsafe(18)
    g.csrf_token = gate.visitor_token(service, cookie)
    response = render(template, status, sso=is_offered(service), **shown)
    response.set_cookie(name, cookie, **cookies.attributes(service), path="/")
    return response


def require_fresh() -> None:
    """Leads to the sign-in page and back where one signed in more than a quarter of an hour ago.

    Whoever finds a screen left open can change no factor and make no token.
    """
    if sign_in.is_fresh(current_service(), current_principal(), own_token()):
        return
    back = request.full_path.rstrip("?") if request.method == "GET" else ACCOUNT
    away = RequestRedirect(f"{SIGN_IN}?again=yes&next={quote(back, safe='')}")
    away.code = 303
    raise away
