"""What goes with an account, and closing it when the person leaves."""

from __future__ import annotations

import marshmallow as ma
from flask import Response
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, render
from server.fieldwork.leaver import close_account, read_holdings

pages = Pages("leaver_pages", __name__)


class LeaveForm(ma.Schema):
    """The version of the account that the page showed."""

    version = ma.fields.Integer(required=True)


@pages.get("/people/<int:account_id>/leave")
@needs("staff.read")
def ask(account_id: int) -> Response:
    """Lists and phones in a person's name, and what becomes of them when the person leaves."""
    return _page(account_id, EMPTY)


@pages.post("/people/<int:account_id>/leave")
@needs("staff.write")
def leave(account_id: int) -> WerkzeugResponse:
    """Close the account, its phones and its lists."""
    service, principal = current_service(), current_principal()
    form = read_form(LeaveForm())
    closed = None
    if form.ok:
        version = form.values["version"]
        closed = form.attempt(lambda: close_account(service, principal, account_id, version=version))
    if closed is None:
        return _page(account_id, form, 409)
    return go(
        f"/console/people/{account_id}",
        f"The account is closed. Lists recalled: {closed.lists} ({closed.houses} houses, free at once). "
        f"Phones to be drained and wiped: {closed.phones}.",
    )


def _page(account_id: int, form: Form, status: int = 200) -> Response:
    principal = current_principal()
    held = read_holdings(current_service(), principal, account_id)
    return render(
        "fieldwork/leaver.html", status, held=held, form=form, own=principal.account_id == account_id
    )
