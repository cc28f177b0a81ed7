"""The parts of events, each handed to the room that it belongs to: one call of a room for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.exchange.ground import Applying, Ground
from server.exchange.opening import Opened
from server.fieldwork.bulk import among
from server.fieldwork.facts import LockedPremises, NewFact
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import NewNote, add_notes
from server.residents import register
from server.residents.tables import Registration
from server.surveys import invites, respond
from sync.events import AnswersRecord, VisitRecord

VISIT_NOTE = "visit"


@dataclass
class Parts:
    """What came of the parts, by event id: `held` reasons, events with an `erased` person, `wordless` answers of people
    whom no erasure would find in them; by UPRN what else changed.

    `marks` are the registration facts to record; `changed` houses have a new hazard or note, `answered` new answers.
    """

    held: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    wordless: set[str] = field(default_factory=set)
    marks: list[NewFact] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    residents: dict[str, str] = field(default_factory=dict)
    erased_registrations: set[str] = field(default_factory=set)


def apply_registrations(work: Applying, events: Sequence[Opened], parts: Parts) -> None:
    """Register the residents of these events, and bring their rounds of questions in line with their consents."""
    pairs = [(event, record) for event in events for record in event.body.registrations]
    if not pairs:
        return
    results = register.apply_registrations(
        work.session,
        work.service,
        [
            register.NewRegistration(
                record=record,
                uprn=event.body.uprn,
                how="door",
                at=event.corrected_at,
                received_at=work.received_at,
                campaign_id=event.body.campaign,
                account_id=work.bringer.account_id,
                event_id=event.id,
                confirmed=True,
                proved_at=register.proved_at(event.body.clock, event.corrected_at),
                decided=work.bringer.decided,
                device_id=work.bringer.device_id,
            )
            for event, record in pairs
        ],
    )
    registered: dict[str, datetime] = {}
    for (event, record), result in zip(pairs, results, strict=True):
        if result.held:
            parts.held.setdefault(event.id, result.held)
        if result.erased:
            parts.erased.add(event.id)
            parts.erased_registrations.add(record.id)
        if result.mark is not None:
            parts.marks.append(result.mark)
        if result.resident_id is None or result.held or result.erased:
            continue
        parts.residents[record.id] = result.resident_id
        registered[result.resident_id] = event.corrected_at
    invites.schedule_first(work.session, work.service, registered)


def apply_answers(
    work: Applying, events: Sequence[Opened], houses: Mapping[str, LockedPremises], parts: Parts
) -> None:
    """File the answers of these events, under the person who registered where one did."""
    answering = [(event, event.body.answers) for event in events if event.body.answers is not None]
    if not answering:
        return
    named = {record.registration for _, record in answering if record.registration is not None}
    unresolved = named - parts.residents.keys() - parts.erased_registrations
    parts.residents |= register.resident_of_registration(work.session, sorted(unresolved))
    unknown = _never_applied(work.session, unresolved - parts.residents.keys())
    ready, responses = [], []
    for event, record in answering:
        if record.registration in unknown:
            parts.held.setdefault(event.id, "unknown_registration")
            continue
        ready.append(event)
        responses.append(_response(event, record, houses[event.body.uprn], parts, work.received_at))
    all_filed = respond.apply_responses(work.session, work.service, responses)
    for event, response, filed in zip(ready, responses, all_filed, strict=True):
        if filed.held:
            parts.held.setdefault(event.id, filed.held)
            continue
        parts.answered.add(event.body.uprn)
        if filed.wordless and response.record.registration not in {
            one.id for one in event.body.registrations
        }:
            (parts.wordless if response.resident_id else parts.erased).add(event.id)


def _never_applied(session: Session, registration_ids: Collection[str]) -> set[str]:
    """Those of which nothing is known yet, or that are held; the others' people have been erased since."""
    if not registration_ids:
        return set()
    applied = session.scalars(
        select(Registration.id).where(
            among(Registration.id, registration_ids), Registration.state == register.APPLIED
        )
    )
    return set(registration_ids) - set(applied)


def _response(
    event: Opened,
    record: AnswersRecord,
    house: LockedPremises,
    parts: Parts,
    received_at: datetime,
) -> respond.NewResponse:
    return respond.NewResponse(
        id=event.id,
        record=record,
        resident_id=parts.residents.get(record.registration or ""),
        usrn=house.usrn,
        ward_code=house.ward_code or "",
        campaign_id=event.body.campaign,
        how="door",
        answered_at=event.corrected_at,
        received_at=received_at,
    )


def apply_warnings(work: Applying, events: Sequence[Opened], parts: Parts) -> None:
    """Report the hazards and write down the notes of these events; the lists that hold the houses will show them."""
    hazards, notes = [], []
    for event in events:
        body = event.body
        if body.hazard is not None:
            hazards.append(
                NewHazard(
                    id=event.id,
                    uprn=body.uprn,
                    kind=body.hazard.kind,
                    text=body.hazard.text,
                    event_id=event.id,
                    account_id=work.bringer.account_id,
                    at=event.corrected_at,
                )
            )
        for kind, text in _notes_of(event):
            notes.append(
                NewNote(
                    id=str(uuid5(UUID(event.id), kind)),
                    uprn=body.uprn,
                    kind=kind,
                    text=text,
                    event_id=event.id,
                    account_id=work.bringer.account_id,
                    at=event.corrected_at,
                )
            )
    if hazards:
        report_hazards(work.session, work.service, hazards)
    if notes:
        add_notes(work.session, work.service, notes)
    parts.changed |= {hazard.uprn for hazard in hazards} | {note.uprn for note in notes}


def _notes_of(event: Opened) -> list[tuple[str, str]]:
    body, notes = event.body, []
    if body.visit is not None and body.visit.note:
        notes.append((VISIT_NOTE, body.visit.note))
    if body.address_note is not None:
        notes.append((body.address_note.kind, body.address_note.text))
    return notes


def visit_facts(work: Applying, events: Sequence[Opened], ground: Ground) -> list[NewFact]:
    """The visits and withdrawals of these events, as facts; a list that is not the officer's own is not named."""
    bringer = work.bringer
    facts = []
    for event in events:
        body = event.body
        if body.visit is None and body.withdraws is None:
            continue
        facts.append(
            NewFact(
                id=event.id,
                uprn=body.uprn,
                kind="withdrawal" if body.visit is None else "visit",
                recorded_at=event.recorded_at,
                corrected_at=event.corrected_at,
                received_at=work.received_at,
                campaign_id=body.campaign,
                worklist_id=body.worklist if body.worklist in ground.held_as(event).lists else None,
                outcome="" if body.visit is None else body.visit.outcome,
                withdraws=body.withdraws,
                account_id=bringer.account_id,
                device_id=bringer.device_id,
                body={} if body.visit is None else _visit_codes(body.visit),
            )
        )
    return facts


def _visit_codes(visit: VisitRecord) -> dict[str, Any]:
    codes: dict[str, Any] = {}
    if visit.callback is not None:
        codes["callback_date"] = visit.callback.date
        codes["callback_slot"] = visit.callback.slot or ""
    if visit.language is not None:
        codes["language"] = visit.language
    return codes
