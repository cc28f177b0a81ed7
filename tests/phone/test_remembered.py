"""What a browser notes down of the app by itself, in clear: addresses and titles, and what stood in fields.

A browser that may have to put its pages back after a crash writes the fields of each into its files, as UTF-16, but for
those that say that they are not to be completed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.phone.browser import PhoneBrowser
from tests.phone.officer import PASSPHRASE
from tests.phone.place import Place
from tests.phone.remains import files_that_hold

TYPED = "Zebrafinch 17"


@pytest.fixture
def phone(new_phone: Callable[..., PhoneBrowser]) -> Iterator[PhoneBrowser]:
    made = new_phone()
    made.start()
    yield made
    assert made.faults == []


def _practise(phone: PhoneBrowser, place: Place, *buttons: str) -> Page:
    """The app in practice, after a tap on each of the buttons."""
    page = phone.page()
    page.goto(f"{place.url}/phone/")
    for name in ("Practise with invented houses", *buttons):
        page.get_by_role("button", name=re.compile(name)).first.click()
        expect(page.get_by_text("Practice: nothing counts")).to_be_visible()
    return page


def _pages(phone: PhoneBrowser) -> Path:
    """Where the browser notes how its pages stood."""
    return next(phone.profile.rglob("Sessions"))


def _put_away(phone: PhoneBrowser, page: Page) -> None:
    """The page is left, which has the browser note how it stood, and the browser closed."""
    page.goto("about:blank")
    phone.stop()


def test_no_house_or_street_comes_into_the_browsers_history(place: Place, phone: PhoneBrowser) -> None:
    page = _practise(phone, place)
    noted = {(page.url, page.title())}
    for name in (r"^Sample Street ", r"Flat 2"):
        page.get_by_role("button", name=re.compile(name)).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Sample Street"))
        noted.add((page.url, page.title()))
    assert noted == {(f"{place.url}/phone/", "Doorstep")}


def test_no_answer_comes_into_the_browsers_files(place: Place, phone: PhoneBrowser) -> None:
    page = _practise(phone, place, r"^Sample Street ", "Flat 2", "^Survey$", "^Begin$")
    names: set[str] = set()
    while not page.get_by_role("textbox").is_visible():
        names.add(str(page.locator("input").first.get_attribute("name")))
        page.locator("input").first.check()
        page.get_by_role("button", name="Next").click()
    page.get_by_role("textbox").fill(TYPED)
    _put_away(phone, page)
    assert files_that_hold(phone.profile, TYPED) == []
    assert names
    assert [name for name in names if files_that_hold(_pages(phone), name)] == []


def test_no_word_about_a_resident_or_a_house_comes_into_the_browsers_files(
    place: Place, phone: PhoneBrowser
) -> None:
    page = _practise(phone, place, r"^Sample Street ", "Flat 2", "^Register$")
    page.get_by_label("Name").fill(TYPED)
    page.get_by_label("Language they prefer").select_option("pl")
    _put_away(phone, page)
    assert files_that_hold(phone.profile, TYPED) == []
    assert files_that_hold(_pages(phone), "select-one") == []


def test_no_passphrase_comes_into_the_browsers_files_though_it_was_shown(
    place: Place, phone: PhoneBrowser
) -> None:
    page = phone.page()
    page.goto(f"{place.url}/phone/enrol#{place.code()}")
    page.get_by_label("New passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Show the passphrase").click()
    expect(page.get_by_label("New passphrase")).to_have_attribute("type", "text")
    _put_away(phone, page)
    assert files_that_hold(phone.profile, PASSPHRASE) == []
