"""A force to knock in: two districts, three wards, streets with houses (one street crosses wards), campaigns, lists."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base.access import EVERYWHERE, Principal
from server.base.db import insert_many
from server.base.service import Service
from server.fieldwork import activate as activating
from server.fieldwork import allocate as allocating
from server.fieldwork.campaigns import CampaignPlan
from server.fieldwork.campaigns import create_campaign as make_campaign
from server.fieldwork.checks import CHECKS
from server.fieldwork.facts import NewFact, Recorded, lock_premises, record_facts
from server.fieldwork.seed import seed
from server.fieldwork.tables import Coverage, StreetCoverage, WardCoverage
from server.geography.tables import Area, Premises, Street
from server.staff.roles import SUPERVISOR
from sync.fold import COUNTERS
from sync.worklist import HouseState, Policy
from tests.factories.staff import create_account

FORCE, HULL, EAST = "E23000012", "E06000010", "E06000011"
NORTH, SOUTH, COAST = "E05011523", "E05011538", "E05013000"  # wards: two in HULL, one in EAST
LONG_STREET, SHORT_STREET, CROSSING_STREET, COAST_STREET = "90000001", "90000002", "90000003", "90000004"
STREETS = {  # street → how many houses in which ward
    LONG_STREET: ((NORTH, 12),),
    SHORT_STREET: ((NORTH, 4),),
    CROSSING_STREET: ((NORTH, 3), (SOUTH, 5)),
    COAST_STREET: ((COAST, 6),),
}
PATHS = {
    FORCE: f"/{FORCE}/",
    HULL: f"/{FORCE}/{HULL}/",
    EAST: f"/{FORCE}/{EAST}/",
    NORTH: f"/{FORCE}/{HULL}/{NORTH}/",
    SOUTH: f"/{FORCE}/{HULL}/{SOUTH}/",
    COAST: f"/{FORCE}/{EAST}/{COAST}/",
}
_numbers = itertools.count(1)


def uprn(usrn: str, number: int) -> str:
    """The UPRN of a house, by street and number (1…)."""
    return f"{int(usrn) - 90000000}{number:05d}"


def uprns(usrn: str) -> list[str]:
    """The UPRNs of a street's houses, by number."""
    return [uprn(usrn, number + 1) for number in range(sum(many for _, many in STREETS[usrn]))]


def create_force(service: Service) -> None:
    """The areas, streets and houses above, each house with its coverage row."""

    def work(session: Session) -> None:
        insert_many(
            session,
            Area,
            [
                {
                    "code": code,
                    "kind": ("force", "district", "ward")[path.count("/") - 2],
                    "name": f"Area {code}",
                    "parent_code": path.strip("/").split("/")[-2] if code != FORCE else None,
                    "path": path,
                }
                for code, path in PATHS.items()
            ],
        )
        for place, (usrn, parts) in enumerate(STREETS.items()):
            session.execute(insert(Street).values(usrn=usrn, name=f"STREET {usrn}", locality="", town="HULL"))
            wards = [ward for ward, many in parts for _ in range(many)]
            for number, ward in enumerate(wards, 1):
                session.execute(insert(Premises).values(house(usrn, number, ward, place)))
        seed(session, service)

    service.db.transact(work)


def house(usrn: str, number: int, ward: str, place: int = 0) -> dict[str, Any]:
    """A row of Premises: a terraced house, ten metres from the next."""
    return {
        "uprn": uprn(usrn, number),
        "usrn": usrn,
        "ward_code": ward,
        "district_code": PATHS[ward].split("/")[2],
        "address": f"{number} STREET {usrn}, HULL, HU6 7AA",
        "number": number,
        "number_text": str(number),
        "sub_building": "",
        "building": "",
        "postcode": "HU6 7AA",
        "classification": "RD04",
        "residential": True,
        "status": "live",
        "lon": -0.36 + number * 0.00015,
        "lat": 53.77 + place * 0.002,
        "digest": "",
    }


def create_supervisor(service: Service, *areas: str) -> Principal:
    """A supervisor (who may also all that a coordinator may) of these areas, by default of the whole force."""
    account_id = create_account(
        service, f"sam{next(_numbers)}.example", "supervisor", areas=areas or (FORCE,)
    )
    paths = tuple(PATHS[code] for code in areas) or (EVERYWHERE,)
    return Principal(f"account:{account_id}", account_id, "Sam", frozenset({"supervisor"}), SUPERVISOR, paths)


def create_officer(service: Service, *areas: str) -> int:
    """An officer's account with these areas, by default the whole force; its id."""
    return create_account(service, f"pat{next(_numbers)}.example", "officer", areas=areas or (FORCE,))


def create_campaign(
    service: Service,
    principal: Principal,
    *,
    areas: Sequence[str] = (),
    usrns: Sequence[str] = (),
    chosen: Sequence[str] = (),
    policy: Policy | None = None,
    **members: Any,
) -> int:
    """A draft of these areas, streets and chosen houses (by default the force), from today for four weeks; its id."""
    today = service.clock.now().date()
    members = {"starts_on": today, "ends_on": today + timedelta(days=28)} | members
    plan = CampaignPlan(
        f"Campaign {next(_numbers)}",
        areas=tuple(areas) or (() if usrns or chosen else (FORCE,)),
        usrns=tuple(usrns),
        uprns=tuple(chosen),
        policy=policy or Policy(),
        **members,
    )
    return make_campaign(service, principal, plan)


def activate(service: Service, principal: Principal, **members: Any) -> int:
    """An active campaign, made as by `create_campaign`; its id."""
    campaign_id = create_campaign(service, principal, **members)
    activating.activate(service, principal, campaign_id)
    return campaign_id


def allocate(
    service: Service, principal: Principal, campaign_id: int, officer: int, *usrns: str, **options: Any
) -> int:
    """The one list that these streets make for an officer; its id."""
    (made,) = allocating.allocate(
        service, principal, campaign_id, officers=[officer], usrns=list(usrns), **options
    )
    return made.worklist_id


def visit(
    service: Service, house: str, outcome: str = "no_reply", *, campaign_id: int = 0, **members: Any
) -> NewFact:
    """A visit that was made now; `members` are NewFact's (`at` sets all three times)."""
    at: datetime = members.pop("at", service.clock.now())
    usual: dict[str, Any] = {"id": service.new_uuid(), "kind": "visit", "outcome": outcome}
    usual |= {"recorded_at": at, "corrected_at": at, "received_at": at, "campaign_id": campaign_id}
    return NewFact(uprn=house, **(usual | members))


def fact(service: Service, house: str, kind: str, **members: Any) -> NewFact:
    """A fact of another kind, of now; `members` are NewFact's (`at` sets all three times)."""
    return visit(service, house, **({"kind": kind, "outcome": ""} | members))


def record(service: Service, *facts: NewFact, also_changed: Sequence[str] = ()) -> Recorded:
    """Lock and record, as the exchange does."""

    def work(session: Session) -> Recorded:
        lock_premises(session, {one.uprn for one in facts} | set(also_changed))
        return record_facts(session, service, facts, also_changed=also_changed)

    return service.db.transact(work)


def state_of(service: Service, house: str, campaign_id: int = 0) -> HouseState:
    """The stored coverage state of a house."""
    document = service.db.read(
        lambda session: session.scalar(
            select(Coverage.state).where(Coverage.uprn == house, Coverage.campaign_id == campaign_id)
        )
    )
    assert document is not None
    return msgspec.convert(document, HouseState)


def street_counters(service: Service, usrn: str, ward: str = NORTH, campaign_id: int = 0) -> dict[str, int]:
    """The stored counters of a street in a ward."""
    return _counters(
        service,
        StreetCoverage,
        StreetCoverage.usrn == usrn,
        StreetCoverage.ward_code == ward,
        StreetCoverage.campaign_id == campaign_id,
    )


def ward_counters(service: Service, ward: str, campaign_id: int = 0) -> dict[str, int]:
    """The stored counters of a ward."""
    return _counters(
        service, WardCoverage, WardCoverage.ward_code == ward, WardCoverage.campaign_id == campaign_id
    )


def findings(service: Service) -> list[str]:
    """What the room's checks find wrong."""
    return [finding for _, check in CHECKS for finding in check(service)]


def _counters(service: Service, table: Any, *conditions: Any) -> dict[str, int]:
    columns = [getattr(table, name) for name in COUNTERS]
    row = service.db.read(lambda session: session.execute(select(*columns).where(*conditions)).one())
    return dict(zip(COUNTERS, row, strict=True))


TODAY = date(2026, 3, 2)
