"""The field that is measured: one campaign over the whole force, officers with lists in the real area, their phones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import msgspec
from sqlalchemy import func, select

from benchmarks.force import FORCE
from demo.shift import ANSWER, ANSWERED, REGISTER, UNANSWERED
from server.base.access import SYSTEM, Principal
from server.base.service import Service
from server.devices.enrol import Signed
from server.devices.invite import make_code
from server.fieldwork.activate import activate
from server.fieldwork.allocate import allocate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.proposal_views import read_choices
from server.fieldwork.tables import StreetCoverage
from server.practice import people
from server.surveys.questionnaires import default_document, ensure_default
from sync import consents as wordings
from sync import keys
from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    ConsentRecord,
    Envelope,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from tests.factories.devices import Phone, UseCase
from tests.factories.staff import create_account, create_principal_with_account

FIRST_COPY_BELOW = "90010000"  # USRNs of the area itself, which is at every size
AT_HOME = 0.45  # chance that somebody answers: the middle of demo.shift.AT_HOME


@dataclass
class WiredPhone(Phone):
    """A phone that speaks HTTP to a served instance, each time over a connection of its own, as phones do."""

    url: str = ""
    account: int = 0

    def _send(self, use_case: UseCase, path: str, body: bytes, number: int) -> bytes:
        def post(_service: Service, *, headers: dict[str, str], **_: object) -> Signed:
            sent = headers | {"Content-Type": "application/json"}
            answer = httpx.post(self.url + path, headers=sent, content=body, timeout=60)
            answer.raise_for_status()
            return Signed(answer.content, dict(answer.headers))

        return super()._send(post, path, body, number)


@dataclass
class Campaigning:
    """An active campaign over the force, and the streets of the area that are still to be given out."""

    service: Service
    supervisor: Principal
    campaign: int
    free: dict[str, int]

    def officer(self, name: str) -> int:
        """A new officer's account."""
        return create_account(self.service, name, "officer", areas=[FORCE])

    def wards_up_to(self, houses: int) -> tuple[tuple[str, ...], int]:
        """Wards whose free houses are together as many as can be up to so many, the largest first; and how many."""
        chosen: list[str] = []
        together = 0
        wards = read_choices(self.service, self.supervisor, self.campaign).wards
        for ward in sorted(wards, key=lambda one: (-one.houses, one.code)):
            if ward.code and together + ward.houses <= houses:
                chosen.append(ward.code)
                together += ward.houses
        return tuple(chosen), together

    def streets_of(self, houses: int) -> list[str]:
        """Free streets with just so many houses together, which are taken; ValueError where no choice gives that."""
        chosen = choose(self.free, houses)
        self.free = {usrn: size for usrn, size in self.free.items() if usrn not in chosen}
        return chosen

    def give(self, account: int, usrns: Sequence[str], most_houses: int) -> int:
        """One list of these streets for an officer; its id."""
        made = allocate(
            self.service,
            self.supervisor,
            self.campaign,
            officers=[account],
            usrns=usrns,
            most_houses=most_houses,
        )
        return made[0].worklist_id

    def phone(self, account: int, url: str) -> WiredPhone:
        """A phone enrolled for an officer over HTTP; it holds no list yet."""
        phone = WiredPhone(self.service, self.service.new_uuid(), url=url, account=account)
        phone.enrol(make_code(self.service, SYSTEM, account).code)
        return phone


def plan_campaign(service: Service) -> tuple[Principal, int]:
    """A supervisor of the force, and the draft of a campaign over all of it."""
    supervisor = create_principal_with_account(service, "supervisor.bench", "supervisor", areas=[FORCE])
    today = service.clock.now().date()
    plan = CampaignPlan(
        name="Every door",
        starts_on=today,
        ends_on=today + timedelta(days=60),
        areas=(FORCE,),
        questionnaire_id=ensure_default(service),
    )
    return supervisor, create_campaign(service, supervisor, plan)


def start_campaign(service: Service, supervisor: Principal, campaign: int) -> Campaigning:
    """Make the draft active."""
    activate(service, supervisor, campaign)
    sizes = (
        select(StreetCoverage.usrn, func.sum(StreetCoverage.premises))
        .where(StreetCoverage.campaign_id == campaign, StreetCoverage.usrn < FIRST_COPY_BELOW)
        .group_by(StreetCoverage.usrn)
        .order_by(StreetCoverage.usrn)
    )
    rows = service.db.read(lambda session: session.execute(sizes).all())
    return Campaigning(service, supervisor, campaign, {row[0]: int(row[1]) for row in rows if row[1]})


def choose(sizes: dict[str, int], total: int) -> list[str]:
    """Streets whose houses add up to `total`. ValueError where there are none."""
    reached: dict[int, tuple[int, str]] = {0: (0, "")}
    for usrn, size in sizes.items():
        for before in sorted(reached, reverse=True):
            if before + size <= total and before + size not in reached:
                reached[before + size] = (before, usrn)
        if total in reached:
            break
    if total not in reached:
        raise ValueError(f"no streets here have {total} houses together")
    chosen = []
    while total:
        total, usrn = reached[total]
        chosen.append(usrn)
    return chosen


def visits(phone: Phone, campaign: int, dice: random.Random) -> Iterator[Envelope]:
    """A visit at each house of the phone's lists, sealed and chained, with what an officer's day brings."""
    for held in list(phone.lists.values()):
        for _, house in held.houses():
            yield _visit(phone, campaign, held.worklist, house.uprn, dice)


def _visit(phone: Phone, campaign: int, worklist: int, uprn: str, dice: random.Random) -> Envelope:
    now = phone.now()
    shares = ANSWERED if dice.random() < AT_HOME else UNANSWERED
    outcome = dice.choices(list(shares), list(shares.values()))[0]
    more: dict[str, Any] = {}
    visit: dict[str, Any] = {}
    if outcome == "callback":
        day = (phone.service.clock.now() + timedelta(days=2)).date()
        visit["callback"] = Callback(day.isoformat(), "evening")
    elif outcome == "language":
        visit["language"] = "pl"
    elif outcome == "no_access":
        visit["note"] = "Entry phone by the left-hand door; ring the last bell."
    elif outcome == "unsafe":
        more["hazard"] = HazardRecord("dog", "Large dog loose behind the side gate.")
    elif outcome in ("not_a_home", "not_found"):
        more["address_note"] = msgspec.convert({"kind": outcome}, AddressNote)
    elif outcome == "spoke":
        if dice.random() < REGISTER:
            more["registrations"] = [_person(dice)]
        if dice.random() < ANSWER:
            more["answers"] = _answers(dice)
    clock = EventClock(now, service_seen=now, ticks=0)
    body = phone.body(
        uprn,
        None,
        campaign=campaign,
        worklist=worklist,
        clock=clock,
        visit=VisitRecord(outcome, **visit),
        **more,
    )
    return phone.record(body)


def _person(dice: random.Random) -> RegistrationRecord:
    person = people.resident(dice)
    return RegistrationRecord(
        id=keys.new_id(),
        name=str(person["name"]),
        consents=[_consent(one, given=dice.random() < 0.8) for one in wordings.PURPOSES],
        email=str(person["email"]) if person.get("email") else None,
        phone=str(person["phone"]) if person.get("phone") else None,
        language=str(person["language"]),
    )


def _consent(purpose: str, *, given: bool) -> ConsentRecord:
    told = {"purpose": purpose, "wording": wordings.CURRENT, "given": given}
    return msgspec.convert(told, ConsentRecord)


def _answers(dice: random.Random) -> AnswersRecord:
    document = default_document()
    choices = {
        question["code"]: [dice.choice([one for one in question["choices"] if not one.get("alone")])["code"]]
        for question in document["questions"]
        if question.get("choices") and not question.get("show_if")
    }
    return AnswersRecord(document["code"], document["version"], choices)
