"""The coordinator's main job by keys alone: sign in, make a campaign, start it, share its streets out and give them."""

from __future__ import annotations

from playwright.sync_api import Page

from server.base.service import Service
from tests.console.conftest import sqlite_only
from tests.console.screens import Screen
from tests.factories.fieldwork import HULL, create_force
from tests.factories.staff import PASSWORD, create_account

MOST_STOPS = 120
NAME = """() => {
  const one = document.activeElement;
  const told = one.labels?.length ? one.labels[0].innerText : one.innerText || one.value || '';
  return told.trim().replace(/\\s+/g, ' ');
}"""
# A focus that is drawn: an outline or a shadow. A box or radio button is drawn by its label, a date part by part by the
# browser itself.
IS_SEEN = """() => {
  const one = document.activeElement;
  if (['checkbox', 'radio'].includes(one.type)) return getComputedStyle(one.labels[0], '::before').boxShadow !== 'none';
  if (one.type === 'date') return true;
  const style = getComputedStyle(one);
  return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is named so has the focus; each stop on the way shows that it has it."""
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(NAME))
        if not stops[-1]:
            continue
        assert page.evaluate(IS_SEEN), f"nobody sees that {stops[-1]!r} has the focus"
        if stops[-1].startswith(name):
            return
    raise AssertionError(f"no way by Tab to {name!r}: {stops}")


def press(page: Page, name: str, then: str, key: str = "Enter") -> None:
    """Go to what is named so and press it; a heading that begins with `then` follows."""
    tab_to(page, name)
    page.keyboard.press(key)
    page.get_by_role("heading", level=1, name=then).wait_for()


@sqlite_only
def test_a_campaign_is_made_and_given_out_by_keys_alone(service: Service, screen: Screen) -> None:
    create_force(service)
    create_account(service, "sam.marsh", "coordinator", areas=[HULL])
    create_account(service, "ola.reed", "officer", areas=[HULL])
    page = screen.open()
    page.goto("/console/sign-in")
    tab_to(page, "Username")
    page.keyboard.type("sam.marsh")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Good").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate(NAME) == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => !!document.activeElement.closest('main')")
    page.goto("/console")
    press(page, "Campaigns", "Campaigns")
    press(page, "Make a campaign", "Make a campaign")
    tab_to(page, "Name")
    page.keyboard.type("Doors by keys")
    tab_to(page, "Last day")
    page.keyboard.type("04042026")  # the same in whichever order a browser asks for day and month
    tab_to(page, "Find a street by its name")
    page.keyboard.type("90000001")
    press(page, "Find streets", "Make a campaign")
    tab_to(page, "STREET 90000001")
    page.keyboard.press("Space")
    press(page, "Make the draft", "Doors by keys")
    press(page, "See what it covers", "Before Doors by keys starts")
    press(page, "Start this campaign", "Doors by keys")
    press(page, "Allocate streets", "Allocate Doors by keys")
    tab_to(page, "Ola.Reed")
    page.keyboard.press("Space")
    tab_to(page, "Propose")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Allocate all").wait_for()
    tab_to(page, "Allocate all")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
