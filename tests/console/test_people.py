"""People at the console: add, change, grant areas, leave, come back, and who sees a street."""

from __future__ import annotations

import pytest

from server.base.service import Service
from server.staff import accounts
from server.staff.accounts import AccountView
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.devices import create_device
from tests.factories.fieldwork import (
    CROSSING_STREET,
    HULL,
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
    return Desk(service, "morag.easington")


def read(service: Service, account_id: int) -> AccountView:
    return service.db.read(lambda session: accounts.read_account(session, account_id))


def test_a_person_is_added_with_a_password_shown_once_and_signs_in_with_it(
    service: Service, desk: Desk
) -> None:
    form = desk.get("/console/people/add")
    typed = {"display_name": "PC Aisha Drypool", "roles": ["officer", "key_contacts"], "area_code": NORTH}
    wrong = desk.submit(form, "Add the person", **typed, username="A B")
    assert wrong.errors == ["3 to 64 of a–z, 0–9, and . _ @ - inside."]
    assert wrong.one("#display_name")["value"] == "PC Aisha Drypool"
    assert {box["value"] for box in wrong.html.select("[name=roles][checked]")} == {"officer", "key_contacts"}
    made = desk.submit(wrong, "Add the person", username="aisha.drypool", ends_on="2026-12-31")
    password = made.html.select("strong.code")[1].get_text()
    page = desk.get(made.link("I have noted it down"))
    assert password not in page.response.text
    assert "until 31 Dec 2026" in page.text
    assert "May see them" in page.text
    visitor = Desk(service)
    entered = visitor.submit(
        visitor.get("/console/sign-in"), "Sign in", username="aisha.drypool", password=password
    )
    assert entered.status == 200
    assert "Aisha Drypool" in desk.get("/console/people/key-contacts").text


def test_people_are_filtered_by_role_area_and_state_and_found_by_name_without_an_address(
    service: Service, desk: Desk
) -> None:
    create_account(service, "north.officer", areas=[NORTH])
    create_account(service, "south.analyst", "analyst", areas=[SOUTH])
    create_account(service, "gone.officer", areas=[NORTH], active=False)
    listed = desk.get("/console/people")
    assert "North.Officer" in listed.text
    assert "Gone.Officer" not in listed.text
    assert "South.Analyst" not in desk.submit(listed, "Filter", role="officer").text
    assert "Gone.Officer" in desk.submit(listed, "Filter", state="left").text
    by_area = desk.submit(listed, "Filter", area_code=SOUTH)
    assert [row.select_one("td").get_text() for row in by_area.html.select("tbody tr")] == ["South.Analyst"]
    found = desk.submit(listed, "Find by name", text="analyst")
    assert [row.select_one("td").get_text() for row in found.html.select("tbody tr")] == ["South.Analyst"]
    assert found.response.request.query_string == b""
    assert "Nobody fits" in desk.submit(listed, "Find by name", text="zz").text


def test_two_administrators_do_not_overwrite_each_other_unseen(service: Service, desk: Desk) -> None:
    officer = create_account(service, "pat.marsh", collar_number="1")
    create_account(service, "second.admin", "administrator")
    other = Desk(service, "second.admin")
    mine, theirs = (one.get(f"/console/people/{officer}/edit") for one in (desk, other))
    assert "is changed" in other.submit(theirs, "Save", collar_number="22").notice
    late = desk.submit(mine, "Save", collar_number="33")
    assert late.status == 422
    assert "collar number 22" in late.text
    assert late.one("#collar_number")["value"] == "33"
    assert read(service, officer).collar_number == "22"
    desk.submit(late, "Save")
    assert read(service, officer).collar_number == "33"


def test_nobody_changes_their_own_roles_areas_or_state(service: Service, desk: Desk) -> None:
    own = accounts_id(service, "morag.easington")
    form = desk.get(f"/console/people/{own}/edit")
    assert "ask another administrator" in form.text
    page = desk.submit(form, "Save", display_name="Morag E", roles=["officer"])
    assert page.status == 200
    assert read(service, own).roles == ("administrator",)
    token = str(form.one("form[action$=edit] [name=csrf_token]")["value"])
    for path in ("areas", "leave"):
        sent = {"csrf_token": token, "version": "2", "area_code": NORTH}
        assert desk.post(f"/console/people/{own}/{path}", sent).status == 403


def accounts_id(service: Service, username: str) -> int:
    return service.db.read(lambda session: accounts.account_id_of(session, username))


def test_areas_are_granted_with_dates_and_taken_away(service: Service, desk: Desk) -> None:
    officer = create_account(service, "pat.marsh", areas=[NORTH])
    form = desk.get(f"/console/people/{officer}/areas")
    bad = desk.submit(form, "Grant", area_code=SOUTH, starts_on="2026-05-02", ends_on="2026-05-01")
    assert bad.errors == ["A grant ends before it starts."]
    page = desk.submit(bad, "Grant", ends_on="2026-05-09")
    assert page.notice == "The area is granted."
    assert "9 May 2026" in page.text
    again = desk.submit(page, "Grant", area_code=SOUTH, starts_on=None, ends_on="2026-06-01")
    assert [one.area_code for one in read(service, officer).areas] == [NORTH, SOUTH]
    gone = desk.submit(again, "Take away")
    assert [one.area_code for one in read(service, officer).areas] == [SOUTH]
    assert gone.notice == "The area is taken away."


def test_a_leaver_is_closed_with_what_they_hold_and_can_come_back(service: Service, desk: Desk) -> None:
    chief, officer = create_supervisor(service), create_officer(service, NORTH)
    allocate(service, chief, activate(service, chief), officer, LONG_STREET)
    create_device(service, officer)
    page = desk.get(desk.get(f"/console/people/{officer}").link("The person leaves"))
    assert "12 houses are free for others" in page.text
    left = desk.submit(page, "Close the account")
    assert "Lists recalled: 1 (12 houses, free at once). Phones to be drained and wiped: 1." in left.notice
    assert "Left" in left.title
    back = desk.submit(left, "The person has come back")
    assert "open again" in back.notice
    assert read(service, officer).active
    twice = desk.submit(page, "Close the account")  # the page from before
    assert twice.errors == ["Somebody else has changed this account since."]


def test_who_sees_a_street_is_told_with_the_grant(service: Service, desk: Desk) -> None:
    create_account(service, "hull.officer", areas=[HULL])
    create_account(service, "south.officer", areas=[SOUTH])
    ask = desk.get("/console/who-sees")
    chosen = desk.submit(ask, "Find the street", street=CROSSING_STREET[-1])
    page = desk.get(chosen.link(f"STREET {CROSSING_STREET}"))
    assert "3 people see it today" in page.text
    rows = {row.select_one("td a").get_text(): row.get_text(" ") for row in page.html.select("tbody tr")}
    assert "further notice all" in " ".join(rows["Hull.Officer"].split())
    assert f"Area {SOUTH}" in rows["South.Officer"]
    assert "South.Officer" not in desk.get(f"/console/who-sees?area={NORTH}").text
    assert desk.get("/console/who-sees?usrn=12").status == 404


@pytest.mark.parametrize("role", ["officer", "coordinator", "supervisor", "analyst"])
def test_only_administrators_open_these_pages(service: Service, role: str) -> None:
    create_force(service)
    create_account(service, "other.person", role, areas=[HULL])
    desk = Desk(service, "other.person")
    for path in ("people", "people/add", "people/1", "people/1/leave", "people/1/areas", "who-sees"):
        assert desk.get(f"/console/{path}").status == 403


def test_people_seen_in_a_browser(service: Service, desk: Desk, screen: Screen) -> None:
    chief, officer = create_supervisor(service, NORTH), create_officer(service, NORTH, SOUTH)
    allocate(service, chief, activate(service, chief, areas=[NORTH]), officer, LONG_STREET)
    create_device(service, officer)
    page = screen.sign_in("morag.easington")
    page.goto("/console/people")
    screen.shoot(page, "people")
    page.goto("/console/people/add")
    page.get_by_role("button", name="Add the person").click()
    page.get_by_role("alert").wait_for()
    screen.shoot(page, "people-add-errors")
    for path in ("", "/edit", "/areas", "/leave", "/password"):
        page.goto(f"/console/people/{officer}{path}")
        screen.shoot(page, f"person{path}")
    page.get_by_role("button", name="Make a new password").click()
    page.get_by_role("button", name="I have noted it down").wait_for()
    page.goto(f"/console/who-sees?usrn={CROSSING_STREET}")
    screen.shoot(page, "who-sees")
