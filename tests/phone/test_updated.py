"""The app is updated while events wait: only when the officer says so, and nothing is lost or sent twice."""

from __future__ import annotations

from playwright.sync_api import expect

from server.web.phone import BUILT
from tests.phone.ledger import expect_all_is_well, outbox, visits
from tests.phone.officer import Officer
from tests.phone.versions import MARK, newer_version

NOTICE = "A newer version of this app is ready"
# What the app does each hour.
LOOK = "async () => { await (await navigator.serviceWorker.getRegistration()).update() }"
TAKE_OVER = """async () => {
  (await navigator.serviceWorker.getRegistration()).waiting.postMessage({ kind: "update" });
}"""
WAITS = "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"
KEPT = "() => caches.keys()"


def test_an_update_waits_for_the_officer_and_for_the_undo_window_and_keeps_every_event(
    officer: Officer,
) -> None:
    place, page = officer.place, officer.page
    newer = page.locator(f"script[src*='{MARK}']")
    before = page.evaluate(KEPT)
    place.wire.mode = "app only"
    officer.open_street()
    officer.visit("1", "No reply")
    officer.await_chained()
    officer.home()
    place.wire.instead = newer_version(BUILT)
    page.evaluate(LOOK)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    expect(officer.button("Restart now")).to_be_enabled()

    officer.open_street()
    officer.visit("2", "No reply")
    page.evaluate(TAKE_OVER)
    officer.home()
    expect(officer.button("Restart now")).to_be_disabled()
    officer.await_chained()
    assert page.evaluate(WAITS)
    expect(newer).to_have_count(0)

    officer.open_street()
    officer.visit("3", "No reply")
    officer.await_chained()
    officer.home()
    assert [one.state for one in outbox(page)] == ["waiting"] * 3
    officer.button("Restart now").click()
    expect(officer.heading("Doorstep")).to_be_visible()
    expect(newer).to_have_count(1)
    after = page.evaluate(KEPT)
    assert len(after) == 1
    assert after != before

    officer.unlock()
    expect(officer.sync_line).to_contain_text("3 waiting")
    place.wire.mode = "whole"
    expect_all_is_well(officer)
    assert visits(place) == {(1, "no_reply"): 1, (2, "no_reply"): 1, (3, "no_reply"): 1}
