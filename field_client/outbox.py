"""What was recorded, sealed, on its way to the service: pending, waiting in the chain, receipted.

An event is added with neither number nor predecessor (its undo window); `chain` gives it both, compared and set
in one transaction, so that two processes on one store cannot fork the chain. Nothing but a receipt that names its
hash, or that of the bytes as they were sent, takes an envelope off the list of what waits. Receipted envelopes stay
for 14 days and go up again when the service's epoch changes. All functions that take `db` run inside the caller's
write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from field_client.problems import Refused, StoreProblem
from field_client.store import Store
from sync import envelope, journal
from sync.events import PROTOCOL, Envelope
from sync.exchange import Receipt
from sync.receipts import REASONS

KEEP_MS = 14 * 24 * 3_600_000
LONGEST_UNDO_MS = 10 * 60_000


@dataclass(frozen=True)
class Counts:
    """How many events are in their undo window, wait in the chain, are receipted and still kept, and are held."""

    pending: int
    waiting: int
    receipted: int
    held: int

    @property
    def unsent(self) -> int:
        """Everything that the service has not receipted."""
        return self.pending + self.waiting


@dataclass(frozen=True)
class Fate:
    """What has become of one event: state pending | waiting | receipted, and what its receipt said.

    `answered` is the number of the request whose reply brought the receipt: lists as of that one count the event in.
    """

    id: str
    place: int
    seq: int
    state: str
    status: str
    reason: str
    worklist: int
    version: int
    answered: int


def add(db: sqlite3.Connection, *, event_id: str, kid: str, sealed: bytes, undo_until_ms: int) -> None:
    """Put a sealed event in, unchained."""
    db.execute(
        "INSERT INTO outbox (id, kid, protocol, sealed, undo_until, state) VALUES (?, ?, ?, ?, ?, 'waiting')",
        (event_id, kid, PROTOCOL, sealed, undo_until_ms),
    )


def chain(store: Store, db: sqlite3.Connection, *, now_ms: int | None = None) -> int:
    """Give the pending events their place in the chain; how many. With `now_ms`, only those past their undo window.

    A window that ends absurdly far ahead (the wall clock was put back meanwhile) counts as past.
    """
    waiting = db.execute("SELECT * FROM outbox WHERE seq IS NULL ORDER BY place").fetchall()
    if now_ms is not None:
        waiting = [row for row in waiting if not 0 < row["undo_until"] - now_ms <= LONGEST_UNDO_MS]
    if not waiting:
        return 0
    seq = store.number("seq")
    prev = str(store.get("chain") or journal.chain_start(store.device))
    for row in waiting:
        seq += 1
        link = Envelope(row["id"], seq, prev, row["kid"], row["sealed"], row["protocol"])
        link_hash = envelope.envelope_hash(link)
        db.execute(
            "UPDATE outbox SET seq = ?, prev = ?, hash = ?, undo_until = 0 WHERE place = ?",
            (seq, prev, link_hash, row["place"]),
        )
        prev = link_hash
    _set_end(db, was=seq - len(waiting), seq=seq, chain_hash=prev)
    return len(waiting)


def _set_end(db: sqlite3.Connection, *, was: int, seq: int, chain_hash: str) -> None:
    """Move the chain's end, only if it is still where it was read."""
    db.execute("INSERT OR IGNORE INTO meta VALUES ('seq', 0)")
    moved = db.execute("UPDATE meta SET value = ? WHERE name = 'seq' AND value = ?", (seq, was)).rowcount
    if moved != 1:
        raise StoreProblem(
            "Another process moved the end of the chain; nothing of this step was kept. Try again."
        )
    Store.put(db, chain=chain_hash)


def has_pending(store: Store) -> bool:
    """Whether any event is not chained yet."""
    return store.row("SELECT 1 FROM outbox WHERE seq IS NULL") is not None


def undo(db: sqlite3.Connection, event_id: str) -> None:
    """Take back an event within its undo window. Raises Refused once it is in the chain."""
    gone = db.execute("DELETE FROM outbox WHERE id = ? AND seq IS NULL", (event_id,)).rowcount
    if gone == 0:
        raise Refused("It is too late to undo that; withdraw it instead.")
    db.execute("DELETE FROM own WHERE id = ?", (event_id,))


def batch(store: Store, *, most: int) -> list[Envelope]:
    """The next envelopes to send, in chain order."""
    rows = store.rows(
        "SELECT id, seq, prev, kid, sealed, protocol FROM outbox WHERE state = 'waiting' AND seq IS NOT NULL "
        "ORDER BY seq LIMIT ?",
        most,
    )
    return [Envelope(*row) for row in rows]


def every(store: Store) -> list[Envelope]:
    """All envelopes still kept, receipted or not, in chain order: what an export file holds."""
    rows = store.rows(
        "SELECT id, seq, prev, kid, sealed, protocol FROM outbox WHERE seq IS NOT NULL ORDER BY seq"
    )
    return [Envelope(*row) for row in rows]


def take_receipts(
    db: sqlite3.Connection,
    receipts: list[Receipt],
    *,
    sent: Sequence[Envelope] = (),
    at_ms: int,
    number: int,
) -> int:
    """Note receipts; how many were for envelopes of ours. One that names another hash is not ours, and ignored.

    `number` is that of the request which they answer, `sent` what went up in it: bytes that rotted here since they were
    chained have another hash than the one noted then, and the service holds just what is left of them.
    """
    as_sent = {one.id: envelope.envelope_hash(one) for one in sent}
    told = [(standing(r), r, as_sent.get(r.id) == r.hash) for r in receipts]
    cursor = db.executemany(
        "UPDATE outbox SET state = 'receipted', status = ?, reason = ?, worklist = ?, version = ?, receipted_at = ?, "
        "answered = ? WHERE id = ? AND (hash = ? OR ?) AND seq IS NOT NULL",
        [
            (status, r.reason, r.worklist, r.version, at_ms, number, r.id, r.hash, is_as_sent)
            for status, r, is_as_sent in told
        ],
    )
    return max(cursor.rowcount, 0)


def standing(receipt: Receipt) -> str:
    """How the event stands: a duplicate of one that is held is held."""
    reason = REASONS.get(receipt.reason)
    if receipt.status == "duplicate" and reason is not None and reason.status != "applied":
        return reason.status
    return receipt.status


def send_again(db: sqlite3.Connection) -> int:
    """Put every receipted envelope that is still kept back among those that wait (a new epoch)."""
    return db.execute("UPDATE outbox SET state = 'waiting' WHERE state = 'receipted'").rowcount


def forget_old(db: sqlite3.Connection, *, now_ms: int) -> None:
    """Delete what was receipted more than 14 days ago, and the officer's own records of it."""
    db.execute("DELETE FROM outbox WHERE state = 'receipted' AND receipted_at < ?", (now_ms - KEEP_MS,))
    db.execute("DELETE FROM own WHERE id NOT IN (SELECT id FROM outbox)")


def counts(store: Store) -> Counts:
    """How many events are where."""
    [row] = store.rows(
        "SELECT sum(seq IS NULL) AS pending, sum(state = 'waiting' AND seq IS NOT NULL) AS waiting, "
        "sum(state = 'receipted') AS receipted, sum(state = 'receipted' AND status = 'held') AS held FROM outbox"
    )
    return Counts(*(int(value or 0) for value in row))


def fates(store: Store) -> dict[str, Fate]:
    """What has become of each event that is still kept, by id."""
    rows = store.rows(
        "SELECT id, place, coalesce(seq, 0) AS seq, CASE WHEN seq IS NULL THEN 'pending' ELSE state END AS state, "
        "status, reason, worklist, version, answered FROM outbox ORDER BY place"
    )
    return {row["id"]: Fate(*row) for row in rows}
