"""Lists at the console: found, extended, taken back, moved to others, printed, and a paper's visits typed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.recall import recall
from server.fieldwork.worklist_views import find_worklists
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.fieldwork import (
    COAST,
    FORCE,
    LONG_STREET,
    SHORT_STREET,
    activate,
    allocate,
    create_force,
    create_supervisor,
    findings,
    state_of,
    uprn,
)
from tests.factories.staff import create_account

ZONE = ZoneInfo("Europe/London")


@dataclass
class Place:
    """A running campaign, a coordinator, two officers, of whom Pat holds two streets."""

    service: Service
    chief: Principal
    pat: int
    kim: int
    listed: int


@pytest.fixture
def place(service: Service, clock: SetClock) -> Place:
    clock.set(datetime(2026, 3, 2, 9, tzinfo=ZONE))
    create_force(service)
    chief = create_supervisor(service)
    create_account(service, "cora.lane", "coordinator", areas=[FORCE])
    pat, kim = (
        create_account(service, name, areas=[FORCE], display_name=name.title()) for name in ("pat", "kim")
    )
    campaign = activate(service, chief)
    listed = allocate(service, chief, campaign, pat, LONG_STREET, SHORT_STREET)
    clock.set(datetime(2026, 3, 3, 18, tzinfo=ZONE))
    return Place(service, chief, pat, kim, listed)


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


@sqlite_only
def test_a_list_is_found_extended_and_taken_back(place: Place) -> None:
    desk = Desk(place.service, "cora.lane")
    page = desk.get("/console/lists")
    assert "16 of 16 houses" in page.text
    page = desk.get(page.link(f"List {place.listed}"))
    assert "12 STREET 90000001" in page.text
    assert desk.submit(page, "Give more time").errors == ["Enter the day."]
    page = desk.submit(page, "Give more time", until_day="2026-03-09", until_time="20:00")
    assert page.notice == "The list runs longer."
    assert "9 Mar 2026, 20:00" in page.text
    page = desk.submit(page, "Give more time", until_day="2027-03-09")
    assert "extend it first" in page.errors[0]
    page = desk.get(page.link("Take it back"))
    assert desk.submit(page, "Take it back").errors == ["Choose a reason."]
    page = desk.submit(page, "Take it back", reason="finished")
    assert "is taken back" in page.notice
    assert "No list of this kind" in page.text
    assert "Recalled" in desk.get("/console/lists?state=any").text
    assert findings(place.service) == []


@sqlite_only
def test_what_somebody_who_is_ill_holds_is_moved_in_one_step(place: Place) -> None:
    allocate(place.service, place.chief, activate(place.service, place.chief), place.kim, SHORT_STREET)
    desk = Desk(place.service, "cora.lane")
    page = desk.submit(desk.get("/console/lists/move"), "Go on", officer=str(place.pat))
    assert page.title == "Move Pat’s lists to others"
    assert "4 houses are on somebody's list of Campaign" in page.text
    assert desk.submit(page, "Move them").errors == ["Choose one or more other officers."]
    page = desk.submit(page, "Move them", to=[str(place.kim)])
    assert page.notice == "16 houses moved, on 1 new list."
    active = find_worklists(place.service, place.chief, {"state": "active", "limit": 9}).rows
    assert {one.account_id for one in active} == {place.kim}
    assert "holds no list" in desk.get(f"/console/lists/move?officer={place.pat}").text
    assert findings(place.service) == []


@sqlite_only
def test_a_list_is_printed_with_its_marks_and_says_when_it_is_over(place: Place, clock: SetClock) -> None:
    hazard = NewHazard(
        place.service.new_uuid(),
        uprn(SHORT_STREET, 1),
        "dog",
        "Loose",
        None,
        place.pat,
        place.service.clock.now(),
    )
    place.service.db.transact(lambda session: report_hazards(session, place.service, [hazard]))
    desk = Desk(place.service, "cora.lane")
    page = desk.get(f"/console/lists/{place.listed}")
    pages = texts(desk.submit(page, "Print it (PDF)").response.data)
    assert all(f"List {place.listed} · Pat · Campaign" in one and "valid until" in one for one in pages)
    assert f"page {len(pages)} of {len(pages)}" in pages[-1]
    whole = " ".join(pages)
    assert "Hazard: dog: Loose" in whole
    assert "12 STREET 90000001" in whole
    clock.advance(timedelta(days=4))
    desk = Desk(place.service, "cora.lane")
    pages = texts(desk.submit(desk.get(f"/console/lists/{place.listed}"), "Print it (PDF)").response.data)
    assert all("Expired on 5 Mar 2026, 09:00: nobody is to call" in one for one in pages)
    recall(place.service, place.chief, place.listed, reason="finished")
    pages = texts(desk.submit(desk.get(f"/console/lists/{place.listed}"), "Print it (PDF)").response.data)
    assert all("Recalled: nobody is to call by this list" in one for one in pages)


@sqlite_only
def test_a_papers_visits_are_typed_in_and_a_mistake_stays_next_to_its_house(place: Place) -> None:
    desk = Desk(place.service, "cora.lane")
    first, second, third = (uprn(SHORT_STREET, number) for number in (1, 2, 3))
    page = desk.get(f"/console/lists/{place.listed}/entry")
    button = "Enter these visits"
    assert "Nothing was typed in" in desk.submit(page, button).errors[0]
    typed = {
        f"outcome-{first}": "no_reply",
        f"at-{first}": "17:05",
        f"outcome-{second}": "callback",
        f"at-{second}": "17:10",
        f"at-{third}": "quarter past",
        f"outcome-{third}": "spoke",
    }
    page = desk.submit(page, button, **typed)
    assert page.status == 422
    assert "1 visit is entered." in page.text
    assert len(page.errors) == 2
    assert page.one(f"#outcome-{second} option[selected]")["value"] == "callback"
    told = page.one(f"#{page.one(f'#callback_day-{second}')['aria-describedby']}")
    assert "Enter the day agreed" in told.get_text()
    assert page.one(f"#at-{third}")["value"] == "quarter past"
    assert not page.html.select(f"#outcome-{first} option[selected]")
    mended = {
        f"callback_day-{second}": "2026-03-10",
        f"callback_part-{second}": "evening",
        f"at-{third}": "17:15",
    }
    assert desk.submit(page, button, **mended).notice == "2 visits are entered."
    assert state_of(place.service, second).callback_date == "2026-03-10"
    assert (
        "1 was there already"
        in desk.submit(
            page,
            button,
            **{f"outcome-{first}": "no_reply", f"at-{first}": "17:05"}
            | {f"outcome-{one}": "" for one in (second, third)}
            | {f"at-{one}": "" for one in (second, third)},
        ).notice
    )
    assert findings(place.service) == []


@sqlite_only
def test_lists_outside_ones_areas_are_not_there_and_officers_change_nothing(place: Place) -> None:
    create_account(place.service, "lee.shore", "coordinator", areas=[COAST])
    away, officer = Desk(place.service, "lee.shore"), Desk(place.service, "pat")
    for path in ("", "/recall", "/entry"):
        assert away.get(f"/console/lists/{place.listed}{path}").status == 404
    assert "No list of this kind" in away.get("/console/lists").text
    page = officer.get(f"/console/lists/{place.listed}")
    assert page.status == 200
    assert "What can be done" not in page.text
    assert officer.get(f"/console/lists/{place.listed}/entry").status == 403


@sqlite_only
def test_lists_and_typing_in_are_seen_in_a_browser(place: Place, screen: Screen) -> None:
    page = screen.sign_in("cora.lane")
    page.goto("/console/lists")
    screen.shoot(page, "lists")
    page.get_by_role("link", name=f"List {place.listed}").click()
    screen.shoot(page, "list")
    page.get_by_role("link", name="Take it back").click()
    screen.shoot(page, "list taken back")
    page.goto(f"/console/lists/move?officer={place.pat}")
    screen.shoot(page, "lists moved")
    page.goto(f"/console/lists/{place.listed}/entry")
    first = page.locator("fieldset.entry").first
    first.get_by_label("It came to").select_option("no_access")
    first.get_by_label("Time").fill("17:05")
    page.get_by_role("button", name="Enter these visits").press("Enter")
    page.get_by_role("alert").wait_for()
    screen.shoot(page, "list typed in")
    page.locator("fieldset.entry").first.get_by_label("Note").fill("Gate code needed")
    page.keyboard.press("Enter")
    page.get_by_text("1 visit is entered").wait_for()
