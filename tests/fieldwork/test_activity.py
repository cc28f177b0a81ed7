"""Visits by ward, campaign, day, slot, officer and outcome: whatever comes in whatever order, they equal a recount."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.activity_rules import ActivityKey, counted, difference
from server.fieldwork.stored import StoredFact
from server.fieldwork.tables import Activity
from sync.fold import Fact
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    LONG_STREET,
    NORTH,
    activate,
    fact,
    findings,
    record,
    uprn,
    visit,
)
from tests.fieldwork.test_addresses_and_refold import change

HOUSE = uprn(LONG_STREET, 1)
LONDON = "Europe/London"
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a morning
LATE = datetime(2026, 7, 4, 23, 30, tzinfo=UTC)  # a Sunday already, half past midnight in summer time


def rows(service: Service) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """(ward, campaign, day, slot, account, outcome) → (visits, first here, first ever, registrations)."""
    found = service.db.read(lambda session: session.execute(select(Activity.__table__)).all())
    return {
        (one.ward_code, one.campaign_id, one.day.isoformat(), one.slot, one.account_id, one.outcome): (
            one.visits,
            one.first_visits,
            one.first_ever,
            one.registrations,
        )
        for one in found
        if one.visits or one.registrations
    }


def test_visits_are_counted_by_their_corrected_time_and_leave_again_when_withdrawn(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor)
    first = visit(
        service, HOUSE, "no_reply", campaign_id=campaign, at=MONDAY, account_id=supervisor.account_id
    )
    record(service, first, visit(service, HOUSE, "spoke", campaign_id=campaign, at=LATE))
    officer = supervisor.account_id
    assert rows(service) == {
        (NORTH, campaign, "2026-03-02", "weekday_morning", officer, "no_reply"): (1, 1, 1, 0),
        (NORTH, campaign, "2026-07-05", "sunday", 0, "spoke"): (1, 0, 0, 0),
    }
    record(service, fact(service, HOUSE, "withdrawal", withdraws=first.id, campaign_id=campaign))
    assert rows(service) == {(NORTH, campaign, "2026-07-05", "sunday", 0, "spoke"): (1, 1, 1, 0)}
    assert findings(service) == []


def test_an_earlier_visit_that_comes_late_takes_over_being_the_first(
    service: Service, supervisor: Principal
) -> None:
    one, other = activate(service, supervisor), activate(service, supervisor)
    record(service, visit(service, HOUSE, campaign_id=one, at=LATE))
    record(service, visit(service, HOUSE, campaign_id=other, at=MONDAY))
    assert rows(service) == {
        (NORTH, one, "2026-07-05", "sunday", 0, "no_reply"): (1, 1, 0, 0),
        (NORTH, other, "2026-03-02", "weekday_morning", 0, "no_reply"): (1, 1, 1, 0),
    }
    assert findings(service) == []


def test_a_registration_at_the_door_counts_for_the_visit_and_one_made_alone_for_no_campaign(
    service: Service, supervisor: Principal
) -> None:
    campaign, officer = activate(service, supervisor), supervisor.account_id

    def mark(resident: str, at: datetime) -> Any:
        body = {"resident": resident, "state": "current"}
        return fact(service, HOUSE, "registration", body=body, at=at)

    record(service, visit(service, HOUSE, "spoke", campaign_id=campaign, at=MONDAY, account_id=officer))
    record(service, mark("a", MONDAY), mark("b", MONDAY + timedelta(hours=3)))
    record(service, mark("a", LATE))
    key = (NORTH, campaign, "2026-03-02", "weekday_morning", officer)
    assert rows(service) == {
        (*key, "spoke"): (1, 1, 1, 0),
        (*key, ""): (0, 0, 0, 1),
        (NORTH, 0, "2026-03-02", "weekday_afternoon", 0, ""): (0, 0, 0, 1),
    }
    assert findings(service) == []


def test_what_happened_at_a_house_moves_with_it_to_another_ward(
    service: Service, supervisor: Principal
) -> None:
    record(service, visit(service, HOUSE, at=MONDAY))
    change(service, HOUSE, usrn=COAST_STREET, ward_code=COAST)
    assert list(rows(service)) == [(COAST, 0, "2026-03-02", "weekday_morning", 0, "no_reply")]
    assert findings(service) == []


def test_any_order_of_arrival_adds_up_to_the_same() -> None:
    chosen = random.Random(4)
    facts = [
        StoredFact(Fact(str(number), "visit", at=at, campaign=campaign, outcome="spoke"), None, number % 3)
        for number, (at, campaign) in enumerate(
            (chosen.randrange(10**12, 10**12 + 10**9), chosen.randrange(1, 4)) for _ in range(12)
        )
    ]
    facts += [StoredFact(Fact(f"w{one}", "withdrawal", at=5, withdraws=str(one)), None) for one in (2, 7)]
    whole = counted(facts, LONDON)
    assert sum(sums[0] for sums in whole.values()) == 10
    assert sum(sums[2] for sums in whole.values()) == 1
    for _ in range(20):
        chosen.shuffle(facts)
        total: dict[ActivityKey, list[int]] = {}
        for end in range(len(facts)):
            step = difference(counted(facts[:end], LONDON), counted(facts[: end + 1], LONDON))
            for key, sums in step.items():
                total[key] = [a + b for a, b in zip(total.get(key, [0] * 4), sums, strict=True)]
        assert {key: sums for key, sums in total.items() if any(sums)} == whole
