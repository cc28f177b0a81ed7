"""Devices at the console: found, enrolled by a code that is shown once, and revoked."""

from __future__ import annotations

import datetime as dt

import pytest

from server.base.clock import SetClock
from server.base.service import Service
from tests.conftest import START
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.devices import create_phone
from tests.factories.exchange import Field, create_field, uprn
from tests.factories.staff import create_account


@pytest.fixture
def place(service: Service) -> Field:
    return create_field(service, 2)


@pytest.fixture
def desk(place: Field) -> Desk:
    return Desk(place.service, "sam.example")


def test_devices_are_listed_and_found_by_what_matters(place: Field, desk: Desk, clock: SetClock) -> None:
    first, second = place.phones
    place.visit(first, uprn(0, 1))
    first.exchange(place.visit(first, uprn(0, 2)))  # the visit before it is missing: a gap
    page = desk.get("/console/devices")
    assert "Officer0.Example" in page.text
    assert "Officer1.Example" in page.text
    broken = desk.submit(page, "Show", broken="true")
    assert "Officer1.Example" not in broken.one("tbody").get_text()
    clock.advance(dt.timedelta(days=3))
    second.exchange()
    desk = Desk(place.service, "sam.example")
    quiet = desk.get("/console/devices?quiet_days=2")
    assert [row.th.get_text() for row in quiet.one("tbody").select("tr")] == ["Officer0.Example"]
    assert "No device is like this" in desk.get("/console/devices?state=lost").text
    detail = desk.get(f"/console/devices/{first.id}")
    assert "Gap: events are missing" in detail.text
    assert "still open" in detail.text


@sqlite_only
def test_a_code_is_shown_once_kept_by_nothing_and_enrols_one_phone(place: Field, desk: Desk) -> None:
    officer = place.officers[0]
    page = desk.submit(desk.get("/console/devices/new"), "Make a code", account_id=str(officer))
    assert page.status == 200
    assert page.response.headers["Cache-Control"] == "no-store"
    code = page.one(".code--big").get_text()
    assert code not in page.response.request.path
    assert page.one(".qr svg")
    create_phone(place.service).enrol(code)
    assert desk.get(f"/console/devices?account_id={officer}").text.count("A test phone") == 2


@sqlite_only
def test_without_an_officer_no_code_is_made(desk: Desk) -> None:
    page = desk.submit(desk.get("/console/devices/new"), "Make a code", account_id="")
    assert (page.status, page.errors) == (422, ["Choose the officer."])


@sqlite_only
def test_a_device_is_revoked_after_it_was_said_what_that_means(place: Field, desk: Desk) -> None:
    path = f"/console/devices/{place.phones[0].id}"
    asked = desk.get(desk.get(path).link("Revoke this device"))
    assert "cannot be undone" in asked.text
    nothing = desk.submit(asked, "Revoke for good")
    assert nothing.errors == ["Choose whether it is lost, or of a leaver."]
    done = desk.submit(nothing, "Revoke for good", kind="lost")
    assert "revoked as lost" in done.notice
    assert "Lost, since" in done.text
    assert not done.html.select(f"a[href='{path}/revoke']")
    again = desk.get(f"{path}/revoke")
    assert "revoked as lost already" in again.text


@sqlite_only
def test_who_may_only_read_devices_is_offered_nothing_else(place: Field) -> None:
    create_account(place.service, "ada.example", "administrator")
    desk = Desk(place.service, "ada.example")
    assert "Enrol a phone" not in desk.get("/console/devices").text
    assert desk.get("/console/devices/new").status == 403


@sqlite_only
def test_devices_seen_in_a_browser(place: Field, screen: Screen) -> None:
    first = place.phones[0]
    place.visit(first, uprn(0, 1))
    first.exchange(place.visit(first, uprn(0, 2)))
    page = screen.sign_in("sam.example")
    page.goto("/console/devices")
    screen.shoot(page, "devices")
    page.get_by_role("link", name="of Officer0.Example").click()
    screen.shoot(page, "device")
    page.get_by_role("button", name="Revoke this device").click()
    screen.shoot(page, "device-revoke")
    page.clock.set_fixed_time(START)
    page.goto("/console/devices/new")
    page.get_by_label("Officer").select_option(label="Officer0.Example")
    page.get_by_role("button", name="Make a code").click()
    page.get_by_text("left)").wait_for()
    screen.shoot(page, "device-code")
