"""What a coordinator reads before a campaign starts, and that it is what the campaign then is."""

from __future__ import annotations

import pytest

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.activate import activate as make_active
from server.fieldwork.effort import Pace
from server.fieldwork.expected import hours_at_the_door
from server.fieldwork.preview import preview_campaign
from sync.worklist import Policy
from tests.factories.fieldwork import (
    CROSSING_STREET,
    EAST,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    create_campaign,
    create_supervisor,
    fact,
    record,
    uprn,
    visit,
)


def test_a_preview_says_who_is_left_out_and_what_overlaps(service: Service, supervisor: Principal) -> None:
    registered, barred, vacant, unsafe, both = (uprn(LONG_STREET, number) for number in range(1, 6))
    record(
        service,
        fact(service, registered, "registration", body={"resident": "r", "state": "current"}),
        visit(service, barred, "do_not_call"),
        visit(service, vacant, "vacant"),
        visit(service, unsafe, "unsafe"),
        visit(service, both, "do_not_call"),
        fact(service, both, "registration", body={"resident": "s", "state": "current"}),
    )
    other = activate(service, supervisor, usrns=[CROSSING_STREET])
    draft = create_campaign(service, supervisor, areas=[HULL])
    found = preview_campaign(service, supervisor, draft)
    assert (found.houses, found.streets) == (24, 3)
    assert (found.registered, found.do_not_call, found.unsafe, found.ineligible) == (2, 2, 1, 1)
    assert found.to_call == 24 - 5
    assert [(ward.code, ward.houses, ward.to_call) for ward in found.wards] == [
        (NORTH, 19, 14),
        (SOUTH, 5, 5),
    ]
    assert [(one.campaign_id, one.houses) for one in found.overlaps] == [(other, 8)]
    again = create_campaign(service, supervisor, areas=[HULL], policy=Policy(revisit_registered=True))
    assert preview_campaign(service, supervisor, again).to_call == 24 - 4
    assert make_active(service, supervisor, draft) == found.houses


def test_a_preview_is_of_the_readers_areas(service: Service, supervisor: Principal) -> None:
    draft = create_campaign(service, supervisor)
    found = preview_campaign(service, create_supervisor(service, EAST), draft)
    assert (found.houses, found.streets, found.overlaps) == (6, 1, [])


def test_hours_at_the_door_grow_with_houses_and_tries() -> None:
    pace = Pace(answered=5, unanswered=1, metres=75, share=0.5)
    assert hours_at_the_door(0, 4, pace) == 0
    assert hours_at_the_door(60, 1, pace) == pytest.approx(3)
    assert hours_at_the_door(60, 2, pace) == pytest.approx(3 + 0.5 * (0.4 * 5 + 0.6 * 1))
    assert hours_at_the_door(100, 2, pace) < hours_at_the_door(100, 4, pace)
