"""Coverage from the force down to the house: every figure leads to what is behind it, and nothing beyond the areas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.base.tables import AuditEntry
from server.devices.tables import Device
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.house_search import SHOWS, Wanted, find_houses
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.screens import Screen
from tests.factories.devices import create_device
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    EAST,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
    fact,
    record,
    uprn,
    visit,
)
from tests.factories.staff import create_account

HOUSE = uprn(LONG_STREET, 1)


@dataclass(frozen=True)
class Force:
    """A force with a campaign: two houses of the long street called at, one of them spoken with and registered."""

    service: Service
    supervisor: Principal
    campaign: int
    visited: str


@pytest.fixture
def force(service: Service, clock: SetClock) -> Force:
    create_force(service)
    supervisor = create_supervisor(service)
    create_account(service, "sam.marsh", "supervisor", areas=[HULL])
    campaign = activate(service, supervisor)
    officer = create_officer(service)
    allocate(service, supervisor, campaign, officer, LONG_STREET)
    made = visit(service, HOUSE, "spoke", campaign_id=campaign, account_id=officer)
    record(
        service,
        made,
        fact(service, HOUSE, "registration", body={"resident": "r", "state": "current"}),
        visit(service, uprn(LONG_STREET, 2), "no_reply", campaign_id=campaign, account_id=officer),
        visit(service, uprn(COAST_STREET, 1), "no_reply", campaign_id=campaign, account_id=officer),
    )
    clock.advance(timedelta(minutes=5))
    return Force(service, supervisor, campaign, made.id)


def numbers(page: Page) -> dict[str, str]:
    """The big figures by their names."""
    return {
        one.select_one("dt").get_text(" ", strip=True): next(one.select_one("dd").stripped_strings)  # type: ignore[union-attr]
        for one in page.html.select(".figures > div")
    }


@sqlite_only
def test_from_the_force_down_to_the_house_every_figure_leads_to_what_is_behind_it(force: Force) -> None:
    create_account(force.service, "kim.field", "supervisor", areas=[FORCE])
    desk = Desk(force.service, "kim.field")
    page = desk.get(f"/console/coverage?campaign={force.campaign}")
    assert page.title == "Coverage of Humberside"
    assert (numbers(page)["Houses"], numbers(page)["Visited"], numbers(page)["Contacted"]) == ("30", "3", "1")
    assert "3 visits, 1 of them conversations; 3 houses were called at for the first time" in page.text
    own = desk.get(f"/console/campaigns/{force.campaign}")
    behind = desk.get(f"/console/houses?show=contacted&campaign={force.campaign}")
    assert behind.response.request.full_path in [one["href"] for one in own.html.select(".figures a")]
    assert behind.title == "Houses contacted"
    assert len(behind.html.select("tbody th")) == 1
    page = desk.get(page.link(f"Area {HULL}"))
    assert numbers(page)["Visited"] == "2"
    page = desk.get(page.link(f"Area {NORTH}"))
    assert numbers(page) == numbers(page) | {"Houses": "19", "Visited": "2", "Registered": "1"}
    listed = desk.get(str(page.one("#figure-contacted")["href"]))
    assert [row.a.get_text() for row in listed.html.select("tbody th")] == [
        f"1 STREET {LONG_STREET}, HULL, HU6 7AA"
    ]  # type: ignore[union-attr]
    page = desk.get(page.link(f"STREET {LONG_STREET}"))
    assert (numbers(page)["Houses"], numbers(page)["Visited"]) == ("12", "2")
    assert len(page.html.select("tbody th a")) == 12
    house = desk.get(page.link(f"1 STREET {LONG_STREET}, HULL, HU6 7AA"))
    assert "Spoke with the household" in house.text
    assert "Registered, this campaign does not revisit" in house.text


@sqlite_only
def test_figures_stop_at_the_border_of_ones_areas(force: Force) -> None:
    desk = Desk(force.service, "sam.marsh")
    assert numbers(desk.get("/console/coverage"))["Houses"] == "24"
    assert desk.get(f"/console/coverage/{EAST}").status == 404
    assert desk.get(f"/console/coverage/{COAST}").status == 404
    assert desk.get(f"/console/streets/{COAST_STREET}").status == 404
    assert desk.get(f"/console/houses/{uprn(COAST_STREET, 1)}").status == 404
    assert "22 houses as of" in desk.get("/console/never-called").text


@sqlite_only
def test_days_choose_what_happened_and_not_how_it_stands(force: Force, clock: SetClock) -> None:
    day = clock.now().date()
    clock.advance(timedelta(days=9))
    record(force.service, visit(force.service, uprn(LONG_STREET, 3), "no_reply", campaign_id=force.campaign))
    desk = Desk(force.service, "sam.marsh")
    page = desk.get(f"/console/coverage/{NORTH}?campaign={force.campaign}&from={day}&to={day}")
    assert "In these days: 2 visits, 1 of them conversations" in page.text
    assert numbers(page)["Visited"] == "3"
    weeks = [
        [cell.get_text() for cell in row.select("th, td")]
        for row in page.html.select("figure")[0].select("tbody tr")
    ]
    assert [row[1:] for row in weeks] == [["2", "1", "1"]]
    listed = desk.get(page.link("2"))
    assert "2 visits." in listed.text
    houses = {one.get_text().split(",")[0] for one in listed.html.select("tbody th")}
    assert houses == {f"1 STREET {LONG_STREET}", f"2 STREET {LONG_STREET}"}
    assert len(desk.get(page.link("1")).html.select("tbody th")) == 1
    wrong = desk.get(f"/console/coverage?from={day}&to={day - timedelta(days=1)}")
    assert wrong.errors == ["The last day is before the first."]
    assert desk.get("/console/coverage?campaign=9&from=soon").status == 404


@sqlite_only
def test_what_may_still_wait_on_phones_is_told(force: Force) -> None:
    assert (
        "No phone of an officer who works here"
        in Desk(force.service, "sam.marsh").get("/console/coverage").text
    )
    phone = create_device(force.service, create_officer(force.service, NORTH))
    force.service.db.transact(
        lambda session: session.execute(update(Device).where(Device.id == phone.id).values(waiting=7))
    )
    desk = Desk(force.service, "sam.marsh")
    for path, told in ((NORTH, "Up to 7 visits"), (HULL, "Up to 7 visits"), (SOUTH, "No phone")):
        assert told in desk.get(f"/console/coverage/{path}").text


@sqlite_only
def test_houses_nobody_called_at_the_oldest_attempts_and_those_tried_too_often(
    force: Force, clock: SetClock
) -> None:
    for _ in range(3):
        clock.advance(timedelta(days=1))
        record(force.service, visit(force.service, uprn(LONG_STREET, 2), campaign_id=force.campaign))
    record(force.service, visit(force.service, uprn(LONG_STREET, 4), campaign_id=force.campaign))
    desk = Desk(force.service, "sam.marsh")

    def listed(query: str) -> list[str]:
        page = desk.get(f"/console/houses?campaign={force.campaign}&{query}")
        return [one.get_text().split(",")[0] for one in page.html.select("tbody th")]

    assert len(listed("show=never")) == 21
    assert listed("show=oldest") == [f"2 STREET {LONG_STREET}", f"4 STREET {LONG_STREET}"]
    assert listed("show=past") == [f"2 STREET {LONG_STREET}"]
    assert listed(f"show=past&area={SOUTH}") == []
    page = desk.get(f"/console/never-called?area={NORTH}&campaign={force.campaign}")
    file = desk.get(page.link("CSV"))
    assert file.response.mimetype == "text/csv"
    assert len(file.response.text.splitlines()) == 1 + 16
    audited = force.service.db.read(
        lambda session: session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "houses.download")
        ).one()
    )
    assert audited == {"show": "never", "campaign": force.campaign, "form": "csv", "houses": 16}


@sqlite_only
def test_a_list_of_houses_goes_on_from_page_to_page_across_streets(force: Force) -> None:
    wanted = Wanted("never", "", force.campaign)
    for limit in (1, 5, 12, 26, 27):
        found: list[str] = []
        after = ""
        while after is not None:
            page = find_houses(force.service, force.supervisor, wanted, {"limit": limit, "after": after})
            assert page.total == 27
            found += [one.uprn for one in page.rows]
            after = page.next  # type: ignore[assignment]
        assert len(found) == len(set(found)) == 27


@sqlite_only
def test_a_supervisor_overrules_takes_back_lifts_and_withdraws_each_with_a_reason(force: Force) -> None:
    desk = Desk(force.service, "sam.marsh")
    path = f"/console/houses/{HOUSE}"
    page = desk.get(f"{path}/override")
    assert desk.submit(page, "Overrule").errors == [
        "Say whether the house is to be called on.",
        "Choose a reason.",
    ]
    page = desk.submit(page, "Overrule", revisit="yes", reason="operational")
    assert "is to be called on" in page.notice
    assert "A supervisor asks for a visit: the local team decided it" in page.text
    page = desk.submit(page, "Take back", campaign="0")
    assert "the usual rules decide again" in page.notice
    page = desk.get(f"{path}/visits/{force.visited}/withdraw")
    page = desk.submit(page, "Withdraw the visit", reason="wrong_house")
    assert "no longer counts" in page.notice
    assert "Withdrawn" in page.text
    again = desk.get(f"{path}/visits/{force.visited}/withdraw")
    assert "withdrawn already" in again.text
    record(force.service, visit(force.service, HOUSE, "do_not_call", campaign_id=force.campaign))
    page = desk.get(path)
    page = desk.submit(
        desk.get(page.link("Lift it, with a reason : Asked us never to call again")),
        "Lift it",
        reason="new_occupier",
    )
    assert page.notice.startswith("Lifted.")
    assert "Lifted: do not call, because somebody else lives here now" in page.text


@sqlite_only
def test_reading_what_officers_wrote_of_a_house_is_on_the_audit_trail(force: Force) -> None:
    desk = Desk(force.service, "sam.marsh")
    assert "Hazards and notes None." in desk.get(f"/console/houses/{HOUSE}").text
    hazard = NewHazard(
        force.service.new_uuid(), HOUSE, "dog", "Bites.", None, None, force.service.clock.now()
    )
    force.service.db.transact(lambda session: report_hazards(session, force.service, [hazard]))
    assert "Hazard (reported): dog: Bites." in desk.get(f"/console/houses/{HOUSE}").text
    read = select(AuditEntry.target, AuditEntry.detail).where(AuditEntry.action == "house.read_texts")
    rows = force.service.db.read(lambda session: session.execute(read).all())
    assert [tuple(row) for row in rows] == [(f"premises:{HOUSE}", {"hazards": 1, "notes": 0})]


@sqlite_only
def test_an_analyst_reads_sums_and_not_houses(force: Force) -> None:
    create_account(force.service, "alex.sums", "analyst", areas=[HULL])
    desk = Desk(force.service, "alex.sums")
    assert numbers(desk.get("/console/coverage"))["Houses"] == "24"
    assert not desk.get("/console/coverage").html.select(".figures a")
    assert "Houses one by one are for those" in desk.get(f"/console/streets/{LONG_STREET}").text
    assert desk.get(f"/console/houses/{HOUSE}").status == 403
    assert desk.get("/console/never-called").status == 403


def test_every_level_reads_the_same_on_both_databases(force: Force) -> None:
    desk = Desk(force.service, "sam.marsh")
    for path in (
        "coverage",
        f"coverage/{HULL}?sort=outstanding",
        f"coverage/{SOUTH}",
        f"streets/{CROSSING_STREET}",
    ):
        assert desk.get(f"/console/{path}").status == 200
    for show in SHOWS:
        assert desk.get(f"/console/houses?show={show}&campaign={force.campaign}").status == 200
    assert "2 visits." in desk.get(f"/console/visits?area={HULL}").text
    told = desk.get(f"/console/houses/{HOUSE}").text
    assert "Held by" in told
    assert "Spoke with the household" in told


@sqlite_only
def test_coverage_seen_in_a_browser(force: Force, screen: Screen, clock: SetClock) -> None:
    for week in range(1, 7):
        clock.advance(timedelta(days=6))
        for number in range(1, 3 + week):
            outcome = ("no_reply", "spoke", "no_reply_card")[(week + number) % 3]
            record(
                force.service,
                visit(force.service, uprn(LONG_STREET, number), outcome, campaign_id=force.campaign),
            )
    page = screen.sign_in("sam.marsh")
    page.goto(f"/console/coverage?campaign={force.campaign}")
    screen.shoot(page, "coverage-force")
    page.get_by_role("link", name=f"Area {HULL}", exact=True).first.click()
    page.get_by_role("link", name=f"Area {NORTH}").click()
    page.get_by_role("heading", level=1, name=f"Area {NORTH}").wait_for()
    screen.shoot(page, "coverage-ward")
    page.clock.install()
    page.reload()
    page.locator("#figure-visited", has_text="8").wait_for()
    record(force.service, visit(force.service, uprn(LONG_STREET, 11), campaign_id=force.campaign))
    page.clock.fast_forward(31_000)
    page.locator("#figure-visited", has_text="9").wait_for()
    page.locator("#below tbody tr").first.get_by_role("cell", name="9", exact=True).wait_for()
    page.get_by_role("link", name=f"STREET {LONG_STREET}").click()
    page.get_by_role("heading", level=2, name="Houses").wait_for()
    screen.shoot(page, "coverage-street")
    page.get_by_role("link", name=f"1 STREET {LONG_STREET}").first.click()
    page.get_by_role("heading", level=2, name="What happened here").wait_for()
    screen.shoot(page, "coverage-house")
    page.get_by_role("link", name="Withdraw").first.click()
    screen.shoot(page, "coverage-withdraw")
    page.goto("/console/never-called")
    screen.shoot(page, "coverage-never-called")
