"""The practice instance's fortnight: a campaign, lists, visits with what belongs to them, and loose ends."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.engagement.publish import NewFeedback, publish
from server.engagement.tables import PRIORITY, SAID_DID
from server.fieldwork.activate import activate
from server.fieldwork.allocate import allocate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.facts import NewFact, lock_premises, record_facts
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import NewNote, add_notes
from server.fieldwork.tables import Worklist, WorklistHouse
from server.geography.tables import Area, Premises
from server.practice import people
from server.practice.doors import Knock, shift
from server.residents.register import NewRegistration, apply_registrations
from server.surveys.invites import schedule_first
from server.surveys.questionnaires import ensure_default
from sync import consents as wordings
from sync.events import ConsentRecord, RegistrationRecord

LISTS_HOUSES = 160
DOORS_A_SHIFT = 34
SHIFTS = 4  # by each officer
REGISTER = 0.45  # of those spoken with
HAZARDS = (
    ("dog", "Large dog loose behind the side gate; it came at the door."),
    ("threat", "Occupant shouted threats through the door; call in pairs."),
    ("structure", "The front steps are broken and there is no light."),
)
NOTES = (
    ("split", "Two bells: the house is two flats now, ground floor and first floor."),
    ("not_found", "The yard is there, the house behind it is not: demolished?"),
)


@dataclass(frozen=True)
class Walk:
    """A list as it is walked: whose, and its houses in walking order."""

    worklist_id: int
    account_id: int
    uprns: list[str]


def begin(service: Service, principal: Principal, officers: list[int], *, days: int) -> int:
    """An active campaign over the wards with houses, some of whose streets are on the officers' lists; its id."""
    wards = service.db.read(_wards)
    today = service.clock.now().astimezone(service.zone).date()
    plan = CampaignPlan(
        name="Safer homes, autumn",
        purpose="Get to know every household; hear what worries them; burglary advice.",
        starts_on=today,
        ends_on=today + timedelta(days=days + 28),
        areas=tuple(wards),
        questionnaire_id=ensure_default(service),
    )
    campaign = create_campaign(service, principal, plan)
    activate(service, principal, campaign)
    streets = service.db.read(lambda session: _streets(session, wards[0], len(officers) * LISTS_HOUSES))
    hours = (days + 5) * 24
    allocate(
        service, principal, campaign, officers=officers, usrns=streets, most_houses=LISTS_HOUSES, hours=hours
    )
    said = "Motorbikes on the footpath behind the houses, every evening."
    did = "Two barriers were put up, and three bikes were seized."
    publish(service, principal, NewFeedback(SAID_DID, said, did, today, ward_code=wards[0]))
    sheds = "Burglary of garages and sheds."
    publish(service, principal, NewFeedback(PRIORITY, sheds, "Patrols from 22:00.", today, usrn=streets[0]))
    return campaign


def knock(service: Service, campaign_id: int, days: int, dice: random.Random) -> None:
    """Each officer's shifts on days of the fortnight that is over, each shift in a transaction of its own."""
    today = service.clock.now().astimezone(service.zone).date()
    for officer, walk in enumerate(service.db.read(lambda session: _walks(session, campaign_id))):
        for number in range(SHIFTS):
            day = today - timedelta(days=days - 1 - 3 * number - officer % 3)
            uprns = walk.uprns[number * DOORS_A_SHIFT : (number + 1) * DOORS_A_SHIFT]
            again = dice.sample(walk.uprns[: number * DOORS_A_SHIFT], 8) if number else []
            knocks = shift(uprns + again, day, officer, service.zone, dice)
            _record(service, campaign_id, walk, knocks, dice)


def leave_to_do(service: Service, principal: Principal, campaign_id: int) -> None:
    """What waits for a decision: hazards, address notes, and a campaign that was not started yet."""
    walks = service.db.read(lambda session: _walks(session, campaign_id))
    now = service.clock.now()

    def work(session: Session) -> None:
        houses = [walk.uprns[3] for walk in walks[:3]], [walk.uprns[9] for walk in walks[:2]]
        lock_premises(session, houses[0] + houses[1])
        hazards = [
            NewHazard(service.new_uuid(), uprn, kind, text, None, walk.account_id, now - timedelta(days=1))
            for uprn, (kind, text), walk in zip(houses[0], HAZARDS, walks, strict=False)
        ]
        notes = [
            NewNote(service.new_uuid(), uprn, kind, text, None, walk.account_id, now - timedelta(days=2))
            for uprn, (kind, text), walk in zip(houses[1], NOTES, walks, strict=False)
        ]
        changed = report_hazards(session, service, hazards) | add_notes(session, service, notes)
        record_facts(session, service, [], also_changed=sorted(changed))

    service.db.transact(work)
    today = now.astimezone(service.zone).date()
    plan = CampaignPlan(
        name="Winter: houses not reached yet",
        purpose="For you to try: change it, look at its preview, start it.",
        starts_on=today + timedelta(days=1),
        ends_on=today + timedelta(days=40),
        areas=(service.db.read(_wards)[-1],),
        questionnaire_id=ensure_default(service),
    )
    create_campaign(service, principal, plan)


def _record(service: Service, campaign_id: int, walk: Walk, knocks: list[Knock], dice: random.Random) -> None:
    facts = [_fact(service, campaign_id, walk, one) for one in knocks]
    spoken = [one for one in knocks if one.outcome == "spoke" and dice.random() < REGISTER]
    new = [_registration(service, campaign_id, walk, one, dice) for one in spoken]

    def work(session: Session) -> None:
        lock_premises(session, [one.uprn for one in knocks])
        results = apply_registrations(session, service, new)
        at = {one.resident_id: made.at for made, one in zip(new, results, strict=True) if one.resident_id}
        schedule_first(session, service, at)
        marks = [one.mark for one in results if one.mark is not None]
        record_facts(session, service, facts + marks)

    service.db.transact(work)


def _fact(service: Service, campaign_id: int, walk: Walk, one: Knock) -> NewFact:
    received: datetime = one.at + timedelta(hours=2)
    return NewFact(
        id=service.new_uuid(),
        uprn=one.uprn,
        kind="visit",
        recorded_at=one.at,
        corrected_at=one.at,
        received_at=received,
        campaign_id=campaign_id,
        worklist_id=walk.worklist_id,
        outcome=one.outcome,
        account_id=walk.account_id,
        body=dict(one.body),
    )


def _registration(
    service: Service, campaign_id: int, walk: Walk, one: Knock, dice: random.Random
) -> NewRegistration:
    person: dict[str, Any] = people.resident(dice)
    agreed = {"messages": 0.9, "surveys": 0.75, "groups": 0.3}
    given = [
        ConsentRecord(purpose, wordings.CURRENT, dice.random() < share)  # type: ignore[arg-type]
        for purpose, share in agreed.items()
    ]
    record = RegistrationRecord(
        id=service.new_uuid(),
        name=person["name"],
        consents=given,
        email=person.get("email"),
        phone=person.get("phone"),
        groups=person.get("groups", []),
        interests=person.get("interests", []),
    )
    return NewRegistration(
        record,
        one.uprn,
        "door",
        one.at,
        one.at + timedelta(hours=2),
        campaign_id=campaign_id,
        account_id=walk.account_id,
        proved_at=one.at,
    )


def _wards(session: Session) -> list[str]:
    """The wards that have houses, the one with most first."""
    rows = session.execute(
        select(Premises.ward_code, func.count())
        .join(Area, Area.code == Premises.ward_code)
        .where(Premises.residential)
        .group_by(Premises.ward_code)
        .order_by(func.count().desc())
    )
    return [str(row[0]) for row in rows]


def _streets(session: Session, ward: str, houses: int) -> list[str]:
    """Streets of a ward by USRN until they have so many houses together; none that a list could not hold."""
    rows = session.execute(
        select(Premises.usrn, func.count())
        .where(Premises.ward_code == ward, Premises.residential, Premises.status == "live")
        .group_by(Premises.usrn)
        .having(func.count() <= LISTS_HOUSES)
        .order_by(Premises.usrn)
    )
    chosen, left = [], houses
    for usrn, many in rows:
        if many <= left:
            chosen.append(usrn)
            left -= many
    return chosen


def _walks(session: Session, campaign_id: int) -> list[Walk]:
    rows = session.execute(
        select(Worklist.id, Worklist.account_id, WorklistHouse.uprn)
        .join(WorklistHouse, WorklistHouse.worklist_id == Worklist.id)
        .where(Worklist.campaign_id == campaign_id)
        .order_by(Worklist.id, WorklistHouse.place)
    )
    walks: dict[int, list[str]] = defaultdict(list)
    owners: dict[int, int] = {}
    for worklist_id, account_id, uprn in rows:
        walks[worklist_id].append(uprn)
        owners[worklist_id] = account_id
    return [
        Walk(key, owners[key], uprns)
        for key, uprns in walks.items()
        if len(uprns) > SHIFTS * DOORS_A_SHIFT // 2
    ]
