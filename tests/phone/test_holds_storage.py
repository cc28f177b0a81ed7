"""A phone that is full, or keeps nothing: a sentence, nothing half-written, and work goes on once there is room."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import CDPSession, Page, expect

from tests.phone.browser import PhoneBrowser
from tests.phone.ledger import expect_all_is_well, stores, visits
from tests.phone.officer import Officer
from tests.phone.place import Place

FULL = "This phone is full: nothing of this step was kept; what was recorded before is safe."
ROOM_BYTES = 2 * 1024 * 1024
# Chromium tells of ten free gigabytes whatever there is; with this off it tells how it is, as other browsers do.
TELLS_ITS_QUOTA = "--disable-features=StaticStorageQuota"

# Something else of this origin takes all the room but for the last few bytes.
FILL = """async () => {
  const db = await new Promise((resolve) => {
    const opening = indexedDB.open("photos");
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos", { autoIncrement: true });
    opening.onsuccess = () => resolve(opening.result);
  });
  const fits = (bytes) => new Promise((resolve) => {
    const writing = db.transaction("photos", "readwrite");
    writing.oncomplete = () => resolve(true);
    writing.onabort = () => resolve(false);
    writing.objectStore("photos").add(bytes);
  });
  for (let size = 65_536; size >= 64; size /= 2) {
    while (await fits(crypto.getRandomValues(new Uint8Array(size))));
  }
  db.close();
}"""


def set_room(phone: PhoneBrowser, place: Place, room_bytes: int) -> CDPSession:
    """Starts a phone that has so much room for the app beside what it uses; the session takes that back."""
    page = phone.start()
    debugger = page.context.new_cdp_session(page)
    used = debugger.send("Storage.getUsageAndQuota", {"origin": place.url})["usage"]
    debugger.send(
        "Storage.overrideQuotaForOrigin", {"origin": place.url, "quotaSize": int(used) + room_bytes}
    )
    return debugger


def test_a_full_phone_says_so_keeps_nothing_half_and_goes_on_once_there_is_room(officer: Officer) -> None:
    officer.phone.stop()
    debugger = set_room(officer.phone, officer.place, ROOM_BYTES)
    officer.open()
    officer.unlock()
    officer.place.wire.mode = "gone"
    officer.open_street()
    officer.visit("2", "No reply")
    officer.await_chained()
    officer.open_house("4")
    officer.page.evaluate(FILL)
    before = stores(officer.page)
    officer.button("No reply").click()
    expect(officer.page.get_by_text(FULL)).to_be_visible()
    assert stores(officer.page) == before
    debugger.send("Storage.overrideQuotaForOrigin", {"origin": officer.place.url})
    officer.record("No reply")
    officer.await_chained()
    officer.home()
    officer.place.wire.mode = "whole"
    expect_all_is_well(officer)
    assert visits(officer.place) == {(2, "no_reply"): 1, (4, "no_reply"): 1}


def test_little_room_is_told_before_it_runs_out(place: Place, new_phone: Callable[..., PhoneBrowser]) -> None:
    phone = new_phone(flags=[TELLS_ITS_QUOTA])
    set_room(phone, place, 12 * 1024 * 1024)
    officer = Officer(place, phone)
    officer.enrol()
    expect(officer.page.get_by_text("This phone is nearly full")).to_be_visible()
    expect(officer.page.get_by_text("Sync now, then delete photos or apps")).to_be_visible()


def test_a_browser_that_is_set_to_keep_nothing_is_told_apart_from_an_empty_phone(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone = new_phone()
    settings = phone.profile / "Default" / "Preferences"
    settings.parent.mkdir(parents=True)
    refusing = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    settings.write_text(json.dumps(refusing), encoding="utf-8")
    page = phone.start()
    page.goto(f"{place.url}/phone/")
    expect(page.get_by_role("heading", name="This phone's store does not open")).to_be_visible()
    expect(page.get_by_text("storage cannot be read or written")).to_be_visible()


def test_storage_that_lasts_is_asked_for_and_told_of(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone = new_phone()
    allow_lasting_storage(phone.start(), place)
    officer = Officer(place, phone)
    officer.enrol()
    officer.open_menu("About this phone")
    expect(officer.page.get_by_text("The phone has promised to keep it.")).to_be_visible()


def allow_lasting_storage(page: Page, place: Place) -> None:
    """As a person who installed the app has; a browser still does not promise unless it is asked."""
    granting = {"origin": place.url, "permissions": ["durableStorage"]}
    page.context.new_cdp_session(page).send("Browser.grantPermissions", granting)
