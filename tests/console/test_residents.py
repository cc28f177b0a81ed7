"""Residents at the console: found, opened, changed, exported and erased with a reason; nothing in addresses."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from server.base.service import Service
from server.base.tables import AuditEntry
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.screens import Screen
from tests.factories.residents import FAR_AWAY, POSTCODE, WARD, a_record, create_houses, register
from tests.factories.staff import create_account

pytestmark = sqlite_only
WHY = {"reason": "person_asked", "reference": "SAR-12"}
NAME, EMAIL = "Anna Nowak", "anna@post.example"


@pytest.fixture
def desk(service: Service) -> Desk:
    create_houses(service)
    create_account(service, "sam.marsh", "supervisor", areas=[WARD])
    return Desk(service, "sam.marsh")


def trail(service: Service, action: str) -> list[AuditEntry]:
    wanted = select(AuditEntry).where(AuditEntry.action == action)
    return service.db.read(lambda session: list(session.scalars(wanted)))


def look_up(desk: Desk, **typed: str) -> Page:
    return desk.submit(desk.get("/console/residents"), "Look up", **(WHY | typed))


def test_a_resident_is_found_by_contact_and_named_only_with_a_reason(service: Service, desk: Desk) -> None:
    key = register(service, a_record(NAME, email=EMAIL, no=["groups"]))
    assert look_up(desk, value=EMAIL, reason="").errors == ["Choose a reason."]
    found = look_up(desk, value=EMAIL)
    assert found.title == "One resident was found"
    assert not found.response.request.query_string
    page = desk.get(found.link(f"Resident at 1 Street 90000001, Hull, {POSTCODE}"))
    assert "Surveys" in page.text
    for shown in (found, page):
        assert NAME not in shown.response.text
        assert EMAIL not in shown.response.text
    refused = desk.submit(page, "Open name and contacts")
    assert refused.errors == ["Choose a reason."]
    assert NAME not in refused.response.text
    opened = desk.submit(page, "Open name and contacts", **WHY)
    assert opened.title == NAME
    assert EMAIL in opened.text
    assert [one.detail["reason"] for one in trail(service, "resident.look_up")] == ["person_asked"]
    assert [(one.target, one.detail) for one in trail(service, "resident.disclose")] == [
        (f"resident:{key}", WHY)
    ]
    assert {one.target for one in trail(service, "resident.look_at")} == {f"resident:{key}"}


def test_a_name_is_looked_up_at_a_house_and_not_outside_the_areas(service: Service, desk: Desk) -> None:
    register(service, a_record(NAME))
    register(service, a_record("Far Person", email="far@post.example"), FAR_AWAY)
    by_name = {"kind": "name_at_house", "value": NAME}
    missing = look_up(desk, **by_name)
    assert missing.errors == ["Enter the postcode and the number or name of the house."]
    assert missing.one("#value")["value"] == NAME
    assert "No house in your areas" in look_up(desk, **by_name, postcode=POSTCODE, door="77").errors[0]
    assert look_up(desk, **by_name, postcode=POSTCODE, door="1").title == "One resident was found"
    assert look_up(desk, value="far@post.example").title == "Nobody was found"
    assert len(trail(service, "resident.look_up")) == 2


def test_consents_change_on_the_persons_word_and_they_opt_out(service: Service, desk: Desk) -> None:
    key = register(service, a_record(NAME, email=EMAIL))
    form = desk.get(f"/console/residents/{key}/preferences")
    assert len(form.html.select("[name=consents][checked]")) == 2
    assert desk.submit(form, "Save as the person asked", consents=["surveys"]).errors == ["Choose a reason."]
    page = desk.submit(form, "Save as the person asked", consents=["surveys"], **WHY)
    assert page.notice == "It is changed as the person asked."
    assert "Agrees to Surveys" in page.text
    out = desk.submit(form, "Save as the person asked", opt_out="yes", **WHY)
    assert "Opted out of everything" in out.text
    assert "Agrees to Nothing" in out.text


def test_everything_held_is_exported_with_a_reason(service: Service, desk: Desk) -> None:
    key = register(service, a_record(NAME, email=EMAIL))
    form = desk.get(f"/console/residents/{key}/export")
    assert desk.submit(form, "Download the file").errors == ["Choose a reason."]
    made = desk.submit(form, "Download the file", **WHY)
    assert NAME in json.dumps(json.loads(made.response.text), ensure_ascii=False)
    assert "attachment" in made.response.headers["Content-Disposition"]
    assert [one.detail["reason"] for one in trail(service, "privacy.export")] == ["person_asked"]


def test_a_person_is_erased_only_after_a_second_yes(service: Service, desk: Desk) -> None:
    register(service, a_record(NAME, email=EMAIL))
    create_account(service, "morag.easington", "administrator")
    admin = Desk(service, "morag.easington")
    form = admin.get("/console/erasures")
    assert "Give an e-mail address" in admin.submit(form, "Continue", **WHY).errors[0]
    sure = admin.submit(form, "Continue", email=EMAIL, **WHY)
    assert sure.title == "Erase this person for good?"
    assert look_up(desk, value=EMAIL).title == "One resident was found"
    assert "This cannot be undone by anybody." in sure.text
    done = admin.submit(sure, "Erase for good")
    assert "Registrations taken away: 1" in done.text
    assert look_up(desk, value=EMAIL).title == "Nobody was found"
    assert "Morag.Easington" in admin.get("/console/erasures").text


@pytest.mark.parametrize("role", ["officer", "coordinator", "analyst", "administrator"])
def test_only_supervisors_look_residents_up(service: Service, role: str) -> None:
    create_houses(service)
    key = register(service, a_record(NAME, email=EMAIL))
    create_account(service, "other.person", role, areas=[WARD])
    desk = Desk(service, "other.person")
    for path in ("", f"/{key}", f"/{key}/preferences", f"/{key}/export"):
        assert desk.get(f"/console/residents{path}").status == 403


def test_residents_seen_in_a_browser(service: Service, desk: Desk, screen: Screen) -> None:
    key = register(service, a_record(NAME, email=EMAIL, no=["groups"]))
    page = screen.sign_in("sam.marsh")
    page.goto("/console/residents")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("alert").wait_for()
    screen.shoot(page, "residents-errors")
    page.goto(f"/console/residents/{key}")
    page.get_by_label("Reason").select_option("person_asked")
    page.get_by_role("button", name="Open name and contacts").click()
    page.get_by_role("heading", level=1, name=NAME).wait_for()
    screen.shoot(page, "resident-opened")
    page.goto(f"/console/residents/{key}/preferences")
    screen.shoot(page, "resident-preferences")
