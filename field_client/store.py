"""One officer's store on one device: a SQLite file of which a thief can read sealed things and their number.

In clear stand only what syncing needs while locked: the device's identity and signing key, the service's public
keys, epoch, numbers, and the sealed envelopes and lists themselves. (On a phone the signing key is non-extractable;
on a desktop it is a private number in this file, which only its owner may read: mode 0600.) Everything else is
encrypted under the store key, value by value, and lost when the passphrase is.

Every write is one transaction, synchronous=FULL: once a call returns, a kill or a power cut does not undo it. A
`fault` hook is called around every write, so that a simulator can kill the client between any two of them.
"""

from __future__ import annotations

import hmac
import importlib.util
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from field_client import lockbox
from field_client.clock import Seen
from field_client.problems import Locked, StoreProblem, Wiped, WrongPassphrase
from sync import keys

# Windows has none: tries are then counted without queueing, which can only count too many.
_file_locks = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None

SCHEMA = 1
_MARK = 0x44535446  # "DSTF": PRAGMA application_id of our files
MOST_TRIES = 10

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE slot (name TEXT PRIMARY KEY, salt BLOB NOT NULL, memory_kib INT NOT NULL, passes INT NOT NULL,
    wrapped BLOB NOT NULL) STRICT;
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE outbox (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kid TEXT NOT NULL,
    protocol INT NOT NULL, sealed BLOB NOT NULL, undo_until INT NOT NULL, seq INT UNIQUE, prev TEXT, hash TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'receipted')), status TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '', worklist INT NOT NULL DEFAULT 0, version INT NOT NULL DEFAULT 0,
    receipted_at INT NOT NULL DEFAULT 0, answered INT NOT NULL DEFAULT 0) STRICT;
CREATE INDEX outbox_state ON outbox (state, seq);
CREATE TABLE own (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE draft (name TEXT PRIMARY KEY, sealed BLOB NOT NULL, until INT NOT NULL) STRICT;
CREATE TABLE list (worklist INT PRIMARY KEY, ask_full INT NOT NULL DEFAULT 0, number INT NOT NULL) STRICT;
CREATE TABLE package (kept INTEGER PRIMARY KEY AUTOINCREMENT, worklist INT NOT NULL, version INT NOT NULL,
    base INT NOT NULL, kind TEXT NOT NULL, epoch TEXT NOT NULL, not_after INT NOT NULL, header TEXT NOT NULL,
    body BLOB NOT NULL, UNIQUE (worklist, version)) STRICT;
"""

Fault = Callable[[str], None]


def _no_fault(_point: str) -> None:
    return None


class Store:
    """The file at `path`, made when it is not there. One per officer and device.

    `random` makes keys and nonces; `fault` is called with a point's name before, within and after each write.
    Raises StoreProblem when the file is not a store, is newer than this program, or cannot be read.
    """

    def __init__(
        self, path: Path, *, random: Random | None = None, fault: Fault = _no_fault, busy_ms: int = 15_000
    ) -> None:
        self.path = path
        self.random = random or SystemRandom()
        self._fault = fault
        self._key: bytes | None = None
        with self._guarded():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=busy_ms / 1000)
            self._db.row_factory = sqlite3.Row
            self._prepare()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("BEGIN IMMEDIATE")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        mark = self._db.execute("PRAGMA application_id").fetchone()[0]
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables == 0:
            for statement in _TABLES.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id={_MARK}")
            self._db.execute(f"PRAGMA user_version={SCHEMA}")
        self._db.execute("COMMIT")
        if tables and mark != _MARK:
            raise StoreProblem(f"{self.path} is not a Doorstep store; choose another place with --home.")
        if tables and found != SCHEMA:
            raise StoreProblem(
                f"{self.path} was made by another version of doorstep-field (store {found}, this one reads "
                f"{SCHEMA}). Nothing was touched: use that version, or update this one."
            )

    def close(self) -> None:
        """Forget the keys and close the file."""
        self.lock()
        self._db.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreProblem(
                f"The store {self.path} cannot be read or written ({error}). Nothing of this step was kept; "
                "what was recorded before is safe."
            ) from error

    @contextmanager
    def writing(self, what: str) -> Iterator[sqlite3.Connection]:
        """One write transaction, all or nothing. Only one process writes at a time; others wait."""
        self._fault(f"before {what}")
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._fault(f"within {what}")
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        self._fault(f"after {what}")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Read rows in one statement."""
        with self._guarded():
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Read one row, or None."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def get(self, name: str) -> Any:
        """A value kept in clear, or None."""
        row = self.row("SELECT value FROM meta WHERE name = ?", name)
        return None if row is None else row["value"]

    def number(self, name: str) -> int:
        """A count kept in clear; 0 where there is none yet."""
        return int(self.get(name) or 0)

    @staticmethod
    def put(db: sqlite3.Connection, **values: Any) -> None:
        """Keep values in clear, inside a write transaction."""
        db.executemany(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            list(values.items()),
        )

    @property
    def device(self) -> str:
        """The device's id; "" before enrolment has begun."""
        return str(self.get("device") or "")

    @property
    def state(self) -> str:
        """Empty before anything, then enrolling, active, wiped, lost or leaver."""
        return str(self.get("state") or "")

    def seen(self) -> Seen | None:
        """The last service time that was verified, against this device's clocks."""
        service = self.get("seen_service")
        if service is None:
            return None
        return Seen(
            service, self.number("seen_device"), self.number("seen_ticks"), str(self.get("seen_boot") or "")
        )

    def put_seen(self, db: sqlite3.Connection, seen: Seen) -> None:
        """Keep a service time, inside a write transaction."""
        self.put(
            db,
            seen_service=seen.service_ms,
            seen_device=seen.device_ms,
            seen_ticks=seen.ticks_ms,
            seen_boot=seen.boot,
        )

    # The lock.

    @property
    def unlocked(self) -> bool:
        """True while the store key is in memory."""
        return self._key is not None

    @property
    def store_key(self) -> bytes:
        """The key in memory. Raises Locked."""
        if self._key is None:
            raise Locked
        return self._key

    def lock(self) -> None:
        """Drop every key from memory but the signing key's."""
        self._key = None
        keys.load_private.cache_clear()

    def begin(self, passphrase: str, cost: lockbox.KeyCost) -> bytes:
        """Make a store key and its first slot; the caller keeps the slot by `put_slot` in its transaction."""
        self._key = self.random.randbytes(lockbox.KEY_BYTES)
        self._first_slot = lockbox.make_slot(self._key, passphrase, cost, self.random)
        return self._key

    def put_slot(self, db: sqlite3.Connection) -> None:
        """Keep the slot that `begin` made."""
        self._keep_slot(db, self._first_slot)

    @staticmethod
    def _keep_slot(db: sqlite3.Connection, slot: lockbox.Slot) -> None:
        db.execute(
            "INSERT OR REPLACE INTO slot VALUES ('passphrase', ?, ?, ?, ?)",
            (slot.salt, slot.cost.memory_kib, slot.cost.passes, slot.wrapped),
        )

    def unlock(self, passphrase: str) -> None:
        """Bring the store key into memory.

        Each try is counted before it is made, so that a kill does not give one back. Raises WrongPassphrase;
        Wiped at the tenth wrong one in a row, and ever after.
        """
        with self._one_try_at_a_time():
            slot = self._slot()
            tries = self.number("tries")
            if tries >= MOST_TRIES:
                self._wipe_after_tries()
            with self.writing("try") as db:
                self.put(db, tries=tries + 1)
            try:
                key = lockbox.open_slot(slot, passphrase)
            except lockbox.DoesNotOpen:
                if tries + 1 >= MOST_TRIES:
                    self._wipe_after_tries()
                raise WrongPassphrase(MOST_TRIES - tries - 1) from None
            with self.writing("unlock") as db:
                self.put(db, tries=0)
            self._key = key

    def change_passphrase(self, old: str, new: str, cost: lockbox.KeyCost) -> None:
        """Put the store key under another passphrase; `old` is tried, and counted, as by `unlock`.

        Nothing else is sealed anew: the store key stays the same.
        """
        self.unlock(old)
        slot = lockbox.make_slot(self.store_key, new, cost, self.random)
        with self.writing("passphrase") as db:
            self._keep_slot(db, slot)

    def unlock_with_key(self, key: bytes) -> bool:
        """Take a store key kept in memory by an open session; False when it is not this store's."""
        self._key = key
        row = self.row("SELECT sealed FROM secret WHERE name = 'event_key'")
        try:
            if row is not None:
                lockbox.unseal(key, row["sealed"], table="secret", row="event_key")
                return True
        except (lockbox.DoesNotOpen, ValueError):
            pass
        self._key = None
        return False

    @contextmanager
    def _one_try_at_a_time(self) -> Iterator[None]:
        if _file_locks is None:
            yield
            return
        with self._guarded():
            queue = os.open(self.path.with_name(self.path.name + ".try"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            _file_locks.flock(queue, _file_locks.LOCK_EX)
            yield
        finally:
            os.close(queue)

    def _slot(self) -> lockbox.Slot:
        row = self.row("SELECT * FROM slot WHERE name = 'passphrase'")
        if row is None:
            raise Wiped(
                "The lists and keys on this device were wiped. What waits can still be sent with: "
                "doorstep-field sync. To go on, ask a coordinator for a new code and enrol again."
            )
        return lockbox.Slot(row["salt"], lockbox.KeyCost(row["memory_kib"], row["passes"]), row["wrapped"])

    def _wipe_after_tries(self) -> None:
        self.wipe("wiped")
        raise Wiped(
            f"{MOST_TRIES} wrong passphrases: the lists on this device were wiped. What was recorded is kept sealed "
            "and can still be sent with: doorstep-field sync. Ask a coordinator for a new code to enrol again."
        )

    def wipe(self, state: str) -> None:
        """Delete lists, slots, secrets, drafts and own records; never the outbox nor the signing key."""
        with self.writing("wipe") as db:
            self.wipe_rows(db, state)
        self.wiped()

    def wipe_rows(self, db: sqlite3.Connection, state: str) -> None:
        """The deletions of `wipe`, inside a write transaction; `wiped` is to be called after it."""
        for table in ("package", "list", "slot", "secret", "draft", "own"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
        self.put(db, state=state, tries=0)

    def wiped(self) -> None:
        """Forget the keys; freed pages were overwritten (secure_delete), now the log that held them is emptied."""
        self.lock()
        with self._guarded():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Values under the store key.

    def seal(self, plain: bytes, *, table: str, row: str) -> bytes:
        """Encrypt a value for its row. Raises Locked."""
        return lockbox.seal(self.store_key, plain, table=table, row=row, nonce=lockbox.new_nonce(self.random))

    def unseal(self, sealed: bytes, *, table: str, row: str) -> bytes:
        """Decrypt a row's value. Raises Locked, or StoreProblem when it is damaged."""
        try:
            return lockbox.unseal(self.store_key, sealed, table=table, row=row)
        except lockbox.DoesNotOpen:
            raise StoreProblem(f"A value of {table} in {self.path} is damaged and does not open.") from None

    def blinded(self, name: str) -> str:
        """A row's name under the store key, where the name itself would tell of a house."""
        return hmac.digest(self.store_key, b"row\0" + name.encode(), "sha256").hex()

    def put_secret(self, db: sqlite3.Connection, name: str, value: bytes) -> None:
        """Keep a value under the store key, inside a write transaction."""
        db.execute(
            "INSERT OR REPLACE INTO secret VALUES (?, ?)", (name, self.seal(value, table="secret", row=name))
        )

    def secret(self, name: str) -> bytes:
        """A value under the store key. Raises Locked, or Wiped when it is gone."""
        row = self.row("SELECT sealed FROM secret WHERE name = ?", name)
        if row is None:
            raise self.why_wiped()
        return self.unseal(row["sealed"], table="secret", row=name)

    def why_wiped(self) -> Wiped:
        """What to tell an officer whose lists are gone."""
        if self.state in ("lost", "leaver"):
            return Wiped(
                "This device has been revoked. What waits can still be sent with: doorstep-field sync. "
                "Nothing more can be recorded here."
            )
        return Wiped(
            "The lists and keys on this device were wiped. What waits can still be sent with: doorstep-field sync. "
            "To go on, ask a coordinator for a new code and enrol again."
        )
