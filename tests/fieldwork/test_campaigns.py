"""A campaign's life: draft, active, warned of, archived, brought back; nothing is deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.base import audit
from server.base.access import Principal
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork import allocate as allocating
from server.fieldwork.activate import activate as make_active
from server.fieldwork.archive import archive, unarchive, warn_and_archive
from server.fieldwork.campaign_views import find_campaigns, read_campaign, read_report
from server.fieldwork.campaigns import edit_campaign
from server.fieldwork.lists import lists_of_officer
from server.fieldwork.recall import extend
from server.fieldwork.tables import Coverage
from server.surveys.questionnaires import ensure_default
from sync.worklist import Policy
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    EAST,
    FORCE,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    TODAY,
    activate,
    allocate,
    create_campaign,
    create_officer,
    create_supervisor,
    fact,
    findings,
    record,
    state_of,
    street_counters,
    uprn,
    visit,
    ward_counters,
)

HOUSE = uprn(LONG_STREET, 1)


def any_version(_version: int) -> None:
    """Whatever version there is will do."""


def houses_of(service: Service, campaign_id: int) -> int:
    counted = select(func.count()).select_from(Coverage).where(Coverage.campaign_id == campaign_id)
    return service.db.read(lambda session: session.execute(counted).scalar_one())


@pytest.mark.parametrize(
    ("places", "houses"),
    [
        ({"areas": [FORCE]}, 30),
        ({"areas": [EAST]}, 6),
        ({"areas": [SOUTH]}, 5),
        ({"usrns": [SHORT_STREET]}, 4),
        ({"usrns": [CROSSING_STREET], "areas": [SOUTH, COAST]}, 14),
    ],
)
def test_activation_covers_the_houses_of_its_areas_and_streets_once(
    service: Service, supervisor: Principal, places: dict[str, list[str]], houses: int
) -> None:
    draft = create_campaign(service, supervisor, **places)
    assert houses_of(service, draft) == 0
    assert make_active(service, supervisor, draft) == houses
    assert findings(service) == []


def test_a_new_campaign_starts_from_what_stands(service: Service, supervisor: Principal) -> None:
    spoken, barred, registered = (uprn(LONG_STREET, number) for number in (1, 2, 3))
    record(
        service,
        visit(service, spoken, "spoke"),
        visit(service, barred, "do_not_call"),
        fact(service, registered, "registration", body={"resident": "r", "state": "current"}),
    )
    campaign = activate(service, supervisor)
    assert state_of(service, spoken, campaign).attempts == 0
    assert state_of(service, barred, campaign).do_not_call
    assert state_of(service, registered, campaign).registered == "registered"
    counters = street_counters(service, LONG_STREET, campaign_id=campaign)
    assert (counters["outstanding"], counters["registered"], counters["visited"]) == (10, 1, 0)
    assert findings(service) == []


def test_only_a_draft_is_made_active_and_only_while_its_last_day_is_to_come(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    with pytest.raises(Problem, match="Only a draft"):
        make_active(service, supervisor, campaign)
    late = create_campaign(service, supervisor, ends_on=TODAY)
    clock.advance(timedelta(days=1))
    with pytest.raises(Problem, match="last day"):
        make_active(service, supervisor, late)


def test_a_campaign_without_a_place_or_ending_before_it_starts_is_refused(
    service: Service, supervisor: Principal
) -> None:
    with pytest.raises(Problem, match="before the first"):
        create_campaign(service, supervisor, ends_on=TODAY - timedelta(days=1))
    with pytest.raises(Problem, match="no area"):
        create_campaign(service, supervisor, areas=["E05099999"])


def test_an_edit_needs_the_version_that_was_read_and_reaches_the_lists(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor)
    officer = create_officer(service)
    allocate(service, supervisor, campaign, officer, LONG_STREET)

    def stale(version: int) -> None:
        raise Problem("stale_version", version=version)

    with pytest.raises(Problem) as refused:
        edit_campaign(service, supervisor, campaign, {"name": "Other"}, match=stale)
    assert refused.value.fields["version"] == 2
    assert edit_campaign(service, supervisor, campaign, {"name": "Other"}, match=any_version) == 3
    (head,) = service.db.read(lambda session: lists_of_officer(session, officer, service.clock.now()))
    assert head.version == 2
    assert read_campaign(service, supervisor, campaign).name == "Other"
    assert findings(service) == []


def test_another_policy_is_counted_at_once(service: Service, supervisor: Principal) -> None:
    campaign = activate(service, supervisor)
    record(service, fact(service, HOUSE, "registration", body={"resident": "r", "state": "current"}))
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["outstanding"] == 11
    changes = {"policy": Policy(revisit_registered=True)}
    edit_campaign(service, supervisor, campaign, changes, match=any_version)
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["outstanding"] == 12
    assert ward_counters(service, NORTH, campaign)["outstanding"] == 19
    assert findings(service) == []


def test_where_an_active_campaign_runs_is_fixed(service: Service, supervisor: Principal) -> None:
    campaign = activate(service, supervisor)
    with pytest.raises(Problem, match="fixed once it is active"):
        edit_campaign(service, supervisor, campaign, {"areas": [EAST]}, match=any_version)
    draft = create_campaign(service, supervisor)
    edit_campaign(service, supervisor, draft, {"areas": [EAST], "usrns": [SHORT_STREET]}, match=any_version)
    seen = read_campaign(service, supervisor, draft)
    assert (seen.areas, seen.streets) == ([EAST], [SHORT_STREET])


def test_the_worker_warns_then_archives_and_a_later_end_takes_the_warning_back(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    assert warn_and_archive(service) == {"warn": 0, "archive": 0}
    clock.advance(timedelta(days=22))
    assert warn_and_archive(service) == {"warn": 1, "archive": 0}
    (warning,) = read_campaign(service, supervisor, campaign).warnings
    assert "2026-03-30" in warning.text
    edit_campaign(service, supervisor, campaign, {"ends_on": date(2026, 4, 30)}, match=any_version)
    assert read_campaign(service, supervisor, campaign).warnings == []
    clock.advance(timedelta(days=60))
    assert warn_and_archive(service) == {"warn": 1, "archive": 0}
    clock.advance(timedelta(days=1))
    assert warn_and_archive(service) == {"warn": 0, "archive": 1}
    assert read_campaign(service, supervisor, campaign).state == "archived"


def test_an_archived_campaign_keeps_its_report_frees_its_houses_and_takes_late_visits(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    officer = create_officer(service)
    allocate(service, supervisor, campaign, officer, LONG_STREET)
    record(service, visit(service, HOUSE, "spoke", campaign_id=campaign))
    clock.advance(timedelta(hours=1))
    archive(service, supervisor, campaign)
    (head,) = service.db.read(lambda session: lists_of_officer(session, officer, clock.now()))
    assert head.state == "closed"
    clock.advance(timedelta(hours=1))
    late = visit(service, uprn(LONG_STREET, 2), "spoke", campaign_id=campaign)
    record(service, late, fact(service, HOUSE, "registration", body={"resident": "r", "state": "current"}))
    report = read_report(service, supervisor, campaign)
    assert (report.total["contacted"], report.total["premises"], report.since) == (1, 30, 1)
    counters = street_counters(service, LONG_STREET, campaign_id=campaign)
    assert (counters["contacted"], counters["registered"]) == (2, 0)
    assert street_counters(service, LONG_STREET)["registered"] == 1
    assert findings(service) == []


def test_what_was_received_before_a_campaign_was_archived_counts_for_it_even_when_it_is_recorded_after(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    mark = fact(service, HOUSE, "registration", body={"resident": "r", "state": "current"})
    clock.advance(timedelta(seconds=1))
    archive(service, supervisor, campaign)
    record(service, mark)
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["registered"] == 1
    assert findings(service) == []


def test_a_campaign_that_is_brought_back_takes_in_what_became_known_since(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    archive(service, supervisor, campaign)
    clock.advance(timedelta(days=1))
    record(service, fact(service, HOUSE, "registration", body={"resident": "r", "state": "current"}))
    record(service, visit(service, uprn(COAST_STREET, 1), "do_not_call"))
    with pytest.raises(Problem, match="is over"):
        unarchive(service, supervisor, campaign, ends_on=TODAY)
    unarchive(service, supervisor, campaign, ends_on=date(2026, 5, 1))
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["registered"] == 1
    assert state_of(service, uprn(COAST_STREET, 1), campaign).do_not_call
    assert read_campaign(service, supervisor, campaign).state == "active"
    assert findings(service) == []


def test_a_coordinator_of_a_ward_sees_a_wider_campaign_but_cannot_change_it(
    service: Service, supervisor: Principal
) -> None:
    wide = activate(service, supervisor)
    elsewhere = create_campaign(service, supervisor, areas=[EAST])
    local = create_supervisor(service, NORTH)
    assert [one.id for one in find_campaigns(service, local, {}).rows] == [wide]
    with pytest.raises(Problem) as refused:
        archive(service, local, wide)
    assert refused.value.code == "forbidden"
    for deed in (
        lambda: archive(service, local, elsewhere),
        lambda: read_campaign(service, local, elsewhere),
        lambda: create_campaign(service, local, areas=[SOUTH]),
        lambda: create_campaign(service, local, usrns=[COAST_STREET]),
    ):
        with pytest.raises(Problem) as refused:
            deed()
        assert refused.value.code == "not_found"


def test_a_ward_coordinator_is_told_of_the_houses_in_the_ward_where_a_street_crosses_its_border(
    service: Service, supervisor: Principal
) -> None:
    local = create_supervisor(service, NORTH)
    draft = create_campaign(service, local, usrns=[CROSSING_STREET])
    assert make_active(service, local, draft) == 3
    assert houses_of(service, draft) == 8, "the street is covered whole, by those who see each part of it"
    assert findings(service) == []


def test_an_earlier_last_day_of_a_campaign_is_the_end_of_its_lists_too(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    officer = create_officer(service)
    allocate(service, supervisor, campaign, officer, LONG_STREET, hours=24 * 14)
    allocate(service, supervisor, campaign, officer, SHORT_STREET, hours=12)

    def ends() -> list[datetime]:
        return service.db.read(
            lambda session: [one.not_after for one in lists_of_officer(session, officer, clock.now())]
        )

    before = ends()
    versions = service.db.read(
        lambda session: [one.version for one in lists_of_officer(session, officer, clock.now())]
    )
    last_day = TODAY + timedelta(days=3)
    edit_campaign(service, supervisor, campaign, {"ends_on": last_day}, match=any_version)
    assert ends() == [datetime(last_day.year, last_day.month, last_day.day + 1, tzinfo=UTC), before[1]]
    after = service.db.read(
        lambda session: [one.version for one in lists_of_officer(session, officer, clock.now())]
    )
    assert after == [one + 1 for one in versions], "so that phones are told"
    edit_campaign(service, supervisor, campaign, {"ends_on": last_day + timedelta(days=9)}, match=any_version)
    assert ends()[0].date() == last_day + timedelta(days=1), (
        "a list is extended by itself, not with the campaign"
    )


@pytest.mark.parametrize("way", ["allocated while the day changes", "extended while the day changes"])
def test_no_list_outlives_a_campaign_whose_last_day_changes_at_the_same_moment(
    service: Service, supervisor: Principal, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    campaign, officer = activate(service, supervisor), create_officer(service)
    last_day = TODAY + timedelta(days=3)
    threads: list[threading.Thread] = []

    def meanwhile(work: Callable[[], None], go_on: Callable[..., Any]) -> Callable[..., Any]:
        """As `go_on`, after another thread has begun, and ended its work unless it has to wait for us."""

        def started(*arguments: Any, **members: Any) -> Any:
            if not threads:
                threads.append(threading.Thread(target=work))
                threads[0].start()
                threads[0].join(timeout=2)
            return go_on(*arguments, **members)

        return started

    def edit() -> None:
        edit_campaign(service, supervisor, campaign, {"ends_on": last_day}, match=any_version)

    def give() -> int:
        return allocate(service, supervisor, campaign, officer, LONG_STREET, hours=24 * 14)

    if way.startswith("allocated"):
        monkeypatch.setattr(allocating, "plan_lists", meanwhile(edit, allocating.plan_lists))
        give()
    else:
        listed, too_late = give(), service.clock.now() + timedelta(days=9)

        def extend_list() -> None:
            with suppress(Problem):
                extend(service, supervisor, listed, not_after=too_late)

        monkeypatch.setattr(audit, "record", meanwhile(extend_list, audit.record))
        edit()
    threads[0].join()
    (head,) = service.db.read(lambda s: lists_of_officer(s, officer, service.clock.now()))
    assert head.not_after <= datetime(last_day.year, last_day.month, last_day.day + 1, tzinfo=UTC)


def test_a_campaign_names_a_questionnaire_that_there_is(service: Service, supervisor: Principal) -> None:
    known = ensure_default(service)
    with pytest.raises(Problem, match="no such questionnaire"):
        create_campaign(service, supervisor, questionnaire_id=known + 1)
    campaign = create_campaign(service, supervisor, questionnaire_id=known)
    with pytest.raises(Problem) as refused:
        edit_campaign(service, supervisor, campaign, {"questionnaire_id": known + 1}, match=any_version)
    assert (refused.value.code, list(refused.value.fields["errors"])) == (
        "validation_failed",
        ["questionnaire_id"],
    )
    edit_campaign(service, supervisor, campaign, {"questionnaire_id": None}, match=any_version)


def test_a_report_tells_a_ward_coordinator_of_that_ward_only(service: Service, supervisor: Principal) -> None:
    campaign = activate(service, supervisor)
    archive(service, supervisor, campaign)
    report = read_report(service, create_supervisor(service, SOUTH), campaign)
    assert {row["ward_code"] for row in report.streets} == {SOUTH}
    assert report.total["premises"] == 5
