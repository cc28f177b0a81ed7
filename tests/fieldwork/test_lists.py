"""Lists: who gets which houses in which order, one holder each, and what a client is told has changed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.db import insert_many
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.allocate import allocate as give
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.lists import ListContent, ever_held, list_states, lists_of_officer, read_list
from server.fieldwork.recall import expire_lists, extend, recall, recall_streets
from server.fieldwork.tables import Holding, Worklist
from sync.worklist_codec import digest
from tests.factories.base import reopen
from tests.factories.fieldwork import (
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
    uprns,
    visit,
)


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    return activate(service, supervisor)


@pytest.fixture
def officer(service: Service) -> int:
    return create_officer(service)


def content(service: Service, listed: int, since: int = 0) -> ListContent:
    return service.db.read(lambda session: read_list(session, service, listed, since))


def houses(listed: ListContent) -> list[str]:
    return [house.uprn for street in listed.streets for house in street.houses]


def test_a_list_has_its_houses_in_walking_order_and_the_digest_of_what_is_sent(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = content(service, allocate(service, supervisor, campaign, officer, LONG_STREET, SHORT_STREET))
    assert (listed.head.version, listed.head.state, listed.removed) == (1, "active", ())
    assert digest(listed.streets) == listed.digest
    assert sorted(houses(listed)) == sorted(uprns(LONG_STREET) + uprns(SHORT_STREET))
    walked = [
        house.uprn for street in listed.streets if street.usrn == LONG_STREET for house in street.houses
    ]
    assert walked in (uprns(LONG_STREET), uprns(LONG_STREET)[::-1])
    first = listed.streets[0].houses[0]
    assert (first.place, first.x, first.y, first.flag) == (0, 0, 0, "yes")
    assert {"1 STREET 90000001", "12 STREET 90000001"} <= {
        house.address for street in listed.streets for house in street.houses
    }


def test_streets_are_cut_and_shared_out_among_officers(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    officers = [create_officer(service), create_officer(service)]
    made = give(
        service,
        supervisor,
        campaign,
        officers=officers,
        usrns=[LONG_STREET, SHORT_STREET, CROSSING_STREET],
        most_houses=5,
    )
    assert {one.account_id for one in made} == set(officers)
    assert all(one.houses <= 5 for one in made)
    assert sum(one.houses for one in made) == 24
    assert findings(service) == []


def test_a_house_that_somebody_holds_is_not_given_again_and_the_answer_says_how_many(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    allocate(service, supervisor, campaign, officer, SHORT_STREET)
    with pytest.raises(Problem) as refused:
        allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET, LONG_STREET)
    assert refused.value.code == "already_held"
    assert (refused.value.fields["held"], refused.value.fields["houses"]) == (4, 16)
    assert findings(service) == []


def test_the_database_itself_lets_one_list_hold_a_house(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    row = {"campaign_id": campaign, "uprn": uprn(SHORT_STREET, 1), "worklist_id": listed}
    with pytest.raises(IntegrityError):
        service.db.transact(lambda session: insert_many(session, Holding, [row]))


def test_of_two_coordinators_who_give_one_street_at_once_one_is_refused(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    services = [reopen(service), reopen(service)]
    officers = [create_officer(service), create_officer(service)]
    told: list[str] = []

    def work(own: Service, whose: int) -> None:
        try:
            allocate(own, supervisor, campaign, whose, LONG_STREET)
            told.append("given")
        except Problem as problem:
            told.append(problem.code)

    threads = [
        threading.Thread(target=work, args=(own, whose))
        for own, whose in zip(services, officers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for own in services:
        own.db.dispose()
    assert sorted(told) == ["already_held", "given"]
    assert findings(service) == []


def test_another_campaign_may_give_the_same_street(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    allocate(service, supervisor, campaign, officer, SHORT_STREET)
    allocate(service, supervisor, activate(service, supervisor), officer, SHORT_STREET)
    assert findings(service) == []


def test_a_change_is_told_once_to_a_client_at_an_older_version(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    record(service, visit(service, uprn(SHORT_STREET, 2), campaign_id=campaign))
    record(service, visit(service, uprn(SHORT_STREET, 3), campaign_id=campaign))
    assert set(houses(content(service, listed, 1))) == {uprn(SHORT_STREET, 2), uprn(SHORT_STREET, 3)}
    assert houses(content(service, listed, 2)) == [uprn(SHORT_STREET, 3)]
    assert houses(content(service, listed, 3)) == []
    whole = content(service, listed)
    assert digest(whole.streets) == whole.digest == content(service, listed, 2).digest


def test_a_hazard_shows_on_every_list_that_holds_the_house(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    house = uprn(SHORT_STREET, 1)
    hazard = NewHazard(
        service.new_uuid(), house, "dog", "Loose in the garden", None, officer, service.clock.now()
    )
    service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    assert record(service, also_changed=[house]).versions == {listed: 2}
    (street,) = content(service, listed, 1).streets
    assert street.houses[0].hazards == ("dog: Loose in the garden",)
    again = service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    assert again == set()
    assert findings(service) == []


def test_a_recalled_list_frees_its_houses_and_is_remembered(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    assert recall(service, supervisor, listed, reason="officer_away") == 4
    other = create_officer(service)
    allocate(service, supervisor, campaign, other, SHORT_STREET)
    held = service.db.read(
        lambda session: (
            ever_held(session, officer, campaign, [uprn(SHORT_STREET, 1), uprn(LONG_STREET, 1)]),
            ever_held(session, other, campaign + 1, uprns(SHORT_STREET)),
            list_states(session, [listed, 999]),
        )
    )
    assert held == ({uprn(SHORT_STREET, 1)}, set(), {listed: "recalled"})
    with pytest.raises(Problem, match="ended already"):
        recall(service, supervisor, listed, reason="mistake")
    assert findings(service) == []


def test_streets_taken_out_of_a_list_leave_as_removed_houses(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET, LONG_STREET)
    assert recall_streets(service, supervisor, listed, [SHORT_STREET], reason="reallocated") == 4
    change = content(service, listed, 1)
    assert set(change.removed) == set(uprns(SHORT_STREET))
    assert change.streets == ()
    whole = content(service, listed)
    assert (digest(whole.streets), whole.removed, len(houses(whole))) == (whole.digest, (), 12)
    allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)
    assert recall_streets(service, supervisor, listed, [LONG_STREET], reason="reallocated") == 12
    assert service.db.read(lambda session: list_states(session, [listed])) == {listed: "recalled"}
    assert findings(service) == []


def test_a_list_expires_by_itself_unless_it_is_extended(
    service: Service, supervisor: Principal, campaign: int, officer: int, clock: SetClock
) -> None:
    short = allocate(service, supervisor, campaign, officer, SHORT_STREET, hours=10)
    long = allocate(service, supervisor, campaign, officer, LONG_STREET, hours=10)
    extend(service, supervisor, long, not_after=clock.now() + timedelta(hours=30))
    clock.advance(timedelta(hours=11))
    heads = service.db.read(lambda session: lists_of_officer(session, officer, clock.now()))
    assert [(head.id, head.state) for head in heads] == [(long, "active"), (short, "expired")]
    assert expire_lists(service) == 1
    assert expire_lists(service) == 0
    allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)
    with pytest.raises(Problem, match="ended"):
        extend(service, supervisor, short, not_after=clock.now() + timedelta(hours=1))
    with pytest.raises(Problem, match="extend it first"):
        extend(service, supervisor, long, not_after=clock.now() + timedelta(days=90))
    assert findings(service) == []


def test_a_late_visit_from_a_recalled_list_is_counted(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    recall(service, supervisor, listed, reason="mistake")
    late = visit(service, uprn(SHORT_STREET, 1), "spoke", campaign_id=campaign, worklist_id=listed)
    recorded = record(service, late)
    assert (recorded.changed, recorded.versions) == (2, {})


def test_houses_outside_the_coordinators_areas_are_left_out(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    local = create_supervisor(service, SOUTH)
    listed = allocate(service, local, campaign, officer, CROSSING_STREET)
    assert sorted(houses(content(service, listed))) == sorted(uprns(CROSSING_STREET)[3:])
    for usrns in ([LONG_STREET], [CROSSING_STREET, COAST_STREET], ["1"]):
        with pytest.raises(Problem) as refused:
            give(service, local, campaign, officers=[officer], usrns=usrns)
        assert refused.value.code == "not_found"


def test_an_officer_is_given_houses_only_where_granted(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    local = create_officer(service, NORTH)
    with pytest.raises(Problem) as refused:
        allocate(service, supervisor, campaign, local, CROSSING_STREET)
    assert refused.value.code == "validation_failed"
    with pytest.raises(Problem, match="active officers"):
        allocate(service, supervisor, campaign, 424242, SHORT_STREET)
    allocate(service, supervisor, campaign, local, SHORT_STREET)


def test_only_outstanding_houses_are_given_where_that_is_asked(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    record(service, visit(service, uprn(SHORT_STREET, 1), "spoke", campaign_id=campaign))
    listed = allocate(service, supervisor, campaign, officer, SHORT_STREET, outstanding_only=True)
    assert sorted(houses(content(service, listed))) == uprns(SHORT_STREET)[1:]


def test_lists_are_given_in_an_active_campaign_only(
    service: Service, supervisor: Principal, campaign: int, officer: int, clock: SetClock
) -> None:
    clock.advance(timedelta(days=40))
    with pytest.raises(Problem, match="is over"):
        allocate(service, supervisor, campaign, officer, SHORT_STREET)
    with pytest.raises(Problem, match="at most 200"):
        allocate(service, supervisor, campaign, officer, SHORT_STREET, most_houses=500)


def test_a_list_that_is_not_there_is_a_key_error(service: Service, supervisor: Principal) -> None:
    with pytest.raises(KeyError):
        content(service, 77)


def test_every_list_keeps_its_own_version(
    service: Service, supervisor: Principal, campaign: int, officer: int
) -> None:
    short = allocate(service, supervisor, campaign, officer, SHORT_STREET)
    long = allocate(service, supervisor, campaign, officer, LONG_STREET)
    record(service, visit(service, uprn(SHORT_STREET, 1), campaign_id=campaign))
    versions = service.db.read(
        lambda session: dict(session.execute(select(Worklist.id, Worklist.version)).all())
    )
    assert versions == {short: 2, long: 1}
