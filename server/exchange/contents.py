"""Checks that open the journal: every applied event has its facts, and every fact from a phone has its event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.devices.known import read_device
from server.exchange.decide import DISMISSED, PARTS
from server.exchange.held import reopen
from server.exchange.opening import Opened, Opener
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry, same_bytes
from server.fieldwork.bulk import among
from server.fieldwork.tables import PremisesFact
from server.residents.tables import Registration
from server.surveys.respond import stored

CHUNK = 500
DIRECT = ("visit", "withdrawal")  # the kinds of facts whose id is their event's

# The visit of an event was applied where all of it was, or where only a part of it is held or was dismissed.
_VISIT_APPLIED = or_(
    EventIdentity.status == "applied",
    and_(EventIdentity.status.in_(("held", DISMISSED)), HeldEvent.reason.in_(sorted(PARTS))),
)
_HELD = same_bytes(HeldEvent, EventIdentity)


def events_have_their_facts(service: Service) -> list[str]:
    """Every event that was applied, opened again, stands in the facts, registrations and responses as it says."""

    def work(session: Session) -> list[str]:
        found: list[str] = []
        openers: dict[str, Opener | None] = {}
        for chunk in _chunks(session):
            opened: list[tuple[Opened, str]] = []
            for entry, status in chunk:
                if entry.device_id not in openers:
                    device = read_device(session, entry.device_id)
                    openers[entry.device_id] = Opener(service, device) if device else None
                opener = openers[entry.device_id]
                one = "its device is gone" if opener is None else reopen(opener, entry)
                if isinstance(one, str):
                    found.append(f"event {entry.event_id}: it was applied and does not open ({one})")
                else:
                    opened.append((one, status))
            found += _facts_missing(session, [one for one, _ in opened])
            whole = [one for one, status in opened if status == "applied"]
            found += _parts_missing(session, service, whole)
        return found

    return service.db.read(work)


def facts_have_their_events(service: Service) -> list[str]:
    """Every visit and withdrawal that names a device came in an event of that device which was applied."""

    def work(session: Session) -> list[str]:
        applied = (
            select(EventIdentity.event_id)
            .outerjoin(HeldEvent, _HELD)
            .where(
                EventIdentity.event_id == PremisesFact.id,
                EventIdentity.device_id == PremisesFact.device_id,
                _VISIT_APPLIED,
            )
        )
        stray = session.scalars(
            select(PremisesFact.id).where(
                PremisesFact.device_id.is_not(None), PremisesFact.kind.in_(DIRECT), ~applied.exists()
            )
        )
        return [f"fact {fact_id}: no applied event of its device brought it" for fact_id in stray]

    return service.db.read(work)


def _chunks(session: Session) -> Iterator[Sequence[Any]]:
    """(journal entry, status) of the applied events whose bytes are still kept, by key, some hundreds at a time."""
    last = ("", "")
    while True:
        rows = session.execute(
            select(JournalEntry, EventIdentity.status)
            .join(
                EventIdentity,
                same_bytes(EventIdentity, JournalEntry),
            )
            .outerjoin(HeldEvent, _HELD)
            .where(JournalEntry.sealed.is_not(None), _VISIT_APPLIED)
            .where(
                or_(
                    JournalEntry.device_id > last[0],
                    and_(JournalEntry.device_id == last[0], JournalEntry.event_id > last[1]),
                )
            )
            .order_by(JournalEntry.device_id, JournalEntry.event_id)
            .limit(CHUNK)
        ).all()
        if not rows:
            return
        yield rows
        last = (rows[-1].JournalEntry.device_id, rows[-1].JournalEntry.event_id)
        session.expunge_all()


def _facts_missing(session: Session, events: Sequence[Opened]) -> Iterator[str]:
    wanted = {event.id: event for event in events if event.body.visit or event.body.withdraws}
    rows = session.execute(
        select(
            PremisesFact.id,
            PremisesFact.uprn,
            PremisesFact.kind,
            PremisesFact.outcome,
            PremisesFact.withdraws,
            PremisesFact.corrected_at,
        ).where(among(PremisesFact.id, wanted))
    )
    facts = {row.id: row for row in rows}
    for event_id, event in wanted.items():
        fact = facts.get(event_id)
        if fact is None:
            yield f"event {event_id}: it was applied and there is no fact of it"
        elif tuple(fact[1:]) != _as_said(event):
            yield f"event {event_id}: its fact is not what the event says"


def _as_said(event: Opened) -> tuple[object, ...]:
    body = event.body
    kind, outcome = ("visit", body.visit.outcome) if body.visit else ("withdrawal", "")
    return body.uprn, kind, outcome, body.withdraws, event.corrected_at


def _parts_missing(session: Session, service: Service, events: Sequence[Opened]) -> Iterator[str]:
    named = {record.id: event.id for event in events for record in event.body.registrations}
    there = set(session.scalars(select(Registration.id).where(among(Registration.id, named))))
    for record_id in named.keys() - there:
        yield f"event {named[record_id]}: it was applied and a registration of it is missing"
    answering = {event.id for event in events if event.body.answers is not None}
    for event_id in answering - stored(session, service, answering):
        yield f"event {event_id}: it was applied and its answers are missing"
