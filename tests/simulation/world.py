"""A small force: two wards, four streets (one in both wards), some twenty houses, two campaigns, a few officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.db import insert_many
from server.base.keyring import KeyRing
from server.base.service import Service
from server.base.settings import Settings
from server.base.vault import Vault
from server.fieldwork.activate import activate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.seed import seed
from server.geography.tables import Area, Premises, Street
from server.surveys.questionnaires import ensure_default
from tests.factories.staff import create_account, principal_for
from tests.simulation.databases import MortalDatabase

FORCE, DISTRICT, WARDS = "E23000012", "E06000010", ("E05000001", "E05000002")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LAST_DAY = date(2026, 3, 20)
STREETS = ("10000001", "10000002", "10000003", "10000004")
BOTH_WARDS = STREETS[1]


@dataclass(frozen=True)
class House:
    """One house and where it stands."""

    uprn: str
    usrn: str
    ward: str


@dataclass
class World:
    """The service, its people and its places."""

    service: Service
    clock: SetClock
    houses: list[House]
    supervisor: Principal
    officers: list[int]
    campaigns: dict[int, tuple[str, ...]]

    def covers(self, campaign: int, house: House) -> bool:
        """True where a house belongs to a campaign (0: all)."""
        return campaign == 0 or house.usrn in self.campaigns[campaign]


def make_world(database: MortalDatabase, home: Path, keys: KeyRing, random: Random) -> World:
    """A service on an empty database, with everything that officers need to begin."""
    clock = SetClock(START)
    settings = Settings(home=home, database_url=database.url, second_factor="offered")
    keys.save(settings.keyring_path)
    service = Service(settings, database, keys, Vault(keys), clock, Random(random.random()))
    houses = _make_places(service, random)
    boss = create_account(service, "supervisor.sim", "supervisor", areas=[FORCE])
    supervisor = principal_for(service, boss)
    officers = [
        create_account(service, f"officer{number}.sim", "officer", areas=[FORCE])
        for number in range(random.randint(2, 3))
    ]
    questionnaire = ensure_default(service)
    campaigns = {}
    for name, usrns in (("Everywhere", STREETS), ("Two streets", STREETS[1:3])):
        plan = CampaignPlan(
            name=name,
            starts_on=START.date(),
            ends_on=LAST_DAY,
            usrns=usrns,
            questionnaire_id=questionnaire,
        )
        number = create_campaign(service, supervisor, plan)
        activate(service, supervisor, number)
        campaigns[number] = usrns
    return World(service, clock, houses, supervisor, officers, campaigns)


def _make_places(service: Service, random: Random) -> list[House]:
    houses: list[House] = []
    for place, usrn in enumerate(STREETS):
        for number in range(random.randint(3, 6)):
            ward = WARDS[number % 2] if usrn == BOTH_WARDS else WARDS[place % 2]
            houses.append(House(f"10000000{place}{number:03d}", usrn, ward))
    areas = [
        (FORCE, "force", None, f"/{FORCE}/"),
        (DISTRICT, "district", FORCE, f"/{FORCE}/{DISTRICT}/"),
        *((ward, "ward", DISTRICT, f"/{FORCE}/{DISTRICT}/{ward}/") for ward in WARDS),
    ]

    def work(session: Session) -> None:
        for code, kind, parent, path in areas:
            session.execute(
                insert(Area).values(code=code, kind=kind, name=code, parent_code=parent, path=path)
            )
        insert_many(
            session,
            Street,
            [{"usrn": usrn, "name": f"Street {usrn}", "locality": "", "town": "HULL"} for usrn in STREETS],
        )
        insert_many(session, Premises, [_row(house) for house in houses])
        seed(session, service)

    service.db.transact(work)
    return houses


def _row(house: House) -> dict[str, Any]:
    number = int(house.uprn[-3:]) + 1
    return {
        "uprn": house.uprn,
        "usrn": house.usrn,
        "ward_code": house.ward,
        "district_code": DISTRICT,
        "address": f"{number} Street {house.usrn}, Hull",
        "number": number,
        "number_text": str(number),
        "sub_building": "",
        "building": "",
        "postcode": "HU6 7AB",
        "classification": "RD04",
        "residential": True,
        "status": "live",
        "lon": -0.36 + number / 10_000,
        "lat": 53.77 + int(house.usrn[-1]) / 1_000,
        "digest": house.uprn,
    }
