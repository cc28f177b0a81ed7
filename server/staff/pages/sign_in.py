"""Signing in to the console by steps, and out of it."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, request
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs, public
from server.base.pages import CONSOLE, SIGN_IN, Form, Pages, go, own_path, read_form
from server.staff import codes, cookies, factors, gate, sign_in, single_sign_on
from server.staff.pages.entering import (
    CodeForm,
    entered,
    half,
    half_token,
    own_token,
    render_to_visitor,
    this_browser,
)

pages = Pages("sign_in_pages", __name__)

OVER = "Signing in took too long. Begin again."


class SignInForm(ma.Schema):
    """A username and a password, and where to go on to."""

    username = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=64, error="A username is shorter than this."),
        error_messages={"required": "Enter your username."},
    )
    password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=256, error="A password is shorter than this."),
        error_messages={"required": "Enter your password."},
    )
    next = ma.fields.String(load_default="")


@pages.get("/sign-in")
@public
def form() -> WerkzeugResponse:
    """The form; whoever asks for a page without having signed in is led here and back."""
    service, token = current_service(), own_token()
    wanted = own_path(request.args.get("next", ""))
    if not token:
        return _form(Form({}, {}), wanted)
    again = "again" in request.args
    if sign_in.principal_by(service, token, "session") is not None:
        return _form(Form({}, {}), wanted, again=again) if again else go(wanted)
    response = _form(Form({}, {}), wanted, why=sign_in.why_ended(service, token))
    response.delete_cookie(gate.cookie_name(service), path="/", **cookies.attributes(service))
    return response


@pages.post("/sign-in")
@public
def enter() -> WerkzeugResponse:
    """The first step: the password; then on to the second, or to the page that was wanted."""
    service = current_service()
    gate.require_visitor(service, request)
    form = read_form(SignInForm())
    wanted = own_path(form.typed.get("next", ""))
    done = None
    if form.ok:
        done = form.attempt(
            lambda: sign_in.begin(
                service,
                username=form.values["username"],
                password=request.form["password"],
                browser=this_browser(),
            )
        )
    return _form(form, wanted, status=422) if done is None else entered(done, wanted)


@pages.get("/sign-in/code")
@public
def ask_code() -> WerkzeugResponse:
    """The second step's form."""
    if half() is None:
        return go(SIGN_IN, OVER)
    return _code_form(Form({}, {}), own_path(request.args.get("next", "")))


@pages.post("/sign-in/code")
@public
def enter_code() -> WerkzeugResponse:
    """The second step: a code of the authenticator app, or a recovery code."""
    service = current_service()
    gate.require_visitor(service, request)
    if half() is None:
        return go(SIGN_IN, OVER)
    form = read_form(CodeForm())
    wanted = own_path(form.typed.get("next", ""))
    done = None
    if form.ok:
        done = form.attempt(
            lambda: sign_in.finish(service, half_token(), form.values["code"], this_browser())
        )
    return _code_form(form, wanted, 422) if done is None else entered(done, wanted)


@pages.get("/sign-in/setup")
@public
def ask_setup() -> WerkzeugResponse:
    """Where the force requires a second factor: the way to set one up before anything opens."""
    found = half()
    if found is None or found.needs != "setup":
        return go(SIGN_IN, OVER)
    return _setup_form(Form({}, {}), own_path(request.args.get("next", "")))


@pages.post("/sign-in/setup")
@public
def start_setup() -> WerkzeugResponse:
    """Make the key that the authenticator app is to hold."""
    gate.require_visitor(current_service(), request)
    found = half()
    if found is None or found.needs != "setup":
        return go(SIGN_IN, OVER)
    factors.start_code_key(current_service(), found.account_id)
    return go(f"{SIGN_IN}/setup")


@pages.post("/sign-in/setup/confirm")
@public
def confirm_setup() -> WerkzeugResponse:
    """The app's first code: the factor counts, the recovery codes are shown once, and one is signed in."""
    service = current_service()
    gate.require_visitor(service, request)
    found = half()
    if found is None or found.needs != "setup":
        return go(SIGN_IN, OVER)
    form = read_form(CodeForm())
    wanted = own_path(form.typed.get("next", ""))
    done = (
        form.attempt(lambda: sign_in.set_up(service, half_token(), form.values["code"], this_browser()))
        if (form.ok)
        else None
    )
    if done is None:
        return _setup_form(form, wanted, 422)
    signed_in, made = done
    response = render_to_visitor("staff/recovery_codes.html", codes=made, onward=wanted)
    return cookies.set_sign_in(service, response, signed_in)


@pages.post("/sign-out")
@needs("")
def leave() -> WerkzeugResponse:
    """End this sign-in."""
    service = current_service()
    sign_in.sign_out(service, current_principal(), own_token())
    response = go(f"{SIGN_IN}/out")
    response.delete_cookie(gate.cookie_name(service), path="/", **cookies.attributes(service))
    return response


@pages.get("/sign-in/out")
@public
def left() -> Response:
    """That one has signed out here, and how to do so at the single sign-on too."""
    service = current_service()
    back = service.settings.public_url.rstrip("/") + SIGN_IN
    return render_to_visitor("staff/signed_out.html", away=single_sign_on.sign_out_address(service, back))


def _form(form: Form, wanted: str, *, status: int = 200, why: str = "", again: bool = False) -> Response:
    settings = current_service().settings
    return render_to_visitor(
        "staff/sign_in.html",
        status,
        form=form,
        next=wanted if wanted != CONSOLE else "",
        why=why,
        again=again,
        idle_minutes=settings.session_idle_minutes,
        hours=settings.session_hours,
    )


def _code_form(form: Form, wanted: str, status: int = 200) -> Response:
    return render_to_visitor("staff/code.html", status, form=form, next=wanted)


def _setup_form(form: Form, wanted: str, status: int = 200) -> Response:
    service, found = current_service(), half()
    key = factors.pending_key(service, found.account_id) if found else None
    picture = ""
    if found and key:
        picture = codes.picture_of(codes.address_of(key, found.username, service.settings.force_name))
    return render_to_visitor(
        "staff/setup.html",
        status,
        form=form,
        next=wanted,
        picture=picture,
        key=codes.in_fours(key) if key else "",
    )
