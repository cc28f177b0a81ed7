"""Confirms that a contact is the resident's who registered by themselves, by the link that was sent to it.

Sending is the post room's: it asks `confirmations_due` for what to send. Only the contact that confirms says who the
person is; whatever else was typed beside it proves nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.db import insert_many
from server.base.service import Service
from server.fieldwork.facts import NewFact
from server.residents.contacts import contact_indexes, name_indexes, normal_name
from server.residents.known import Given, Person, find_people, load_people, oldest_first, sought_by
from server.residents.links import CONFIRM, make_link, not_ours
from server.residents.lock import lock_people
from server.residents.matching import is_same_person
from server.residents.merge import absorb
from server.residents.sealed import open_contact, open_name
from server.residents.tables import Contact, LinkUse, Resident
from server.residents.writing import ERASED, MERGED, UNCONFIRMED, Changes, mark_fact, state_of

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Confirmation:
    """A link to be sent to a contact (kind: email | phone), in the person's language. It is not kept: send it now."""

    contact_id: str
    kind: str
    value: str
    language: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Confirmed:
    """Who is confirmed, who was merged into them, and the marks to record."""

    resident_id: str
    merged: tuple[str, ...]
    marks: list[NewFact]


def confirmations_due(service: Service) -> list[Confirmation]:
    """Links for contacts of waiting registrations that none was made for yet, the oldest first, 200 at most."""

    def work(session: Session) -> list[Confirmation]:
        now = service.clock.now()
        life = timedelta(days=service.settings.unconfirmed_days)
        rows = session.execute(
            select(Contact.id, Contact.kind, Contact.value_sealed, Resident.language, Resident.registered_at)
            .join(Resident, Resident.id == Contact.resident_id)
            .where(
                Resident.state == UNCONFIRMED,
                Resident.registered_at > now - life,
                Contact.confirmed_at.is_(None),
                ~select(LinkUse.hash).where(LinkUse.subject == Contact.id).exists(),
            )
            .order_by(Resident.registered_at, Contact.id)
            .limit(MOST_AT_ONCE)
            .with_for_update(of=Contact, skip_locked=True)
        ).all()
        due = []
        for row in rows:
            expires_at = row.registered_at + life
            link = make_link(service, CONFIRM, row.id, expires_at)
            value = open_contact(service.vault, row.id, row.value_sealed)
            due.append(Confirmation(row.id, row.kind, value, row.language, link, expires_at))
        made = [
            {
                "hash": hashlib.sha256(one.link.encode()).hexdigest(),
                "purpose": CONFIRM,
                "subject": one.contact_id,
                "uses": 0,
                "expires_at": one.expires_at,
            }
            for one in due
        ]
        insert_many(session, LinkUse, made)
        if due:
            audit.record(session, service, SYSTEM, "resident.confirmations", "contacts", contacts=len(due))
        return due

    return service.db.transact(work)


def houses_to_lock(session: Session, service: Service, contact_id: str) -> set[str]:
    """The houses of the person behind a contact: theirs, and those where they are known already."""
    found = _contact(session, contact_id)
    if found is None:
        return set()
    people = find_people(
        session, contact_indexes(service.vault, found.kind, _value(service, found)), lock=False
    )
    home = session.scalar(select(Resident.uprn).where(Resident.id == found.resident_id))
    return {one.known.uprn for one in people} | ({home} if home else set())


def confirm_contact(
    session: Session, service: Service, contact_id: str, locked: set[str]
) -> Confirmed | None:
    """Confirm a contact and register its person; None where a house outside `locked` turned out to be theirs as well.

    Precondition: `lock_premises` was called for `locked`. Confirming again changes nothing. Problem("gone") where the
    registration is no more.
    """
    contact = _contact(session, contact_id)
    if contact is None:
        raise not_ours()
    value = _value(service, contact)
    indexes = contact_indexes(service.vault, contact.kind, value)
    lock_people(session, indexes[-1:])
    waiting = load_people(session, [contact.resident_id], (UNCONFIRMED,))
    if not waiting:
        return _confirm_again(session, service, contact)
    pending = waiting[0]
    given = _given(service, pending, contact.kind, value, indexes)
    people = find_people(session, given.all)
    sought = sought_by(service, given, {one.known.uprn for one in people})
    same = oldest_first(
        one
        for one in people
        if sought.contacts[contact.kind] & one.known.contacts.get(contact.kind, set())
        and is_same_person(sought, one.known)
    )
    if not {one.known.uprn for one in [pending, *same]} <= locked:
        return None
    now = service.clock.now()
    session.execute(update(Contact).where(Contact.id == contact_id).values(confirmed_at=now))
    changes = Changes(service)
    changes.change(pending, state=state_of(pending), confirmed_at=now)
    if same:
        return _join(session, service, same[0], [pending, *same[1:]])
    changes.write(session)
    mark = mark_fact(service, pending.known.resident_id, pending.known.uprn, pending.known.state, now)
    return Confirmed(pending.known.resident_id, (), [mark])


def decline_contact(session: Session, service: Service, contact_id: str) -> str:
    """The waiting registration of a contact whose owner says that it was not they; its resident's id, to be removed.

    Problem("gone") where none waits (any more).
    """
    contact = _contact(session, contact_id)
    waiting = load_people(session, [contact.resident_id], (UNCONFIRMED,)) if contact else []
    if not waiting:
        raise not_ours()
    return waiting[0].known.resident_id


def _join(session: Session, service: Service, keep: Person, others: list[Person]) -> Confirmed:
    marks: dict[
        tuple[str, str], NewFact
    ] = {}  # the last of each resident and house: they bear one and the same time
    for other in others:
        for mark in absorb(session, service, keep, other):
            marks[mark.uprn, mark.body["resident"]] = mark
    return Confirmed(
        keep.known.resident_id, tuple(one.known.resident_id for one in others), list(marks.values())
    )


def _confirm_again(session: Session, service: Service, contact: Contact) -> Confirmed:
    state = session.scalar(select(Resident.state).where(Resident.id == contact.resident_id))
    if state in (None, ERASED, MERGED):
        raise not_ours()
    if contact.confirmed_at is None:
        now = service.clock.now()
        session.execute(update(Contact).where(Contact.id == contact.id).values(confirmed_at=now))
    return Confirmed(contact.resident_id, (), [])


def _given(service: Service, person: Person, kind: str, value: str, indexes: list[bytes]) -> Given:
    name = open_name(service.vault, person.known.resident_id, person.values["name_sealed"])
    names = name_indexes(service.vault, name, person.known.uprn) if normal_name(name) else []
    return Given(person.known.uprn, name, names, [(kind, value, indexes)])


def _contact(session: Session, contact_id: str) -> Contact | None:
    found = session.get(Contact, contact_id, populate_existing=True)
    if found is not None:
        session.expunge(found)
    return found


def _value(service: Service, contact: Contact) -> str:
    return open_contact(service.vault, contact.id, contact.value_sealed)
