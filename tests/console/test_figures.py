"""The best time to call, officers and teams: what the pages say, and how they look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.base.service import Service
from server.fieldwork.best_slots import reckon_best_slots
from server.staff.principals import today
from sync.slots import AFTERNOON, EVENING, MORNING, SATURDAY, SUNDAY
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.activity import count_visits
from tests.factories.fieldwork import (
    COAST,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_supervisor,
)
from tests.factories.staff import create_account


@pytest.fixture
def place(service: Service) -> Service:
    """A force where two officers knocked for four weeks, one of them in both districts."""
    create_force(service)
    create_account(service, "sam.marsh", "supervisor", areas=[HULL])
    morag = create_account(service, "morag.easington", "officer", areas=[HULL])
    ned = create_account(service, "ned.holderness", "officer", areas=[HULL])
    supervisor = create_supervisor(service)
    campaign = activate(service, supervisor)
    allocate(service, supervisor, campaign, morag, LONG_STREET, hours=10)
    for days in range(1, 28):
        on = today(service) - timedelta(days=days)
        if on.weekday() < 5:
            count_visits(
                service,
                NORTH,
                {MORNING: (14, 3), EVENING: (9, 5)},
                account_id=morag,
                day=on,
                campaign_id=campaign,
            )
            count_visits(service, SOUTH, {AFTERNOON: (3, 1)}, account_id=ned, day=on, campaign_id=campaign)
            count_visits(service, COAST, {MORNING: (50, 50)}, account_id=ned, day=on, campaign_id=campaign)
        else:
            slot = SATURDAY if on.weekday() == 5 else SUNDAY
            count_visits(service, NORTH, {slot: (6, 3)}, account_id=ned, day=on, campaign_id=campaign)
    reckon_best_slots(service)
    return service


@sqlite_only
def test_each_ward_has_its_rates_and_what_its_lists_wait_for(place: Service) -> None:
    page = Desk(place, "sam.marsh").get("/console/best-time")
    assert page.title == "Best time to call"
    rows = {
        row.th.get_text(" ", strip=True): row.get_text(" ", strip=True)
        for row in page.html.select("tbody tr")
    }
    north = rows[f"Area {NORTH}"]
    assert "56 % 48 % to 63 % 171 tries ▲ clearly more" in north
    assert north.endswith("Weekday evening")
    assert "no tries: as nearby" in rows[f"Area {SOUTH}"]
    assert f"Area {COAST}" not in page.text
    file = Desk(place, "sam.marsh").get(page.link("these rates as CSV")).response
    head, first, *rest = file.get_data(as_text=True).splitlines()
    assert (file.mimetype, head.split(",")[3:6]) == ("text/csv", ["slot", "tries", "answered"])
    assert first.split(",")[3:6] == ["Weekday morning", "266", "57"]
    assert len(rest) == 9


@sqlite_only
def test_officers_stand_by_name_with_the_visits_of_ones_areas(place: Service) -> None:
    desk = Desk(place, "sam.marsh")
    page = desk.get("/console/officers")
    rows = [row.get_text(" ", strip=True) for row in page.html.select("table")[-1].select("tbody tr")]
    assert [row.split()[0] for row in rows] == ["Morag.Easington", "Ned.Holderness"]
    assert not page.html.select("th a[href*=sort]")
    assert "below policy" in rows[1]
    assert "1, the first ends" in rows[0]
    own = desk.get(page.link("Ned.Holderness"))
    assert own.title == "Ned.Holderness"
    assert "Tries and answers by time" in own.text
    total = own.html.select_one(".figures dd").get_text(strip=True)
    assert total == rows[1].split()[1]
    assert int(total) < 200


@sqlite_only
def test_days_that_make_no_sense_are_told_beside_their_field(place: Service) -> None:
    desk = Desk(place, "sam.marsh")
    page = desk.get("/console/officers?from=2026-05-02&to=2026-05-01")
    assert page.errors == ["The first day is after the last one."]
    assert page.status == 200
    odd = desk.get("/console/best-time?from=soon")
    assert odd.errors == ["Enter a real date."]
    none = desk.get("/console/best-time?from=2020-01-01&to=2020-01-02")
    assert "No visits were counted here" in none.text
    assert "No visits of this officer" in desk.get("/console/officers/3?from=2020-01-01&to=2020-01-02").text


@sqlite_only
def test_the_pages_of_figures_as_they_look(place: Service, screen: Screen) -> None:
    page = screen.sign_in("sam.marsh")
    page.goto("/console/best-time")
    screen.shoot(page, "best time")
    page.goto("/console/officers")
    screen.shoot(page, "officers")
    page.get_by_role("link", name="Morag.Easington").click()
    page.get_by_role("heading", name="Morag.Easington").wait_for()
    screen.shoot(page, "officer")
