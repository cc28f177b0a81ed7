"""Coverage by force, district, ward, street and house, as far as one may see."""

from __future__ import annotations

import pytest

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.coverage import (
    district_coverage,
    force_coverage,
    house_coverage,
    street_coverage,
    ward_coverage,
)
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    EAST,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    create_supervisor,
    record,
    uprn,
    uprns,
    visit,
)


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    """A campaign with visits in two wards."""
    campaign_id = activate(service, supervisor, areas=[HULL])
    record(
        service,
        visit(service, uprn(LONG_STREET, 1), "spoke", campaign_id=campaign_id),
        visit(service, uprn(CROSSING_STREET, 8), "no_reply_card", campaign_id=campaign_id),
        visit(service, uprn(COAST_STREET, 1), "not_interested"),
    )
    return campaign_id


def test_sums_agree_from_house_to_force(service: Service, supervisor: Principal, campaign: int) -> None:
    (force,) = force_coverage(service, supervisor, campaign).rows
    wards = ward_coverage(service, supervisor, campaign, {}).rows
    streets = street_coverage(service, supervisor, campaign, {}).rows
    houses = house_coverage(service, supervisor, campaign, {}).rows
    for name, total in force.counters.items():
        assert total == sum(row.counters[name] for row in wards)
        assert total == sum(row.counters[name] for row in streets)
        assert total == sum(house.counted[name] for house in houses)
    assert force.counters["premises"] == 24
    assert (force.counters["visited"], force.counters["contacted"]) == (2, 1)


def test_districts_have_their_own_sums_and_all_campaigns_together_theirs(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    hull, east = district_coverage(service, supervisor, 0).rows
    assert (hull.code, hull.counters["visited"], hull.counters["premises"]) == (HULL, 2, 24)
    assert (east.code, east.counters["refused"], east.counters["premises"]) == (EAST, 1, 6)
    assert [row.code for row in district_coverage(service, supervisor, campaign).rows] == [HULL]
    assert district_coverage(service, supervisor, 0).as_of == service.clock.now()


def test_a_ward_coordinator_gets_the_sums_of_that_ward_everywhere(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    local = create_supervisor(service, SOUTH)
    (force,) = force_coverage(service, local, campaign).rows
    assert (force.counters["premises"], force.counters["visited"]) == (5, 1)
    (hull,) = district_coverage(service, local, campaign).rows
    assert hull.counters == force.counters
    assert [row.code for row in ward_coverage(service, local, campaign, {}).rows] == [SOUTH]
    (crossing,) = street_coverage(service, local, campaign, {}).rows
    assert (crossing.code, crossing.ward_code, crossing.counters["premises"]) == (CROSSING_STREET, SOUTH, 5)
    houses = house_coverage(service, local, campaign, {"usrn": CROSSING_STREET}).rows
    assert [house.uprn for house in houses] == uprns(CROSSING_STREET)[3:]
    assert house_coverage(service, local, campaign, {"usrn": LONG_STREET}).rows == []


def test_streets_and_wards_are_filtered_by_an_area(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    streets = street_coverage(service, supervisor, 0, {"area": NORTH}).rows
    assert [row.code for row in streets] == [LONG_STREET, SHORT_STREET, CROSSING_STREET]
    assert [row.code for row in ward_coverage(service, supervisor, 0, {"area": EAST}).rows] == [COAST]
    local = create_supervisor(service, SOUTH)
    assert [row.code for row in ward_coverage(service, local, 0, {"area": FORCE}).rows] == [SOUTH]
    for area in (NORTH, EAST, "E05099999"):
        with pytest.raises(Problem) as refused:
            street_coverage(service, local, 0, {"area": area})
        assert refused.value.code == "not_found"


def test_streets_come_with_the_most_outstanding_first_where_asked_and_page_by_page(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    query = {"order": "outstanding", "limit": 2}
    first = street_coverage(service, supervisor, 0, query)
    second = street_coverage(service, supervisor, 0, query | {"after": first.next})
    third = street_coverage(service, supervisor, 0, query | {"after": second.next})
    assert [row.counters["outstanding"] for row in [*first.rows, *second.rows, *third.rows]] == [
        11,
        5,
        5,
        4,
        3,
    ]
    assert third.next is None


def test_houses_page_by_page_are_all_of_them_once(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = house_coverage(
            service, supervisor, campaign, {"limit": 7, "after": after, "outstanding": True}
        )
        seen += [house.uprn for house in page.rows]
        after = page.next
    assert len(seen) == len(set(seen)) == 23


def test_a_house_says_why_it_is_or_is_not_called_on(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    houses = {
        house.uprn: house
        for house in house_coverage(service, supervisor, campaign, {"usrn": LONG_STREET}).rows
    }
    assert houses[uprn(LONG_STREET, 1)].reason == "Spoken with, done for this campaign"
    assert houses[uprn(LONG_STREET, 2)].flag == "yes"


def test_a_campaign_elsewhere_is_not_found(service: Service, supervisor: Principal, campaign: int) -> None:
    outsider = create_supervisor(service, COAST)
    for ask in (force_coverage, district_coverage):
        with pytest.raises(Problem) as refused:
            ask(service, outsider, campaign)
        assert refused.value.code == "not_found"
