"""Learning the app: practice, from which nothing goes anywhere, and the guide, whose reading is noted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from server.devices.tables import Device
from server.exchange.tables import EventIdentity
from server.fieldwork.tables import PremisesFact
from tests.phone.browser import PhoneBrowser
from tests.phone.ledger import stores
from tests.phone.officer import Officer
from tests.phone.place import Place

STREET = "Sample Street"
STEPS_OF_GUIDE = 5


@pytest.fixture
def trainee(place: Place, new_phone: Callable[..., PhoneBrowser]) -> Officer:
    """Somebody who has the app and no code yet, in practice."""
    made = Officer(place, new_phone())
    made.open()
    made.button("Practise with invented houses").click()
    expect(made.heading("Today")).to_be_visible()
    return made


def expect_stripe(officer: Officer, title: str) -> None:
    """The screen with this title is there, and says that nothing counts."""
    expect(officer.heading(title)).to_be_visible()
    expect(officer.page.get_by_text("Practice: nothing counts", exact=True)).to_be_visible()


def title_of(officer: Officer) -> str:
    """The title of the screen, once it is there: until its part of the app is loaded, it says "Opening"."""
    title = officer.page.get_by_role("heading", level=1)
    expect(title).not_to_have_text("Opening")
    return title.inner_text()


def expect_stripe_behind(officer: Officer, *buttons: str) -> None:
    """The screen that each of the buttons leads to says that nothing counts; each time back to where one was."""
    here = title_of(officer)
    for name in buttons:
        officer.button(name).click()
        expect(officer.heading(here)).to_be_hidden()
        expect_stripe(officer, title_of(officer))
        officer.button("Back").click()
        expect(officer.heading(here)).to_be_visible()


def guide_versions(place: Place) -> list[tuple[str, bool]]:
    """Of each device: the version of the guide that was read, and whether it is known since when."""
    rows = place.service.db.read(lambda session: session.scalars(select(Device)).all())
    return [(row.guide, row.guide_at is not None) for row in rows]


def read_guide(officer: Officer) -> None:
    """From its first step to the end."""
    for _ in range(STEPS_OF_GUIDE - 1):
        officer.button("Next").click()
    officer.button("I have read it").click()
    expect(officer.button("I have read it")).to_be_hidden()


def test_every_screen_of_practice_says_so_and_asks_the_service_for_nothing(trainee: Officer) -> None:
    page, place = trainee.page, trainee.place
    devices = place.field.count(Device)
    expect_stripe(trainee, "Today")
    expect_stripe_behind(trainee, "Search", "Recorded")
    trainee.button("Menu").click()
    for entry in ("Sync", "My lists", "Show that I am genuine", "End of shift", "Guide in five steps"):
        expect_stripe_behind(trainee, entry)
    trainee.home()

    trainee.open_street(STREET)
    expect_stripe_behind(trainee, "Map")
    page.get_by_role("list", name="Houses in walking order").get_by_role("button").nth(1).click()
    expect_stripe_behind(trainee, "Show QR", "Report a hazard", "Note on the address", "What was done here")
    expect_stripe_behind(trainee, "Asked to come back at another time", "Register", "Survey")
    trainee.record("No reply")
    trainee.await_chained()
    trainee.home()
    trainee.button("Sync now").click()
    trainee.await_synced()
    trainee.open_menu("What I recorded")
    expect(page.get_by_text("Counted")).to_be_visible()

    assert [path for _, path in place.wire.asked if path.startswith("/api")] == []
    assert stores(page) == {}
    assert place.field.count(Device) == devices
    assert place.field.count(EventIdentity) == place.field.count(PremisesFact) == 0
    assert trainee.phone.faults == []


def test_an_officer_who_practises_finds_their_own_lists_as_they_were(officer: Officer) -> None:
    officer.open_menu("Practise with invented houses")
    expect_stripe(officer, "Today")
    officer.open_street(STREET)
    page = officer.page
    page.get_by_role("list", name="Houses in walking order").get_by_role("button").nth(1).click()
    officer.button("Spoke with the household").click()
    officer.await_recorded("Spoke with the household")
    officer.home()
    officer.button("End practice").click()
    expect(officer.heading("Today")).to_be_visible()
    expect(page.get_by_text("Practice: nothing counts")).to_be_hidden()
    expect(page.get_by_role("button", name="Street 1")).to_contain_text("12 to visit")
    officer.open_menu("What I recorded")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    officer.home()
    officer.sync()
    assert officer.place.field.count(EventIdentity) == officer.place.field.counters()["visited"] == 0


def test_the_guide_read_to_its_end_is_told_to_the_service(officer: Officer) -> None:
    page = officer.page
    before = guide_versions(officer.place)
    officer.button("Open the guide").click()
    read_guide(officer)
    expect(officer.heading("Today")).to_be_visible()
    expect(page.get_by_text("New here?")).to_be_hidden()
    officer.sync()
    after = guide_versions(officer.place)
    assert len(after) == len(before)
    assert [one for one in before if one[0]] == []
    ((version, is_dated),) = [one for one in after if one[0]]
    assert version
    assert is_dated


def test_the_guide_read_in_practice_or_broken_off_is_not_told_to_the_service(officer: Officer) -> None:
    officer.button("Open the guide").click()
    officer.button("Next").click()
    officer.button("Back").click()
    officer.button("Back").click()
    officer.open_menu("Practise with invented houses")
    officer.open_menu("Guide in five steps")
    read_guide(officer)
    officer.home()
    officer.button("End practice").click()
    expect(officer.page.get_by_text("New here?")).to_be_visible()
    officer.sync()
    assert [one for one in guide_versions(officer.place) if one[0]] == []
