"""Finds a person in events that are held or were dismissed: no row is theirs, so only the events themselves tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.devices.known import read_device
from server.exchange.held import reopen
from server.exchange.opening import Opened, Opener
from server.exchange.tables import HeldEvent, JournalEntry, same_bytes
from server.residents.consents import is_later
from server.residents.known import given_by, read_erasures
from server.residents.register import proved_at

CHUNK = 500
UNAPPLIED = ("held", "dismissed")
Name = tuple[str, str]  # (device, event id)


def events_naming(session: Session, service: Service, indexes: Collection[bytes]) -> set[Name]:
    """The events kept though not applied that register somebody under one of these blind indexes.

    By any one of them, as the ledger of erasures judges what comes late. An event that does not open tells nothing.
    """
    wanted = set(indexes)
    if not wanted:
        return set()
    return {
        name
        for name, event in _kept(session, service)
        if any(given_by(service, one, event.body.uprn).all & wanted for one in event.body.registrations)
    }


def events_of_the_erased(session: Session, service: Service, held_since: datetime) -> list[Name]:
    """The events kept though not applied that register somebody who stands in the ledger, and not provably later."""
    found: set[Name] = set()
    for name, event in _kept(session, service, held_since):
        for one in event.body.registrations:
            erasures = read_erasures(session, given_by(service, one, event.body.uprn).all)
            proof = proved_at(event.body.clock, event.corrected_at)
            if not is_later(proof, max(erasures.values(), default=None)):
                found.add(name)
    return sorted(found)


def _kept(
    session: Session, service: Service, held_since: datetime | None = None
) -> Iterator[tuple[Name, Opened]]:
    """The events that open and register anybody among those that were not applied and whose bytes are kept."""
    openers: dict[str, Opener | None] = {}
    for entry in _entries(session, held_since):
        if entry.device_id not in openers:
            device = read_device(session, entry.device_id)
            openers[entry.device_id] = Opener(service, device) if device else None
        opener = openers[entry.device_id]
        opened = "malformed" if opener is None else reopen(opener, entry)
        if not isinstance(opened, str) and opened.body.registrations:
            yield (entry.device_id, entry.event_id), opened


def _entries(session: Session, held_since: datetime | None) -> Iterator[Any]:
    last = 0
    while True:
        statement = (
            select(HeldEvent.id, JournalEntry.__table__)
            .join(
                JournalEntry,
                same_bytes(JournalEntry, HeldEvent),
            )
            .where(HeldEvent.id > last, HeldEvent.state.in_(UNAPPLIED), JournalEntry.sealed.is_not(None))
        )
        if held_since is not None:
            statement = statement.where(HeldEvent.held_at >= held_since)
        rows = session.execute(statement.order_by(HeldEvent.id).limit(CHUNK)).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id
