"""Residents for those who may: found by contact or by name at a house, always with a reason, never by an address bar.

Finding, and a resident's page, name nobody; what names them is opened by a button of its own, with a reason. Every look
is on the audit trail.
"""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
from flask import Response, make_response
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, go, read_form, render
from server.geography.places import find_doors, read_addresses
from server.privacy.access_request import export_person
from server.privacy.pages.words import HOW, PURPOSES, REASON_CHOICES, STATES, ReasonForm
from server.residents import look_up
from server.residents.contacts import EMAIL, NAME_AT_HOUSE, PHONE
from server.residents.look_up import Disclosure
from server.residents.preferences import PreferenceChange
from server.surveys.self_service import change_on_their_word

pages = Pages("resident_pages", __name__)
RESIDENTS = "/console/residents"
KINDS = [(EMAIL, "E-mail address"), (PHONE, "Phone number"), (NAME_AT_HOUSE, "Name at a house")]


class LookForm(ReasonForm):
    """Whom to find, and why. By name: the house by its postcode and door, or chosen among several by UPRN."""

    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf([kind for kind, _ in KINDS]),
        error_messages={"required": "Choose what to look up by."},
    )
    value = ma.fields.String(
        required=True,
        validate=ma.validate.Length(max=254),
        error_messages={"required": "Enter the address, the number or the name."},
    )
    postcode = ma.fields.String(load_default="", validate=ma.validate.Length(max=10))
    door = ma.fields.String(load_default="", validate=ma.validate.Length(max=60))
    uprn = ma.fields.String(load_default="", validate=ma.validate.Regexp(r"^[0-9]{0,12}\Z"))


class PreferenceForm(ReasonForm):
    """What the person wants: the purposes agreed to, or out of everything."""

    consents = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(list(PURPOSES))), load_default=list)
    opt_out = ma.fields.String(load_default="")


@pages.get("/residents")
@needs("resident.read")
def ask() -> Response:
    """The form to look somebody up."""
    return _ask(EMPTY)


@pages.post("/residents")
@needs("resident.read")
def find() -> Response:
    """Those who were found, without what names them."""
    service, principal, form = current_service(), current_principal(), read_form(LookForm())
    choices: list[tuple[str, str]] = []
    uprn = ""
    if form.ok and form.values["kind"] == NAME_AT_HOUSE:
        uprn, choices = _house(form)
    if not form.ok:
        return _ask(form, choices, 422)
    values = form.values
    why = {"reason": values["reason"], "reference": values["reference"]}
    rows = form.attempt(
        lambda: look_up.look_up(service, principal, values["kind"], values["value"], uprn=uprn, **why)
    )
    if rows is None:
        return _ask(form, choices, 422)
    places = read_addresses(service, principal, [one.uprn for one in rows])
    return render("privacy/found.html", rows=rows, places=places, states=STATES, purposes=PURPOSES)


@pages.get("/residents/<resident_id>")
@needs("resident.read")
def resident(resident_id: str) -> Response:
    """A resident's state, consents and registrations; the look is on the audit trail."""
    return _resident(resident_id)


@pages.post("/residents/<resident_id>/open")
@needs("resident.read")
def disclose(resident_id: str) -> Response:
    """What names the resident, with a reason."""
    form = read_form(ReasonForm())
    if not form.ok:
        return _resident(resident_id, form=form, status=422)
    opened = look_up.disclose(
        current_service(),
        current_principal(),
        resident_id,
        reason=form.values["reason"],
        reference=form.values["reference"],
    )
    return _resident(resident_id, opened=opened)


@pages.get("/residents/<resident_id>/preferences")
@needs("resident.write")
def preferences(resident_id: str) -> Response:
    """The form to change consents on the person's word, or to opt out."""
    return _preferences(resident_id, EMPTY)


@pages.post("/residents/<resident_id>/preferences")
@needs("resident.write")
def change_preferences(resident_id: str) -> WerkzeugResponse:
    """Change consents as the person asked, or opt them out of everything."""
    form = read_form(PreferenceForm())
    changed = None
    if form.ok:
        wanted = form.values["consents"]
        consents = {} if form.values["opt_out"] else {purpose: purpose in wanted for purpose in PURPOSES}
        change = PreferenceChange(consents, bool(form.values["opt_out"]), None)
        service, principal = current_service(), current_principal()
        changed = form.attempt(
            lambda: change_on_their_word(service, principal, resident_id, change, form.values["reason"])
        )
    if changed is None:
        return _preferences(resident_id, form, 422)
    return go(f"{RESIDENTS}/{resident_id}", "It is changed as the person asked.")


@pages.get("/residents/<resident_id>/export")
@needs("privacy.export")
def ask_export(resident_id: str) -> Response:
    """Ask for the reason before everything held on the person is put into a file."""
    return _export(resident_id, EMPTY)


@pages.post("/residents/<resident_id>/export")
@needs("privacy.export")
def export(resident_id: str) -> Response:
    """Everything held on the person, as a JSON file to hand to them."""
    form = read_form(ReasonForm())
    document: dict[str, Any] | None = None
    if form.ok:
        service, principal = current_service(), current_principal()
        why = {"reason": form.values["reason"], "reference": form.values["reference"]}
        document = form.attempt(lambda: export_person(service, principal, resident_id, **why))
    if document is None:
        return _export(resident_id, form, 422)
    response = make_response(json.dumps(document, ensure_ascii=False, indent=2))
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = 'attachment; filename="everything-held.json"'
    return response


def _house(form: Form) -> tuple[str, list[tuple[str, str]]]:
    """The UPRN of the house that is meant, and where several fit: which to choose from (the form then says so)."""
    values = form.values
    if not values["postcode"] or not values["door"]:
        form.errors["postcode"] = "Enter the postcode and the number or name of the house."
        return "", []
    doors = find_doors(current_service(), current_principal(), values["postcode"], values["door"])
    choices = [(one.uprn, one.address) for one in doors]
    if not doors:
        form.errors["postcode"] = "No house in your areas has this postcode and this number or name."
    elif values["uprn"] in dict(choices):
        return values["uprn"], choices
    elif len(doors) > 1:
        form.errors["uprn"] = "Several homes fit: choose one."
    return doors[0].uprn if len(doors) == 1 else "", choices


def _ask(form: Form, choices: list[tuple[str, str]] | None = None, status: int = 200) -> Response:
    return render(
        "privacy/look_up.html",
        status,
        form=form,
        kinds=KINDS,
        choices=choices or [],
        reasons=REASON_CHOICES,
    )


def _resident(
    resident_id: str, *, form: Form = EMPTY, opened: Disclosure | None = None, status: int = 200
) -> Response:
    view, address = look_up.look_at(current_service(), current_principal(), resident_id)
    return render(
        "privacy/resident.html",
        status,
        view=view,
        address=address,
        form=form,
        opened=opened,
        states=STATES,
        how=HOW,
        purposes=PURPOSES,
        reasons=REASON_CHOICES,
    )


def _preferences(resident_id: str, form: Form, status: int = 200) -> Response:
    view, address = look_up.look_at(current_service(), current_principal(), resident_id)
    return render(
        "privacy/preferences.html",
        status,
        view=view,
        address=address,
        form=form,
        purposes=PURPOSES,
        reasons=REASON_CHOICES,
    )


def _export(resident_id: str, form: Form, status: int = 200) -> Response:
    look_up.read_resident(current_service(), current_principal(), resident_id)  # is in the areas
    return render("privacy/export.html", status, form=form, resident_id=resident_id, reasons=REASON_CHOICES)
