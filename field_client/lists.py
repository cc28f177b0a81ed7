"""The worklists held: kept sealed as they came, opened only while unlocked, deleted unread when their time is up.

A full list is one package; each delta that follows without a gap is stacked on it, which needs no key. Opening
folds the stack; a stack that does not open or does not fit together is asked for anew from 0.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from field_client.problems import FieldProblem
from field_client.store import Store
from sync import keys, worklist_codec
from sync.errors import SyncError
from sync.exchange import Have, Package
from sync.worklist import PackageHeader
from sync.worklist_codec import Worklist

MOST_STACKED = (
    40  # past this a list is asked for whole again: opening many deltas costs more than one download
)


@dataclass(frozen=True)
class Held:
    """A list in the store, as far as can be said without opening it. Times are milliseconds UTC.

    `newest` names the package kept last, and changes with every package.
    """

    worklist: int
    version: int
    epoch: str
    not_after_ms: int
    stacked: int
    ask_full: bool
    newest: int


class ListDamaged(FieldProblem):
    """A list does not open; it is asked for anew at the next sync."""

    exit_code = 6


def held(store: Store) -> list[Held]:
    """Every list in the store, by its number."""
    rows = store.rows(
        "SELECT p.worklist, p.version, p.epoch, p.not_after, count(*) - 1, l.ask_full, max(p.kept) "
        "FROM package p JOIN list l USING (worklist) GROUP BY p.worklist ORDER BY p.worklist"
    )
    return [Held(r[0], r[1], r[2], r[3], r[4], bool(r[5]), r[6]) for r in rows]


def keep(
    db: sqlite3.Connection, package: Package, *, device: str, epoch: str, now_ms: int, number: int
) -> bool:
    """Keep a package as it came, if it can follow what is held; whether it was kept.

    `epoch` is the reply's, `number` that of the request which it answers.

    What is for another device or epoch, past its time, older than what is held, or not next to it, is left: the
    next request says what is held, and the service answers from there.
    """
    try:
        header = worklist_codec.read_header(package)
    except SyncError:
        return False
    if header.device != device or header.epoch != epoch or header.not_after < now_ms:
        return False
    end = db.execute(
        "SELECT max(p.version) AS version, p.epoch, l.ask_full FROM list l JOIN package p USING (worklist) "
        "WHERE l.worklist = ?",
        (header.worklist,),
    ).fetchone()
    if header.kind == "full":
        return _keep_full(db, header, package, end, number)
    if end["version"] is None or end["epoch"] != epoch or header.base != end["version"]:
        return False
    _insert(db, header, package)
    note_current(db, header.worklist, number)
    return True


def _keep_full(
    db: sqlite3.Connection, header: PackageHeader, package: Package, end: sqlite3.Row, number: int
) -> bool:
    same_epoch = end["version"] is not None and end["epoch"] == header.epoch
    if same_epoch and header.version < end["version"] and not end["ask_full"]:
        return False
    drop(db, header.worklist)
    db.execute("INSERT INTO list VALUES (?, 0, ?)", (header.worklist, number))
    _insert(db, header, package)
    return True


def note_current(db: sqlite3.Connection, worklist: int, number: int, *, version: int | None = None) -> None:
    """Note that a list (if it still is at `version`) is all that the service had when it answered a request."""
    db.execute(
        "UPDATE list SET number = max(number, ?1) WHERE worklist = ?2 AND (?3 IS NULL OR ?3 = "
        "(SELECT max(version) FROM package WHERE worklist = ?2))",
        (number, worklist, version),
    )


def _insert(db: sqlite3.Connection, header: PackageHeader, package: Package) -> None:
    values = (
        header.worklist, header.version, header.base, header.kind, header.epoch, header.not_after,
        package.header, package.body,
    )  # fmt: skip
    db.execute(
        "INSERT INTO package (worklist, version, base, kind, epoch, not_after, header, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )


def numbers(store: Store) -> dict[int, int]:
    """The number of the last request to which the answer left each list as the service had it."""
    return {row["worklist"]: row["number"] for row in store.rows("SELECT worklist, number FROM list")}


def drop(db: sqlite3.Connection, worklist: int) -> None:
    """Delete a list."""
    db.execute("DELETE FROM package WHERE worklist = ?", (worklist,))
    db.execute("DELETE FROM list WHERE worklist = ?", (worklist,))


def expire(store: Store, *, now_ms: int) -> list[int]:
    """Delete, unread, the lists whose time is up by the estimated service time; which."""
    over = [held_list.worklist for held_list in held(store) if held_list.not_after_ms < now_ms]
    if over:
        with store.writing("expire") as db:
            for worklist in over:
                drop(db, worklist)
    return over


@dataclass(frozen=True)
class _Opened:
    """A list in the clear, or None; with the newest package of its stack when it was opened."""

    epoch: str
    newest: int
    worklist: Worklist | None


class OpenLists:
    """The lists in the clear, in memory, for as long as the store is unlocked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[int, _Opened] = {}
        self.damaged: dict[int, str] = {}

    def forget(self) -> None:
        """Drop them from memory."""
        self._open.clear()

    def all(self) -> list[Worklist]:
        """Every list that opens, by its number. Those that do not are noted in `damaged` and asked for anew."""
        now = {held_list.worklist: held_list for held_list in held(self._store)}
        for gone in self._open.keys() - now.keys():
            del self._open[gone]
        self.damaged = {number: why for number, why in self.damaged.items() if number in now}
        for number, held_list in now.items():
            opened = self._open.get(number)
            if opened is None or opened.newest != held_list.newest:
                self._refresh(held_list, opened)
        return [opened.worklist for _, opened in sorted(self._open.items()) if opened.worklist is not None]

    def _refresh(self, held_list: Held, known: _Opened | None) -> None:
        private = keys.load_private(self._store.secret("seal_private"))
        rows = self._store.rows(
            "SELECT kind, header, body, version FROM package WHERE worklist = ? ORDER BY version",
            held_list.worklist,
        )
        full = max((row["version"] for row in rows if row["kind"] == "full"), default=0)
        current = known.worklist if known is not None and known.epoch == held_list.epoch else None
        if current is not None and current.version < full:
            current = None
        try:
            for row in rows:
                if current is None or row["version"] > current.version:
                    header, body = worklist_codec.open_package(Package(row["header"], row["body"]), private)
                    current = worklist_codec.apply(current, header, body)
        except SyncError as error:
            self._ask_anew(held_list, str(error))
        else:
            self.damaged.pop(held_list.worklist, None)
        self._open[held_list.worklist] = _Opened(held_list.epoch, held_list.newest, current)

    def _ask_anew(self, held_list: Held, why: str) -> None:
        self.damaged[held_list.worklist] = why
        if not held_list.ask_full:
            with self._store.writing("ask anew") as db:
                db.execute("UPDATE list SET ask_full = 1 WHERE worklist = ?", (held_list.worklist,))

    def at(self, worklist: int, version: int) -> Worklist | None:
        """A list, if it is open in memory at this version."""
        opened = self._open.get(worklist)
        current = opened.worklist if opened is not None else None
        return current if current is not None and current.version == version else None


def have(store: Store, opened: OpenLists, *, epoch: str) -> list[Have]:
    """What the next request says is held: version 0 asks for a list from the start.

    What only the opened list tells (its digest, the mark of its extras) is left out while locked.
    """
    answer = []
    for held_list in held(store):
        anew = held_list.ask_full or held_list.epoch != epoch or held_list.stacked >= MOST_STACKED
        version = 0 if anew else held_list.version
        current = None if anew else opened.at(held_list.worklist, version)
        answer.append(
            Have(held_list.worklist, version, current.digest, current.extras)
            if current is not None
            else Have(held_list.worklist, version)
        )
    return answer
