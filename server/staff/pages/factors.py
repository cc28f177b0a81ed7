"""Second factors of one's own account, and resetting a colleague's who has lost theirs."""

from __future__ import annotations

from flask import Response
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, render
from server.staff import accounts, codes, factors
from server.staff.pages.entering import ACCOUNT, CodeForm, require_fresh

pages = Pages("factor_pages", __name__)


@pages.post("/account/app")
@needs("")
def start() -> WerkzeugResponse:
    """Make the key that the authenticator app is to hold."""
    require_fresh()
    factors.start_code_key(current_service(), current_principal().account_id or 0)
    return go(f"{ACCOUNT}/app")


@pages.get("/account/app")
@needs("")
def app() -> WerkzeugResponse:
    """The QR code, and the form for the first code."""
    require_fresh()
    return _app(Form({}, {}))


@pages.post("/account/app/confirm")
@needs("")
def confirm() -> WerkzeugResponse:
    """The app's first code: from now on signing in asks for one."""
    require_fresh()
    form = read_form(CodeForm())
    made = None
    if form.ok:
        made = form.attempt(
            lambda: factors.confirm_code_key(current_service(), current_principal(), form.values["code"])
        )
    if made is None:
        return _app(form, 422)
    if made:
        return render("staff/recovery_codes.html", codes=made, onward=ACCOUNT)
    return go(ACCOUNT, "Your authenticator app is set up.")


@pages.get("/account/app/remove")
@needs("")
def ask_remove() -> Response:
    """Ask whether the authenticator app is to go."""
    require_fresh()
    return render("staff/remove_app.html", required=current_service().settings.second_factor == "required")


@pages.post("/account/app/remove")
@needs("")
def remove() -> WerkzeugResponse:
    """Take the authenticator app away."""
    require_fresh()
    factors.remove_code_key(current_service(), current_principal())
    return go(ACCOUNT, "Your authenticator app is removed.")


@pages.get("/account/recovery-codes")
@needs("")
def ask_renew() -> Response:
    """Ask whether new recovery codes are to be made."""
    require_fresh()
    return render("staff/renew_recovery.html")


@pages.post("/account/recovery-codes")
@needs("")
def renew() -> Response:
    """Make new recovery codes and show them, once."""
    require_fresh()
    made = factors.renew_recovery(current_service(), current_principal())
    return render("staff/recovery_codes.html", codes=made, onward=ACCOUNT)


@pages.get("/people/<int:account_id>/factors")
@needs("staff.write")
def ask_reset(account_id: int) -> Response:
    """Ask whether a colleague's second factors are to be reset."""
    service = current_service()

    def look(session: object) -> tuple[accounts.AccountView, factors.Standing]:
        return accounts.read_account(session, account_id), factors.standing(session, account_id)  # type: ignore[arg-type]

    person, standing = service.db.read(look)
    return render("staff/reset_factors.html", person=person, standing=standing)


@pages.post("/people/<int:account_id>/factors")
@needs("staff.write")
def reset(account_id: int) -> WerkzeugResponse:
    """Reset a colleague's second factors."""
    factors.reset(current_service(), current_principal(), account_id)
    return go(f"/console/people/{account_id}", "Their second factors are reset, and they are signed out.")


def _app(form: Form, status: int = 200) -> WerkzeugResponse:
    service, principal = current_service(), current_principal()
    key = factors.pending_key(service, principal.account_id or 0)
    if key is None:
        return go(ACCOUNT)
    address = codes.address_of(
        key, accounts.username_of(service, principal.account_id or 0), service.settings.force_name
    )
    return render(
        "staff/app.html", status, form=form, picture=codes.picture_of(address), key=codes.in_fours(key)
    )
