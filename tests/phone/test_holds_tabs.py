"""Two tabs and the service worker on one store, recording and syncing at once: one chain, no fork, nothing doubled."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.phone.ledger import expect_all_is_well, visits
from tests.phone.officer import Officer
from tests.phone.place import Place

PRESS_AT = """([at, name]) => {
  const found = [...document.querySelectorAll("button")].filter((button) => button.textContent.trim() === name);
  setTimeout(() => found.at(-1).click(), at - Date.now());
}"""
SOON_MS = 500
PAIRS = [("1", "2"), ("3", "4"), ("5", "6")]
WITHDRAW = "Withdraw this visit"


def press_at_once(pages: list[Page], name: str) -> None:
    """Presses the button of this name in all tabs in the same millisecond, as far as the machine goes."""
    at = pages[0].evaluate("Date.now()") + SOON_MS
    for page in pages:
        page.evaluate(PRESS_AT, [at, name])


def wake_worker(page: Page, place: Place) -> None:
    """What the browser does when a connection is back: Background Sync."""
    debugger = page.context.new_cdp_session(page)
    known: list[str] = []
    debugger.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: known.extend(one["registrationId"] for one in told["registrations"]),
    )
    debugger.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(20)
    event = {"origin": place.url, "registrationId": known[0], "tag": "doorstep-outbox", "lastChance": False}
    debugger.send("ServiceWorker.dispatchSyncEvent", event)


def test_two_tabs_and_the_worker_on_one_store_make_one_chain(officer: Officer) -> None:
    place = officer.place
    other = Officer(place, officer.phone)
    other.open()
    other.unlock()
    both, pages = (officer, other), [officer.page, other.page]
    place.wire.mode = "gone"
    for one in both:
        one.open_street()
    for numbers in PAIRS:
        for one, number in zip(both, numbers, strict=True):
            one.open_house(number)
        press_at_once(pages, "No reply")
        for one, number in zip(both, numbers, strict=True):
            expect(one.house_row(number)).to_contain_text("not sent yet")
    for one in both:
        one.await_chained()
    for numbers in PAIRS[:-1]:
        for one, number in zip(both, numbers, strict=True):
            one.open_house(number)
            one.button(WITHDRAW).click()
            expect(one.page.get_by_role("heading", name=f"{WITHDRAW}?")).to_be_visible()
        press_at_once(pages, WITHDRAW)
        for one in both:
            expect(one.page.get_by_text("Withdrawn", exact=True)).to_be_visible()
            one.button("Back").click()
    for one in both:
        one.home()
    place.wire.mode, place.wire.slow_seconds = "whole", 0.2
    wake_worker(officer.page, place)
    press_at_once(pages, "Sync now")
    for one in both:
        one.await_synced()
    place.wire.slow_seconds = 0
    expect_all_is_well(officer)
    assert visits(place) == {(int(number), "no_reply"): 1 for pair in PAIRS for number in pair}
    assert [body for body in place.wire.bodies if is_of_worker(body)]
    assert place.field.counters()["visited"] == 2
    other.open_street()
    expect(other.house_row("1")).to_contain_text("Not visited yet")
    expect(other.house_row("5")).to_contain_text("No reply")


def is_of_worker(body: bytes) -> bool:
    """It knows no digest of a list: it cannot open one."""
    return any("digest" not in held for held in json.loads(body).get("have", []))
