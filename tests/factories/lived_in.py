"""A street where things have happened: every state that a house can be in, flats, names, hazards, news. All made up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.engagement.publish import NewFeedback, publish
from server.engagement.tables import PRIORITY, SAID_DID
from server.fieldwork.activate import activate
from server.fieldwork.allocate import allocate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import NewNote, add_notes
from server.fieldwork.seed import seed
from server.geography.tables import Premises, Street
from server.surveys.questionnaires import ensure_default
from sync.worklist import Policy
from tests.factories import fieldwork
from tests.factories.exchange import DISTRICT, WARD, Field

USRN, NAME = "20000009", "Maiden Garth"
CAMPAIGN = "Safer homes, Beverley Road and the avenues"
POSTCODE = "HU5 2XQ"
BLOCK = "30000100"  # the building that the flats stand in
HOUSES = 14
FLATS = 4
ROSE_COTTAGE, LONG_NAME = "30000020", "30000021"

# what happened at which number, how many days ago
VISITS: dict[int, tuple[str, int, dict[str, Any]]] = {
    2: ("spoke", 2, {}),
    3: ("no_reply", 2, {}),
    4: ("do_not_call", 3, {}),
    5: ("callback", 3, {"callback_slot": "morning"}),
    6: ("language", 2, {"language": "pl"}),
    7: ("not_interested", 2, {}),
    8: ("no_reply_card", 0, {}),
    10: ("vacant", 4, {}),
    11: ("unsafe", 5, {}),
}
REGISTERED = 9
OVERRIDDEN = 7


def uprn(number: int) -> str:
    """The UPRN of the house with this number."""
    return f"300000{number:02d}"


def flat(number: int) -> str:
    """The UPRN of a flat of Lantern Court."""
    return f"{int(BLOCK) + number}"


def create_lived_in_street(field: Field, officer: int = 0) -> int:
    """The street in a campaign of its own, as one list for an officer of the field; the list's id."""
    service, supervisor = field.service, field.supervisor
    today = service.clock.now().date()
    service.db.transact(_lay_out)
    service.db.transact(lambda session: seed(session, service, [USRN]))
    plan = CampaignPlan(
        name=CAMPAIGN,
        starts_on=today,
        ends_on=today + timedelta(days=40),
        usrns=(USRN,),
        policy=Policy(),
        questionnaire_id=ensure_default(service),
    )
    campaign = create_campaign(service, supervisor, plan)
    activate(service, supervisor, campaign)
    _tell(field)
    _happen(field, campaign)
    (made,) = allocate(service, supervisor, campaign, officers=[field.officers[officer]], usrns=[USRN])
    return made.worklist_id


def _happen(field: Field, campaign: int) -> None:
    service = field.service
    now = service.clock.now()
    yesterday = (now.astimezone(service.zone) - timedelta(days=1)).date().isoformat()
    facts = [
        fieldwork.visit(
            service,
            uprn(number),
            outcome,
            campaign_id=campaign,
            at=now - timedelta(days=days, minutes=number),
            body=body | ({"callback_date": yesterday} if outcome == "callback" else {}),
        )
        for number, (outcome, days, body) in VISITS.items()
    ]
    registration = {"resident": service.new_uuid(), "state": "current"}
    facts.append(fieldwork.fact(service, uprn(REGISTERED), "registration", body=registration))
    override = {"revisit": True, "reason": "resident_asked"}
    facts.append(fieldwork.fact(service, uprn(OVERRIDDEN), "override", campaign_id=campaign, body=override))

    def work(session: Session) -> None:
        lock_premises(session, {fact.uprn for fact in facts} | {flat(1), uprn(1), uprn(12)})
        hazards = report_hazards(session, service, _hazards(service, now))
        notes = add_notes(session, service, _notes(service, now))
        record_facts(session, service, facts, also_changed=sorted(hazards | notes))

    service.db.transact(work)


def _hazards(service: Any, now: datetime) -> list[NewHazard]:
    return [
        NewHazard(service.new_uuid(), uprn(1), "dog", "Large and loose behind the gate.", None, None, now),
        NewHazard(service.new_uuid(), uprn(12), "building", "The top step is broken.", None, None, now),
    ]


def _notes(service: Any, now: datetime) -> list[NewNote]:
    return [
        NewNote(
            service.new_uuid(), flat(1), "visit", "Entry by the yard, bell 3 is dead: knock.", None, None, now
        ),
    ]


def _tell(field: Field) -> None:
    service, supervisor = field.service, field.supervisor
    today = service.clock.now().date()
    for kind, said, did, days in (
        (
            SAID_DID,
            "Motorbikes on the footpath behind the houses, every evening.",
            "Two barriers were put up in October, and three bikes were seized.",
            20,
        ),
        (SAID_DID, "The lamp at the corner has been out for weeks.", "The council mended it.", 60),
        (
            PRIORITY,
            "Burglary of garages and sheds.",
            "Patrols from 22:00; free shed alarms for those who ask.",
            9,
        ),
    ):
        publish(
            service,
            supervisor,
            NewFeedback(kind=kind, said=said, did=did, on=today - timedelta(days=days), usrn=USRN),
        )


def _lay_out(session: Session) -> None:
    session.execute(insert(Street).values(usrn=USRN, name=NAME, locality="", town="HULL"))
    rows = [_house(uprn(number), number) for number in range(1, HOUSES + 1)]
    rows.append(_house(BLOCK, 16, building="Lantern Court", residential=False))
    rows += [
        _house(flat(n), 16, building="Lantern Court", sub_building=f"Flat {n}", parent_uprn=BLOCK)
        for n in range(1, FLATS + 1)
    ]
    rows.append(_house(ROSE_COTTAGE, None, building="Rose Cottage", place=18))
    rows.append(
        _house(
            LONG_NAME,
            None,
            sub_building="Ground Floor Rear",
            building="The Old Wesleyan Methodist Sunday School House",
            place=20,
        )
    )
    session.execute(insert(Premises), rows)


def _house(key: str, number: int | None, *, place: int | None = None, **parts: Any) -> dict[str, Any]:
    along = number or place or 0
    named = [str(parts.get(name, "")) for name in ("sub_building", "building")]
    road = f"{number} {NAME}" if number else NAME
    return {
        "uprn": key,
        "usrn": USRN,
        "ward_code": WARD,
        "district_code": DISTRICT,
        "parent_uprn": None,
        "address": ", ".join([*filter(None, named), road, "Hull", POSTCODE]),
        "number": number,
        "number_text": "" if number is None else str(number),
        "sub_building": "",
        "building": "",
        "postcode": POSTCODE,
        "classification": "RD04",
        "residential": True,
        "status": "live",
        "lon": -0.352 + 0.00011 * along + (0.00003 if along % 2 else 0.0),
        "lat": 53.765 + 0.00004 * along + (0.00012 if along % 2 else 0.0),
        "digest": key,
    } | parts
