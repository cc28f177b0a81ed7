"""Visits in pages: those behind a figure of some days."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Pages, read_query, render
from server.fieldwork.visit_search import WantedVisits, find_visits

pages = Pages("visit_pages", __name__)


class VisitsQuery(ma.Schema):
    """Where, of which campaign, on which days, by whom, and which page."""

    area = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    since = ma.fields.Date(
        data_key="from", load_default=None, error_messages={"invalid": "Enter the first day as a date."}
    )
    until = ma.fields.Date(
        data_key="to", load_default=None, error_messages={"invalid": "Enter the last day as a date."}
    )
    officer = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    contacts = ma.fields.Boolean(load_default=False)
    after = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))


@pages.get("/visits")
@needs("visit.read")
def visits() -> Response:
    """A list of visits, the latest first."""
    query = read_query(VisitsQuery())
    values = query.values
    wanted = WantedVisits(
        values["area"],
        values["campaign"],
        values["since"],
        values["until"],
        values["officer"],
        values["contacts"],
    )
    found = find_visits(
        current_service(), current_principal(), wanted, {"after": values["after"], "limit": 50}
    )
    keep: dict[str, Any] = {
        name: value for name, value in query.typed.items() if name != "after" and name not in query.errors
    }
    return render(
        "fieldwork/visits.html",
        found=found,
        wanted=wanted,
        form=query,
        keep=keep,
        first=not values["after"],
    )
