"""The chain of a device's envelopes as received: where it ends, and the gaps and forks noted for a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from server.base.db import insert_many, table_of
from server.base.prepared import Prepared
from server.devices.known import Claim
from server.devices.tables import ChainFinding, Device
from server.exchange.tables import JournalEntry
from sync import journal
from sync.events import Envelope

_D = table_of(Device)
_MOVE_END = Prepared(
    update(_D)
    .where(_D.c.id == bindparam("device_id"))
    .values(seq=bindparam("last_seq"), chain_hash=bindparam("last_hash"))
)
MOST_LOOKED_AT = 10_000  # a wider gap is a broken client's number, not events on their way


def extend(
    session: Session, device_id: str, claim: Claim, envelopes: Sequence[Envelope], now: datetime
) -> int:
    """Move the chain's end past envelopes never seen before, and note its breaks; how many breaks there were.

    The device's row is locked.
    """
    missing = _missing(session, device_id, claim, envelopes)
    checked = journal.check(device_id, envelopes, claim.seq, claim.chain_hash, missing)
    if (checked.last_seq, checked.last_hash) != (claim.seq, claim.chain_hash):
        _MOVE_END.run(session, device_id=device_id, last_seq=checked.last_seq, last_hash=checked.last_hash)
    insert_many(
        session,
        ChainFinding,
        [
            {
                "device_id": device_id,
                "event_id": one.id,
                "kind": one.kind,
                "seq": one.seq,
                "expected": one.expected,
                "found": one.found,
                "seen_at": now,
            }
            for one in checked.breaks
        ],
    )
    if checked.filled:
        _close_gaps(session, device_id, set(checked.filled), now)
    return len(checked.breaks)


def _missing(session: Session, device_id: str, claim: Claim, envelopes: Sequence[Envelope]) -> set[int]:
    """The numbers among these envelopes' that fall into an open gap and have not come in yet."""
    late = {envelope.seq for envelope in envelopes if 0 < envelope.seq <= claim.seq}
    if not late:
        return set()
    gaps = _open_gaps(session, device_id)
    wanted = {seq for seq in late if any(first <= seq < end for _, first, end in gaps)}
    return wanted - _received(session, device_id, wanted)


def _close_gaps(session: Session, device_id: str, filled: set[int], now: datetime) -> None:
    """Mark the gaps of which every number has come in; `filled` are those of this batch, not yet in the journal."""
    for finding, first, end in _open_gaps(session, device_id):
        inside = {seq for seq in filled if first <= seq < end}
        if not inside or end - first > MOST_LOOKED_AT:
            continue
        came = inside | _received(session, device_id, set(range(first, end)))
        if len(came) == end - first:
            session.execute(update(ChainFinding).where(ChainFinding.id == finding).values(filled_at=now))


def _open_gaps(session: Session, device_id: str) -> list[tuple[int, int, int]]:
    rows = session.execute(
        select(ChainFinding.id, ChainFinding.expected, ChainFinding.seq).where(
            ChainFinding.device_id == device_id,
            ChainFinding.kind == "gap",
            ChainFinding.filled_at.is_(None),
        )
    )
    return [(row.id, int(row.expected), row.seq) for row in rows]


def _received(session: Session, device_id: str, numbers: set[int]) -> set[int]:
    if not numbers:
        return set()
    return set(
        session.scalars(
            select(JournalEntry.seq).where(
                JournalEntry.device_id == device_id,
                JournalEntry.seq.in_(sorted(numbers)),
                JournalEntry.chained,
            )
        )
    )
