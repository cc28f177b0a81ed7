"""Registers people, from the door or by themselves: a batch at a time, each act of registering once for ever.

A person who registers again is the same resident (server/residents/matching.py). A consent beats a withdrawal or an
erasure only where it is provably later: after a withdrawal the registration is held for a supervisor, after an erasure
it is dropped, so that a phone that comes late brings nobody back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.clock import from_milliseconds
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.facts import NewFact
from server.residents.consents import ConsentMark, is_later, refused_since
from server.residents.known import (
    Given,
    Person,
    Replay,
    find_people,
    given_by,
    oldest_first,
    read_erasures,
    read_replays,
    sought_by,
)
from server.residents.lock import lock_people
from server.residents.matching import is_bound, is_same_person
from server.residents.sealed import Detail, merged_detail, open_detail, seal_detail, seal_name
from server.residents.tables import Registration, Resident
from server.residents.writing import CURRENT, ERASED, OPTED_OUT, UNCONFIRMED, Changes, mark_fact, state_of
from sync import consents as wordings
from sync.events import EventClock, RegistrationRecord

DOOR = "door"
APPLIED, HELD = "applied", "held"
WITHDRAWN_PERSON, UNKNOWN_WORDING = "withdrawn_person", "unknown_wording"  # codes of sync.receipts


@dataclass(frozen=True)
class NewRegistration:
    """One act of registering. how: door | self | qr. `at` is corrected time.

    `proved_at`: the instant no earlier than which it was recorded; None proves nothing. What a resident does on our own
    pages is proved by our own clock. `confirmed`: an officer was there; else the person's contact is yet to confirm.
    `decided`: a supervisor says that this consent stands over a withdrawal.
    """

    record: RegistrationRecord
    uprn: str
    how: str
    at: datetime
    received_at: datetime
    campaign_id: int | None = None
    account_id: int | None = None
    event_id: str | None = None
    confirmed: bool = True
    proved_at: datetime | None = None
    decided: bool = False
    device_id: str | None = None

    @property
    def proof(self) -> datetime | None:
        """The instant no earlier than which it was surely recorded, or None."""
        return self.at if self.how != DOOR else self.proved_at


@dataclass(frozen=True)
class RegistrationResult:
    """What became of a registration: its resident; or why it is `held`; or that the person was `erased` since.

    `mark` is the fact to record, None where nothing changed (held, erased, or applied before).
    """

    id: str
    resident_id: str | None
    held: str = ""
    erased: bool = False
    mark: NewFact | None = None


def proved_at(clock: EventClock, corrected_at: datetime) -> datetime | None:
    """The instant no earlier than which an event was surely recorded, by the clocks sealed in it (DESIGN section 5).

    Ticks count from the last service time that the device saw, so with them the corrected time is certain; without
    them only that service time is; a device that never saw one proves nothing.
    """
    if clock.service_seen is None:
        return None
    return corrected_at if clock.ticks is not None else from_milliseconds(clock.service_seen)


def apply_registrations(
    session: Session, service: Service, registrations: Sequence[NewRegistration]
) -> list[RegistrationResult]:
    """Register these people; the results in the order given. The caller records the marks (`record_facts`).

    Precondition: `lock_premises` was called for the houses, which exist. The number of statements does not depend on
    how many there are. The same registration again gives the same result, without a mark.
    """
    if not registrations:
        return []
    given = {new.record.id: given_by(service, new.record, new.uprn) for new in registrations}
    lock_people(session, [index for one in given.values() for index in one.newest])
    everything = set().union(*(one.all for one in given.values()))
    batch = _Batch(
        service,
        read_replays(session, list(given)),
        read_erasures(session, everything),
        find_people(session, everything),
    )
    results = {}
    for new in sorted(registrations, key=lambda new: (new.at, new.record.id)):
        if new.record.id not in results:
            results[new.record.id] = batch.apply(new, given[new.record.id])
    batch.changes.write(session)
    return [results[new.record.id] for new in registrations]


def resident_of_registration(session: Session, registration_ids: Collection[str]) -> dict[str, str]:
    """Registration id → resident id, for registrations that were applied and whose person is not erased."""
    if not registration_ids:
        return {}
    rows = session.execute(
        select(Registration.id, Registration.resident_id)
        .join(Resident, Resident.id == Registration.resident_id)
        .where(
            among(Registration.id, registration_ids),
            Registration.state == APPLIED,
            Resident.state != ERASED,
        )
    )
    return {row.id: row.resident_id for row in rows}


class _Batch:
    """Applies registrations one after the other, in order of time, to what was read once; writes nothing itself."""

    def __init__(
        self,
        service: Service,
        replays: dict[str, Replay],
        erasures: dict[bytes, datetime],
        people: list[Person],
    ) -> None:
        self.service = service
        self.replays = replays
        self.erasures = erasures
        self.people = people
        self.changes = Changes(service)

    def apply(self, new: NewRegistration, given: Given) -> RegistrationResult:
        """What becomes of one registration."""
        replay = self.replays.get(new.record.id)
        if replay is not None and not (replay.state == HELD and new.decided):
            held = WITHDRAWN_PERSON if replay.state == HELD else ""
            erased = replay.resident_state == ERASED
            return RegistrationResult(new.record.id, replay.resident_id, "" if erased else held, erased)
        if wordings.problems(new.record.consents):
            return RegistrationResult(new.record.id, None, UNKNOWN_WORDING)
        erased_at = max((self.erasures[index] for index in given.all & self.erasures.keys()), default=None)
        if not is_later(new.proof, erased_at):
            return RegistrationResult(new.record.id, None, erased=True)
        if not new.confirmed:
            return self._wait_for_contact(new, given)
        sought = sought_by(self.service, given, {one.known.uprn for one in self.people})
        against = self._withdrawn(new, [one for one in self.people if is_bound(sought, one.known)])
        if against is not None and not new.decided and not is_later(new.proof, against[0]):
            self._keep_registration(new, against[1], HELD)
            return RegistrationResult(new.record.id, against[1].known.resident_id, WITHDRAWN_PERSON)
        # A consent that a supervisor lets stand holds from that decision on, after the withdrawal that it overrules.
        at, proof = new.at, new.proof
        if against is not None and new.decided:
            at = proof = max(new.at, self.service.clock.now())
        at_home = (one for one in self.people if one.known.uprn == new.uprn)
        home = oldest_first(one for one in at_home if is_same_person(sought, one.known))
        person = home[0] if home else self._new_person(given, CURRENT, at)
        return self._register(person, new, given, at, proof)

    def _withdrawn(self, new: NewRegistration, bound: list[Person]) -> tuple[datetime, Person] | None:
        """The latest "no" that stands against it, and whose it is."""
        wanted = [consent.purpose for consent in new.record.consents if consent.given]
        found = []
        for person in bound:
            opted_out = person.known.state == OPTED_OUT
            at = refused_since(person.marks, wanted, opted_out=opted_out)
            if at is not None:
                found.append((at, person))
        return max(found, key=lambda pair: (pair[0], pair[1].known.resident_id), default=None)

    def _wait_for_contact(self, new: NewRegistration, given: Given) -> RegistrationResult:
        """Keep it apart until its contact confirms: whoever typed it may not touch what is there."""
        person = self.changes.new_person(given, UNCONFIRMED, new.at)
        return self._register(person, new, given, new.at, new.proof)

    def _new_person(self, given: Given, state: str, at: datetime) -> Person:
        person = self.changes.new_person(given, state, at)
        self.people.append(person)
        return person

    def _register(
        self, person: Person, new: NewRegistration, given: Given, at: datetime, proof: datetime | None
    ) -> RegistrationResult:
        record, changes = new.record, self.changes
        changes.add_contacts(person, given, at if new.confirmed else None)
        changes.add_consents(person, _marks(new, at, proof), new.received_at)
        self._keep_registration(new, person, APPLIED)
        is_newer = person.is_new or at >= person.values["changed_at"]
        resident_id = person.known.resident_id
        detail = self._detail(person, record, is_newer)
        values = {
            "state": UNCONFIRMED if not new.confirmed else state_of(person),
            "detail_sealed": seal_detail(self.service.vault, resident_id, detail),
            "registered_at": min(at, person.values["registered_at"]),
            "vouched": person.values["vouched"] or new.how == DOOR,
        }
        if is_newer:
            values |= {
                "name_sealed": seal_name(self.service.vault, resident_id, record.name),
                "name_index": given.name_index,
                "language": record.language or person.values["language"],
                "changed_at": at,
            }
        changes.change(person, **values)
        mark = replace(
            mark_fact(self.service, resident_id, person.known.uprn, person.known.state, at),
            id=record.id,
            account_id=new.account_id,
            device_id=new.device_id,
        )
        return RegistrationResult(record.id, resident_id, mark=mark)

    def _detail(self, person: Person, record: RegistrationRecord, is_newer: bool) -> Detail:
        said: Detail = {
            "demographics": dict(record.demographics or {}),
            "groups": list(record.groups),
            "interests": list(record.interests),
        }
        known = open_detail(self.service.vault, person.known.resident_id, person.values["detail_sealed"])
        return merged_detail(known, said) if is_newer else merged_detail(said, known)

    def _keep_registration(self, new: NewRegistration, person: Person, state: str) -> None:
        values = {
            "id": new.record.id,
            "resident_id": person.known.resident_id,
            "uprn": new.uprn,
            "how": new.how,
            "state": state,
            "campaign_id": new.campaign_id,
            "account_id": new.account_id,
            "event_id": new.event_id,
            "at": new.at,
            "received_at": new.received_at,
        }
        (self.changes.decided if new.record.id in self.replays else self.changes.registrations).append(values)


def _marks(new: NewRegistration, at: datetime, proof: datetime | None) -> list[ConsentMark]:
    return [
        ConsentMark(f"{new.record.id}/{one.purpose}", one.purpose, one.given, at, new.how, one.wording, proof)
        for one in new.record.consents
    ]
