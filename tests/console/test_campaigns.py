"""Coordinators make, preview, start, change, copy and end campaigns on pages."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.campaign_views import read_campaign
from server.fieldwork.campaigns import edit_campaign
from server.fieldwork.tables import Campaign, CampaignPremises
from server.targeting.rank import rank
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.screens import Screen
from tests.factories.fieldwork import (
    COAST_STREET,
    CROSSING_STREET,
    HULL,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    activate,
    create_campaign,
    create_force,
    create_supervisor,
    fact,
    record,
    uprn,
    uprns,
    visit,
)
from tests.factories.staff import create_account

pytestmark = sqlite_only
SQUARE = json.dumps(
    {
        "type": "Polygon",
        "coordinates": [[[-0.37, 53.769], [-0.3, 53.769], [-0.3, 53.771], [-0.37, 53.771], [-0.37, 53.769]]],
    }
)


@pytest.fixture
def supervisor(service: Service) -> Principal:
    create_force(service)
    create_account(service, "sam.marsh", "supervisor", areas=[HULL])
    create_account(service, "ola.reed", "officer", areas=[HULL])
    return create_supervisor(service, HULL)


@pytest.fixture
def desk(service: Service, supervisor: Principal) -> Desk:
    return Desk(service, "sam.marsh")


def houses(service: Service, campaign_id: int) -> set[str]:
    chosen = select(CampaignPremises.uprn).where(CampaignPremises.campaign_id == campaign_id)
    return set(service.db.read(lambda session: session.scalars(chosen).all()))


def campaigns(service: Service) -> int:
    counted = select(func.count()).select_from(Campaign)
    return service.db.read(lambda session: session.execute(counted).scalar_one())


def make(desk: Desk, **typed: Any) -> Page:
    usual = {"name": "Doors of spring", "ends_on": "2026-04-01"}
    return desk.submit(desk.get("/console/campaigns/new"), "Make the draft", **(usual | typed))


def number(page: Page) -> int:
    return int(page.response.request.path.split("/")[3])


def test_a_campaign_is_made_of_any_mix_previewed_and_started(
    service: Service, supervisor: Principal, desk: Desk
) -> None:
    registered = uprn(LONG_STREET, 1)
    record(
        service,
        fact(service, registered, "registration", body={"resident": "r", "state": "current"}),
        visit(service, uprn(LONG_STREET, 2), "do_not_call"),
    )
    activate(service, supervisor, usrns=[SHORT_STREET], ends_on=service.clock.now().date())
    assert "no campaign" not in desk.get("/console/campaigns").text
    page = make(
        desk,
        polygon=SQUARE,
        listed=f"{uprn(SHORT_STREET, 1)}, {uprn(SHORT_STREET, 2)}",
        streets=[CROSSING_STREET],
        purpose="Ask about parking.",
    )
    assert page.notice == (
        "Draft made. It takes 2 houses by the list and 12 houses inside the shape. "
        "Look at what it covers, then start it."
    )
    assert page.title == "Doors of spring Draft"
    assert json.loads(str(page.one("[data-map]")["data-shape"])) == json.loads(SQUARE)
    campaign = number(page)
    start = desk.get(page.link("See what it covers, and start it"))
    assert "1 of 22 houses are left out because somebody there has registered already" in start.text
    assert "1 house asked us never to call again" in start.text
    assert "Campaign 1" in start.text or ": 2 houses" in start.text
    started = desk.submit(start, "Start this campaign")
    assert started.notice == "Campaign started: it covers 22 houses."
    assert started.title == "Doors of spring Active"
    assert read_campaign(service, supervisor, campaign).state == "active"
    again = desk.get(f"/console/campaigns/{campaign}/start")
    assert (again.status, "was started already" in again.text) == (409, True)
    listed = desk.get("/console/campaigns?state=active")
    assert "Doors of spring" in listed.text
    assert "Doors of spring" not in desk.get("/console/campaigns?state=archived").text


def test_streets_are_found_by_name_and_nothing_typed_is_lost(service: Service, desk: Desk) -> None:
    first = desk.submit(
        desk.get("/console/campaigns/new"), "Find streets", name="Doors", find="9000", areas=[NORTH]
    )
    assert first.one("#name")["value"] == "Doors"
    assert first.one(f"#area-{NORTH}").has_attr("checked")
    assert len(first.html.select("input[name=streets]")) == 3
    assert not first.html.select(f"#street-{COAST_STREET}")
    none = desk.submit(first, "Find streets", streets=[LONG_STREET], find="nowhere")
    assert "No other street in your areas" in none.text
    assert none.one(f"#street-{LONG_STREET}").has_attr("checked")
    page = desk.submit(none, "Make the draft", ends_on="2026-04-01")
    assert "STREET 90000001" in page.text
    assert campaigns(service) == 1


def test_entries_that_mean_no_house_are_told_by_line_and_left_out_only_when_asked(
    service: Service, desk: Desk
) -> None:
    listed = f"{uprn(SHORT_STREET, 1)}\n\nHU9 9ZZ\n{uprn(COAST_STREET, 1)}\nrubbish"
    page = make(desk, listed=listed)
    assert page.status == 422
    assert page.errors == [
        "3 entries of the list mean no house: mend them, or say that they are to be left out."
    ]
    rows = [[cell.get_text() for cell in row.select("td")] for row in page.html.select("tbody tr")]
    assert rows == [
        ["3", "HU9 9ZZ", "has no house in your areas"],
        ["4", uprn(COAST_STREET, 1), "is no house in your areas"],
        ["5", "rubbish", "is neither a UPRN nor a postcode"],
    ]
    assert page.one("#listed").get_text().strip() == listed
    assert campaigns(service) == 0
    done = desk.submit(page, "Make the draft", leave_out="yes")
    assert "3 entries were left out" in done.notice
    assert houses(service, number(done)) == {uprn(SHORT_STREET, 1)}


def test_a_file_joins_what_was_pasted(service: Service, desk: Desk) -> None:
    file = (io.BytesIO(f"Address,UPRN\nx,{uprn(LONG_STREET, 3)}\n".encode("utf-8-sig")), "houses.csv")
    done = make(desk, file=file)
    assert houses(service, number(done)) == {uprn(LONG_STREET, 3)}
    workbook = make(desk, file=(io.BytesIO(b"PK\x03\x04\0\0"), "houses.xlsx"))
    assert workbook.errors == ["This file is not text: save it as CSV or TXT first."]


def test_what_is_wrong_stands_next_to_its_field(desk: Desk) -> None:
    page = make(desk, name="", ends_on="2026-01-01", most_attempts="many", polygon="{}")
    assert page.status == 422
    assert page.html.title is not None
    assert page.html.title.get_text().startswith("Error: Make a campaign")
    assert page.errors == [
        "Give the campaign a name.",
        "Give a whole number from 1 to 50.",
        "This is not GeoJSON of a polygon: draw the shape again.",
    ]
    assert "Name at least one area" in make(desk).errors[0]
    turned = make(desk, areas=[NORTH], ends_on="2026-01-01").errors
    assert turned == ["Give a last day that is not before the first."]


def test_two_who_edit_at_once_are_told_of_each_other(
    service: Service, supervisor: Principal, desk: Desk
) -> None:
    draft = create_campaign(service, supervisor, areas=[NORTH])
    form = desk.get(f"/console/campaigns/{draft}/edit")
    edit_campaign(service, supervisor, draft, {"name": "Theirs"}, match=lambda _: None)
    page = desk.submit(form, "Save changes", name="Mine", most_attempts="6")
    assert page.status == 422
    assert "Somebody else changed this campaign" in page.errors[0]
    assert "Theirs" in page.text
    assert page.one("#name")["value"] == "Mine"
    done = desk.submit(page, "Save changes")
    assert done.notice == "Changes saved."
    history = desk.get(done.link("Version 3: see its history"))
    assert "Name: Theirs → Mine" in history.text
    assert "Most attempts: 4 → 6" in history.text
    same = desk.submit(desk.get(f"/console/campaigns/{draft}/edit"), "Save changes")
    assert same.notice == "Nothing was changed."


def test_a_drafts_houses_are_added_to_and_let_go(service: Service, supervisor: Principal, desk: Desk) -> None:
    draft = create_campaign(service, supervisor, chosen=uprns(SHORT_STREET)[:1])
    where = f"/console/campaigns/{draft}/edit"
    desk.submit(desk.get(where), "Save changes", listed=uprn(SHORT_STREET, 2))
    assert houses(service, draft) == set(uprns(SHORT_STREET)[:2])
    desk.submit(desk.get(where), "Save changes", let_go="yes", polygon=SQUARE)
    assert houses(service, draft) == set(uprns(LONG_STREET))
    emptied = desk.submit(desk.get(where), "Save changes", let_go="yes")
    assert "Name at least one area" in emptied.errors[0]


def test_an_active_campaign_changes_in_what_is_not_fixed(
    service: Service, supervisor: Principal, desk: Desk
) -> None:
    campaign = activate(service, supervisor, areas=[NORTH])
    form = desk.get(f"/console/campaigns/{campaign}/edit")
    assert not form.html.select("#starts_on, #areas, #listed")
    owner = create_account(service, "kim.shaw", "coordinator", areas=[HULL])
    form = desk.get(f"/console/campaigns/{campaign}/edit")
    done = desk.submit(form, "Save changes", owner_id=str(owner), revisit_registered="yes", times=["weekend"])
    assert done.notice == "Changes saved."
    history = desk.get(f"/console/campaigns/{campaign}/history").text
    assert "One attempt in the evening: yes → no" in history
    assert "Call on registered houses: no → yes" in history
    assert "Owner: Sam" in history


def test_a_campaign_is_archived_reported_brought_back_and_copied(
    service: Service, supervisor: Principal, desk: Desk, clock: SetClock
) -> None:
    campaign = activate(service, supervisor, areas=[NORTH], chosen=uprns(CROSSING_STREET)[-1:])
    record(service, visit(service, uprn(LONG_STREET, 1), "spoke", campaign_id=campaign))
    page = desk.get(f"/console/campaigns/{campaign}")
    assert "1 5 % of 20 to call on" in page.text
    assert "has its report once it is archived" in desk.get(f"/console/campaigns/{campaign}/report").text
    archived = desk.submit(desk.get(page.link("Archive this campaign")), "Archive this campaign")
    assert archived.notice == "Campaign archived: this is its report."
    clock.advance(timedelta(minutes=30))
    record(service, visit(service, uprn(LONG_STREET, 2), "spoke", campaign_id=campaign))
    assert "1 visit has come in since" in desk.get(f"/console/campaigns/{campaign}/report").text
    back = desk.get(f"/console/campaigns/{campaign}/bring-back")
    assert desk.submit(back, "Bring it back").errors == ["Give the last day."]
    assert desk.submit(back, "Bring it back", ends_on="2026-01-01").errors == ["Must not be in the past."]
    assert "brought back" in desk.submit(back, "Bring it back", ends_on="2026-05-01").notice
    clock.advance(timedelta(days=2))
    desk = Desk(service, "sam.marsh")
    copied = desk.submit(desk.get(f"/console/campaigns/{campaign}"), "Copy as a new draft")
    assert copied.one("#starts_on")["value"] == clock.now().date().isoformat()
    assert copied.one("#name")["value"].endswith("(copy)")  # type: ignore[union-attr]
    made = number(copied)
    assert houses(service, made) == set(uprns(CROSSING_STREET)[-1:])
    assert read_campaign(service, supervisor, made).areas == [NORTH]


def test_priority_streets_go_on_to_the_form(service: Service, desk: Desk) -> None:
    assert "No street is ranked here yet" in desk.get("/console/campaigns/targets").text
    rank(service)
    page = desk.get(
        desk.get("/console/campaigns/new").link("Begin with the streets that need attention most")
    )
    assert COAST_STREET not in page.response.text
    assert f"Area {NORTH}" in desk.get(f"/console/campaigns/targets?area={NORTH}&limit=50").text
    form = desk.submit(page, "Go on with the ticked streets", streets=[LONG_STREET, SHORT_STREET])
    assert "2 streets chosen" in form.text
    assert form.one("#most_attempts")["value"] == "4"
    done = desk.submit(form, "Make the draft", name="Where it is needed", ends_on="2026-04-01")
    assert done.title == "Where it is needed Draft"


def test_an_officer_reads_and_an_empty_list_says_what_to_do(service: Service, desk: Desk) -> None:
    assert "Make the first one" in desk.get("/console/campaigns").text
    officer = Desk(service, "ola.reed")
    page = officer.get("/console/campaigns")
    assert "A coordinator makes one" in page.text
    assert "Make a campaign" not in page.text
    assert officer.get("/console/campaigns/new").status == 403


def test_a_campaign_made_and_started_seen_in_a_browser(
    service: Service, supervisor: Principal, screen: Screen
) -> None:
    activate(service, supervisor, usrns=[SHORT_STREET], ends_on=service.clock.now().date())
    page = screen.sign_in("sam.marsh")
    page.goto("/console/campaigns/new")
    page.get_by_label("Name", exact=True).fill("Doors of spring")
    page.get_by_label("Last day").fill("2026-04-01")
    page.get_by_label("Find a street by its name").fill("9000")
    page.get_by_role("button", name="Find streets").click()
    page.get_by_label("STREET 90000001, HULL").check()
    page.get_by_label("A list of UPRNs or postcodes").fill(f"{uprn(SHORT_STREET, 1)}\nHU9 9ZZ")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    screen.shoot(page, "campaign form with an error")
    page.get_by_label("Leave out the entries").check()
    page.get_by_role("button", name="Make the draft").click()
    screen.shoot(page, "campaign draft")
    page.get_by_role("link", name="See what it covers").click()
    screen.shoot(page, "campaign before it starts")
    page.get_by_role("button", name="Start this campaign").click()
    page.get_by_text("it covers 13 houses").wait_for()
    screen.shoot(page, "campaign")
    page.goto("/console/campaigns")
    screen.shoot(page, "campaigns")
    page.get_by_role("link", name="Doors of spring").click()
    page.get_by_role("link", name="Version 2: see its history").click()
    screen.shoot(page, "campaign history")
    page.goto(page.url.replace("/history", "/archive"))
    screen.shoot(page, "campaign to archive")
    page.get_by_role("button", name="Archive this campaign").click()
    screen.shoot(page, "campaign report")
