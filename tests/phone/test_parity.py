"""The phone and the Python client do the same day in the same streets, and the service cannot tell which was which."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from field_client.client import Client
from field_client.clock import DeviceClock
from field_client.lockbox import KeyCost
from field_client.store import Store
from field_client.transport import HttpTransport
from server.base.service import Service
from server.checks import check_all
from server.fieldwork.activate import activate
from server.fieldwork.allocate import allocate
from server.fieldwork.campaigns import CampaignPlan, create_campaign
from server.fieldwork.coverage import read_house
from server.fieldwork.hazards import find_hazards
from server.fieldwork.notes import find_notes
from server.fieldwork.tables import Coverage, PremisesFact, StreetCoverage, WardCoverage, Worklist
from server.residents.tables import Consent
from server.surveys.questionnaires import ensure_default
from server.surveys.tables import Answer, Response
from sync.enrolment import parse_code
from sync.fold import COUNTERS
from sync.worklist import Policy
from sync.worklist_codec import digest
from tests.factories.exchange import DISTRICT, HOUSES, STREETS, Field, uprn
from tests.factories.staff import create_account
from tests.phone.browser import PhoneBrowser
from tests.phone.day import ANSWERS, PURPOSES, ByHand, ByProgram, Day, plan_day
from tests.phone.ledger import expect_all_is_well
from tests.phone.officer import Officer
from tests.phone.place import Place

SEED = int(os.environ.get("DOORSTEP_PHONE_SEED", "7"))
PASSPHRASE = "three made up words"

# Without a gap no words hang on the minute of a visit, and the rule of another kind of slot shows: "try after 17:00".
POLICY = Policy(least_gap_hours=0)
TIMES = ("last_at", "contacted_at")


def until_tomorrow_afternoon() -> timedelta:
    """From now to one o'clock tomorrow: both then do their day in one kind of slot, at whatever time the test runs."""
    now = datetime.now(UTC)
    return datetime.combine(now.date() + timedelta(days=1), time(13), UTC) - now


@dataclass
class Side:
    """One campaign over both streets, with the one officer who holds them: by place among the field's officers."""

    field: Field
    campaign: int
    worklist: int
    number: int

    @property
    def account(self) -> int:
        """The officer's account."""
        return self.field.officers[self.number]

    def rows(self, table: Any) -> list[Any]:
        """The rows of a table that has a campaign, of this one."""
        wanted = select(table).where(table.campaign_id == self.campaign)
        return self.field.service.db.read(lambda session: list(session.scalars(wanted)))

    def coverage(self) -> dict[str, Any]:
        """House → its flags and its state, but for the times."""
        return {
            row.uprn: (
                {name: getattr(row, name) for name in COUNTERS},
                {name: value for name, value in row.state.items() if name not in TIMES},
            )
            for row in self.rows(Coverage)
        }

    def counters(self) -> dict[tuple[str, ...], dict[str, int]]:
        """(street, ward) and (ward) → the counters."""
        rows: dict[tuple[str, ...], Any] = {(one.ward_code,): one for one in self.rows(WardCoverage)}
        rows |= {(one.usrn, one.ward_code): one for one in self.rows(StreetCoverage)}
        return {key: {name: getattr(row, name) for name in COUNTERS} for key, row in rows.items()}

    def facts(self) -> Counter[tuple[Any, ...]]:
        """What the officer's device told, as often as it was counted; a registration's resident left out."""
        wanted = select(PremisesFact).where(PremisesFact.account_id == self.account)
        facts = self.field.service.db.read(lambda session: list(session.scalars(wanted)))
        outcomes = {fact.id: fact.outcome for fact in facts}
        return Counter(
            (
                fact.uprn,
                fact.kind,
                fact.outcome or outcomes.get(fact.withdraws or "", ""),
                *sorted((name, value) for name, value in fact.body.items() if name != "resident"),
            )
            for fact in facts
        )

    def words(self) -> dict[str, str]:
        """House → why it is or is not to be called on, as the service says it."""
        return {
            house: read_house(self.field.service, self.field.supervisor, house, self.campaign).reason
            for house in every_house()
        }


def every_house() -> list[str]:
    return [uprn(street, number) for street in (0, 1) for number in range(1, HOUSES + 1)]


def create_side(field: Field, name: str) -> Side:
    """A campaign over both streets, given to a new officer."""
    service, supervisor = field.service, field.supervisor
    field.officers.append(create_account(service, f"{name}.example", areas=[DISTRICT]))
    today = service.clock.now().date()
    campaign = create_campaign(
        service,
        supervisor,
        CampaignPlan(
            name=name,
            starts_on=today,
            ends_on=today + timedelta(days=30),
            areas=(DISTRICT,),
            policy=POLICY,
            questionnaire_id=ensure_default(service),
        ),
    )
    activate(service, supervisor, campaign)
    (made,) = allocate(
        service, supervisor, campaign, officers=[field.officers[-1]], usrns=list(STREETS), most_houses=None
    )
    return Side(field, campaign, made.worklist_id, len(field.officers) - 1)


@pytest.fixture
def sides(place: Place) -> tuple[Side, Side]:
    """The phone's, and the Python client's."""
    return create_side(place.field, "phone"), create_side(place.field, "program")


@pytest.fixture
def client(place: Place, sides: tuple[Side, Side], tmp_path: Path) -> Iterator[Client]:
    """The Python client, enrolled and with its list."""
    store, transport = Store(tmp_path / "store.db"), HttpTransport(place.url)
    made = Client(store, transport, DeviceClock())
    code = parse_code(place.code(sides[1].number))
    made.enrol(code, PASSPHRASE, url=place.url, cost=KeyCost(memory_kib=64, passes=1))
    made.sync()
    yield made
    transport.close()
    store.close()


@pytest.mark.parametrize("place", [until_tomorrow_afternoon()], indirect=True, ids=["in the afternoon"])
def test_a_day_on_the_phone_and_the_same_day_by_the_python_client_end_alike(
    place: Place, sides: tuple[Side, Side], client: Client, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone, program = sides
    day = plan_day(SEED)
    officer = Officer(place, new_phone(), number=phone.number)
    officer.enrol()
    by_hand = ByHand(officer, "Zofia Przykładowa", "zofia.{}@example.org")
    tomorrow = place.service.clock.now().date() + timedelta(days=1)
    by_program = ByProgram(client, "Jan Przykładowy", "jan.{}@example.org", tomorrow)
    for hand in (by_hand, by_program):
        for street in day.streets:
            hand.walk(street)

    withdrawn = {knock.uprn for knock in day.kept if knock.ending == "withdrawn"}
    folded = [house for house in every_house() if house not in withdrawn]
    expect_words_on_phone(
        officer, words_of(client, folded)
    )  # of what no list shows yet: each folds its own events

    officer.sync()
    client.sync()
    expect_all_is_well(officer)
    assert [one for one in check_all(place.service) if one.findings] == []

    assert phone.coverage() == program.coverage()
    assert phone.counters() == program.counters()
    assert phone.facts() == program.facts() == expected_facts(day, tomorrow.isoformat())
    expect_parts_once_from_each(place, day)
    expect_same_list(place.service, client, program)

    words = words_of(client, every_house())
    assert program.words() == phone.words() == words
    expect_words_on_phone(officer, words)
    assert officer.phone.faults == []


def words_of(client: Client, houses: Iterable[str]) -> dict[str, str]:
    """House → why it is or is not to be called on, as the Python client says it."""
    return {house: client.house(house).decision.text for house in houses}


def expected_facts(day: Day, tomorrow: str) -> Counter[tuple[Any, ...]]:
    """What one officer's day comes to: each visit, each withdrawal and each registration once."""
    expected: Counter[tuple[Any, ...]] = Counter()
    for knock in day.kept:
        body = {"language": knock.language} if knock.language else {}
        if knock.part:
            body |= {"callback_date": tomorrow, "callback_slot": knock.part}
        expected[knock.uprn, "visit", knock.outcome, *sorted(body.items())] += 1
        if knock.ending == "withdrawn":
            expected[knock.uprn, "withdrawal", knock.outcome] += 1
    for knock in day.talks("register"):
        expected[knock.uprn, "registration", "", ("state", "current")] += 1
    return expected


def expect_parts_once_from_each(place: Place, day: Day) -> None:
    """Hazards, notes, consents and answers are there twice: once from each officer."""
    service, supervisor = place.service, place.field.supervisor
    hazards = Counter((row.uprn, row.kind) for row in find_hazards(service, supervisor, {}).rows)
    assert hazards == Counter({(one.uprn, one.hazard): 2 for one in day.kept if one.hazard})
    notes = Counter((row.uprn, row.kind, row.text) for row in find_notes(service, supervisor, {}).rows)
    noted = {(one.uprn, one.address_note, ""): 2 for one in day.kept if one.address_note}
    assert notes == Counter(noted | {(one.uprn, "visit", one.note): 2 for one in day.kept if one.note})

    consents = service.db.read(lambda session: session.scalars(select(Consent)).all())
    given = Counter((one.purpose, one.given, one.how) for one in consents)
    assert given == {(purpose, True, "door"): 2 * len(day.talks("register")) for purpose in PURPOSES}
    joined = select(Response.campaign_id, Answer.question, Answer.choice).join(Answer)
    answers = service.db.read(lambda session: Counter(tuple(row) for row in session.execute(joined)))
    campaigns = {campaign for campaign, _, _ in answers}
    assert len(campaigns) == 2
    assert answers == {
        (campaign, question, choice): len(day.talks("survey"))
        for campaign in campaigns
        for question, choices in ANSWERS.items()
        for choice in choices
    }


def expect_same_list(service: Service, client: Client, side: Side) -> None:
    """The Python client's list is the service's, house by house."""
    (held,) = client.worklists()
    row = service.db.read(lambda session: session.get_one(Worklist, side.worklist))
    assert (held.worklist, held.version, digest(held.streets)) == (row.id, row.version, row.digest)


def expect_words_on_phone(officer: Officer, words: dict[str, str]) -> None:
    """The phone says of each house what the Python client says."""
    for street in (0, 1):
        officer.open_street(f"Street {street + 1}")
        for number in range(1, HOUSES + 1):
            if (said := words.get(uprn(street, number))) is None:
                continue
            officer.bring_into_sight(str(number))
            expect(officer.house_row(str(number)).get_by_text(said, exact=True)).to_be_visible()
        officer.home()
