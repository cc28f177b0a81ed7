"""Signing in and out of the console."""

from __future__ import annotations

import secrets

import marshmallow as ma
from flask import Response, request
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs, public
from server.base.pages import Form, Pages, go, own_path, read_form, render
from server.base.service import Service
from server.staff import cookies, gate, sign_in
from server.staff.sign_in import SignedIn

pages = Pages("sign_in_pages", __name__)


class SignInForm(ma.Schema):
    """A username and a password, and where to go on to."""

    username = ma.fields.String(required=True, error_messages={"required": "Enter your username."})
    password = ma.fields.String(required=True, error_messages={"required": "Enter your password."})
    next = ma.fields.String(load_default="")


@pages.get("/sign-in")
@public
def form() -> Response:
    """The form; whoever asks for a page without having signed in is led here and back."""
    return _form(Form({}, {}), own_path(request.args.get("next", "")))


@pages.post("/sign-in")
@public
def enter() -> WerkzeugResponse:
    """Sign in, and go on to the page that was wanted."""
    service = current_service()
    gate.require_visitor(service, request)
    form = read_form(SignInForm())
    wanted = own_path(form.typed.get("next", ""))
    done = None
    if form.ok:
        done = form.attempt(lambda: _sign_in(service, form))
    if done is None:
        return _form(form, wanted, 422)
    return cookies.set_sign_in(service, go(wanted), done)


@pages.post("/sign-out")
@needs("")
def leave() -> WerkzeugResponse:
    """End this sign-in."""
    service = current_service()
    sign_in.sign_out(service, current_principal(), request.cookies.get(gate.cookie_name(service), ""))
    response = go("/console/sign-in", "You have signed out.")
    response.delete_cookie(gate.cookie_name(service), path="/", **cookies.attributes(service))
    return response


def _sign_in(service: Service, form: Form) -> SignedIn:
    return sign_in.sign_in(
        service,
        username=form.values["username"],
        password=form.values["password"],
        address=request.remote_addr or "",
        kind="session",
        known=cookies.known(request),
    )


def _form(form: Form, wanted: str, status: int = 200) -> Response:
    service = current_service()
    name = gate.visitor_cookie_name(service)
    cookie = request.cookies.get(name) or secrets.token_urlsafe(18)
    response = render(
        "staff/sign_in.html",
        status,
        form=form,
        next=wanted,
        visitor_token=gate.visitor_token(service, cookie),
    )
    response.set_cookie(name, cookie, **cookies.attributes(service), path="/")
    return response
