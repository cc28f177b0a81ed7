"""The journal in the database: what is known of events that arrive, and the rows of those that are new.

Identities, sealed bytes and held rows are written once, at the end of the transaction that applies the events: the
journal shows what was received and what was done with it, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from server.base.service import Service
from server.exchange.arrivals import CLASH, Arrival, Batch, Known, Sorted, Verdict, sort_arrivals
from server.exchange.rows import insert_rows
from server.exchange.strays import seal_stray
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.bulk import bound, table_of

Name = tuple[str, str]

NOT_AN_ENVELOPE = -1  # JournalEntry.protocol of what was no envelope (strays.py); none can name it


_I = table_of(EventIdentity)
_IDENTITIES = select(
    _I.c.device_id,
    _I.c.event_id,
    _I.c.hash,
    _I.c.status,
    _I.c.reason,
    _I.c.worklist_id,
    _I.c.worklist_version,
).where(bound(_I.c.event_id, "event_ids"))


@dataclass(frozen=True)
class Met:
    """What is known of a batch: this device's own identities by key, and how the rest sorts."""

    own: dict[str, Known]
    sorted: Sorted


def meet(session: Session, device_id: str, arrivals: Sequence[Arrival]) -> Met:
    """Look up the identities of a batch. The device's row is locked, so nobody else brings the same meanwhile."""
    own: dict[str, Known] = {}
    taken: set[str] = set()
    if not arrivals:
        return Met(own, Sorted((), ()))
    keys = list({arrival.key for arrival in arrivals})
    for row in session.execute(_IDENTITIES, {"event_ids": keys}):
        if row.device_id == device_id:
            own[row.event_id] = Known(*row[2:])
        else:
            taken.add(row.event_id)
    others = [
        (arrival.key, arrival.hash)
        for arrival in arrivals
        if (known := own.get(arrival.key)) is None or known.hash != arrival.hash
        if known is not None or arrival.key in taken
    ]
    kept = _kept_clashes(session, device_id, others)
    return Met(own, sort_arrivals(arrivals, own=own, taken=taken, kept_clashes=kept))


def _kept_clashes(session: Session, device_id: str, names: Sequence[Name]) -> set[Name]:
    if not names:
        return set()
    rows = session.execute(
        select(JournalEntry.event_id, JournalEntry.hash).where(
            JournalEntry.device_id == device_id,
            tuple_(JournalEntry.event_id, JournalEntry.hash).in_(names),
        )
    )
    return {(row.event_id, row.hash) for row in rows}


def write(
    session: Session,
    service: Service,
    device_id: str,
    batch: Batch,
    sorted_: Sorted,
    *,
    verdicts: Mapping[Name, Verdict],
    corrected_at: Mapping[Name, datetime],
) -> None:
    """Insert the journal, identity and held rows of what is new. Clashing bytes get no identity: the first has it."""
    journal, identities, held = [], [], []
    for arrival in (*sorted_.fresh, *sorted_.clashes):
        name = (arrival.key, arrival.hash)
        verdict = verdicts[name]
        at = corrected_at.get(name)
        journal.append(_journal_row(service, device_id, batch, arrival, verdict, corrected_at=at))
        if verdict.status == "held":
            held.append(_held_row(device_id, arrival, verdict, batch.received_at))
    for arrival in sorted_.fresh:
        verdict = verdicts[arrival.key, arrival.hash]
        identities.append(_identity_row(device_id, arrival, verdict, batch.received_at))
    insert_rows(session, JournalEntry, journal)
    insert_rows(session, EventIdentity, identities)
    insert_rows(session, HeldEvent, held)


def clashing(sorted_: Sorted) -> dict[Name, Verdict]:
    """The verdict on bytes that came under a used id."""
    return {(arrival.key, arrival.hash): CLASH for arrival in sorted_.clashes}


def _journal_row(
    service: Service,
    device_id: str,
    batch: Batch,
    arrival: Arrival,
    verdict: Verdict,
    *,
    corrected_at: datetime | None,
) -> dict[str, Any]:
    envelope = arrival.envelope
    kid, sealed = envelope.kid, envelope.sealed
    if arrival.fault:
        kid, sealed = seal_stray(service, device_id, arrival.hash, sealed)
    return {
        "device_id": device_id,
        "event_id": arrival.key,
        "hash": arrival.hash,
        "seq": envelope.seq,
        "previous": envelope.prev,
        "kid": kid,
        "protocol": NOT_AN_ENVELOPE if arrival.fault else envelope.protocol,
        "sealed": None if verdict.erased else sealed,
        "received_at": batch.received_at,
        "clock_offset_ms": batch.clock_offset_ms,
        "chained": not batch.held_for,
        "corrected_at": corrected_at,
        "erased_at": batch.received_at if verdict.erased else None,
    }


def _identity_row(
    device_id: str, arrival: Arrival, verdict: Verdict, received_at: datetime
) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "event_id": arrival.key,
        "hash": arrival.hash,
        "status": verdict.status,
        "reason": verdict.reason,
        "worklist_id": verdict.worklist_id,
        "worklist_version": verdict.worklist_version,
        "received_at": received_at,
    }


def _held_row(device_id: str, arrival: Arrival, verdict: Verdict, received_at: datetime) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "event_id": arrival.key,
        "hash": arrival.hash,
        "reason": verdict.reason,
        "state": "held",
        "held_at": received_at,
        "decision": "",
    }
