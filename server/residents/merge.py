"""Joins two rows of one person: somebody who confirmed by themselves and was known already, or who moved house.

The row that was there first stays, with its links, rounds and pseudonym; it takes over consents, contacts and acts of
registering, and moves to the newer house. The other row stays behind empty, and says where its person is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.facts import NewFact
from server.residents.contacts import name_indexes, normal, normal_name
from server.residents.known import Person
from server.residents.sealed import (
    merged_detail,
    open_contact,
    open_detail,
    open_name,
    seal_detail,
    seal_name,
)
from server.residents.tables import Consent, Contact, Registration, Resident
from server.residents.writing import ERASED, MERGED, Changes, mark_fact, state_of


def absorb(session: Session, service: Service, keep: Person, gone: Person) -> list[NewFact]:
    """Let `keep` take over `gone`; the marks to record at the houses of both.

    Precondition: the streets of both houses and both rows are locked. Rounds and answers are the caller's.
    """
    now, vault = service.clock.now(), service.vault
    keep_id, gone_id = keep.known.resident_id, gone.known.resident_id
    old_house, gone_house = keep.known.uprn, gone.known.uprn
    moves = gone_house != old_house and _registered_last(session, [keep_id, gone_id]) == gone_id
    for table in (Consent, Registration):
        session.execute(update(table).where(table.resident_id == gone_id).values(resident_id=keep_id))
    session.execute(update(Resident).where(Resident.merged_into == gone_id).values(merged_into=keep_id))
    _move_contacts(session, service, keep_id, gone_id)
    newer = gone if gone.values["changed_at"] >= keep.values["changed_at"] else keep
    name = open_name(vault, newer.known.resident_id, newer.values["name_sealed"])
    house = gone_house if moves else old_house
    details = [
        open_detail(vault, one.known.resident_id, one.values["detail_sealed"])
        for one in (keep if newer is gone else gone, newer)
    ]
    confirmed = [one.values["confirmed_at"] for one in (keep, gone) if one.values["confirmed_at"]]
    keep.marks += gone.marks
    changes = Changes(service)
    changes.change(
        keep,
        uprn=house,
        state=state_of(keep),
        name_sealed=seal_name(vault, keep_id, name),
        name_index=name_indexes(vault, name, house)[-1] if normal_name(name) else None,
        detail_sealed=seal_detail(vault, keep_id, merged_detail(*details)),
        language=newer.values["language"],
        registered_at=min(keep.values["registered_at"], gone.values["registered_at"]),
        confirmed_at=min(confirmed, default=None),
        changed_at=newer.values["changed_at"],
        vouched=keep.values["vouched"] or gone.values["vouched"],
    )
    changes.change(
        gone, state=MERGED, merged_into=keep_id, name_sealed=None, name_index=None, detail_sealed=None
    )
    changes.write(session)
    marks = [mark_fact(service, gone_id, gone_house, MERGED, now)]
    if moves:
        marks.append(mark_fact(service, keep_id, old_house, ERASED, now))
    return [*marks, mark_fact(service, keep_id, house, keep.known.state, now)]


def resolve(session: Session, resident_id: str) -> str:
    """The resident that stands for this one now: itself, or the one that it was merged into."""
    found = session.scalar(select(Resident.merged_into).where(Resident.id == resident_id))
    return found or resident_id


def _registered_last(session: Session, resident_ids: Sequence[str]) -> str:
    """Which of these residents registered last."""
    rows: list[tuple[datetime, str]] = [
        (at, key)
        for key, at in session.execute(
            select(Registration.resident_id, func.max(Registration.at))
            .where(among(Registration.resident_id, resident_ids))
            .group_by(Registration.resident_id)
        )
    ]
    return max(rows)[1] if rows else resident_ids[0]


def _move_contacts(session: Session, service: Service, keep_id: str, gone_id: str) -> None:
    """Give the contacts of one to the other; of two that are the same, the confirmed one stays."""
    rows = session.execute(
        select(Contact.id, Contact.resident_id, Contact.kind, Contact.value_sealed, Contact.confirmed_at)
        .where(among(Contact.resident_id, [keep_id, gone_id]))
        .order_by(Contact.confirmed_at.is_(None), Contact.resident_id != keep_id, Contact.id)
    )
    seen: set[tuple[str, str]] = set()
    doubles = []
    for row in rows:
        key = (row.kind, normal(row.kind, open_contact(service.vault, row.id, row.value_sealed)))
        if key in seen:
            doubles.append(row.id)
        seen.add(key)
    session.execute(delete(Contact).where(among(Contact.id, doubles)))
    session.execute(update(Contact).where(Contact.resident_id == gone_id).values(resident_id=keep_id))
