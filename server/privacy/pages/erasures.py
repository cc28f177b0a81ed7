"""Erasing a person, asked twice, and the ledger of erasures."""

from __future__ import annotations

import marshmallow as ma
from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import EMPTY, Form, Pages, read_form, read_query, render
from server.base.paging import PageQuery
from server.privacy.erase import Erased, erase_by_traits, erase_resident
from server.privacy.ledger import list_erasures
from server.privacy.pages.words import REASON_CHOICES, ReasonForm
from server.privacy.person import traits_of
from server.residents.schemas import UPRN
from server.staff.trail import names_in

pages = Pages("erasure_pages", __name__)
TRAITS = ("email", "phone", "name", "uprn")


class ErasureForm(ReasonForm):
    """Whom to erase: a resident by id, or what the person says of themselves. `sure` comes from the second page."""

    resident_id = ma.fields.String(load_default="", validate=ma.validate.Length(max=64))
    email = ma.fields.String(load_default="", validate=ma.validate.Length(max=254))
    phone = ma.fields.String(load_default="", validate=ma.validate.Length(max=32))
    name = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))
    uprn = ma.fields.String(load_default="", validate=UPRN)
    sure = ma.fields.String(load_default="")


class LedgerQuery(PageQuery):
    """A page of the ledger; `resident`: whom the form is filled in for."""

    resident = ma.fields.String(load_default="", validate=ma.validate.Length(max=64))


@pages.get("/erasures")
@needs("privacy.erase")
def erasures() -> Response:
    """The form, and the ledger: when and by whom, never of whom."""
    query = read_query(LedgerQuery())
    return _page(EMPTY, query)


@pages.post("/erasures")
@needs("privacy.erase")
def erase() -> Response:
    """Ask once more; then erase for good."""
    form = read_form(ErasureForm())
    if form.ok and not form.values["resident_id"]:
        form.attempt(lambda: traits_of(**_traits(form)))
    if not form.ok:
        return _page(form, EMPTY, 422)
    if not form.values["sure"]:
        return render("privacy/erase.html", form=form, fields=("resident_id", *TRAITS, "reason", "reference"))
    done = form.attempt(lambda: _erase(form))
    if done is None:
        return _page(form, EMPTY, 422)
    return render("privacy/erased.html", done=done)


def _erase(form: Form) -> Erased:
    service, principal = current_service(), current_principal()
    why = {"reason": form.values["reason"], "reference": form.values["reference"]}
    if resident_id := form.values["resident_id"]:
        return erase_resident(service, principal, resident_id, **why)
    return erase_by_traits(service, principal, traits_of(**_traits(form)), **why)


def _traits(form: Form) -> dict[str, str | None]:
    return {name: form.values[name] or None for name in TRAITS}


def _page(form: Form, query: Form, status: int = 200) -> Response:
    service = current_service()
    page = list_erasures(service, {"limit": 50} | query.values)
    return render(
        "privacy/erasures.html",
        status,
        form=form,
        resident_id=query.values.get("resident", ""),
        rows=page.rows,
        next=page.next,
        first="after" not in query.typed,
        names=names_in(service, {one.asked_by for one in page.rows}),
        reasons=REASON_CHOICES,
    )
