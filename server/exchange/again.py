"""Writes down anew what an unsigned file had brought, when the device itself brings it: as if it came now.

These are few, and never in the usual exchange: one statement for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.orm import Session

from server.exchange.arrivals import CLASH, Arrival, Batch, Known, Verdict
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry

RELEASED = "released"  # state of a held event that the device itself brought, signed


@dataclass(frozen=True)
class Again:
    """Bytes that the journal has, what became of them now, and when they were made as far as is known now."""

    arrival: Arrival
    verdict: Verdict
    corrected_at: datetime | None


def write_again(session: Session, device_id: str, batch: Batch, again: Iterable[Again]) -> None:
    """Write the new verdicts into the journal and the held rows: released where nothing holds the event any more."""
    now = batch.received_at
    for one in again:
        verdict = one.verdict
        entry: dict[str, Any] = {
            "chained": True,
            "received_at": now,
            "clock_offset_ms": batch.clock_offset_ms,
            "corrected_at": one.corrected_at,
        }
        if verdict.erased:
            entry |= {"sealed": None, "erased_at": now}
        held: dict[str, Any] = {"state": RELEASED, "decided_at": now, "decided_by": None, "decision": ""}
        if verdict.status == "held":
            held = {"state": "held", "reason": verdict.reason}
        session.execute(update(JournalEntry).where(_is(JournalEntry, device_id, one.arrival)).values(entry))
        session.execute(update(HeldEvent).where(_is(HeldEvent, device_id, one.arrival)).values(held))


def take_over(
    session: Session, device_id: str, former: Known, arrival: Arrival, told: dict[str, Any]
) -> None:
    """Give an identity to what the device brought. Other bytes that had it in an unsigned file clash from now on."""
    session.execute(
        update(EventIdentity)
        .where(EventIdentity.device_id == device_id, EventIdentity.event_id == arrival.key)
        .values(told)
    )
    if former.hash != arrival.hash:
        session.execute(
            update(HeldEvent)
            .where(
                HeldEvent.device_id == device_id,
                HeldEvent.event_id == arrival.key,
                HeldEvent.hash == former.hash,
                HeldEvent.state == "held",
            )
            .values(reason=CLASH.reason)
        )


def link(session: Session, device_id: str, arrivals: Iterable[Arrival]) -> None:
    """Note of bytes that were decided on that they belong to the device's chain."""
    for arrival in arrivals:
        session.execute(
            update(JournalEntry).where(_is(JournalEntry, device_id, arrival)).values(chained=True)
        )


def _is(table: type[JournalEntry] | type[HeldEvent], device_id: str, arrival: Arrival) -> ColumnElement[bool]:
    return and_(table.device_id == device_id, table.event_id == arrival.key, table.hash == arrival.hash)
