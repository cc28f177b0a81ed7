"""The page where a printed list's visits are typed in, a page of houses at once.

Registrations are not typed in: see `typed_visits`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import marshmallow as ma
from flask import Response, request, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs, refuse_unstorable
from server.base.pages import EMPTY, Form, Pages, go, read_query, render
from server.base.paging import PageQuery
from server.fieldwork import entering, worklist_views
from server.fieldwork.typed_visits import PARTS_OF_DAY, TypedVisit
from sync.outcomes import table

pages = Pages("entry_pages", __name__)
TIME = re.compile(r"([01]?[0-9]|2[0-3])[:.]?([0-5][0-9])\Z")
HOUSES = 25  # on a page: about what one sheet of paper has
FIELDS = ("outcome", "day", "at", "callback_day", "callback_part", "language", "note")
SHOWN_AT = {"callback": "callback_day"}  # where a mistake is shown, for those that are not a field's name


@dataclass(frozen=True)
class Row:
    """What was typed in a house's row, by field, and what is wrong with it."""

    typed: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)


class EntryQuery(PageQuery):
    """Which page of houses."""

    limit = ma.fields.Integer(load_default=HOUSES, validate=ma.validate.Range(1, HOUSES))


@pages.get("/lists/<int:worklist_id>/entry")
@needs("worklist.allocate")
def entry(worklist_id: int) -> Response:
    """A page of the list's houses, empty."""
    return _page(worklist_id)


@pages.post("/lists/<int:worklist_id>/entry")
@needs("worklist.allocate")
def enter(worklist_id: int) -> WerkzeugResponse:
    """Enter what was typed; what is wrong stays, with the reason next to it."""
    service, principal = current_service(), current_principal()
    worklist_views.read_worklist(service, principal, worklist_id)
    rows = dict(_typed_rows())
    visits, wrong = [], {}
    for uprn, row in rows.items():
        try:
            visits.append(_visit(uprn, row))
        except ma.ValidationError as error:
            wrong[uprn] = {name: "; ".join(map(str, found)) for name, found in error.messages_dict.items()}
    done = entering.Entered(0, 0, {})
    if visits:
        done = entering.enter_visits(service, principal, worklist_id, visits)
    said = _said(done)
    wrong |= done.wrong
    if wrong:
        page_day = request.form.get("day", "").strip()
        shown = {uprn: rows[uprn] | ({"day": ""} if rows[uprn]["day"] == page_day else {}) for uprn in wrong}
        return _page(worklist_id, {uprn: Row(shown[uprn], found) for uprn, found in wrong.items()}, said)
    if not rows:
        return _page(worklist_id, problem="Nothing was typed in: choose what at least one visit came to.")
    after = str(request.form.get("next", ""))
    there: dict[str, Any] = {"after": after} if after else {}
    return go(url_for("entry_pages.entry", worklist_id=worklist_id, **there), said)


class ClockTime(ma.fields.Field[time]):
    """A time of day as people type it: 18:05, 18.05 or 1805."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> time:
        found = TIME.match(str(value))
        if found is None:
            raise ma.ValidationError("Enter a time of the day, such as 18:05 or 1805.")
        return time(int(found[1]), int(found[2]))


class RowForm(ma.Schema):
    """A row's day and times, as browsers send them."""

    day = ma.fields.Date(load_default=None, error_messages={"invalid": "Enter a day, such as 2026-03-09."})
    at = ClockTime(load_default=None)
    callback_day = ma.fields.Date(
        load_default=None, error_messages={"invalid": "Enter a day, such as 2026-03-09."}
    )


def _typed_rows() -> Iterator[tuple[str, dict[str, str]]]:
    """The rows in which something was typed, by UPRN; one without a day of its own is of the page's day."""
    refuse_unstorable(request.form.to_dict(flat=False))
    page_day = request.form.get("day", "").strip()
    for uprn in dict.fromkeys(request.form.getlist("uprn")):
        row = {name: request.form.get(f"{name}-{uprn}", "").strip() for name in FIELDS}
        if any(text for name, text in row.items() if name != "day"):
            yield uprn, row | {"day": row["day"] or page_day}


def _visit(uprn: str, row: dict[str, str]) -> TypedVisit:
    """The visit of a row. Raises ma.ValidationError for a day or time that is none."""
    times: dict[str, Any] = RowForm().load({name: row[name] for name in RowForm().fields if row[name]})
    day: date | None = times["day"]
    at: time | None = times["at"]
    return TypedVisit(
        uprn,
        row["outcome"],
        day,
        at,
        times["callback_day"],
        row["callback_part"],
        row["language"].lower(),
        row["note"].replace("\r\n", "\n"),
    )


def _said(done: entering.Entered) -> str:
    """What was entered, in words; empty where nothing was."""
    parts = []
    if done.new:
        parts.append("1 visit is entered." if done.new == 1 else f"{done.new} visits are entered.")
    if done.again:
        parts.append(f"{done.again} {'was' if done.again == 1 else 'were'} there already, and count once.")
    return " ".join(parts)


def _page(
    worklist_id: int, rows: dict[str, Row] | None = None, said: str = "", problem: str = ""
) -> Response:
    service, principal = current_service(), current_principal()
    query = read_query(EntryQuery()).values
    listed = worklist_views.read_worklist(service, principal, worklist_id)
    houses = worklist_views.list_houses(service, principal, worklist_id, query)
    rows = rows or {}
    errors = {
        f"{SHOWN_AT.get(name, name)}-{house.uprn}": f"{house.address}: {words}"
        for house in houses.rows
        if house.uprn in rows
        for name, words in rows[house.uprn].wrong.items()
    }
    form = Form({}, {}, errors, problem) if errors or problem else EMPTY
    return render(
        "fieldwork/entry.html",
        200 if form.ok else 422,
        listed=listed,
        houses=houses,
        rows=rows,
        form=form,
        said=said,
        query=query,
        outcomes=list(table()),
        parts=PARTS_OF_DAY,
        day=request.form.get("day") or service.clock.now().astimezone(service.zone).date(),
        blank=Row(dict.fromkeys(FIELDS, "")),
    )
