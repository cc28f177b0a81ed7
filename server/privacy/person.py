"""Who is meant: every row that is one person's, found from one of them or from what the person says of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among
from server.residents.contacts import (
    EMAIL,
    NAME_AT_HOUSE,
    PHONE,
    contact_indexes,
    name_indexes,
    normal,
    normal_name,
)
from server.residents.known import STANDING
from server.residents.merge import resolve
from server.residents.sealed import open_contact, open_name
from server.residents.tables import Contact, Registration, Resident
from server.residents.writing import UNCONFIRMED

HELD = (*STANDING, UNCONFIRMED)  # states of residents of whom something is held


@dataclass(frozen=True)
class Traits:
    """What a person is found by: normalised contacts by kind, a name, and the houses where it is theirs."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    houses: frozenset[str] = frozenset()

    def __or__(self, other: Traits) -> Traits:
        return Traits(
            self.emails | other.emails,
            self.phones | other.phones,
            self.names | other.names,
            self.houses | other.houses,
        )

    def marks(self, service: Service) -> list[tuple[str, bytes]]:
        """(kind, blind index) under every index key: what the ledger of erasures keeps of the person."""
        vault = service.vault
        found = {(EMAIL, index) for email in self.emails for index in contact_indexes(vault, EMAIL, email)}
        found |= {(PHONE, index) for phone in self.phones for index in contact_indexes(vault, PHONE, phone)}
        found |= {
            (NAME_AT_HOUSE, index)
            for name in self.names
            for uprn in self.houses
            for index in name_indexes(vault, name, uprn)
        }
        return sorted(found)


@dataclass(frozen=True)
class Row:
    """A resident's row with its traits opened; `confirmed` are the contacts that are surely theirs."""

    id: str
    uprn: str
    state: str
    traits: Traits
    confirmed: Traits


@dataclass(frozen=True)
class Person:
    """The rows that are one person's, the one asked for first, and everything the person is found by."""

    rows: Sequence[Row]
    traits: Traits = field(default_factory=Traits)

    @property
    def ids(self) -> list[str]:
        """The residents' ids."""
        return [row.id for row in self.rows]

    @property
    def houses(self) -> set[str]:
        """The houses of the rows."""
        return {row.uprn for row in self.rows}


def traits_of(
    *, email: str | None = None, phone: str | None = None, name: str | None = None, uprn: str | None = None
) -> Traits:
    """The traits that somebody gives of themselves. Problem("validation_failed") where they could be several people."""
    if not (email or (phone and name) or (name and uprn)):
        sentence = "Give an e-mail address, or a phone number and the name, or the name and the house."
        raise Problem("validation_failed", sentence, errors={"email": sentence})
    return Traits(
        frozenset({normal(EMAIL, email)} if email else ()),
        frozenset({normal(PHONE, phone)} if phone else ()),
        frozenset({normal_name(name)} if name and normal_name(name) else ()),
        frozenset({uprn} if uprn else ()),
    )


def person_of(session: Session, service: Service, resident_id: str) -> Person:
    """Everything held of the person behind a resident. Problem("not_found") where nothing is held."""
    rows = _open(session, service, [resolve(session, resident_id)])
    if not rows:
        raise Problem("not_found", "Nothing is held on a resident with this id.")
    first = rows[0]
    if first.state == UNCONFIRMED:  # whatever was typed there proves nothing of anybody else
        return Person([first])
    return _grown(session, service, [first], first.confirmed)


def person_with(session: Session, service: Service, traits: Traits) -> Person:
    """Everything held of the person who says this of themselves; no row where nothing is held."""
    return _grown(session, service, [], traits)


def _grown(session: Session, service: Service, rows: list[Row], traits: Traits) -> Person:
    """Add the rows that are the same person's until no more turn up."""
    while True:
        known = {row.id for row in rows}
        candidates = _open(session, service, _candidates(session, service, traits))
        found = [row for row in candidates if row.id not in known and _is_theirs(row, traits)]
        if not found:
            break
        rows += found
        for row in found:
            traits |= row.confirmed if row.state != UNCONFIRMED else Traits()
    lived_at = session.scalars(
        select(Registration.uprn).where(among(Registration.resident_id, [row.id for row in rows]))
    )
    return Person(rows, traits | Traits(houses=frozenset(lived_at)))


def _is_theirs(row: Row, traits: Traits) -> bool:
    """An e-mail address is theirs; so is a phone number with the same name, and the same name at the same house

    unless both have an e-mail address or a phone number and they differ: father and son.
    """
    if row.traits.emails & traits.emails:
        return True
    if not row.traits.names & traits.names:
        return False
    if row.traits.phones & traits.phones:
        return True
    differ = (row.traits.emails and traits.emails) or (row.traits.phones and traits.phones)
    return row.uprn in traits.houses and not differ


def _candidates(session: Session, service: Service, traits: Traits) -> list[str]:
    indexes = [index for _, index in traits.marks(service)]
    if not indexes:
        return []
    ids = union(
        select(Contact.resident_id).where(Contact.index.in_(indexes)),
        select(Resident.id).where(Resident.name_index.in_(indexes)),
    )
    return sorted(session.scalars(ids))


def _open(session: Session, service: Service, ids: Iterable[str]) -> list[Row]:
    ids = list(ids)
    contacts = session.execute(
        select(
            Contact.id, Contact.resident_id, Contact.kind, Contact.value_sealed, Contact.confirmed_at
        ).where(among(Contact.resident_id, ids))
    ).all()
    found: dict[tuple[str, str, bool], set[str]] = {}
    for one in contacts:
        value = normal(one.kind, open_contact(service.vault, one.id, one.value_sealed))
        for sure in (False, True) if one.confirmed_at else (False,):
            found.setdefault((one.resident_id, one.kind, sure), set()).add(value)
    rows = []
    for key, uprn, state, name_sealed in session.execute(
        select(Resident.id, Resident.uprn, Resident.state, Resident.name_sealed)
        .where(among(Resident.id, ids), Resident.state.in_(HELD))
        .order_by(Resident.registered_at, Resident.id)
    ):
        name = normal_name(open_name(service.vault, key, name_sealed))
        all_traits, sure_traits = (
            Traits(
                frozenset(found.get((key, EMAIL, only_sure), ())),
                frozenset(found.get((key, PHONE, only_sure), ())),
                frozenset({name} if name else ()),
                frozenset({uprn}),
            )
            for only_sure in (False, True)
        )
        rows.append(Row(key, uprn, state, all_traits, sure_traits))
    return rows
