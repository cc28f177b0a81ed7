"""What residents do on their own phones: register by the code at the door, confirm it, check who is at the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from server.residents.confirmation import confirmations_due
from server.residents.tables import Consent, Resident
from server.residents.tokens import token_key
from server.staff.principals import today
from sync import badges, tokens
from tests.factories.exchange import uprn
from tests.phone.accessibility import findings
from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place

HOUSE = uprn(0, 3)


@pytest.fixture
def page(new_phone: Callable[..., PhoneBrowser]) -> Page:
    """A resident's browser."""
    return new_phone().start()


def code_at_door(place: Place) -> str:
    worklist = place.field.lists[0]
    return tokens.make(token_key(place.service, worklist), worklist, HOUSE)


def registered(place: Place) -> str:
    return str(place.field.coverage(HOUSE, 0).state.get("registered", "none"))


def fill_in(page: Page) -> None:
    page.get_by_label("Your name").fill("Jan Example")
    page.get_by_label("E-mail address").fill("jan@example.org")
    page.get_by_label("Yes, I agree").first.check()


def test_a_resident_registers_by_the_code_at_the_door_and_confirms_it(place: Place, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{place.url}/join#{code_at_door(place)}")
    expect(page.get_by_text("3 Street 1, Hull, HU6 7AB")).to_be_visible()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your name")
    fill_in(page)
    page.get_by_text("About your background").click()
    page.get_by_label("What is your ethnic group?").select_option("Prefer not to say")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert registered(place) == "unconfirmed"
    assert not any("jan" in url for url in asked)
    assert all(url.startswith(place.url) for url in asked)

    (due,) = confirmations_due(place.service)
    page.goto(f"{place.url}/confirm#{due.link}")
    page.get_by_role("button", name="Yes, it was me").click()
    expect(page.get_by_text("You are registered")).to_be_visible()
    assert registered(place) == "registered"
    given = place.service.db.read(
        lambda session: session.execute(select(Consent.purpose, Consent.given).order_by(Consent.purpose))
    ).all()
    assert [tuple(row) for row in given] == [("groups", False), ("messages", True), ("surveys", False)]


def test_where_the_code_has_ended_the_house_is_found_by_postcode_in_any_language(
    place: Place, page: Page
) -> None:
    page.goto(f"{place.url}/join?lang=en#{code_at_door(place)[:-1]}A")
    expect(page.get_by_role("alert")).to_contain_text("This code has ended")
    page.get_by_role("link", name="Polski").click()
    expect(page.get_by_role("alert")).to_contain_text("Ten kod już nie działa")
    page.get_by_role("link", name="English").click()
    page.get_by_label("Postcode").fill("hu6 7ab")
    page.get_by_role("button", name="Find address").click()
    page.get_by_label("Choose your address").select_option("3 Street 1, Hull, HU6 7AB")
    fill_in(page)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert registered(place) == "unconfirmed"


def test_a_registration_that_was_not_ones_own_is_removed(place: Place, page: Page) -> None:
    page.goto(f"{place.url}/join#{code_at_door(place)}")
    expect(page.get_by_text("3 Street 1, Hull, HU6 7AB")).to_be_visible()
    fill_in(page)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    (due,) = confirmations_due(place.service)
    page.goto(f"{place.url}/confirm#{due.link}")
    page.get_by_role("button", name="No, remove it").click()
    expect(page.get_by_text("We have deleted what was entered")).to_be_visible()
    states = place.service.db.read(lambda session: session.scalars(select(Resident.state)).all())
    assert list(states) == ["erased"]
    assert registered(place) == "none"


def test_a_resident_checks_who_is_at_the_door(place: Place, page: Page) -> None:
    worklist = place.field.lists[0]
    badge = badges.make(token_key(place.service, worklist), worklist, today(place.service))
    page.goto(f"{place.url}/check")
    page.get_by_label("The officer’s name or number").fill("officer0.example")
    page.get_by_label("The code on the officer’s phone").fill(badge.lower())
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Yes, this officer is genuine")).to_be_visible()
    expect(page.get_by_text("Street 1")).to_be_visible()
    page.get_by_role("link", name="Check another officer").click()
    page.get_by_label("The officer’s name or number").fill("officer1.example")
    page.get_by_label("The code on the officer’s phone").fill(badge)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="We can’t confirm this officer")).to_be_visible()
    assert badge not in page.url


def test_axe_finds_nothing_on_residents_pages_in_either_language_at_any_step(
    place: Place, page: Page
) -> None:
    wrong: list[str] = []

    def look(step: str) -> None:
        wrong.extend(f"{step}: {finding}" for finding in findings(page))

    page.goto(f"{place.url}/")
    look("front door")
    for language, check in (("en", "Check"), ("pl", "Sprawdź")):
        page.goto(f"{place.url}/check?lang={language}")
        look(f"check {language}")
        page.get_by_role("button", name=check).click()
        look(f"check, nothing entered, {language}")
        page.locator("#officer").fill("officer0.example")
        page.locator("#code").fill("17-8KQ2-M0XT")
        page.get_by_role("button", name=check).click()
        look(f"checked {language}")
        page.goto(f"{place.url}/join?lang={language}#{code_at_door(place)}")
        expect(page.locator("#address")).to_be_visible()
        page.locator("#demographics summary").click()
        page.locator("#send").click()
        expect(page.get_by_role("alert")).to_be_visible()
        look(f"join, nothing entered, {language}")
        page.goto(f"{place.url}/confirm?lang={language}#{'x' * 51}")
        expect(page.locator("#ask")).to_be_visible()
        look(f"confirm {language}")
    assert wrong == []


@pytest.mark.parametrize("path", ["/check", "/join"])
def test_residents_pages_fit_a_narrow_phone_with_large_text(place: Place, page: Page, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{place.url}{path}?lang=pl")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
