"""What the service knows already of the people in a batch of registrations: one read of each table for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, union
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import bound
from server.residents.consents import ConsentMark
from server.residents.contacts import EMAIL, PHONE, contact_indexes, name_indexes, normal_name, present
from server.residents.matching import Known, Sought
from server.residents.tables import Consent, Contact, Erasure, ErasureMark, Registration, Resident
from sync.events import RegistrationRecord

STANDING = (
    "current",
    "opted_out",
)  # states of people whom a registration can be of; unconfirmed ones wait apart


@dataclass
class Person:
    """A resident as loaded, or as made in this transaction (`is_new`). `values` are the columns of the Resident row."""

    values: dict[str, Any]
    known: Known
    marks: list[ConsentMark] = field(default_factory=list)
    is_new: bool = False
    is_changed: bool = False


@dataclass(frozen=True)
class Given:
    """A registration's person in blind indexes: (kind, text, indexes under every key), and the name at the house.

    `names` is empty for a name without a letter, which would make one person of all who gave none.
    """

    uprn: str
    name: str
    names: Sequence[bytes]
    contacts: Sequence[tuple[str, str, Sequence[bytes]]]

    @property
    def name_index(self) -> bytes | None:
        """The newest index of the name at the house."""
        return self.names[-1] if self.names else None

    @property
    def newest(self) -> list[bytes]:
        """The newest index of each contact and of the name at the house."""
        return [indexes[-1] for _, _, indexes in self.contacts] + list(self.names[-1:])

    @property
    def all(self) -> set[bytes]:
        """Every index under every key."""
        return set(self.names).union(*(indexes for _, _, indexes in self.contacts))


@dataclass(frozen=True)
class Replay:
    """A registration that came before."""

    resident_id: str
    state: str
    resident_state: str


def given_by(service: Service, record: RegistrationRecord, uprn: str) -> Given:
    """The blind indexes of a registration's person at a house."""
    contacts = present([(EMAIL, record.email), (PHONE, record.phone)])
    vault = service.vault
    return Given(
        uprn,
        record.name,
        name_indexes(vault, record.name, uprn) if normal_name(record.name) else [],
        [(kind, text, contact_indexes(vault, kind, text)) for kind, text in contacts],
    )


def sought_by(service: Service, given: Given, houses: Iterable[str]) -> Sought:
    """The person given, to be compared with people at these houses."""
    elsewhere = set(houses) - {given.uprn} if given.names else set()
    contacts: dict[str, frozenset[bytes]] = {}
    for kind, _, indexes in given.contacts:
        contacts[kind] = contacts.get(kind, frozenset()) | frozenset(indexes)
    return Sought(
        uprn=given.uprn,
        names=frozenset(given.names),
        contacts=contacts,
        names_at={uprn: frozenset(name_indexes(service.vault, given.name, uprn)) for uprn in elsewhere},
    )


def oldest_first(people: Iterable[Person]) -> list[Person]:
    """People in the order in which they first registered."""
    return sorted(people, key=lambda one: (one.values["registered_at"], one.known.resident_id))


def read_replays(session: Session, ids: Collection[str]) -> dict[str, Replay]:
    """The registrations that are stored already, by id."""
    rows = _REPLAYS.rows(session, ids=list(ids))
    return {key: Replay(*rest) for key, *rest in rows}


def read_erasures(session: Session, indexes: Collection[bytes]) -> dict[bytes, datetime]:
    """Blind indexes that stand in the ledger of erasures, and when the person was last erased."""
    if not indexes:
        return {}
    found: dict[bytes, datetime] = {}
    for index, erased_at in session.execute(_ERASURES, {"indexes": list(indexes)}):
        found[index] = max(erased_at, found.get(index, erased_at))
    return found


def find_people(session: Session, indexes: Collection[bytes], *, lock: bool = True) -> list[Person]:
    """Registered people with any of these contacts, or these names at their houses; `lock` their rows."""
    if not indexes:
        return []
    ids = session.execute(_FOUND, {"indexes": list(indexes)}).scalars().all()
    return load_people(session, ids, lock=lock)


def load_people(
    session: Session,
    resident_ids: Collection[str],
    states: Collection[str] = STANDING,
    *,
    lock: bool = True,
) -> list[Person]:
    """These residents, where in one of the states, with confirmed contacts and consents; rows locked in id order."""
    if not resident_ids:
        return []
    wanted = {"ids": sorted(resident_ids), "states": list(states)}
    statement = _PEOPLE.with_for_update(key_share=True) if lock else _PEOPLE
    rows = [dict(row) for row in session.execute(statement, wanted).mappings()]
    people = {row["id"]: Person(row, _known(row)) for row in rows}
    if not people:
        return []
    contacts: dict[str, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for resident_id, kind, index in _CONTACTS.rows(session, ids=list(people)):
        contacts[resident_id][kind].add(index)
    for one in _CONSENTS.rows(session, ids=list(people)):
        mark = ConsentMark(one.id, one.purpose, one.given, one.at, one.how, one.wording, one.proved_at)
        people[one.resident_id].marks.append(mark)
    for resident_id, by_kind in contacts.items():
        people[resident_id].known.contacts = dict(by_kind)
    return list(people.values())


def _known(row: dict[str, Any]) -> Known:
    return Known(row["id"], row["uprn"], row["state"], row["name_index"], vouched=row["vouched"])


_resident, _contact, _consent = table_of(Resident), table_of(Contact), table_of(Consent)
_registration, _erasure, _mark = table_of(Registration), table_of(Erasure), table_of(ErasureMark)
_INDEXES: BindParameter[Any] = bindparam("indexes", expanding=True)

_REPLAYS = Prepared(
    select(_registration.c.id, _registration.c.resident_id, _registration.c.state, _resident.c.state)
    .join(_resident, _resident.c.id == _registration.c.resident_id)
    .where(bound(_registration.c.id, "ids"))
)
_ERASURES = (
    select(_mark.c.index, _erasure.c.erased_at)
    .join(_erasure, _erasure.c.id == _mark.c.erasure_id)
    .where(_mark.c.index.in_(_INDEXES))
)
_FOUND = union(
    select(_contact.c.resident_id).where(
        _contact.c.index.in_(_INDEXES), _contact.c.confirmed_at.is_not(None)
    ),
    select(_resident.c.id).where(_resident.c.name_index.in_(_INDEXES)),
)
_PEOPLE = (
    select(_resident)
    .where(bound(_resident.c.id, "ids"), _resident.c.state.in_(bindparam("states", expanding=True)))
    .order_by(_resident.c.id)
)
_CONTACTS = Prepared(
    select(_contact.c.resident_id, _contact.c.kind, _contact.c.index).where(
        bound(_contact.c.resident_id, "ids"), _contact.c.confirmed_at.is_not(None)
    )
)
_CONSENTS = Prepared(select(_consent).where(bound(_consent.c.resident_id, "ids")))
