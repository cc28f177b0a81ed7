"""Joins people who are on file twice: somebody registered anew at a new house, or twice at one. A job of the worker."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from server.base import audit
from server.base.access import SYSTEM
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.facts import lock_premises, record_facts
from server.residents.contacts import contact_indexes, name_indexes, normal_name
from server.residents.known import STANDING, Given, Person, load_people, oldest_first, sought_by
from server.residents.matching import is_same_person
from server.residents.merge import absorb
from server.residents.sealed import open_contact, open_name
from server.residents.tables import Contact, Resident
from server.surveys.invites import settle
from server.surveys.pseudonyms import join_answers
from server.surveys.self_service import under_locks

MOST_AT_ONCE = 500


def join_movers(service: Service) -> int:
    """Join residents who are one person (by a confirmed contact and what goes with it); how many rows were joined."""
    joined = 0
    for first, second in service.db.read(find_pairs):
        try:
            joined += int(_join(service, first, second))
        except Problem:
            continue  # they moved, were erased or opted out meanwhile: the next run sees them as they are then
    return joined


def find_pairs(session: Session) -> list[tuple[str, str]]:
    """Pairs of registered residents who share a confirmed contact."""
    one, other = aliased(Contact), aliased(Contact)
    registered = select(Resident.id).where(Resident.state.in_(STANDING))
    rows = session.execute(
        select(one.resident_id, other.resident_id)
        .join(other, (one.index == other.index) & (one.kind == other.kind))
        .where(
            one.resident_id < other.resident_id,
            one.confirmed_at.is_not(None),
            other.confirmed_at.is_not(None),
            one.resident_id.in_(registered),
            other.resident_id.in_(registered),
        )
        .distinct()
        .order_by(one.resident_id, other.resident_id)
        .limit(MOST_AT_ONCE)
    )
    return [(first, second) for first, second in rows]


def given_of(session: Session, service: Service, person: Person) -> Given:
    """A stored person in blind indexes under every key, by their confirmed contacts."""
    vault, key = service.vault, person.known.resident_id
    name = open_name(vault, key, person.values["name_sealed"])
    rows = session.execute(
        select(Contact.id, Contact.kind, Contact.value_sealed).where(
            Contact.resident_id == key, Contact.confirmed_at.is_not(None)
        )
    )
    contacts = [(row.kind, open_contact(vault, row.id, row.value_sealed)) for row in rows]
    return Given(
        person.known.uprn,
        name,
        name_indexes(vault, name, person.known.uprn) if normal_name(name) else [],
        [(kind, text, contact_indexes(vault, kind, text)) for kind, text in contacts],
    )


def _join(service: Service, first: str, second: str) -> bool:
    def houses(session: Session) -> list[str]:
        return list(session.scalars(select(Resident.uprn).where(among(Resident.id, [first, second]))))

    def work(session: Session, locked: set[str]) -> bool | None:
        lock_premises(session, locked)
        people = oldest_first(load_people(session, [first, second]))
        if len(people) < 2:
            return False
        if not {one.known.uprn for one in people} <= locked:
            return None
        keep, gone = people
        sought = sought_by(service, given_of(session, service, gone), {keep.known.uprn})
        if not is_same_person(sought, keep.known):
            return False
        marks = absorb(session, service, keep, gone)
        keep_id, gone_id = keep.known.resident_id, gone.known.resident_id
        join_answers(session, service, keep_id, [gone_id])
        settle(session, service, [keep_id, gone_id])
        record_facts(session, service, marks)
        audit.record(session, service, SYSTEM, "resident.join", f"resident:{keep_id}", joined=gone_id)
        return True

    return under_locks(service, houses, work)
