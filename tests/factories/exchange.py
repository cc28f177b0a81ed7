"""A field to knock in: two streets, a campaign, officers with lists and enrolled phones. All of it is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.activate import activate
from server.fieldwork.allocate import allocate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.seed import seed
from server.fieldwork.tables import Coverage, PremisesFact, StreetCoverage
from server.geography.tables import Area, Premises, Street
from server.surveys.questionnaires import ensure_default
from sync.events import EventClock
from sync.exchange import ExchangeReply, Receipt
from sync.fold import COUNTERS
from sync.worklist import Policy
from tests.factories.devices import Phone, create_device
from tests.factories.staff import create_account, create_principal_with_account

FORCE, DISTRICT, WARD, OTHER_WARD = "E23000012", "E06000010", "E05011523", "E05011538"
STREETS = ("20000001", "20000002")
HOUSES = 12  # on each street, unless a test wants more


def uprn(street: int, number: int) -> str:
    """The UPRN of a house by street (0, 1) and number (1…)."""
    return f"2000000{street + 1}{number:04d}"


@dataclass
class Field:
    """The service with its field. `phones` are by officer, in order; each officer holds one list."""

    service: Service
    supervisor: Principal
    officers: list[int]
    campaign: int
    phones: list[Phone]
    lists: list[int] = field(default_factory=list)

    def visit(self, phone: Phone, house: str, outcome: str = "no_reply", **members: Any) -> Any:
        """A chained visit of the phone's officer at a house, on the officer's own list."""
        return phone.visit(house, outcome, **(self.named(phone) | members))

    def named(self, phone: Phone) -> dict[str, int]:
        """The campaign and the list that the phone's events name."""
        place = self.phones.index(phone)
        return {"campaign": self.campaign, "worklist": self.lists[place]}

    def facts(self, house: str) -> list[PremisesFact]:
        """The facts of a house, by corrected time."""
        wanted = select(PremisesFact).where(PremisesFact.uprn == house)
        return self.service.db.read(
            lambda session: list(session.scalars(wanted.order_by(PremisesFact.corrected_at, PremisesFact.id)))
        )

    def coverage(self, house: str, campaign: int | None = None) -> Coverage:
        """The coverage row of a house in the campaign."""
        wanted = select(Coverage).where(
            Coverage.uprn == house, Coverage.campaign_id == (self.campaign if campaign is None else campaign)
        )
        return self.service.db.read(lambda session: session.scalars(wanted).one())

    def counters(self, usrn: str = STREETS[0]) -> dict[str, int]:
        """The campaign's counters of a street."""
        columns = [getattr(StreetCoverage, name) for name in COUNTERS]
        wanted = select(*columns).where(
            StreetCoverage.usrn == usrn, StreetCoverage.campaign_id == self.campaign
        )
        row = self.service.db.read(lambda session: session.execute(wanted).one())
        return dict(zip(COUNTERS, row, strict=True))

    def count(self, table: Any) -> int:
        """How many rows a table has."""
        return self.service.db.read(
            lambda session: session.scalar(select(func.count()).select_from(table)) or 0
        )

    def stored(self) -> tuple[int, int, int]:
        """How many identities, journal entries and held events there are."""
        return self.count(EventIdentity), self.count(JournalEntry), self.count(HeldEvent)

    def held(self) -> list[HeldEvent]:
        """The held events, in order."""
        return self.service.db.read(
            lambda session: list(session.scalars(select(HeldEvent).order_by(HeldEvent.id)))
        )


def create_field(
    service: Service, officers: int = 1, *, policy: Policy | None = None, houses: int = HOUSES
) -> Field:
    """Two streets in two wards; the first officer holds the first street, the second the second."""
    service.db.transact(lambda session: _lay_out(session, service, houses))
    survey = ensure_default(service)
    supervisor = create_principal_with_account(service, "sam.example", "supervisor", areas=[FORCE])
    accounts = [create_account(service, f"officer{n}.example", areas=[DISTRICT]) for n in range(officers)]
    today = service.clock.now().date()
    campaign = create_campaign(
        service,
        supervisor,
        CampaignPlan(
            name="Spring",
            starts_on=today,
            ends_on=today + timedelta(days=60),
            areas=(DISTRICT,),
            policy=policy or Policy(),
            questionnaire_id=survey,
        ),
    )
    activate(service, supervisor, campaign)
    made = Field(service, supervisor, accounts, campaign, [create_device(service, one) for one in accounts])
    made.lists = [
        allocate_street(made, account, STREETS[place % 2]) for place, account in enumerate(accounts[:2])
    ]
    return made


def allocate_street(made: Field, account: int, *usrns: str, most: int | None = None) -> int:
    """Give streets to an officer; the list's id."""
    lists = allocate(
        made.service, made.supervisor, made.campaign, officers=[account], usrns=list(usrns), most_houses=most
    )
    return lists[0].worklist_id


def at(phone: Phone, **parts: Any) -> EventClock:
    """The clocks of an event: by default the phone's own alone."""
    return EventClock(**({"recorded_at": phone.now()} | parts))


def statuses(reply: ExchangeReply) -> list[tuple[str, str]]:
    """(status, reason) of each receipt."""
    return [(receipt.status, receipt.reason) for receipt in reply.receipts]


def only(receipts: Sequence[Receipt]) -> Receipt:
    """The one receipt."""
    (receipt,) = receipts
    return receipt


def _lay_out(session: Session, service: Service, houses: int) -> None:
    below = f"/{FORCE}/{DISTRICT}/"
    areas = [
        (FORCE, "force", None, f"/{FORCE}/"),
        (DISTRICT, "district", FORCE, below),
        (WARD, "ward", DISTRICT, f"{below}{WARD}/"),
        (OTHER_WARD, "ward", DISTRICT, f"{below}{OTHER_WARD}/"),
    ]
    for code, kind, parent, path in areas:
        session.execute(insert(Area).values(code=code, kind=kind, name=code, parent_code=parent, path=path))
    for place, usrn in enumerate(STREETS):
        session.execute(
            insert(Street).values(usrn=usrn, name=f"Street {place + 1}", locality="", town="HULL")
        )
        session.execute(insert(Premises), [_house(place, usrn, number) for number in range(1, houses + 1)])
    seed(session, service)


def _house(place: int, usrn: str, number: int) -> dict[str, Any]:
    return {
        "uprn": uprn(place, number),
        "usrn": usrn,
        "ward_code": (WARD, OTHER_WARD)[place],
        "district_code": DISTRICT,
        "address": f"{number} Street {place + 1}, Hull, HU6 7AB",
        "number": number,
        "number_text": str(number),
        "sub_building": "",
        "building": "",
        "postcode": "HU6 7AB",
        "classification": "RD04",
        "residential": True,
        "status": "live",
        "lon": -0.36 + 0.0002 * number,
        "lat": 53.77 + 0.01 * place,
        "digest": uprn(place, number),
    }
