"""The start page tells what waits, per role and within the areas; each role has a guide whose links open."""

from __future__ import annotations

from datetime import date

import pytest

from server.base.service import Service
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.hazards import NewHazard, report_hazards
from server.staff.accounts import Grant, change_account
from server.web.home import tasks_of
from server.web.pages.guides import GUIDES
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.devices import create_device
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    HULL,
    LONG_STREET,
    NORTH,
    activate,
    allocate,
    create_campaign,
    create_force,
    create_officer,
    create_supervisor,
    uprn,
)
from tests.factories.staff import create_account, principal_for


def numbers(service: Service, account_id: int) -> dict[str, int]:
    """What waits for an account: page → how many."""
    return {one.href: one.number for one in tasks_of(service, principal_for(service, account_id))}


@pytest.fixture
def waiting(service: Service, clock: object) -> Service:
    create_force(service)
    chief, officer = create_supervisor(service), create_officer(service, NORTH)
    campaign = activate(service, chief, areas=[HULL])
    allocate(service, chief, campaign, officer, LONG_STREET, hours=12)
    create_campaign(service, chief, areas=[COAST])
    create_campaign(service, chief, areas=[NORTH])
    create_device(service, officer)

    def work(session):  # type: ignore[no-untyped-def]
        houses = [uprn(LONG_STREET, 1), uprn(COAST_STREET, 1), uprn(COAST_STREET, 2)]
        lock_premises(session, houses)
        now = service.clock.now()
        changed = report_hazards(
            session,
            service,
            [NewHazard(service.new_uuid(), house, "dog", "A dog.", None, officer, now) for house in houses],
        )
        record_facts(session, service, [], also_changed=sorted(changed))

    service.db.transact(work)
    create_account(service, "north.supervisor", "supervisor", areas=[NORTH])
    create_account(service, "morag.easington", "administrator")
    return service


def test_what_waits_is_counted_in_ones_areas_alone(waiting: Service) -> None:
    north = create_account(waiting, "two.supervisor", "supervisor", areas=[NORTH])
    assert numbers(waiting, north) == {
        "/console/hazards": 1,
        "/console/campaigns?state=draft": 1,
        "/console/lists": 1,
    }
    everywhere = create_account(waiting, "chief.supervisor", "supervisor", areas=[HULL, COAST])
    assert numbers(waiting, everywhere)["/console/hazards"] == 3
    assert numbers(waiting, everywhere)["/console/campaigns?state=draft"] == 2


def test_an_officer_sees_the_houses_of_their_own_lists(waiting: Service) -> None:
    chief = create_supervisor(waiting)
    officer = create_officer(waiting, COAST)
    allocate(waiting, chief, activate(waiting, chief, areas=[COAST]), officer, COAST_STREET)
    assert numbers(waiting, officer) == {"/console/lists": 6}


def test_an_administrator_sees_grants_that_end_and_what_was_refused(waiting: Service) -> None:
    admin = create_account(waiting, "two.admin", "administrator")
    officer = create_account(waiting, "pat.marsh", areas=[NORTH])
    change_account(
        waiting,
        principal_for(waiting, admin),
        officer,
        version=1,
        changes={"areas": [Grant(NORTH, None, date(2026, 3, 9))]},
    )
    Desk(waiting, "north.supervisor").get("/console/audit")
    assert numbers(waiting, admin) == {"/console/people": 1, "/console/audit?action=refused": 1}


@sqlite_only
@pytest.mark.parametrize("role", GUIDES)
def test_each_role_has_a_start_page_and_a_guide(service: Service, role: str) -> None:
    create_force(service)
    create_account(service, "some.person", role, areas=[NORTH])
    desk = Desk(service, "some.person")
    home = desk.get("/console")
    assert "Nothing waits for you today." in home.text
    assert desk.get("/console/").text == home.text
    guide = desk.get(f"/console/guides/{role}")
    assert guide.title.startswith("Guide:")
    assert desk.get(home.link("Try everything on practice data")).status == 200
    assert role.capitalize() in desk.get("/console/guides").text
    assert desk.get("/console/guides/mayor").status == 404


@sqlite_only
def test_the_start_page_and_guides_seen_in_a_browser(waiting: Service, screen: Screen) -> None:
    page = screen.sign_in("north.supervisor")
    page.goto("/console")
    screen.shoot(page, "home-waiting")
    for path in ("", "/supervisor", "/practice"):
        page.goto(f"/console/guides{path}")
        screen.shoot(page, f"guides{path}")
