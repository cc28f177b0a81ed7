"""The kinds of slot in which most answer: reckoned once a day, carried by lists, waited for by the revisit flag."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.best_slots import best_slots_of, main_ward, reckon_best_slots
from server.fieldwork.coverage import read_house
from server.fieldwork.lists import ListContent, read_list
from server.fieldwork.worklist_views import list_houses
from sync.slots import AFTERNOON, EVENING, MORNING, SATURDAY
from tests.factories.activity import count_visits
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_officer,
    record,
    uprn,
    visit,
)

BUSY = {MORNING: (200, 30), AFTERNOON: (200, 40), EVENING: (200, 110)}


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    return activate(service, supervisor)


def content(service: Service, listed: int, since: int = 0) -> ListContent:
    return service.db.read(lambda session: read_list(session, service, listed, since))


def kept(service: Service) -> dict[str, tuple[str, ...]]:
    return service.db.read(best_slots_of)


def test_a_list_carries_the_best_slots_of_its_ward_and_others_do_not(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    north = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    coast = allocate(service, supervisor, campaign, create_officer(service), COAST_STREET)
    versions = [content(service, one).head.version for one in (north, coast)]
    count_visits(service, NORTH, BUSY)
    count_visits(service, COAST, {MORNING: (200, 40), AFTERNOON: (200, 41), EVENING: (200, 40)})
    assert reckon_best_slots(service) == 1
    assert kept(service) == {NORTH: (EVENING,)}
    assert content(service, north).campaign.policy.best_slots == (EVENING,)
    assert content(service, coast).campaign.policy.best_slots == ()
    assert [content(service, one).head.version for one in (north, coast)] == [versions[0] + 1, versions[1]]


def test_lists_are_left_alone_while_the_answer_stays_and_changed_once_it_does_not(
    service: Service, supervisor: Principal, campaign: int, clock: SetClock
) -> None:
    count_visits(service, NORTH, BUSY)
    reckon_best_slots(service)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    version = content(service, listed).head.version
    count_visits(service, NORTH, {MORNING: (40, 21), EVENING: (40, 9)}, campaign_id=2)
    assert reckon_best_slots(service) == 0
    assert content(service, listed).head.version == version
    clock.set(clock.now() + timedelta(days=400))
    assert reckon_best_slots(service) == 1
    assert kept(service) == {}


def test_the_flag_waits_for_the_best_slot_on_the_list_and_on_the_page_alike(
    service: Service, supervisor: Principal, campaign: int, clock: SetClock
) -> None:
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    tried = uprn(LONG_STREET, 1)
    clock.set(clock.now().replace(year=2026, month=3, day=2, hour=10, minute=0))
    record(service, visit(service, tried, campaign_id=campaign))
    count_visits(service, NORTH, BUSY)
    reckon_best_slots(service)
    clock.set(clock.now() + timedelta(hours=27))
    packed = {
        house.uprn: house.reason for street in content(service, listed).streets for house in street.houses
    }
    (shown,) = [house for house in list_houses(service, supervisor, listed, {}).rows if house.uprn == tried]
    expected = "No reply, try after 17:00: most answer then here"
    assert (packed[tried], shown.reason) == (expected, expected)
    assert read_house(service, supervisor, tried, campaign).reason == expected


def test_little_data_says_nothing(service: Service, supervisor: Principal) -> None:
    count_visits(service, NORTH, {MORNING: (30, 1), EVENING: (30, 29), SATURDAY: (3, 3)})
    assert reckon_best_slots(service) == 0


def test_a_ward_that_was_hardly_tried_has_its_districts_best_slots(
    service: Service, supervisor: Principal
) -> None:
    count_visits(service, NORTH, BUSY)
    count_visits(service, SOUTH, {MORNING: (4, 1)})
    reckon_best_slots(service)
    assert kept(service) == {NORTH: (EVENING,), SOUTH: (EVENING,)}


def test_the_ward_of_a_list_is_that_of_most_of_its_houses(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    assert main_ward([SOUTH, NORTH, SOUTH, None]) == SOUTH
    assert main_ward([]) == ""
    count_visits(service, SOUTH, BUSY)
    reckon_best_slots(service)
    listed = allocate(service, supervisor, campaign, create_officer(service), CROSSING_STREET)
    assert content(service, listed).campaign.policy.best_slots == (EVENING,)
