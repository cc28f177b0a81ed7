"""Two worlds side by side: a ward that some principals were granted, and everything else, with a street across both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.app import create_app
from server.base.access import Principal
from server.base.service import Service
from server.engagement.publish import NewFeedback, publish
from server.exchange.tables import HeldEvent
from server.fieldwork.archive import archive
from server.fieldwork.tables import Hazard, PremisesNote
from server.residents.links import PREFERENCES, make_link
from server.residents.tables import Registration, Resident
from server.surveys.questionnaires import ensure_default
from server.targeting.rank import rank
from sync import consents as wordings
from sync.events import (
    AddressNote,
    AnswersRecord,
    ConsentRecord,
    EventBody,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from tests.factories.devices import Phone, create_device
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    EAST,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_campaign,
    create_force,
    create_officer,
    create_supervisor,
    uprn,
    uprns,
)
from tests.factories.staff import create_account

ROLES = ("officer", "coordinator", "supervisor", "analyst")
SOUTHERN = [
    uprn(CROSSING_STREET, number) for number in range(4, 9)
]  # the far part of the street that crosses
OUTSIDE = [*SOUTHERN, *uprns(COAST_STREET)]


@dataclass
class Wards:
    """Ids of what lies outside NORTH, by what it is. `inside` is what those of NORTH do see."""

    service: Service
    app: Flask
    chief: Principal
    north: Principal
    both: int  # a campaign over both wards of HULL
    officer_a: int
    list_a: int
    phone_a: Phone
    ids: dict[str, Any] = field(default_factory=dict)
    inside: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens(self) -> list[str]:
        """Texts that no answer to somebody of NORTH may hold."""
        found = [*OUTSIDE, COAST_STREET, *(str(one) for one in self.ids["texts"])]
        addresses = [f"{number} STREET {CROSSING_STREET}" for number in range(4, 9)]
        return found + addresses


def create_wards(service: Service) -> Wards:
    """The force, a campaign over both wards, what NORTH has of its own; nothing has happened outside yet."""
    create_force(service)
    ensure_default(service)
    chief, north = create_supervisor(service), create_supervisor(service, NORTH)
    both = activate(service, chief, areas=[HULL])
    officer = create_officer(service, NORTH)
    held = allocate(service, north, both, officer, LONG_STREET)
    app = create_app(service)
    made = Wards(service, app, chief, north, both, officer, held, create_device(service, officer))
    for role in ROLES:
        create_account(service, f"{role}.north", role, areas=[NORTH])
    create_account(service, "everything.force", *ROLES, "administrator", areas=[FORCE])
    made.inside = _knock(made, made.phone_a, both, held, uprn(LONG_STREET, 1), "Northern")
    rank(service)
    return made


def fill_outside(made: Wards) -> None:
    """Everything that there can be, outside NORTH: also on the far part of the street that crosses."""
    service = made.service
    south = create_supervisor(service, SOUTH)
    officer = create_account(service, "officer.coast", "officer", areas=[SOUTH, COAST])
    coast = activate(service, made.chief, areas=[COAST])
    draft = create_campaign(service, made.chief, areas=[SOUTH], purpose="Purpose of the south alone")
    by_street = activate(service, made.chief, usrns=[COAST_STREET])
    over = activate(service, made.chief, areas=[EAST])
    archive(service, made.chief, over)
    listed = allocate(service, made.chief, coast, officer, COAST_STREET)
    crossing = allocate(service, south, made.both, officer, CROSSING_STREET)
    phone = create_device(service, officer)
    told = _knock(made, phone, coast, listed, uprn(COAST_STREET, 1), "Coastal")
    told_south = _knock(made, phone, made.both, crossing, SOUTHERN[0], "Southern")
    strange = phone.record(_body(phone, coast, listed, uprn(COAST_STREET, 2), visit=VisitRecord("sang")))
    phone.exchange(strange)
    feedback = [_tell(made, usrn=COAST_STREET), _tell(made, ward_code=SOUTH)]
    rank(service)

    def read(session: Session) -> dict[str, Any]:
        return {"held": session.scalar(select(HeldEvent.id).where(HeldEvent.event_id == strange.id))}

    made.ids = service.db.read(read) | {
        "officer": officer,
        "campaign": coast,
        "draft": draft,
        "by_street": by_street,
        "archived": over,
        "worklist": listed,
        "crossing_list": crossing,
        "device": phone.id,
        "told_street": feedback[0],
        "told_ward": feedback[1],
        "coast": told,
        "south": told_south,
        "texts": [
            phone.id,
            strange.id,
            "Purpose of the south alone",
            "Told outside alone",
            *(text for one in (told, told_south) for text in one.values()),
        ],
    }


def _tell(made: Wards, **place: str) -> int:
    """Something told of a place, by the chief; its id."""
    on = made.service.clock.now().date()
    return publish(
        made.service, made.chief, NewFeedback("priority", "Told outside alone", "", on, **place)
    ).id


def _knock(made: Wards, phone: Phone, campaign: int, listed: int, house: str, word: str) -> dict[str, str]:
    """A visit with everything that can belong to it; the ids that came of it, and the texts."""
    person = RegistrationRecord(
        id=made.service.new_uuid(),
        name=f"{word} Person",
        consents=[ConsentRecord(one, wordings.CURRENT, True) for one in wordings.PURPOSES],  # type: ignore[arg-type]
        email=f"{word}@person.example".lower(),
        groups=[f"{word} residents' association"],
        demographics={"sex": "female"},
    )
    event = phone.record(
        _body(
            phone,
            campaign,
            listed,
            house,
            visit=VisitRecord("spoke", note=f"{word} note for whoever comes next"),
            registrations=[person],
            answers=AnswersRecord("doorstep", 1, {"concerns": ["litter"]}, registration=person.id),
            hazard=HazardRecord("dog", f"{word} hazard"),
            address_note=AddressNote("split", f"{word} address note"),
        )
    )
    (receipt,) = phone.exchange(event).receipts
    assert (receipt.status, receipt.reason) == ("applied", "")

    def read(session: Session) -> dict[str, str]:
        notes = select(PremisesNote.id).where(PremisesNote.uprn == house, PremisesNote.kind == "split")
        return {
            "uprn": house,
            "visit": event.id,
            "hazard": session.scalars(select(Hazard.id).where(Hazard.uprn == house)).one(),
            "note": session.scalars(notes).one(),
            "resident": session.scalars(select(Resident.id).where(Resident.uprn == house)).one(),
            "registration": session.scalars(select(Registration.id).where(Registration.uprn == house)).one(),
            "name": person.name,
            "email": str(person.email),
            "hazard_text": f"{word} hazard",
            "note_text": f"{word} note for whoever comes next",
            "address_note": f"{word} address note",
        }

    found = made.service.db.read(read)
    return found | {"link": make_link(made.service, PREFERENCES, found["resident"])}


def _body(phone: Phone, campaign: int, listed: int, house: str, **parts: Any) -> EventBody:
    return EventBody(house, campaign, listed, EventClock(phone.now()), **parts)
