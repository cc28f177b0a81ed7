"""What must always be true of the journal: proved from its bytes, not from what was noted beside them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.devices.tables import ChainFinding, Device
from server.exchange.contents import events_have_their_facts, facts_have_their_events
from server.exchange.journal import NOT_AN_ENVELOPE
from server.exchange.strays import open_stray
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry, same_bytes
from sync.codec import decode_outbox_file
from sync.envelope import envelope_hash
from sync.errors import SyncError
from sync.events import Envelope
from sync.journal import chain_start

CHUNK = 1000

_SAME_BYTES = same_bytes(EventIdentity, JournalEntry)
_HELD_BYTES = same_bytes(HeldEvent, JournalEntry)


def hashes_hold(service: Service) -> list[str]:
    """The hash of every journal entry is that of its bytes."""

    def work(session: Session) -> list[str]:
        return [
            f"{_name(entry)}: its bytes are not those that were received"
            for entry in _entries(session)
            if entry.sealed is not None and _hash_of(service, entry) != entry.hash
        ]

    return service.db.read(work)


def identities_and_journal_agree(service: Service) -> list[str]:
    """Every identity has its bytes in the journal, and all bytes have an identity or are held as a clash."""

    def work(session: Session) -> list[str]:
        bare = session.execute(
            select(EventIdentity.device_id, EventIdentity.event_id).where(
                ~exists().where(_SAME_BYTES).correlate(EventIdentity)
            )
        )
        stray = session.execute(
            select(JournalEntry.device_id, JournalEntry.event_id).where(
                ~exists().where(_SAME_BYTES).correlate(JournalEntry),
                ~exists().where(_HELD_BYTES).correlate(JournalEntry),
            )
        )
        return [
            *(f"{_name(row)}: it has an identity and is not in the journal" for row in bare),
            *(f"{_name(row)}: it is in the journal and has no identity" for row in stray),
        ]

    return service.db.read(work)


def held_rows_and_identities_agree(service: Service) -> list[str]:
    """What is held says so in both places; what was mended was applied, what was dismissed is dismissed."""
    expected = {"held": "held", "mended": "applied", "released": "applied", "dismissed": "dismissed"}

    def work(session: Session) -> list[str]:
        found = []
        rows = session.execute(
            select(
                EventIdentity.device_id,
                EventIdentity.event_id,
                EventIdentity.status,
                HeldEvent.state,
            )
            .outerjoin(
                HeldEvent,
                same_bytes(HeldEvent, EventIdentity),
            )
            .where(or_(HeldEvent.state.is_not(None), EventIdentity.status != "applied"))
        )
        for row in rows:
            if row.state is None:
                found.append(f"{_name(row)}: it is {row.status}, and nobody can see it")
            elif expected.get(row.state) != row.status:
                found.append(
                    f"{_name(row)}: it is {row.state} to supervisors and {row.status} in its receipt"
                )
        return found

    return service.db.read(work)


def chains_hold(service: Service) -> list[str]:
    """Each device's chain ends where its row says, and every break in it was noted for a supervisor."""

    def work(session: Session) -> list[str]:
        found: list[str] = []
        noted = _noted(session)
        devices = session.execute(select(Device.id, Device.seq, Device.chain_hash).order_by(Device.id)).all()
        for device in devices:
            end = _walk(session, device.id, noted[device.id], found)
            if end != (device.seq, device.chain_hash):
                found.append(
                    f"device {device.id}: its chain ends at {end[0]} in the journal, and at {device.seq} in its row"
                )
        return found

    return service.db.read(work)


def _noted(session: Session) -> dict[str, list[range]]:
    """By device: the numbers at which a break was noted. Those that fill a gap late follow on nothing in particular."""
    noted: dict[str, list[range]] = defaultdict(list)
    for row in session.execute(
        select(ChainFinding.device_id, ChainFinding.kind, ChainFinding.seq, ChainFinding.expected)
    ):
        first = int(row.expected) if row.kind == "gap" else row.seq
        noted[row.device_id].append(range(first, row.seq + 1))
    return noted


def _walk(session: Session, device_id: str, noted: list[range], found: list[str]) -> tuple[int, str]:
    """The end of a device's chain in the journal. Breaks that were not noted are added to `found`."""
    seq, link = 0, chain_start(device_id)
    rows = session.execute(
        select(JournalEntry.event_id, JournalEntry.seq, JournalEntry.previous, JournalEntry.hash)
        .where(
            JournalEntry.device_id == device_id,
            JournalEntry.protocol != NOT_AN_ENVELOPE,
            JournalEntry.chained,
        )
        .order_by(JournalEntry.seq, JournalEntry.received_at, JournalEntry.event_id)
        .execution_options(yield_per=CHUNK)
    )
    for row in rows:
        follows = (row.seq, row.previous) == (seq + 1, link)
        if not follows and not any(row.seq in numbers for numbers in noted):
            found.append(f"device {device_id}, event {row.event_id}: a break at {row.seq} was not noted")
        if row.seq > seq:
            seq, link = row.seq, row.hash
    return seq, link


def _entries(session: Session) -> Iterator[Any]:
    yield from session.execute(
        select(JournalEntry.__table__)
        .order_by(JournalEntry.device_id, JournalEntry.event_id, JournalEntry.hash)
        .execution_options(yield_per=CHUNK)
    )


def _hash_of(service: Service, entry: Any) -> str:
    sealed = bytes(entry.sealed)
    if entry.protocol == NOT_AN_ENVELOPE:
        try:
            return _hash_of_json(open_stray(service, entry.device_id, entry.hash, entry.kid, sealed))
        except SyncError:
            return ""
    return envelope_hash(
        Envelope(entry.event_id, entry.seq, entry.previous, entry.kid, sealed, entry.protocol)
    )


def _hash_of_json(raw: bytes) -> str:
    """The hash of what came among events and was no envelope: read again as it was then (sync.codec)."""
    around = json.dumps({"device": "-", "exported_at": 0, "signature": "", "events": []}).encode()
    try:
        file = decode_outbox_file(around.replace(b"[]", b"[" + raw + b"]"))
    except SyncError:
        return ""
    return envelope_hash(file.events[0])


def _name(row: Any) -> str:
    return f"device {row.device_id}, event {row.event_id}"


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("journal hashes hold", hashes_hold),
    ("identities and journal agree", identities_and_journal_agree),
    ("held events and identities agree", held_rows_and_identities_agree),
    ("device chains hold", chains_hold),
    ("every applied event has its facts", events_have_their_facts),
    ("every fact from a phone has its event", facts_have_their_events),
]
