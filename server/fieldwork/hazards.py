"""Dangers at an address: reported from the door, seen by the next officer at once, reviewed by a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal, require
from server.base.paging import PageResult
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import insert_new
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.reviewing import Reports, find_reports, look_through, review
from server.fieldwork.rows import HazardText, open_hazard, seal_hazard
from server.fieldwork.tables import Hazard

HAZARDS = Reports(
    table=Hazard,
    name="hazard",
    reported_at=Hazard.reported_at,
    reported_by=Hazard.reported_by,
    undecided=("reported", "confirmed"),
    decided="This hazard is closed: a new visit may report it again.",
    filters=("state", "uprn"),
)


@dataclass(frozen=True)
class NewHazard:
    """A danger to report. `id` is a UUID, the same at every repetition of its event."""

    id: str
    uprn: str
    kind: str
    text: str
    event_id: str | None
    account_id: int | None
    at: datetime


@dataclass(frozen=True)
class HazardView:
    """A danger as a supervisor reads it."""

    id: str
    uprn: str
    address: str
    kind: str
    text: str
    state: str
    reported_by: int | None
    reporter: str
    reported_at: datetime
    reviewed_at: datetime | None
    expires_on: date | None


def report_hazards(session: Session, service: Service, hazards: Sequence[NewHazard]) -> set[str]:
    """Keep dangers, sealed; the UPRNs of those that are new. One whose id is there already is ignored.

    Precondition: the premises are locked, and the caller gives the UPRNs to `record_facts(also_changed=…)`, which
    brings the lists up to date.
    """
    if not hazards:
        return set()
    rows = [
        {
            "id": one.id,
            "uprn": one.uprn,
            "text_sealed": seal_hazard(service.vault, one.id, HazardText(one.kind, one.text)),
            "state": "reported",
            "event_id": one.event_id,
            "reported_by": one.account_id,
            "reported_at": one.at,
        }
        for one in hazards
    ]
    new = set(insert_new(session, Hazard, rows))
    return {one.uprn for one in hazards if one.id in new}


def review_hazard(
    service: Service, principal: Principal, hazard_id: str, *, decision: str, expires_on: date | None = None
) -> None:
    """Confirm a danger, until a day or for good, dismiss it, or end it (expired); lists that hold the house show it.

    Raises Problem: forbidden, not_found, wrong_state where it is no longer shown, validation_failed for a day past.
    """
    require(principal, "hazard.review")
    if decision not in ("confirmed", "dismissed", "expired"):
        raise Problem("unknown_code", "Decide confirmed, dismissed or expired.", where="decision")
    if expires_on is not None and expires_on < service.clock.now().astimezone(service.zone).date():
        errors = {"expires_on": "Must not be in the past."}
        raise Problem("validation_failed", "A hazard is confirmed until a day to come.", errors=errors)

    until = expires_on if decision == "confirmed" else None
    review(service, principal, HAZARDS, hazard_id, decision, expires_on=until)


def find_hazards(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """Dangers in the principal's areas, the latest first (or `oldest`); `query` has state, uprn and the page."""
    return find_reports(service, principal, HAZARDS, query, partial(_view, service))


def look_through_hazards(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """The same, for somebody who reads them: that stands on the audit trail."""
    return look_through(service, principal, HAZARDS, query, partial(_view, service))


def expire_hazards(service: Service) -> int:
    """The worker's job: end the dangers whose day is over; how many."""
    today = service.clock.now().astimezone(service.zone).date()
    over = select(Hazard.id, Hazard.uprn).where(Hazard.state == "confirmed", Hazard.expires_on < today)
    found = service.db.read(lambda session: session.execute(over.order_by(Hazard.id)).all())
    for hazard_id, uprn in found:
        service.db.transact(lambda session, key=hazard_id, house=uprn: _expire(session, service, key, house))  # type: ignore[misc]
    return len(found)


def _expire(session: Session, service: Service, hazard_id: str, uprn: str) -> None:
    lock_premises(session, [uprn])
    session.execute(
        update(Hazard)
        .where(Hazard.id == hazard_id, Hazard.state == "confirmed")
        .values(state="expired")
        .execution_options(synchronize_session=False)
    )
    record_facts(session, service, [], also_changed=[uprn])
    audit.record(session, service, SYSTEM, "hazard.expire", f"hazard:{hazard_id}", uprn=uprn)


def _view(service: Service, hazard: Hazard, address: str, reporter: str) -> HazardView:
    text = open_hazard(service.vault, hazard.id, hazard.text_sealed)
    return HazardView(
        hazard.id,
        hazard.uprn,
        address,
        text.kind,
        text.text,
        hazard.state,
        hazard.reported_by,
        reporter,
        hazard.reported_at,
        hazard.reviewed_at,
        hazard.expires_on,
    )
