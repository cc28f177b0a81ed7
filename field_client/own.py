"""The officer's own records: the least that the screen needs of what was just recorded, under the store key.

No name, contact, answer or text of anybody; an event cannot be read back. A record is counted into its house until
the opened list has caught up with the version that the event's receipt named, and is deleted with its envelope.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from field_client import outbox
from field_client.outbox import Fate
from field_client.store import Store
from sync.fold import Fact


class OwnRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of this officer. `at_ms` is the estimated service time; `registrations` are ids, not people."""

    id: str
    uprn: str
    worklist: int
    campaign: int
    at_ms: int
    outcome: str = ""
    callback_date: str = ""
    callback_slot: str = ""
    language: str = ""
    withdraws: str = ""
    registrations: tuple[str, ...] = ()
    answered: bool = False
    hazard: str = ""
    note: str = ""


@dataclass(frozen=True)
class OwnEvent:
    """An own record with what has become of its event."""

    record: OwnRecord
    fate: Fate

    @property
    def is_held(self) -> bool:
        """True when the service holds it for a supervisor, or one has dismissed it."""
        return self.fate.state == "receipted" and self.fate.status in ("held", "rejected")

    def is_shown_by(self, worklist: int, version: int, number: int) -> bool:
        """True when this version of the list, which was current at request `number`, counts the event in already.

        The receipt names the list that the event was recorded on; the house may be on another one by now.
        """
        fate = self.fate
        if fate.state != "receipted":
            return False
        return fate.answered <= number or (0 < fate.version <= version and fate.worklist == worklist)


_decoder = msgspec.json.Decoder(OwnRecord)


def add(store: Store, db: sqlite3.Connection, record: OwnRecord) -> None:
    """Keep a record. Raises Locked."""
    sealed = store.seal(msgspec.json.encode(record), table="own", row=record.id)
    db.execute("INSERT INTO own VALUES (?, ?)", (record.id, sealed))


class OwnEvents:
    """The own records in the clear, in memory, for as long as the store is unlocked; oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: dict[str, OwnRecord] = {}

    def forget(self) -> None:
        """Drop them from memory."""
        self._records.clear()

    def all(self) -> list[OwnEvent]:
        """Every own event that is still kept. Raises Locked."""
        fates = outbox.fates(self._store)
        ids = {row["id"] for row in self._store.rows("SELECT id FROM own")}
        for gone in self._records.keys() - ids:
            del self._records[gone]
        for event_id in ids - self._records.keys():
            self._read(event_id)
        known = [OwnEvent(self._records[i], fate) for i, fate in fates.items() if i in self._records]
        return sorted(known, key=lambda event: event.fate.place)

    def _read(self, event_id: str) -> None:
        row = self._store.row("SELECT sealed FROM own WHERE id = ?", event_id)
        if row is not None:
            self._records[event_id] = _decoder.decode(
                self._store.unseal(row["sealed"], table="own", row=event_id)
            )

    def of(self, uprns: Iterable[str]) -> dict[str, list[OwnEvent]]:
        """Own events by house, for these houses."""
        wanted: dict[str, list[OwnEvent]] = {uprn: [] for uprn in uprns}
        for event in self.all():
            if event.record.uprn in wanted:
                wanted[event.record.uprn].append(event)
        return wanted


def facts(events: Iterable[OwnEvent]) -> list[Fact]:
    """What own events say of their house, as the coverage fold takes it."""
    said: list[Fact] = []
    for event in events:
        record = event.record
        if record.withdraws:
            said.append(Fact(id=record.id, kind="withdrawal", at=record.at_ms, withdraws=record.withdraws))
        if record.outcome:
            said.append(_visit(record))
        said += [
            Fact(id=one, kind="registration", at=record.at_ms, resident=one, registered="registered")
            for one in record.registrations
        ]
    return said


def _visit(record: OwnRecord) -> Fact:
    return Fact(
        id=record.id,
        kind="visit",
        at=record.at_ms,
        campaign=record.campaign,
        outcome=record.outcome,
        callback_date=record.callback_date,
        callback_slot=record.callback_slot,
        language=record.language,
    )
