"""Gathers what a transaction changes of residents, and writes it: one statement per table, however many people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.service import Service
from server.fieldwork.bulk import insert_rows
from server.fieldwork.facts import NewFact
from server.residents.consents import ConsentMark, has_opted_out
from server.residents.contacts import EMAIL, PHONE
from server.residents.known import Given, Person
from server.residents.matching import Known
from server.residents.sealed import seal_contact, seal_name
from server.residents.tables import Consent, Contact, Registration, Resident

CURRENT, OPTED_OUT, UNCONFIRMED, MERGED, ERASED = "current", "opted_out", "unconfirmed", "merged", "erased"


@dataclass
class Changes:
    """Rows to insert and people to write; nothing is written before `write`."""

    service: Service
    people: list[Person] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)
    registrations: list[dict[str, Any]] = field(default_factory=list)
    decided: list[dict[str, Any]] = field(default_factory=list)

    def new_person(self, given: Given, state: str, at: datetime) -> Person:
        """A resident who was not known before, at the house of `given`."""
        key = self.service.new_uuid()
        values = {
            "id": key,
            "uprn": given.uprn,
            "state": state,
            "version": 1,
            "name_sealed": seal_name(self.service.vault, key, given.name),
            "name_index": given.name_index,
            "detail_sealed": None,
            "language": "en",
            "registered_at": at,
            "confirmed_at": at if state == CURRENT else None,
            "changed_at": at,
            "vouched": state == CURRENT,
            "merged_into": None,
        }
        contacts: dict[str, set[bytes]] = {EMAIL: set(), PHONE: set()}
        known = Known(key, given.uprn, state, given.name_index, contacts, vouched=state == CURRENT)
        person = Person(values, known, is_new=True)
        self.people.append(person)
        return person

    def change(self, person: Person, **values: Any) -> None:
        """Set columns of a resident; `state`, `uprn` and `name_index` are kept in step with what matching sees."""
        person.values |= values
        person.is_changed = True
        known = person.known
        known.state, known.uprn, known.name = (
            person.values[name] for name in ("state", "uprn", "name_index")
        )
        if not any(one is person for one in self.people):
            self.people.append(person)

    def add_contacts(self, person: Person, given: Given, confirmed_at: datetime | None) -> None:
        """Keep the contacts that the person has not got yet."""
        for kind, text, indexes in given.contacts:
            held = person.known.contacts.setdefault(kind, set())
            if held.isdisjoint(indexes):
                held.add(indexes[-1])
                key = self.service.new_uuid()
                self.contacts.append(
                    {
                        "id": key,
                        "resident_id": person.known.resident_id,
                        "kind": kind,
                        "value_sealed": seal_contact(self.service.vault, key, text),
                        "index": indexes[-1],
                        "confirmed_at": confirmed_at,
                    }
                )

    def add_consents(self, person: Person, marks: list[ConsentMark], received_at: datetime) -> None:
        """Keep consents given, refused or withdrawn."""
        person.marks += marks
        self.consents += [
            {
                "id": mark.id,
                "resident_id": person.known.resident_id,
                "purpose": mark.purpose,
                "given": mark.given,
                "wording": mark.wording,
                "how": mark.how,
                "at": mark.at,
                "proved_at": mark.proved_at,
                "received_at": received_at,
            }
            for mark in marks
        ]

    def write(self, session: Session) -> None:
        """Write everything gathered."""
        insert_rows(session, Resident, [one.values for one in self.people if one.is_new])
        changed = [one.values for one in self.people if one.is_changed and not one.is_new]
        for values in changed:
            values["version"] += 1
        if changed:
            session.execute(_CHANGE, [{f"_{name}": value for name, value in one.items()} for one in changed])
        insert_rows(session, Contact, self.contacts)
        insert_rows(session, Consent, self.consents)
        insert_rows(session, Registration, self.registrations)
        if self.decided:
            session.execute(update(Registration), self.decided)  # by hand of a supervisor: rare


def state_of(person: Person) -> str:
    """The state of a registered person after their consents: current, or opted out."""
    return OPTED_OUT if has_opted_out(person.marks) else CURRENT


def mark_fact(service: Service, person_id: str, uprn: str, state: str, at: datetime) -> NewFact:
    """The registration mark that fieldwork keeps of a resident at a house: a reference and a state, nothing more."""
    return NewFact(
        id=service.new_uuid(),
        uprn=uprn,
        kind="registration",
        recorded_at=at,
        corrected_at=at,
        received_at=service.clock.now(),
        body={"resident": person_id, "state": ERASED if state == MERGED else state},
    )


_resident = table_of(Resident)
_CHANGE = (
    update(_resident)
    .where(_resident.c.id == bindparam("_id"))
    .values({column: bindparam(f"_{column.name}") for column in _resident.c if column.name != "id"})
)
