"""What is no longer needed goes: unconfirmed or unrenewed registrations, ended links, held events of the erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.problems import Problem
from server.base.service import Service
from server.devices.known import lock_device
from server.exchange.tables import HeldEvent
from server.fieldwork.facts import lock_premises, record_facts
from server.privacy.erase import delete_bytes, erase_person
from server.privacy.held import UNAPPLIED, events_of_the_erased
from server.privacy.person import person_of
from server.residents.forget import forget
from server.residents.known import STANDING
from server.residents.lock import lock_people
from server.residents.tables import LinkUse, Resident
from server.residents.throttle import forget_tries
from server.residents.writing import UNCONFIRMED
from server.surveys.rounds import ANSWERED
from server.surveys.self_service import under_locks
from server.surveys.tables import Invite
from server.targeting.indicators import refresh_streets

MOST_AT_ONCE = 500
RETENTION = "retention"
HELD_LOOK_BACK_DAYS = 30  # far beyond any pause of the worker; what was held earlier has been looked through


def keep_no_longer(service: Service) -> dict[str, int]:
    """Run all of retention; how many of each went."""
    return {
        "unconfirmed": forget_unconfirmed(service),
        "unrenewed": erase_unrenewed(service),
        "links": forget_links(service),
        "held": forget_held(service),
    }


def forget_unconfirmed(service: Service) -> int:
    """Remove registrations whose contact did not confirm in time; how many. Nobody was erased, so no ledger is kept."""

    def waiting(session: Session) -> list[str]:
        before = service.clock.now() - timedelta(days=service.settings.unconfirmed_days)
        statement = select(Resident.id).where(Resident.state == UNCONFIRMED, Resident.registered_at <= before)
        return list(
            session.scalars(statement.order_by(Resident.registered_at, Resident.id).limit(MOST_AT_ONCE))
        )

    def remove(session: Session, resident_id: str, locked: set[str]) -> bool | None:
        person = person_of(session, service, resident_id)
        if not person.houses <= locked:
            return None
        if person.rows[0].state == UNCONFIRMED:  # else it was confirmed this very moment
            recorded = record_facts(session, service, forget(session, service, [resident_id]))
            refresh_streets(session, service, recorded.usrns)
            audit.record(session, service, SYSTEM, "privacy.forget_unconfirmed", f"resident:{resident_id}")
        return True

    return _each(service, waiting, remove)


def erase_unrenewed(service: Service) -> int:
    """Erase people who have not registered, changed anything or answered for the time that contacts are kept."""

    def before() -> datetime:
        return service.clock.now() - timedelta(days=service.settings.retention_days)

    def silent(session: Session) -> list[str]:
        answered = (
            select(func.max(Invite.ended_at))
            .where(Invite.resident_id == Resident.id, Invite.state == ANSWERED)
            .scalar_subquery()
        )
        statement = select(Resident.id).where(
            Resident.state.in_(STANDING),
            Resident.changed_at <= before(),
            func.coalesce(answered, Resident.changed_at) <= before(),
        )
        return list(session.scalars(statement.order_by(Resident.changed_at, Resident.id).limit(MOST_AT_ONCE)))

    def erase(session: Session, resident_id: str, locked: set[str]) -> bool | None:
        person = person_of(session, service, resident_id)
        lock_people(session, [index for _, index in person.traits.marks(service)])
        person = person_of(session, service, resident_id)
        if not person.houses <= locked:
            return None
        if not set(person.ids) <= set(silent_among(session, person.ids)):
            return False
        erase_person(session, service, person, asked_by=RETENTION)
        audit.record(session, service, SYSTEM, "privacy.retention", f"resident:{resident_id}")
        return True

    def silent_among(session: Session, ids: list[str]) -> list[str]:
        recent = select(Resident.id).where(Resident.id.in_(ids), Resident.changed_at > before())
        answered = select(Invite.resident_id).where(
            Invite.resident_id.in_(ids), Invite.state == ANSWERED, Invite.ended_at > before()
        )
        busy = set(session.scalars(recent)) | set(session.scalars(answered))
        return [one for one in ids if one not in busy]

    return _each(service, silent, erase)


def forget_links(service: Service) -> int:
    """Delete what is kept of links and codes that have ended, and counts of tries; how many rows."""

    def work(session: Session) -> int:
        ended = delete(LinkUse).where(LinkUse.expires_at <= service.clock.now()).returning(LinkUse.hash)
        return len(session.execute(ended).all()) + forget_tries(session, service)

    return service.db.transact(work)


def forget_held(service: Service) -> int:
    """Delete the bytes of events that were held when a person in them had been, or was being, erased; how many.

    An erasure looks through what is held; what becomes held at that moment, or comes later and is not applied for some
    other reason, nobody would open again until a supervisor decides.
    """
    since = service.clock.now() - timedelta(days=HELD_LOOK_BACK_DAYS)
    found = service.db.read(lambda session: events_of_the_erased(session, service, since))

    def forget_one(session: Session, name: tuple[str, str]) -> int:
        lock_device(session, name[0])
        undecided = select(HeldEvent.id).where(
            HeldEvent.device_id == name[0], HeldEvent.event_id == name[1], HeldEvent.state.in_(UNAPPLIED)
        )
        if session.scalar(undecided) is None:
            return 0  # it was mended meanwhile, which asked the ledger too
        deleted = delete_bytes(session, service, (), {name})
        audit.record(session, service, SYSTEM, "privacy.forget_held", f"event:{name[1]}")
        return deleted

    return sum(service.db.transact(partial(forget_one, name=name)) for name in found)


def _each(
    service: Service,
    find: Callable[[Session], list[str]],
    work: Callable[[Session, str, set[str]], bool | None],
) -> int:
    """Carry `work` out for each resident found, in a transaction of its own under the locks of the person's houses."""
    done = 0
    for key in service.db.read(find):

        def locked_work(session: Session, houses: set[str], key: str = key) -> bool | None:
            lock_premises(session, houses)
            return work(session, key, houses)

        def houses_of(session: Session, key: str = key) -> set[str]:
            return person_of(session, service, key).houses

        try:
            done += int(under_locks(service, houses_of, locked_work))
        except Problem:
            continue  # gone meanwhile
    return done
