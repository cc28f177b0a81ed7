"""The frame that every console page stands in: signing in, forms' tokens, errors as pages, nothing that leads away."""

from __future__ import annotations

import pytest

from server.base.pages import own_path
from server.base.service import Service
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.fieldwork import HULL, create_force
from tests.factories.staff import PASSWORD, create_account


@pytest.fixture
def place(service: Service) -> Service:
    create_force(service)
    create_account(service, "sam.marsh", "supervisor", areas=[HULL])
    return service


@sqlite_only
def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(place: Service) -> None:
    desk = Desk(place)
    page = desk.get("/console?x=1")
    assert page.title == "Sign in to Doorstep"
    assert page.one("form[action='/console/sign-in'] input[name=next]")["value"] == "/console?x=1"


@sqlite_only
def test_a_wrong_password_is_told_and_the_name_kept(place: Service) -> None:
    desk = Desk(place)
    page = desk.submit(
        desk.get("/console/sign-in"), "Sign in", username="sam.marsh", password="not it at all"
    )
    assert page.status == 422
    assert page.errors == ["The username or password is not right."]
    assert page.one("#username")["value"] == "sam.marsh"
    assert PASSWORD not in page.response.text


@sqlite_only
def test_a_form_without_its_token_is_refused(place: Service) -> None:
    visitor = Desk(place)
    visitor.get("/console/sign-in")
    page = visitor.post("/console/sign-in", {"username": "sam.marsh", "password": PASSWORD})
    assert page.status == 403
    desk = Desk(place, "sam.marsh")
    assert desk.post("/console/sign-out", {}).status == 403
    assert desk.post("/console/sign-out", {"csrf_token": "0" * 64}).status == 403
    assert desk.get("/console").title.startswith("Good day")
    assert desk.submit(desk.get("/console"), "Sign out").title == "You have signed out of Doorstep"
    assert desk.get("/console").title == "Sign in to Doorstep"


@sqlite_only
def test_errors_are_pages_in_the_catalogues_words(place: Service) -> None:
    page = Desk(place, "sam.marsh").get("/console/nothing-of-the-kind")
    assert (page.status, page.title) == (404, "There is nothing here")


@pytest.mark.parametrize(
    "given",
    [
        "https://example.org/console",
        "//example.org",
        "/\\example.org",
        "/console//example.org",
        "/console/../api",
        "/consoles",
        "javascript:alert(1)",
        "/api/me",
        "",
    ],
)
def test_no_page_of_ours_leads_away(given: str) -> None:
    assert own_path(given) == "/console"


def test_own_pages_are_led_to() -> None:
    assert own_path("/console/campaigns/7?state=active") == "/console/campaigns/7?state=active"


@sqlite_only
def test_signing_in_seen_in_a_browser(place: Service, screen: Screen) -> None:
    page = screen.open()
    page.goto("/console")
    screen.shoot(page, "sign-in")
    page.get_by_label("Username").fill("sam.marsh")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Good day").wait_for()
    screen.shoot(page, "home")
    plain = screen.sign_in("sam.marsh", scripts=False)
    plain.get_by_role("button", name="Sign out").click()
    plain.get_by_role("heading", level=1, name="You have signed out").wait_for()
