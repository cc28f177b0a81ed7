"""Signing in by passkey, and one's own passkeys."""

from __future__ import annotations

from flask import Response, request
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs, public
from server.base.pages import SIGN_IN, Form, Pages, go, own_path, read_form, render
from server.base.problems import Problem
from server.staff import gate, passkeys
from server.staff.pages.entering import (
    ACCOUNT,
    NameForm,
    PasskeyForm,
    entered,
    require_fresh,
    this_browser,
)

pages = Pages("passkey_pages", __name__)


class NewPasskeyForm(PasskeyForm, NameForm):
    """A new passkey and its name."""


@pages.post("/sign-in/passkey/options")
@public
def use_options() -> Response:
    """What the browser's script asks the authenticator with; JSON"""
    gate.require_visitor(current_service(), request)
    return Response(passkeys.sign_in_options(current_service()), mimetype="application/json")


@pages.post("/sign-in/passkey")
@public
def use() -> WerkzeugResponse:
    """Sign in by the passkey that the browser's script asked for."""
    service = current_service()
    gate.require_visitor(service, request)
    form = read_form(PasskeyForm())
    wanted = own_path(form.typed.get("next", ""))
    if form.ok:
        done = form.attempt(
            lambda: passkeys.sign_in_by_passkey(service, form.values["credential"], this_browser())
        )
        if done is not None:
            return entered(done, wanted)
    return go(SIGN_IN, form.problem or form.errors.get("credential", ""))


@pages.get("/account/passkeys/new")
@needs("")
def new() -> Response:
    """The form that names a new passkey and makes it."""
    require_fresh()
    return render("staff/new_passkey.html")


@pages.post("/account/passkeys/options")
@needs("")
def new_options() -> Response:
    """What the browser's script makes a passkey with; JSON"""
    require_fresh()
    made = passkeys.new_options(current_service(), current_principal().account_id or 0)
    return Response(made, mimetype="application/json")


@pages.post("/account/passkeys/new")
@needs("")
def add() -> WerkzeugResponse:
    """Keep the passkey that the browser made."""
    require_fresh()
    form = read_form(NewPasskeyForm())
    made = None
    if form.ok:
        made = form.attempt(
            lambda: passkeys.add_passkey(
                current_service(),
                current_principal(),
                credential=form.values["credential"],
                name=form.values["name"],
            )
        )
    if made is None:
        return render("staff/new_passkey.html", 422, form=form)
    if made:
        return render("staff/recovery_codes.html", codes=made, onward=ACCOUNT)
    return go(ACCOUNT, "Passkey added.")


@pages.get("/account/passkey")
@needs("")
def one() -> Response:
    """One passkey: name it anew, or remove it."""
    require_fresh()
    return _one(Form({}, {}), request.args.get("passkey", ""))


@pages.post("/account/passkey/name")
@needs("")
def rename() -> WerkzeugResponse:
    """Give a passkey another name."""
    require_fresh()
    form = read_form(NameForm())
    passkey_id = request.form.get("passkey", "")
    if not form.ok:
        return _one(form, passkey_id, 422)
    passkeys.rename_passkey(current_service(), current_principal(), passkey_id, form.values["name"])
    return go(ACCOUNT, "The passkey has its new name.")


@pages.post("/account/passkey/remove")
@needs("")
def remove() -> WerkzeugResponse:
    """Remove a passkey."""
    require_fresh()
    passkeys.remove_passkey(current_service(), current_principal(), request.form.get("passkey", ""))
    return go(ACCOUNT, "Passkey removed. Delete it on your device or in your password manager too.")


def _one(form: Form, passkey_id: str, status: int = 200) -> Response:
    mine = passkeys.list_passkeys(current_service(), current_principal().account_id or 0)
    found = next((one for one in mine if one.id == passkey_id), None)
    if found is None:
        raise Problem("not_found", "This passkey is no longer there.")
    return render("staff/passkey.html", status, form=form, passkey=found, last=len(mine) == 1)
