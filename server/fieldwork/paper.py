"""Prints a list for the day when a phone is broken: houses in walking order with boxes to tick. Who prints is noted."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.paging import MOST_ROWS
from server.base.pdf import make_pdf
from server.base.service import Service
from server.fieldwork.worklist_views import ListedHouse, WorklistView, list_houses, read_worklist
from sync.outcomes import table

TEMPLATE = Path(__file__).parent / "templates" / "fieldwork" / "paper.typ"
FLAGS = {"yes": "Call.", "no": "Do not call.", "not_before": "Not yet."}


@dataclass(frozen=True)
class Paper:
    """A printed list: the file's name and its bytes (PDF)."""

    name: str
    pdf: bytes


def print_list(service: Service, principal: Principal, worklist_id: int) -> Paper:
    """The list as a PDF, as of now, with the houses in the principal's areas; it is noted who printed it.

    No resident's name is on it. A list that has ended says so in bold, on its first page and at the foot of each.
    Raises Problem: not_found, forbidden.
    """
    require(principal, "worklist.allocate")
    listed = read_worklist(service, principal, worklist_id)
    houses = read_all_houses(service, principal, worklist_id)
    now = service.clock.now()
    pdf = make_pdf(TEMPLATE, _content(service, principal, listed, houses), at=now)

    def note(session: Session) -> None:
        audit.record(
            session,
            service,
            principal,
            "worklist.print",
            f"worklist:{worklist_id}",
            officer=listed.account_id,
            houses=len(houses),
        )

    service.db.transact(note)
    return Paper(f"list-{worklist_id}-{now.astimezone(service.zone):%Y-%m-%d}.pdf", pdf)


def read_all_houses(service: Service, principal: Principal, worklist_id: int) -> list[ListedHouse]:
    """Every house of a list in walking order. Raises Problem("not_found")."""
    found: list[ListedHouse] = []
    query: dict[str, Any] = {"limit": MOST_ROWS, "after": ""}
    while True:
        page = list_houses(service, principal, worklist_id, query)
        found += page.rows
        if page.next is None:
            return found
        query["after"] = page.next


def _content(
    service: Service, principal: Principal, listed: WorklistView, houses: list[ListedHouse]
) -> dict[str, Any]:
    ended = _ended(service, listed)
    until = _local(service, listed.not_after)
    names = {street["usrn"]: street["name"] for street in listed.streets}
    mark = f"List {listed.id} · {listed.officer} · {listed.campaign} · {ended or f'valid until {until}'}"
    return {
        "title": f"Street list {listed.id}",
        "mark": mark,
        "ended": ended,
        "officer": listed.officer,
        "campaign": listed.campaign,
        "until": until,
        "printed": f"{_local(service, service.clock.now())}, by {principal.name}",
        "number": f"number {listed.id}",
        "houses": f"{len(houses)} houses",
        "outcomes": [
            {"letter": letter, "label": row.label}
            for letter, row in zip(string.ascii_uppercase, table(), strict=False)
        ],
        "streets": [
            {"name": names.get(usrn, usrn), "houses": [_house(one) for one in some]}
            for usrn, some in groupby(houses, key=lambda one: one.usrn)
        ],
    }


def _house(one: ListedHouse) -> dict[str, Any]:
    return {
        "place": one.place + 1,
        "address": one.address.removesuffix(f", {one.postcode}"),
        "postcode": one.postcode,
        "flag": FLAGS[one.flag],
        "reason": one.reason,
        "hazards": one.hazards,
        "notes": one.notes,
    }


def _ended(service: Service, listed: WorklistView) -> str:
    """The words of a list that is over; empty while it runs."""
    if listed.state == "recalled":
        return "Recalled: nobody is to call by this list; it is for typing visits in only."
    if listed.state != "active" or listed.not_after <= service.clock.now():
        return (
            f"Expired on {_local(service, listed.not_after)}: nobody is to call by this list; "
            "it is for typing visits in only."
        )
    return ""


def _local(service: Service, at: datetime) -> str:
    local = at.astimezone(service.zone)
    return f"{local:%-d %b %Y, %H:%M}"
