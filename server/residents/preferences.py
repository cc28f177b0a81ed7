"""What a resident may change of their own at any time: consents per purpose, language, or to opt out of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.facts import NewFact
from server.residents.consents import ConsentMark, given
from server.residents.known import STANDING, load_people
from server.residents.links import not_ours
from server.residents.merge import resolve
from server.residents.tables import Resident
from server.residents.writing import Changes, mark_fact, state_of
from sync.consents import CURRENT as CURRENT_WORDING
from sync.consents import PURPOSES

LINK, STAFF = "link", "staff"


@dataclass(frozen=True)
class Preferences:
    """How things stand: state current | opted_out, language, and for each purpose whether it is consented to."""

    state: str
    language: str
    consents: dict[str, bool]


@dataclass(frozen=True)
class PreferenceChange:
    """What is to change: purposes to consent to or not, or `opt_out` of all; the language where it is given."""

    consents: Mapping[str, bool] = field(default_factory=dict)
    opt_out: bool = False
    language: str | None = None


@dataclass(frozen=True)
class Changed:
    """Whose preferences changed, how they stand now, and the mark to record where the state changed."""

    resident_id: str
    preferences: Preferences
    mark: NewFact | None


def house_to_lock(session: Session, resident_id: str) -> str:
    """The house of a registered resident (or of whom they were merged into). Problem("gone") where there is none."""
    uprn = session.scalar(
        select(Resident.uprn).where(
            Resident.id == resolve(session, resident_id), Resident.state.in_(STANDING)
        )
    )
    if uprn is None:
        raise not_ours()
    return uprn


def read_preferences(session: Session, resident_id: str) -> Preferences:
    """How a registered resident's preferences stand. Problem("gone") where they are not registered (any more)."""
    people = load_people(session, [resolve(session, resident_id)], lock=False)
    if not people:
        raise not_ours()
    return _preferences(people[0].known.state, people[0].values["language"], people[0].marks)


def change_preferences(
    session: Session, service: Service, resident_id: str, change: PreferenceChange, *, how: str, locked: str
) -> Changed | None:
    """Record what a resident says now. how: link (by themselves) | staff (on their word).

    Precondition: the street of the house `locked` is locked; None where the resident is at another house by now.
    Problem("gone") where they are not registered any more.
    """
    people = load_people(session, [resolve(session, resident_id)])
    if not people:
        raise not_ours()
    person, now = people[0], service.clock.now()
    if person.known.uprn != locked:
        return None
    before = person.known.state
    wanted = dict.fromkeys(PURPOSES, False) if change.opt_out else dict(change.consents)
    marks = [
        ConsentMark(service.new_uuid(), purpose, wanted[purpose], now, how, CURRENT_WORDING, now)
        for purpose in PURPOSES
        if purpose in wanted
    ]
    changes = Changes(service)
    changes.add_consents(person, marks, now)
    changes.change(
        person,
        state=state_of(person),
        language=change.language or person.values["language"],
        changed_at=max(now, person.values["changed_at"]),
    )
    changes.write(session)
    key, state = person.known.resident_id, person.known.state
    mark = mark_fact(service, key, person.known.uprn, state, now) if state != before else None
    return Changed(key, _preferences(state, person.values["language"], person.marks), mark)


def _preferences(state: str, language: str, marks: list[ConsentMark]) -> Preferences:
    yes = given(marks)
    return Preferences(state, language, {purpose: purpose in yes for purpose in PURPOSES})
