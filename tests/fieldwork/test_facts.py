"""Recording facts: coverage, counters and lists follow each one, whatever the order and however often it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.facts import lock_premises
from server.fieldwork.lists import read_list
from sync.errors import UnknownOutcome
from tests.factories.fieldwork import (
    COAST,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
    fact,
    findings,
    record,
    state_of,
    street_counters,
    uprn,
    uprns,
    visit,
    ward_counters,
)

HOUSE = uprn(LONG_STREET, 1)


@pytest.fixture(autouse=True)
def _force(service: Service) -> None:
    create_force(service)


def test_a_force_starts_with_every_house_outstanding(service: Service) -> None:
    assert street_counters(service, CROSSING_STREET, SOUTH)["outstanding"] == 5
    assert ward_counters(service, NORTH) | {"visited": 0} == {
        "premises": 19,
        "eligible": 19,
        "visited": 0,
        "informed": 0,
        "contacted": 0,
        "registered": 0,
        "refused": 0,
        "outstanding": 19,
    }
    assert findings(service) == []


def test_a_visit_is_counted_on_its_street_and_in_its_ward(service: Service) -> None:
    recorded = record(service, visit(service, HOUSE, "spoke"), visit(service, uprn(CROSSING_STREET, 8)))
    assert recorded.changed == 2
    assert recorded.usrns == {LONG_STREET, CROSSING_STREET}
    assert street_counters(service, LONG_STREET)["contacted"] == 1
    assert ward_counters(service, NORTH)["outstanding"] == 18
    assert ward_counters(service, SOUTH)["visited"] == 1
    assert ward_counters(service, COAST)["visited"] == 0
    assert findings(service) == []


def test_the_same_fact_again_changes_nothing(service: Service) -> None:
    first = visit(service, HOUSE)
    record(service, first)
    before = street_counters(service, LONG_STREET)
    again = record(service, first, first)
    assert again.duplicate_ids == {first.id}
    assert again.changed == 0
    assert street_counters(service, LONG_STREET) == before
    assert state_of(service, HOUSE).attempts == 1


def test_the_same_fact_twice_in_one_batch_counts_once(service: Service) -> None:
    one = visit(service, HOUSE)
    recorded = record(service, one, one)
    assert recorded.duplicate_ids == set()
    assert state_of(service, HOUSE).attempts == 1


def test_a_withdrawal_counts_whether_it_comes_before_or_after_its_visit(service: Service) -> None:
    one = visit(service, HOUSE, "spoke")
    withdrawal = fact(service, HOUSE, "withdrawal", withdraws=one.id)
    record(service, withdrawal)
    record(service, one)
    assert state_of(service, HOUSE).attempts == 0
    assert street_counters(service, LONG_STREET)["visited"] == 0
    assert findings(service) == []


def test_an_unknown_house_is_not_locked(service: Service) -> None:
    found = service.db.transact(lambda session: lock_premises(session, ["999999999999", HOUSE]))
    assert set(found) == {HOUSE}
    assert found[HOUSE].usrn == LONG_STREET


def test_an_unknown_outcome_is_refused_and_nothing_of_the_batch_is_kept(service: Service) -> None:
    with pytest.raises(UnknownOutcome):
        record(service, visit(service, HOUSE, "spoke"), visit(service, HOUSE, "waved"))
    assert street_counters(service, LONG_STREET)["visited"] == 0


def test_a_visit_of_one_campaign_leaves_the_others_coverage_alone(service: Service) -> None:
    supervisor = create_supervisor(service)
    ours, others = activate(service, supervisor), activate(service, supervisor)
    record(service, visit(service, HOUSE, "spoke", campaign_id=ours))
    assert street_counters(service, LONG_STREET, campaign_id=ours)["contacted"] == 1
    assert street_counters(service, LONG_STREET, campaign_id=others)["contacted"] == 0
    assert street_counters(service, LONG_STREET)["contacted"] == 1
    assert findings(service) == []


def test_a_wish_not_to_be_called_on_reaches_another_campaigns_list(service: Service) -> None:
    supervisor = create_supervisor(service)
    ours, others = activate(service, supervisor), activate(service, supervisor)
    mine = allocate(service, supervisor, ours, create_officer(service), LONG_STREET)
    theirs = allocate(service, supervisor, others, create_officer(service), LONG_STREET)
    recorded = record(service, visit(service, HOUSE, "do_not_call", campaign_id=ours, worklist_id=mine))
    assert recorded.versions == {mine: 2, theirs: 2}
    changed = service.db.read(lambda session: read_list(session, service, theirs, since=1))
    (street,) = changed.streets
    (house,) = street.houses
    assert (house.uprn, house.flag, house.state.do_not_call) == (HOUSE, "no", True)
    assert street_counters(service, LONG_STREET, campaign_id=others)["outstanding"] == 11
    assert findings(service) == []


def test_a_fact_that_shows_nowhere_gives_no_list_a_new_version(service: Service) -> None:
    supervisor = create_supervisor(service)
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    recorded = record(service, fact(service, HOUSE, "withdrawal", withdraws=service.new_uuid()))
    assert recorded.versions == {listed: 1}


def test_a_batch_raises_a_lists_version_once(service: Service) -> None:
    supervisor = create_supervisor(service)
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    facts = [visit(service, house, campaign_id=campaign) for house in uprns(LONG_STREET)]
    assert record(service, *facts).versions == {listed: 2}


def test_registration_marks_count_in_every_campaign(service: Service) -> None:
    campaign = activate(service, create_supervisor(service))
    mark = {"resident": "r1", "state": "current"}
    record(service, fact(service, HOUSE, "registration", body=mark))
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["registered"] == 1
    record(service, fact(service, HOUSE, "registration", body=mark | {"state": "erased"}))
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["registered"] == 0
    assert findings(service) == []


def test_late_facts_are_ordered_by_corrected_time(service: Service, clock: SetClock) -> None:
    start = clock.now()
    record(service, visit(service, HOUSE, "spoke", at=start))
    record(service, visit(service, HOUSE, "no_reply", at=start - timedelta(hours=1)))
    assert state_of(service, HOUSE).last_outcome == "spoke"


def test_the_number_of_statements_does_not_depend_on_the_number_of_facts(service: Service) -> None:
    supervisor = create_supervisor(service)
    campaign = activate(service, supervisor)
    allocate(service, supervisor, campaign, create_officer(service), LONG_STREET, SHORT_STREET)
    counted: list[str] = []

    @event.listens_for(service.db.engine, "before_cursor_execute")
    def _count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(statement)

    def statements(houses: list[str]) -> int:
        counted.clear()
        record(service, *[visit(service, one, campaign_id=campaign) for one in houses])
        return len(counted)

    few, many = statements([HOUSE]), statements(uprns(LONG_STREET) + uprns(SHORT_STREET))
    event.remove(service.db.engine, "before_cursor_execute", _count)
    assert many == few
    assert many <= 16
