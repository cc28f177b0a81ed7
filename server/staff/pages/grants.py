"""A person's areas: grant one, change its dates, take it away."""

from __future__ import annotations

import marshmallow as ma
from flask import Response
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, render
from server.staff import accounts
from server.staff.accounts import AccountView, Grant
from server.staff.grantable import area_names, areas_to_grant
from server.staff.roles import EVERYWHERE_ROLES
from server.staff.schemas import CODE

pages = Pages("grant_pages", __name__)


class GrantForm(ma.Schema):
    """An area, from and until (both days included), and the version of the account that the page showed."""

    area_code = ma.fields.String(required=True, validate=CODE, error_messages={"required": "Choose an area."})
    starts_on = ma.fields.Date(load_default=None, error_messages={"invalid": "Enter a date."})
    ends_on = ma.fields.Date(load_default=None, error_messages={"invalid": "Enter a date."})
    version = ma.fields.Integer(required=True)


class EndForm(ma.Schema):
    """The version of the account that the page showed."""

    version = ma.fields.Integer(required=True)


@pages.get("/people/<int:account_id>/areas")
@needs("staff.write")
def areas(account_id: int) -> Response:
    """The areas of a person, and the form to grant another."""
    return _page(account_id, EMPTY)


@pages.post("/people/<int:account_id>/areas")
@needs("staff.write")
def grant(account_id: int) -> WerkzeugResponse:
    """Grant an area, or give one that is granted other dates."""
    form = read_form(GrantForm())
    if form.ok:
        values = form.values
        new = Grant(values["area_code"], values["starts_on"], values["ends_on"])
        kept = [one for one in _read(account_id).areas if one.area_code != new.area_code]
        if _change(form, account_id, values["version"], [*kept, new]) is not None:
            return go(f"/console/people/{account_id}/areas", "The area is granted.")
    if "areas" in form.errors:
        form.errors["area_code"] = form.errors.pop("areas")
    return _page(account_id, form, 422)


@pages.post("/people/<int:account_id>/areas/<area_code>/end")
@needs("staff.write")
def take_away(account_id: int, area_code: str) -> WerkzeugResponse:
    """Take an area away; houses in it come off the person's lists within minutes. Granting it again undoes it."""
    form = read_form(EndForm())
    kept = [one for one in _read(account_id).areas if one.area_code != area_code]
    if form.ok and _change(form, account_id, form.values["version"], kept) is not None:
        return go(f"/console/people/{account_id}/areas", "The area is taken away.")
    return _page(account_id, form, 422)


def _read(account_id: int) -> AccountView:
    return current_service().db.read(lambda session: accounts.read_account(session, account_id))


def _change(form: Form, account_id: int, version: int, areas: list[Grant]) -> AccountView | None:
    service, principal = current_service(), current_principal()
    changes = {"areas": areas}
    return form.attempt(
        lambda: accounts.change_account(service, principal, account_id, version=version, changes=changes)
    )


def _page(account_id: int, form: Form, status: int = 200) -> Response:
    service, found = current_service(), _read(account_id)
    return render(
        "staff/grants.html",
        status,
        person=found,
        form=form,
        names=area_names(service, [one.area_code for one in found.areas]),
        areas=areas_to_grant(service),
        own=current_principal().account_id == account_id,
        sees_all=bool(EVERYWHERE_ROLES & set(found.roles)),
    )
