"""What a phone loads before it can be used: the files that a real browser asked for, gzipped as they are sent."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from playwright.sync_api import Page, expect

from server.web.phone import BUILT
from tests.phone.browser import PhoneBrowser
from tests.phone.officer import Officer
from tests.phone.place import Place

MOST_BYTES = 60 * 1024
# What a service worker keeps for later is not among a page's own resources.
LOADED = """() => performance.getEntriesByType("resource")
  .map((entry) => new URL(entry.name).pathname)
  .filter((path) => /\\.(js|css)$/.test(path))"""


def sizes(page: Page) -> dict[str, int]:
    """File name → gzipped bytes of the scripts and styles that this page, and the workers it started, have loaded."""
    paths: list[str] = page.evaluate(LOADED)
    return {
        path.rpartition("/")[2]: len(gzip.compress((BUILT / path.removeprefix("/phone/")).read_bytes(), 9))
        for path in set(paths)
    }


def expect_small(found: dict[str, int]) -> None:
    """There are scripts and styles, and together they keep within the limit; says the sizes where they do not."""
    assert {name.rpartition(".")[2] for name in found} == {"js", "css"}
    assert sum(found.values()) < MOST_BYTES, sorted(found.items(), key=lambda one: -one[1])


def test_the_first_screen_of_a_new_phone_needs_less_than_60_kb_of_scripts_and_styles(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    page = new_phone().start()
    page.goto(f"{place.url}/phone/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect_small(sizes(page))


def test_an_enrolled_phone_needs_less_than_60_kb_until_it_asks_for_the_passphrase(officer: Officer) -> None:
    officer.open()
    officer.page.get_by_role("button", name=officer.label).click()
    expect(officer.button("Unlock")).to_be_visible()
    asked = sizes(officer.page)
    expect_small(asked)
    officer.unlock()
    # What only an open store needs has not been loaded for those who are still asked for their passphrase.
    assert set(sizes(officer.page)) > set(asked)
