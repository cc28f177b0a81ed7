"""Locking and unlocking: wrong tries, a fingerprint, the time after which a phone locks by itself."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.factories.exchange import uprn
from tests.phone.browser import PhoneBrowser
from tests.phone.officer import Officer
from tests.phone.place import Place

WRONG = "somebody else guessing"


def test_the_fifth_wrong_try_warns_and_the_tenth_wipes_but_what_was_recorded_is_sent(
    officer: Officer,
) -> None:
    officer.open_street()
    officer.place.wire.mode = "gone"
    officer.visit("3", "No reply")
    officer.await_chained()
    officer.home()
    officer.lock()
    warning = officer.page.get_by_role("alert").filter(has_text="wrong tries")
    for _ in range(4):
        officer.try_passphrase(WRONG)
    expect(warning).to_be_hidden()
    officer.try_passphrase(WRONG)
    expect(warning).to_contain_text("5 wrong tries")
    expect(warning).to_contain_text("5 tries left")
    for _ in range(5):
        officer.try_passphrase(WRONG)
    expect(officer.page.get_by_text("Lists wiped")).to_be_visible()
    expect(officer.page.get_by_text("It can be taken off this phone when everything is sent")).to_be_visible()

    officer.place.wire.mode = "whole"
    officer.button("Send what waits").click()
    expect(officer.page.get_by_text("1 sent, 1 counted")).to_be_visible()
    assert officer.place.field.coverage(uprn(0, 3)).state["last_outcome"] == "no_reply"
    officer.button("Take it off this phone").click()
    officer.page.get_by_role("dialog").get_by_role("button", name="Take it off this phone").click()
    expect(officer.button("Begin with your code")).to_be_visible()


def test_a_fingerprint_unlocks_beside_the_passphrase(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    officer = Officer(place, new_phone(), host="localhost")  # WebAuthn wants a name, not an address
    officer.open()
    session = officer.page.context.new_cdp_session(officer.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasPrf": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    officer.begin_enrolling()
    officer.open_menu("Security and export")
    officer.button("Add a fingerprint or face").click()
    expect(officer.page.get_by_text("Use it the next time you unlock")).to_be_visible()
    officer.home()
    officer.lock()
    officer.page.get_by_role("button", name=officer.label).click()
    officer.button("Use fingerprint or face").click()
    expect(officer.heading("Today")).to_be_visible()
    officer.open_street()
    officer.home()
    officer.lock()
    officer.unlock()
    assert officer.phone.faults == []


def test_a_phone_that_nobody_touches_locks_by_itself(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    officer = Officer(place, new_phone())
    page = officer.open()
    page.clock.install()
    page.reload()
    officer.begin_enrolling()
    officer.open_street()
    page.clock.fast_forward("09:00")
    expect(officer.heading("Street 1")).to_be_visible()
    page.clock.fast_forward("01:30")
    expect(officer.heading("Street 1")).to_be_hidden()
    expect(officer.heading("Doorstep").or_(officer.heading(officer.label))).to_be_visible()
    expect(page.get_by_text("Street 1")).to_be_hidden()
