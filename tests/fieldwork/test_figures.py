"""Figures of visits: best times by ward, officers by name; of the reader's areas and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.activity_views import Asked
from server.fieldwork.best_times import read_best_times
from server.fieldwork.teams import read_officer, read_team
from server.staff.principals import today
from sync.slots import AFTERNOON, EVENING, MORNING, SATURDAY
from sync.worklist import Policy
from tests.factories.activity import count_visits
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    EAST,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_officer,
    create_supervisor,
    record,
    uprn,
    visit,
)


def asked(service: Service, **members: object) -> Asked:
    on = today(service)
    return Asked(**({"since": on - timedelta(days=30), "until": on} | members))


def test_each_ward_has_its_rates_drawn_to_its_district_and_the_numbers_behind(
    service: Service, supervisor: Principal
) -> None:
    count_visits(service, NORTH, {MORNING: (200, 40), EVENING: (200, 120)})
    count_visits(service, SOUTH, {EVENING: (2, 0)})
    count_visits(service, COAST, {SATURDAY: (40, 20)})
    found = read_best_times(service, supervisor, asked(service))
    assert [one.ward.code for one in found.wards] == [NORTH, SOUTH, COAST]
    north, south, coast = ({cell.slot: cell for cell in one.cells} for one in found.wards)
    assert (north[EVENING].tally.tries, north[EVENING].tally.answers, north[EVENING].better) == (
        200,
        120,
        True,
    )
    assert south[EVENING].tally.little
    assert 0.3 < south[EVENING].estimate < 0.65
    assert south[MORNING].estimate == pytest.approx(0.2)
    assert north[SATURDAY].estimate is None
    assert coast[SATURDAY].estimate == pytest.approx(0.5)
    assert found.together.total.tries == 442


def test_visits_that_found_no_home_or_were_unsafe_are_no_tries(
    service: Service, supervisor: Principal
) -> None:
    for number, outcome in enumerate(
        ("vacant", "unsafe", "not_interested", "no_access", "language", "do_not_call"), 1
    ):
        record(service, visit(service, uprn(LONG_STREET, number), outcome))
    (ward,) = read_best_times(service, supervisor, asked(service)).wards
    total = ward.counted.total
    assert (total.visits, total.tries, total.answers) == (6, 4, 3)


def test_nothing_is_told_of_wards_beyond_ones_own(service: Service, supervisor: Principal) -> None:
    count_visits(service, NORTH, {MORNING: (10, 4)})
    count_visits(service, COAST, {MORNING: (90, 90)})
    hull = create_supervisor(service, HULL)
    found = read_best_times(service, hull, asked(service))
    assert [one.ward.code for one in found.wards] == [NORTH]
    assert found.together.total.tries == 10
    with pytest.raises(Problem, match="no area"):
        read_best_times(service, hull, asked(service, area=EAST))


def test_officers_stand_by_name_with_the_visits_of_the_readers_areas(
    service: Service, supervisor: Principal
) -> None:
    here, there, guest, idle = (create_officer(service, *areas) for areas in ((), (EAST,), (EAST,), (HULL,)))
    campaign = activate(service, supervisor, policy=Policy(most_attempts=5))
    allocate(service, supervisor, campaign, here, LONG_STREET, hours=12)
    allocate(service, supervisor, campaign, there, COAST_STREET, hours=200)
    count_visits(service, NORTH, {MORNING: (6, 1), EVENING: (2, 2)}, account_id=here, campaign_id=campaign)
    count_visits(service, COAST, {SATURDAY: (50, 9)}, account_id=here, campaign_id=campaign)
    count_visits(service, COAST, {SATURDAY: (7, 0)}, account_id=there, campaign_id=campaign)
    count_visits(service, SOUTH, {AFTERNOON: (4, 4)}, account_id=guest, campaign_id=2)
    hull = create_supervisor(service, HULL)
    team = read_team(service, hull, asked(service))
    told = {one.account_id: one for one in team.officers}
    assert [one.name for one in team.officers] == sorted(one.name for one in team.officers)
    assert not {there, idle} & told.keys()
    assert (told[guest].ours, told[guest].counted.total.visits) == (False, 4)
    mine = told[here]
    assert (mine.counted.total.visits, mine.counted.evening_share, mine.counted.weekend_share) == (8, 0.25, 0)
    assert (mine.lists, mine.ending, mine.ours) == (1, 1, False)
    assert team.together.total.visits == 12
    assert [found.total.visits for found in team.days.values()] == [12]
    of_campaign = read_team(service, hull, asked(service, campaign_id=campaign))
    assert [one.account_id for one in of_campaign.officers] == [here]
    assert of_campaign.policy.most_attempts == 5


def test_an_officer_is_found_only_where_the_reader_is(service: Service, supervisor: Principal) -> None:
    there = create_officer(service, EAST)
    count_visits(service, COAST, {SATURDAY: (7, 3)}, account_id=there)
    officer, team = read_officer(service, supervisor, there, asked(service))
    assert (officer.counted.total.answers, team.together.total.visits) == (3, 7)
    with pytest.raises(Problem, match="no officer"):
        read_officer(service, create_supervisor(service, HULL), there, asked(service))
    plain = Principal("account:9", 9, "Pat", frozenset(), frozenset({"coverage.read"}), ("/",))
    with pytest.raises(Problem, match="permission"):
        read_team(service, plain, asked(service))
