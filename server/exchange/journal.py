"""The journal in the database: what is known of events that arrive, and the rows of those that are new.

Identities, sealed bytes and held rows are written once, at the end of the transaction that applies the events: the
journal shows what was received and what was done with it, or neither. Only what an unsigned file had brought is written
again, when the device itself brings it (again.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.exchange.again import Again, link, take_over, write_again
from server.exchange.arrivals import (
    CLASH,
    UNSIGNED,
    Arrival,
    Batch,
    Earlier,
    Known,
    Name,
    Sorted,
    Verdict,
    sort_arrivals,
)
from server.exchange.strays import seal_stray
from server.exchange.tables import PERSON_ERASED, EventIdentity, HeldEvent, JournalEntry, same_bytes
from server.fieldwork.bulk import among, bound, insert_rows

NOT_AN_ENVELOPE = -1  # JournalEntry.protocol of what was no envelope (strays.py); none can name it
UNAPPLIED = ("held", "dismissed")  # states in which nothing is applied of what is held as unsigned

_I = table_of(EventIdentity)
_IDENTITIES = Prepared(
    select(
        _I.c.device_id,
        _I.c.event_id,
        _I.c.hash,
        _I.c.status,
        _I.c.reason,
        _I.c.worklist_id,
        _I.c.worklist_version,
    ).where(bound(_I.c.event_id, "event_ids"))
)


@dataclass(frozen=True)
class Met:
    """What is known of a batch: this device's own identities by key, its bytes kept before, and how the rest sorts."""

    own: Mapping[str, Known]
    earlier: Earlier
    sorted: Sorted


def meet(session: Session, device_id: str, batch: Batch) -> Met:
    """Look up the identities of a batch. The device's row is locked, so nobody else brings the same meanwhile."""
    arrivals = batch.arrivals
    own: dict[str, Known] = {}
    others: dict[str, str] = {}  # key → a device that used it
    keys = list({arrival.key for arrival in arrivals})
    for row in _IDENTITIES.rows(session, event_ids=keys):
        if row.device_id == device_id:
            own[row.event_id] = Known(*row[2:])
        else:
            others[row.event_id] = row.device_id
    taken: set[str] = set(others)
    earlier = Earlier()
    if own or others:
        by_device = _earlier(session, {device_id, *others.values()}, own.keys() | others.keys())
        earlier = by_device.get(device_id, earlier)
        if batch.held_for:
            earlier = Earlier(earlier.kept)  # what nobody vouches for changes nothing that is known
        else:
            taken -= {key for key, other in others.items() if _rests_on_nothing(by_device[other], key)}
    return Met(own, earlier, sort_arrivals(arrivals, own=own, taken=taken, earlier=earlier))


def _earlier(session: Session, devices: Collection[str], keys: Collection[str]) -> dict[str, Earlier]:
    """What is kept under these keys, by device."""
    rows = session.execute(
        select(
            JournalEntry.device_id,
            JournalEntry.event_id,
            JournalEntry.hash,
            JournalEntry.chained,
            and_(HeldEvent.reason == UNSIGNED, HeldEvent.state.in_(UNAPPLIED)).label("unapplied"),
            or_(HeldEvent.state == "held", HeldEvent.decision == PERSON_ERASED).label("undecided"),
        )
        .outerjoin(
            HeldEvent,
            same_bytes(HeldEvent, JournalEntry),
        )
        .where(among(JournalEntry.device_id, devices), among(JournalEntry.event_id, keys))
    )
    found: dict[str, tuple[set[Name], ...]] = defaultdict(lambda: (set(), set(), set(), set()))
    for row in rows:
        name = (row.event_id, row.hash)
        kept, unsigned, unapplied, undecided = found[row.device_id]
        kept.add(name)
        if not row.chained:
            unsigned.add(name)
            if row.unapplied:
                unapplied.add(name)
                if row.undecided:
                    undecided.add(name)
    return {device: Earlier(*map(frozenset, names)) for device, names in found.items()}


def _rests_on_nothing(earlier: Earlier, key: str) -> bool:
    """True where a device's id was used in an unsigned file alone, and nothing of it was applied."""
    return {name for name in earlier.kept if name[0] == key} <= earlier.unapplied


def write(
    session: Session,
    service: Service,
    device_id: str,
    batch: Batch,
    met: Met,
    *,
    verdicts: Mapping[Name, Verdict],
    corrected_at: Mapping[Name, datetime],
) -> None:
    """Write the journal, identity and held rows. Clashing bytes get no identity: the first has it."""
    journal, identities, held, again = [], [], [], []
    for arrival in (*met.sorted.fresh, *met.sorted.clashes):
        verdict, at = verdicts[arrival.name], corrected_at.get(arrival.name)
        if arrival.name in met.earlier.kept:
            again.append(Again(arrival, verdict, at))
            continue
        journal.append(_journal_row(service, device_id, batch, arrival, verdict, corrected_at=at))
        if verdict.status == "held":
            held.append(_held_row(device_id, arrival, verdict, batch.received_at))
    for arrival in met.sorted.fresh:
        row = _identity_row(device_id, arrival, verdicts[arrival.name], batch.received_at)
        if arrival.key in met.own:
            take_over(session, device_id, met.own[arrival.key], arrival, row)
        else:
            identities.append(row)
    insert_rows(session, JournalEntry, journal)
    insert_rows(session, EventIdentity, identities)
    insert_rows(session, HeldEvent, held)
    write_again(session, device_id, batch, again)
    link(session, device_id, met.sorted.signed_late)


def clashing(sorted_: Sorted) -> dict[Name, Verdict]:
    """The verdict on bytes that came under a used id."""
    return {arrival.name: CLASH for arrival in sorted_.clashes}


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
        "received_at": received_at,
        **told(verdict),
    }


def told(verdict: Verdict) -> dict[str, Any]:
    """What an identity keeps of a verdict, for receipts to come."""
    return {
        "status": verdict.status,
        "reason": verdict.reason,
        "worklist_id": verdict.worklist_id,
        "worklist_version": verdict.worklist_version,
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
