"""Sharing streets out at the console: choose, look, change, allocate in one step, undo; and what is warned of."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.worklist_views import find_worklists
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.screens import Screen
from tests.factories.fieldwork import (
    COAST,
    FORCE,
    LONG_STREET,
    NORTH,
    activate,
    allocate,
    create_force,
    create_supervisor,
    findings,
)
from tests.factories.staff import create_account


@dataclass
class Place:
    """A campaign of the whole force, a coordinator, two officers who may go anywhere and one of one ward."""

    service: Service
    chief: Principal
    campaign: int
    pat: int
    kim: int
    noor: int

    @property
    def path(self) -> str:
        return f"/console/campaigns/{self.campaign}/allocation"

    def desk(self) -> Desk:
        return Desk(self.service, "cora.lane")

    def proposed(self, desk: Desk, *officers: int, **more: str) -> Page:
        return desk.submit(desk.get(self.path), "Propose", officers=[str(one) for one in officers], **more)


@pytest.fixture
def place(service: Service) -> Place:
    create_force(service)
    chief = create_supervisor(service)
    create_account(service, "cora.lane", "coordinator", areas=[FORCE])
    officers = {
        name: create_account(service, name, areas=[area], display_name=name.title())
        for name, area in (("pat", FORCE), ("kim", FORCE), ("noor", NORTH))
    }
    return Place(service, chief, activate(service, chief), **officers)


@sqlite_only
def test_streets_are_proposed_moved_allocated_and_undone(place: Place) -> None:
    desk = place.desk()
    page = desk.get(place.path)
    assert "30 houses are free" in page.text
    assert "Noor" in page.text
    assert "not granted 2 of 3 wards" in page.text
    page = place.proposed(desk, place.pat, place.kim, most_houses="5")
    assert page.notice.startswith("Proposed.")
    assert "30 houses on 4 streets for 2 officers" in page.text
    assert f"STREET {LONG_STREET} (3 lists)" in page.text
    assert desk.get(place.path).title.startswith("Proposal for")

    page = desk.submit(page, "Move", streets=[LONG_STREET], officer=str(place.kim))
    row = next(one for one in page.html.select("#streets tbody tr") if LONG_STREET in one.get_text())
    assert "Kim" in row.get_text()
    page = desk.submit(page, "Move", officer=str(place.kim))
    assert (page.status, page.errors) == (422, ["Choose at least one street."])

    done = desk.submit(desk.get(place.path), "Allocate all of it")
    assert (done.title, done.notice) == ("Allocated", "30 houses are given to 2 officers.")
    assert "free and still owed a visit" in desk.get(place.path).text
    assert findings(place.service) == []
    page = desk.submit(done, "Undo this allocation")
    assert "taken back" in page.notice
    assert page.title.startswith("Proposal for")
    active = find_worklists(place.service, place.chief, {"state": "active", "limit": 9}).rows
    assert active == []
    assert desk.get(done.response.request.path).title == "This allocation was undone"
    page = desk.submit(page, "Throw this proposal away")
    assert page.title.startswith("Allocate ")


@sqlite_only
def test_what_two_campaigns_share_and_what_was_not_granted_is_warned_of(place: Place) -> None:
    other = activate(place.service, place.chief)
    allocate(place.service, place.chief, other, place.pat, LONG_STREET)
    desk = place.desk()
    page = place.proposed(desk, place.noor)
    assert "12 houses are on lists of" in page.text
    assert "11 houses lie outside the areas granted" in page.text
    page = desk.submit(page, "Allocate all of it")
    assert page.status == 422
    assert "was not granted 2 of the wards" in " ".join(page.errors)
    page = desk.submit(
        desk.get(f"{place.path}?anew=true"), "Propose", officers=[str(place.pat)], areas=[COAST]
    )
    assert "6 houses on 1 street for 1 officer." in page.text
    assert "will not be finished by then" not in page.text
    page = desk.submit(desk.get(f"{place.path}?anew=true"), "Propose", officers=[str(place.pat)], hours="1")
    assert "the lists end 1 hour after they are given: they will not be finished by then" in page.text


@sqlite_only
def test_what_is_wrong_is_said_next_to_its_field_and_what_was_typed_is_kept(place: Place) -> None:
    desk = place.desk()
    page = desk.submit(desk.get(place.path), "Propose", most_houses="many", hours="12")
    assert page.errors == ["Enter a whole number of houses."]
    assert page.one("#hours")["value"] == "12"
    page = desk.submit(desk.get(place.path), "Propose")
    assert page.errors == ["Choose at least one officer; each must be active."]
    place.proposed(desk, place.pat)
    before = desk.get(place.path)
    desk.submit(before, "Move", streets=[LONG_STREET], officer=str(place.pat))
    page = desk.submit(before, "Allocate all of it")
    assert "another window" in " ".join(page.errors)
    assert desk.get("/console/campaigns/4242/allocation").status == 404
    assert Desk(place.service, "pat").get(place.path).status == 403


@sqlite_only
def test_sharing_out_is_seen_in_a_browser(place: Place, screen: Screen) -> None:
    """From the choices to the lists, with a street dragged onto another officer; and the same without scripts."""
    allocate(place.service, place.chief, activate(place.service, place.chief), place.pat, LONG_STREET)
    page = screen.sign_in("cora.lane")
    page.goto(place.path)
    screen.shoot(page, "allocation choices")
    page.get_by_label("Pat").check()
    page.get_by_label("Kim").check()
    page.get_by_label("Most houses on one list").fill("5")
    page.get_by_role("button", name="Propose").click()
    page.get_by_role("heading", name="Proposal for").wait_for()
    screen.shoot(page, "allocation proposal")
    row = page.locator("#streets tbody tr").first
    usrn = row.get_attribute("data-drag")
    other = "Kim" if "Pat" in (row.text_content() or "") else "Pat"
    row.drag_to(page.locator("[data-drop]").filter(has_text=other))
    page.locator(f"tr[data-drag='{usrn}']").filter(has_text=other).wait_for()
    page.get_by_role("button", name="Allocate all of it").click()
    page.get_by_role("heading", name="Allocated").wait_for()
    screen.shoot(page, "allocated")
    plain = screen.sign_in("cora.lane", scripts=False)
    plain.goto(page.url)
    plain.get_by_role("button", name="Undo this allocation").click()
    plain.get_by_label(f"STREET {LONG_STREET}").check()
    plain.get_by_label("Give the ticked streets to").select_option("Pat")
    plain.get_by_role("button", name="Move").click()
    plain.locator(f"tr[data-drag='{LONG_STREET}']").filter(has_text="Pat").wait_for()
