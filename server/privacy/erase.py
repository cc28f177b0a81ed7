"""Erases a person: every row of theirs, their answers' link to them, the sealed bytes they came in; and remembers that.

What stays is counts without anybody, the hashes of the journal (so that its chains still prove themselves), and the
ledger: blind indexes under every index key, by which a phone that comes late is told from somebody new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, sees_whole_force
from server.base.db import insert_many
from server.base.problems import Problem
from server.base.service import Service
from server.exchange.tables import PERSON_ERASED, EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.bulk import among
from server.fieldwork.facts import lock_premises, record_facts
from server.privacy.held import events_naming
from server.privacy.person import Person, Traits, person_of, person_with
from server.residents.forget import forget
from server.residents.lock import lock_people
from server.residents.look_up import require_resident
from server.residents.tables import Erasure, ErasureMark, Registration
from server.surveys.pseudonyms import unlink_answers
from server.surveys.self_service import under_locks
from server.surveys.tables import Invite
from server.targeting.indicators import refresh_streets

DISMISSED = "dismissed"


@dataclass(frozen=True)
class Erased:
    """What an erasure took away, in numbers: residents' rows, events whose bytes were deleted, answers unlinked."""

    residents: int
    events: int
    responses: int


def erase_resident(
    service: Service, principal: Principal, resident_id: str, *, reason: str, reference: str = ""
) -> Erased:
    """Erase the person behind a resident. Problem("not_found") for somebody unknown or outside the areas."""

    def find(session: Session) -> Person:
        require_resident(session, principal, resident_id)
        return person_of(session, service, resident_id)

    return _erase(service, principal, find, reason, reference)


def erase_by_traits(
    service: Service, principal: Principal, traits: Traits, *, reason: str, reference: str = ""
) -> Erased:
    """Erase whoever is known under these traits; and nobody who comes in late under them is taken in.

    For those who see the whole force only: it finds people wherever they live. Problem("forbidden") otherwise.
    """
    if not sees_whole_force(principal):
        raise Problem(
            "forbidden", "Erasing by contact or name takes the whole force's area.", outside_area=True
        )
    return _erase(
        service, principal, lambda session: person_with(session, service, traits), reason, reference
    )


def _erase(
    service: Service, principal: Principal, find: Callable[[Session], Person], reason: str, reference: str
) -> Erased:
    def work(session: Session, locked: set[str]) -> Erased | None:
        lock_premises(session, locked)
        lock_people(session, [index for _, index in find(session).traits.marks(service)])
        person = find(session)
        if not person.houses <= locked:
            return None
        erased = erase_person(session, service, person, asked_by=principal.actor)
        audit.record(
            session,
            service,
            principal,
            "privacy.erase",
            f"resident:{person.ids[0]}" if person.ids else "nobody on file",
            reason=reason,
            reference=reference,
            residents=erased.residents,
            events=erased.events,
            responses=erased.responses,
        )
        return erased

    return under_locks(service, lambda session: find(session).houses, work)


def erase_person(session: Session, service: Service, person: Person, *, asked_by: str) -> Erased:
    """Erase a person and write the ledger. Precondition: the streets of their houses and their contacts are locked."""
    ids = person.ids
    events = _events_of(session, ids)
    responses = unlink_answers(session, service, ids)
    session.execute(delete(Invite).where(among(Invite.resident_id, ids)))
    marks = forget(session, service, ids)
    named = events_naming(session, service, [index for _, index in person.traits.marks(service)])
    deleted = delete_bytes(session, service, events | set(responses), named)
    _write_ledger(session, service, person, asked_by)
    recorded = record_facts(session, service, marks)
    refresh_streets(session, service, recorded.usrns, recount=True)
    return Erased(len(ids), deleted, len(responses))


def _events_of(session: Session, resident_ids: Collection[str]) -> set[str]:
    """The events in which these residents registered, applied or held."""
    found = session.scalars(
        select(Registration.event_id).where(
            among(Registration.resident_id, resident_ids), Registration.event_id.is_not(None)
        )
    )
    return {event for event in found if event is not None}


def delete_bytes(
    session: Session, service: Service, event_ids: Collection[str], named: Collection[tuple[str, str]]
) -> int:
    """Delete the sealed bytes of these events (`named`: by device and id) and keep their hashes; of how many.

    What was held of them is dismissed.
    """
    event_ids = {*event_ids, *(event_id for _, event_id in named)}
    if not event_ids:
        return 0
    now = service.clock.now()
    identities = session.execute(
        select(EventIdentity.device_id, EventIdentity.event_id).where(
            among(EventIdentity.event_id, event_ids)
        )
    )
    names = {*named, *(tuple(name) for name in identities)}
    deleted = session.execute(
        update(JournalEntry)
        .where(
            tuple_(JournalEntry.device_id, JournalEntry.event_id).in_(sorted(names)),
            JournalEntry.sealed.is_not(None),
        )
        .values(sealed=None, erased_at=now)
        .returning(JournalEntry.event_id)
    ).all()
    held = session.execute(
        update(HeldEvent)
        .where(among(HeldEvent.event_id, event_ids), HeldEvent.state == "held")
        .values(state=DISMISSED, decision=PERSON_ERASED, decided_at=now)
        .returning(HeldEvent.device_id, HeldEvent.event_id, HeldEvent.hash)
    ).all()
    if held:
        key = tuple_(EventIdentity.device_id, EventIdentity.event_id, EventIdentity.hash)
        session.execute(
            update(EventIdentity)
            .where(key.in_([tuple(row) for row in held]))
            .values(status=DISMISSED, reason=DISMISSED)
        )
    return len(deleted)


def _write_ledger(session: Session, service: Service, person: Person, asked_by: str) -> None:
    now = service.clock.now()
    keys = person.ids or [service.new_uuid()]  # nobody on file: whoever comes in late under these traits is
    erasure_id = 0
    for key in keys:
        row = {"resident_id": key, "erased_at": now, "asked_by": asked_by}
        erasure_id = session.execute(insert(Erasure).values(row).returning(Erasure.id)).scalar_one()
    insert_many(
        session,
        ErasureMark,
        [
            {"erasure_id": erasure_id, "kind": kind, "index": index}
            for kind, index in person.traits.marks(service)
        ],
    )
