"""The audit trail at the console: in words, filtered, exported; and the search."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from server.base import audit
from server.base.service import Service
from server.base.tables import AuditEntry
from server.fieldwork.recall import recall
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.screens import Screen
from tests.factories.base import create_principal
from tests.factories.fieldwork import (
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
)
from tests.factories.staff import create_account

pytestmark = sqlite_only


@pytest.fixture
def desk(service: Service) -> Desk:
    create_force(service)
    create_account(service, "morag.easington", "administrator")
    chief = create_supervisor(service)
    listed = allocate(service, chief, activate(service, chief), create_officer(service, NORTH), LONG_STREET)
    recall(service, chief, listed, reason="officer_away")
    return Desk(service, "morag.easington")


def deeds(page: Page) -> list[str]:
    """What the rows say was done."""
    return [row.select("td")[2].get_text() for row in page.html.select("tbody tr")]


def test_the_trail_is_in_words_with_names_and_links(desk: Desk) -> None:
    page = desk.get("/console/audit")
    assert "Recalled a list" in deeds(page)
    assert "reason: the officer is away" in page.text
    assert page.link("List 1") == "/console/lists/1"
    assert "Morag.Easington" in page.text


def test_the_trail_is_filtered_by_kind_person_thing_and_day(service: Service, desk: Desk) -> None:
    page = desk.get("/console/audit")
    lists = desk.submit(page, "Filter", group="worklist")
    assert set(deeds(lists)) == {"Recalled a list", "Allocated lists"}
    assert set(deeds(desk.submit(page, "Filter", target="worklist:1"))) == {"Recalled a list"}
    assert deeds(desk.submit(page, "Filter", since="2026-03-03")) == []
    assert "Recalled a list" in deeds(desk.submit(page, "Filter", since="2026-03-02", until="2026-03-02"))
    mine = desk.submit(page, "Find the person", text="morag")
    assert set(deeds(mine)) == {"Signed in"}
    assert "Who do you mean?" in desk.submit(page, "Find the person", text="example").text
    assert "Nobody has these letters" in desk.submit(page, "Find the person", text="zz").text
    assert deeds(desk.get("/console/audit?since=yesterday&limit=1"))  # what is wrong is left out


def test_the_export_is_safe_filtered_and_itself_on_the_trail(service: Service, desk: Desk) -> None:
    sneaky = create_principal(account_id=1)
    service.db.transact(
        lambda session: audit.record(session, service, sneaky, "worklist.recall", "=cmd|' /C calc'!A0")
    )
    page = desk.get("/console/audit?group=worklist")
    made = desk.submit(page, "Download these entries as CSV")
    rows = list(csv.DictReader(io.StringIO(made.response.get_data().decode("utf-8-sig"))))
    assert {row["action"] for row in rows} == {"worklist.recall", "worklist.allocate"}
    assert "'=cmd|' /C calc'!A0" in {row["target"] for row in rows}
    (entry,) = service.db.read(
        lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.export")))
    )
    assert entry.detail["entries"] == 3
    assert "Exported the audit trail" in deeds(desk.get("/console/audit"))


@pytest.mark.parametrize("role", ["officer", "coordinator", "supervisor", "analyst"])
def test_only_administrators_read_the_trail(service: Service, role: str) -> None:
    create_account(service, "other.person", role)
    desk = Desk(service, "other.person")
    assert desk.get("/console/audit").status == 403


def test_search_finds_what_lies_in_ones_areas_by_post(service: Service, desk: Desk) -> None:
    create_account(service, "south.officer", areas=[SOUTH])
    officer = Desk(service, "south.officer")
    form = officer.get(officer.get("/console").link("Search"))
    found = officer.submit(form, "Search", words="street 9")
    assert [a.get_text() for a in found.html.select("main li a")] == ["STREET 90000003"]
    assert not found.response.request.query_string
    assert officer.submit(form, "Search", words="x").errors == ["Type two letters or more."]
    assert "Nothing in your areas" in officer.submit(form, "Search", words="Zanzibar").text


def test_the_trail_and_the_search_seen_in_a_browser(desk: Desk, screen: Screen) -> None:
    page = screen.sign_in("morag.easington")
    page.goto("/console/audit")
    page.get_by_role("table").locator("summary").first.click()
    screen.shoot(page, "audit")
    page.goto("/console/search")
    page.get_by_label("Street, house, postcode").fill("street")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Streets").wait_for()
    screen.shoot(page, "search")
