"""One's own account: password, second factors, sign-ins, and access tokens for programs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import marshmallow as ma
from flask import Response, request
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, render
from server.staff import accounts, cookies, factors, grantable, own_sign_ins, passkeys
from server.staff.pages.entering import ACCOUNT, NameForm, own_token, require_fresh, this_browser
from server.staff.principals import today

pages = Pages("account_pages", __name__)


class PasswordForm(ma.Schema):
    """The password that holds now, and the new one."""

    old_password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=256, error="A password is shorter than this."),
        error_messages={"required": "Enter the password that holds now."},
    )
    password = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=256, error="At most 256 characters."),
        error_messages={"required": "Enter the new password."},
    )


class TokenForm(NameForm):
    """A token's name and last day."""

    ends_on = ma.fields.Date(
        required=True, error_messages={"required": "Choose its last day.", "invalid": "Choose a day."}
    )


@pages.get("/account")
@needs("")
def account() -> Response:
    """All of it on one page."""
    service, principal = current_service(), current_principal()
    account_id = principal.account_id or 0
    mine = service.db.read(lambda session: accounts.read_account(session, account_id))
    listed = own_sign_ins.list_sign_ins(service, account_id, own_token())
    return render(
        "staff/account.html",
        mine=mine,
        names=grantable.area_names(service, [one.area_code for one in mine.areas]),
        sessions=[one for one in listed if one.kind == "session"],
        tokens=[one for one in listed if one.kind == "access"],
        standing=service.db.read(lambda session: factors.standing(session, account_id)),
        passkeys=passkeys.list_passkeys(service, account_id),
        has_password=accounts.has_password(service, account_id),
        required=service.settings.second_factor == "required",
    )


@pages.get("/account/password")
@needs("")
def password() -> Response:
    """The form for a new password."""
    return render("staff/own_password.html")


@pages.post("/account/password")
@needs("")
def change_password() -> WerkzeugResponse:
    """Take the new password; every other sign-in and every access token ends."""
    service, principal = current_service(), current_principal()
    form = read_form(PasswordForm())
    done = None
    if form.ok:
        done = form.attempt(
            lambda: accounts.change_password_and_stay(
                service,
                principal,
                old=request.form["old_password"],
                new=request.form["password"],
                browser=this_browser(),
            )
        )
    if done is None:
        return render("staff/own_password.html", 422, form=form)
    return cookies.set_sign_in(service, go(ACCOUNT, "Your password is changed."), done)


@pages.post("/account/sign-ins/end")
@needs("")
def end_one() -> WerkzeugResponse:
    """End one sign-in or access token of one's own."""
    own_sign_ins.end_one(current_service(), current_principal(), request.form.get("sign_in", ""))
    return go(ACCOUNT, "Ended.")


@pages.post("/account/sign-ins/end-others")
@needs("")
def end_others() -> WerkzeugResponse:
    """End every sign-in of one's own but this."""
    own_sign_ins.end_others(current_service(), current_principal(), own_token())
    return go(ACCOUNT, "You are signed out everywhere else.")


@pages.get("/account/access-tokens/new")
@needs("coverage.read")
def new_token() -> Response:
    """The form for a new access token."""
    require_fresh()
    return _token_form(Form({}, {}))


@pages.post("/account/access-tokens/new")
@needs("coverage.read")
def make_token() -> WerkzeugResponse:
    """Make an access token and show it, once."""
    require_fresh()
    service = current_service()
    form = read_form(TokenForm())
    token = None
    if form.ok:
        last = form.values["ends_on"] + timedelta(days=1)
        ends_at = datetime.combine(last, time(), service.zone).astimezone(UTC)
        token = form.attempt(
            lambda: own_sign_ins.make_access_token(
                service, current_principal(), name=form.values["name"], ends_at=ends_at
            )
        )
    if token is None:
        return _token_form(form, 422)
    return render(
        "staff/access_token.html", token=token, name=form.values["name"], until=form.values["ends_on"]
    )


def _token_form(form: Form, status: int = 200) -> Response:
    last = today(current_service()) + timedelta(days=own_sign_ins.MOST_ACCESS_DAYS)
    return render("staff/new_access_token.html", status, form=form, last=last.isoformat())
