"""Proposals: shared out, changed by hand, allocated in one step, undone; and an officer's lists moved to others."""

from __future__ import annotations

import pytest

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.handing_over import move_lists
from server.fieldwork.proposal_views import ProposalView, read_choices, read_proposal
from server.fieldwork.proposals import (
    Options,
    allocate_proposal,
    drop,
    propose,
    reassign,
    undo_allocation,
)
from server.fieldwork.recall import recall
from server.fieldwork.worklist_views import find_worklists
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_officer,
    create_supervisor,
    findings,
    record,
    uprn,
    visit,
)


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    return activate(service, supervisor)


def proposal(service: Service, who: Principal, campaign: int) -> ProposalView:
    found = read_proposal(service, who, campaign)
    assert found is not None
    return found


def holders(service: Service, who: Principal) -> dict[str, set[int]]:
    """Who holds which street on an active list."""
    found: dict[str, set[int]] = {}
    for one in find_worklists(service, who, {"state": "active", "limit": 100}).rows:
        for street in one.streets:
            found.setdefault(street["usrn"], set()).add(one.account_id)
    return found


def test_streets_are_proposed_changed_allocated_and_taken_back(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    officers = (create_officer(service), create_officer(service))
    propose(service, supervisor, campaign, Options(officers))
    made = proposal(service, supervisor, campaign)
    assert (made.houses, len(made.streets)) == (30, 4)
    assert all(share.houses and share.door > share.walk > 0 for share in made.shares)
    other = next(one for one in officers if one != made.streets[0].account_id)
    reassign(service, supervisor, campaign, [made.streets[0].usrn], other, version=made.version)
    made = proposal(service, supervisor, campaign)
    assert made.streets[0].account_id == other
    with pytest.raises(Problem, match="another window"):
        allocate_proposal(service, supervisor, campaign, version=made.version - 1)
    key, lists = allocate_proposal(service, supervisor, campaign, version=made.version)
    assert {one.account_id for one in lists} == {street.account_id for street in made.streets}
    assert holders(service, supervisor) == {street.usrn: {street.account_id} for street in made.streets}
    assert read_proposal(service, supervisor, campaign) is None
    assert findings(service) == []

    recall(service, supervisor, lists[0].worklist_id, reason="mistake")
    assert undo_allocation(service, supervisor, campaign, key) == len(lists) - 1
    assert holders(service, supervisor) == {}
    assert proposal(service, supervisor, campaign).id == key
    with pytest.raises(Problem, match="undone already"):
        undo_allocation(service, supervisor, campaign, key)
    assert findings(service) == []


def test_only_free_houses_that_are_owed_a_visit_are_shared_out(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    officer = create_officer(service)
    allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    record(service, visit(service, uprn(SHORT_STREET, 1), "spoke", campaign_id=campaign))
    propose(service, supervisor, campaign, Options((officer,)))
    made = proposal(service, supervisor, campaign)
    assert {street.usrn: street.houses for street in made.streets} == {
        SHORT_STREET: 3,
        CROSSING_STREET: 8,
        COAST_STREET: 6,
    }
    choices = read_choices(service, supervisor, campaign)
    assert (choices.free, choices.held) == (17, 12)
    assert {ward.code: ward.houses for ward in choices.wards} == {NORTH: 6, SOUTH: 5, COAST: 6}
    propose(service, supervisor, campaign, Options((officer,), areas=(NORTH,), outstanding_only=False))
    assert proposal(service, supervisor, campaign).houses == 7

    allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)
    allocate_proposal(service, supervisor, campaign, version=1)
    assert holders(service, supervisor)[CROSSING_STREET] == {officer}
    assert findings(service) == []


def test_a_share_outside_an_officers_areas_is_said_and_refused_and_goes_to_whom_it_may(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    north, coast = create_officer(service, NORTH), create_officer(service, COAST)
    propose(service, supervisor, campaign, Options((coast, north)))
    made = proposal(service, supervisor, campaign)
    assert sum(share.outside for share in made.shares) >= 5
    with pytest.raises(Problem, match="areas granted"):
        allocate_proposal(service, supervisor, campaign, version=made.version)
    assert holders(service, supervisor) == {}


def test_a_coordinator_shares_out_and_sees_only_what_lies_in_his_areas(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    local, officer = create_supervisor(service, SOUTH), create_officer(service)
    propose(service, local, campaign, Options((officer,)))
    made = proposal(service, local, campaign)
    assert [(street.usrn, street.houses) for street in made.streets] == [(CROSSING_STREET, 5)]
    assert read_proposal(service, supervisor, campaign) is None
    key, _ = allocate_proposal(service, local, campaign, version=made.version)
    with pytest.raises(Problem) as refused:
        undo_allocation(service, supervisor, campaign, key)
    assert refused.value.code == "not_found"


def test_what_cannot_be_proposed_is_said(service: Service, supervisor: Principal, campaign: int) -> None:
    officer = create_officer(service)
    for options, code in (
        (Options(()), "validation_failed"),
        (Options((424242,)), "validation_failed"),
        (Options((officer,), most_houses=0), "validation_failed"),
        (Options((officer,), areas=("E99999999",)), "not_found"),
    ):
        with pytest.raises(Problem) as refused:
            propose(service, supervisor, campaign, options)
        assert refused.value.code == code
    propose(service, supervisor, campaign, Options((officer,), most_houses=5))
    made = proposal(service, supervisor, campaign)
    assert {street.usrn: street.lists for street in made.streets}[LONG_STREET] == 3
    with pytest.raises(Problem, match="officers of this proposal"):
        reassign(service, supervisor, campaign, [LONG_STREET], 424242, version=1)
    with pytest.raises(Problem, match="no street"):
        reassign(service, supervisor, campaign, ["1"], officer, version=1)
    drop(service, supervisor, campaign)
    with pytest.raises(Problem, match="no proposal"):
        allocate_proposal(service, supervisor, campaign, version=1)
    other = activate(service, supervisor)
    allocate(service, supervisor, other, officer, LONG_STREET, SHORT_STREET)
    propose(service, supervisor, campaign, Options((officer,)))
    overlap = proposal(service, supervisor, campaign).overlaps
    assert [(one.campaign_id, one.houses) for one in overlap] == [(other, 16)]


def test_all_that_an_officer_holds_is_moved_to_others_in_one_step(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    ill, other = create_officer(service), activate(service, supervisor)
    allocate(service, supervisor, campaign, ill, LONG_STREET, SHORT_STREET)
    allocate(service, supervisor, other, ill, COAST_STREET)
    local = create_officer(service, NORTH)
    with pytest.raises(Problem, match="areas granted"):
        move_lists(service, supervisor, ill, to=[local])
    assert holders(service, supervisor)[COAST_STREET] == {ill}
    well = [create_officer(service), create_officer(service)]
    made = move_lists(service, supervisor, ill, to=well)
    assert sum(one.houses for one in made) == 22
    held = holders(service, supervisor)
    assert set(held) == {LONG_STREET, SHORT_STREET, COAST_STREET}
    assert set().union(*held.values()) == set(well)
    assert findings(service) == []
    for whose, to, code in (
        (ill, well, "not_found"),
        (well[0], [], "validation_failed"),
        (well[0], [well[0]], "validation_failed"),
        (well[0], [424242], "validation_failed"),
    ):
        with pytest.raises(Problem) as refused:
            move_lists(service, supervisor, whose, to=to)
        assert refused.value.code == code


def test_lists_that_reach_beyond_a_coordinators_areas_are_not_moved(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    ill = create_officer(service)
    allocate(service, supervisor, campaign, ill, CROSSING_STREET)
    with pytest.raises(Problem) as refused:
        move_lists(service, create_supervisor(service, SOUTH), ill, to=[create_officer(service)])
    assert refused.value.code == "forbidden"
