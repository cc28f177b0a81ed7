"""The audit trail: append-only, hash-chained in 16 lanes so that two people's deeds seldom wait for each other.

Each entry's hash covers its content and the hash before it in its lane; the head row of a lane is locked while one is
appended. `detail` holds codes, ids and counts, never personal data.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.clock import milliseconds
from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.tables import AuditEntry, AuditHead

if TYPE_CHECKING:
    from server.base.service import Service

LANES = 16
START = "0" * 64
_HEAD, _ENTRY = table_of(AuditHead), table_of(AuditEntry)
_LOCK_HEAD = Prepared(
    select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.lane == bindparam("lane")).with_for_update()
)
_APPEND = Prepared(insert(_ENTRY).values({column.name: bindparam(column.name) for column in _ENTRY.c}))
_MOVE_HEAD = Prepared(
    update(_HEAD)
    .where(_HEAD.c.lane == bindparam("at_lane"))
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)
ANCHOR = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})*-[0-9a-f]{64}\Z")


def record(
    session: Session, service: Service, principal: Principal, action: str, target: str, **detail: Any
) -> None:
    """Append an entry. Call it last in a transaction: the lane stays locked until the commit."""
    lane = zlib.crc32(principal.actor.encode()) % LANES
    at = service.clock.now()
    head = _LOCK_HEAD.row(session, lane=lane)
    entry: dict[str, Any] = {
        "lane": lane,
        "seq": head.seq + 1,
        "at": at,
        "actor": principal.actor,
        "action": action,
        "target": target,
        "detail": detail,
        "previous": head.hash,
    }
    entry["hash"] = entry_hash(**entry)
    _APPEND.run(session, **entry)
    _MOVE_HEAD.run(session, at_lane=lane, new_seq=entry["seq"], new_hash=entry["hash"])


def entry_hash(
    *,
    lane: int,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    target: str,
    detail: dict[str, Any],
    previous: str,
) -> str:
    """SHA-256 (hex) over the JSON array of an entry's members, keys sorted, in UTF-8."""
    members = [lane, seq, milliseconds(at), actor, action, target, detail, previous]
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session) -> list[str]:
    """Findings, one sentence each: an entry changed, missing or added, a lane cut short. None when all is well."""
    heads = {head.lane: head for head in session.scalars(select(AuditHead))}
    last: dict[int, tuple[int, str]] = dict.fromkeys(range(LANES), (0, START))
    findings = [f"lane {lane} has no head" for lane in range(LANES) if lane not in heads]
    rows = session.execute(
        select(AuditEntry.__table__)
        .order_by(AuditEntry.lane, AuditEntry.seq)
        .execution_options(yield_per=2000)
    )
    for row in rows.mappings():
        seq, previous = last.get(row["lane"], (0, START))
        where = f"lane {row['lane']}, entry {row['seq']}"
        if row["seq"] != seq + 1:
            findings.append(f"{where}: {row['seq'] - seq - 1} entries before it are missing")
        elif row["previous"] != previous:
            findings.append(f"{where}: it does not follow on the one before")
        content = {name: row[name] for name in row if name != "hash"}
        if entry_hash(**content) != row["hash"]:
            findings.append(f"{where}: its content was changed")
        last[row["lane"]] = (row["seq"], row["hash"])
    for lane, head in heads.items():
        if (head.seq, head.hash) != last.get(lane, (0, START)):
            findings.append(
                f"lane {lane}: the head is at entry {head.seq}, the last entry is {last[lane][0]}"
            )
    return findings


def anchor(session: Session) -> str:
    """How far each lane goes, and one digest of where they end: "12.0.….7-<hex>".

    Noted down elsewhere, it shows at any later time that nothing before it was rewritten (`stands`).
    """
    heads = session.execute(
        select(AuditHead.lane, AuditHead.seq, AuditHead.hash).order_by(AuditHead.lane)
    ).all()
    return _anchor_of({head.lane: (head.seq, head.hash) for head in heads})


def stands(session: Session, noted: str) -> bool:
    """True where the trail still holds what it held when the anchor was noted, whatever was appended since.

    ValueError for what is no anchor. That the entries before are those that they were, `verify` proves by their chain.
    """
    lengths = noted.partition("-")[0].split(".")
    if not ANCHOR.match(noted) or len(lengths) != LANES:
        raise ValueError("not an anchor")
    ends = {}
    for lane, length in enumerate(lengths):
        entry = select(AuditEntry.hash).where(AuditEntry.lane == lane, AuditEntry.seq == int(length))
        ends[lane] = (int(length), (session.scalar(entry) or "missing") if int(length) else START)
    return _anchor_of(ends) == noted


def _anchor_of(ends: dict[int, tuple[int, str]]) -> str:
    """The anchor of lanes that end so: (sequence number, hash) by lane."""
    listed = [[lane, *ends[lane]] for lane in sorted(ends)]
    lengths = ".".join(str(seq) for _, seq, _ in listed)
    return f"{lengths}-{hashlib.sha256(json.dumps(listed).encode()).hexdigest()}"
