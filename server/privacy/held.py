"""Finds a person in events that are held or were dismissed: no row is theirs, so only the events themselves tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.devices.known import read_device
from server.exchange.held import reopen
from server.exchange.opening import Opener
from server.exchange.tables import HeldEvent, JournalEntry
from server.residents.known import given_by

CHUNK = 500
UNAPPLIED = ("held", "dismissed")


def events_naming(session: Session, service: Service, indexes: Collection[bytes]) -> set[tuple[str, str]]:
    """(device, event id) of the events kept though not applied that register somebody under one of these blind indexes.

    By any one of them, as the ledger of erasures judges what comes late. An event that does not open tells nothing.
    """
    wanted, found = set(indexes), set()
    openers: dict[str, Opener | None] = {}
    for entry in _kept(session) if wanted else ():
        if entry.device_id not in openers:
            device = read_device(session, entry.device_id)
            openers[entry.device_id] = Opener(service, device) if device else None
        opener = openers[entry.device_id]
        opened = "malformed" if opener is None else reopen(opener, entry)
        if isinstance(opened, str):
            continue
        uprn = opened.body.uprn
        if any(given_by(service, one, uprn).all & wanted for one in opened.body.registrations):
            found.add((entry.device_id, entry.event_id))
    return found


def _kept(session: Session) -> Iterator[Any]:
    last = 0
    while True:
        rows = session.execute(
            select(HeldEvent.id, JournalEntry.__table__)
            .join(
                JournalEntry,
                and_(
                    JournalEntry.device_id == HeldEvent.device_id,
                    JournalEntry.event_id == HeldEvent.event_id,
                    JournalEntry.hash == HeldEvent.hash,
                ),
            )
            .where(HeldEvent.id > last, HeldEvent.state.in_(UNAPPLIED), JournalEntry.sealed.is_not(None))
            .order_by(HeldEvent.id)
            .limit(CHUNK)
        ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id
