"""Every screen as people see it: pictures as artefacts, and nothing wrong with it that a program can see.

In light and dark at 360×740, and at 320 px with text twice as large: no finding of axe, targets of 44 px, nothing
beyond the edge, the focus on the title of a screen that opens. The pictures are in build/screenshots, by kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.factories.lived_in import NAME
from tests.phone.browser import PhoneBrowser
from tests.phone.conftest import SHOTS
from tests.phone.looking import Looker
from tests.phone.officer import SLOW_MS, Officer
from tests.phone.place import Place

WRONG = "somebody else guessing"


def test_the_screens_before_anything_is_unlocked(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    officer = Officer(place, new_phone())
    page = officer.open()
    look = Looker(page, SHOTS)
    expect(officer.heading("Doorstep")).to_be_visible()
    look.opened("first")
    officer.button("Begin with your code").click()
    expect(officer.heading("Add an officer")).to_be_visible()
    look.opened("code")
    page.get_by_label("Or type the code").fill("AAAAA-BBBBB-12345")
    look.look("code mistyped")
    officer.button("Scan the code").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.look("scan without a camera")
    officer.button("Back").click()
    page.get_by_label("Or type the code").fill(place.code())
    officer.button("Next").click()
    page.get_by_label("New passphrase").fill("password123")
    officer.button("Enrol").click()
    look.look("passphrase too weak")
    officer.choose_passphrase()
    expect(officer.heading("Today")).to_be_visible(timeout=SLOW_MS)
    officer.await_synced()
    look.opened("today new")
    officer.button("Open the guide").click()
    for step in range(1, 6):
        expect(page.get_by_text(f"Step {step} of 5")).to_be_visible()
        look.look(f"guide {step}")
        officer.button("Next" if step < 5 else "I have read it").click()
    expect(officer.heading("Today")).to_be_visible()
    officer.lock()
    look.look("locked")
    for _ in range(5):
        officer.try_passphrase(WRONG)
    look.look("unlock wrong")
    officer.button("Back").click()
    officer.button("Practise with invented houses").click()
    expect(officer.heading("Today")).to_be_visible()
    look.look("practice")
    look.look_wide("practice")
    page.get_by_role("button", name=re.compile("^Sample Street")).click()
    look.look_wide("practice street")
    officer.open_house("7", "Sample Street")
    look.look_wide("practice house")
    assert look.wrong == []


def test_the_screens_on_the_way_to_a_door(lived_in: Officer) -> None:
    officer, page = lived_in, lived_in.page
    look = Looker(page, SHOTS)
    look.look("today")
    officer.button("Search").click()
    look.look("search")
    page.get_by_role("searchbox").fill("maiden")
    look.look("search found")
    page.get_by_role("searchbox").fill("zzz")
    look.look("search nothing")
    officer.button("Back").click()
    officer.open_street(NAME)
    look.opened("street")
    officer.button("Map").click()
    expect(page.get_by_role("img", name=re.compile("^Map of"))).to_be_visible()
    look.opened("map")
    officer.button("Back").click()
    officer.button("What was done here").click()
    expect(officer.heading(f"What was done on {NAME}")).to_be_visible()
    look.opened("told")
    officer.button("Polski").click()
    look.look("told Polish")
    officer.button("Powrót").or_(officer.button("Wstecz")).or_(officer.button("Back")).click()
    officer.bring_into_sight("Ground Floor Rear")
    officer.house_row("Ground Floor Rear").click()
    look.opened("house with a long name")
    officer.button("Back").click()
    officer.button("Odd").click()
    officer.open_house("1", NAME)
    look.opened("house")
    officer.record("No reply, card left")
    look.look("street after a visit")
    assert look.wrong == []


def test_the_screens_at_a_door(officer: Officer) -> None:
    page = officer.page
    look = Looker(page, SHOTS)
    officer.open_street()
    officer.open_house("3")
    for name, button, title in (
        ("callback", "Asked to come back at another time", "Asked to come back at another time"),
        ("language", "Could not speak a shared language", "Could not speak a shared language"),
        ("unsafe", "Unsafe, left", "Unsafe, left"),
        ("hazard", "Report a hazard", "Report a hazard"),
        ("address note", "Note on the address", "Note on the address"),
        ("not a home", "Not a home", "Not a home"),
    ):
        officer.button(button).click()
        expect(officer.heading(title)).to_be_visible()
        look.opened(name)
        officer.button("Record").click()
        if name != "not a home":
            expect(page.get_by_text(re.compile("^(Choose|Enter) .*[.]$")).first).to_be_visible()
            look.look(f"{name} missing")
            officer.button("Back").click()
    expect(officer.undo_bar).to_be_visible()
    officer.undo()
    officer.open_house("3")
    officer.button("Show that I am genuine").click()
    expect(page.get_by_text("Type this code")).to_be_visible()
    look.look("badge")
    officer.button("Back").click()
    officer.button("Show QR").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look.look("code for the resident")
    officer.button("Back").click()
    officer.record("Spoke with the household")
    look.look("house recorded")
    assert look.wrong == []


def test_the_screens_that_a_resident_reads(officer: Officer) -> None:
    page = officer.page
    look = Looker(page, SHOTS)
    officer.open_street()
    officer.open_house("7")
    officer.button("Register").click()
    look.look("register who")
    officer.button("Next").click()
    look.look("register who missing")
    page.get_by_label("Name").fill("Zofia Przykładowa-Longfellow")
    page.get_by_label("E-mail").fill("zofia@example.org")
    officer.button("Next").click()
    look.look("register interests")
    officer.button("Next").click()
    officer.button("Next").click()
    look.look("consents missing")
    officer.button("Polski").click()
    look.look("consents Polish")
    for answer in page.get_by_label("Tak, zgadzam się").all():
        answer.check()
    officer.button("Next").click()
    look.look("register check")
    officer.button("Hand the phone over").click()
    look.opened("handed over Polish")
    officer.button("Dalej").click()
    look.opened("question of ones own Polish")
    officer.button("Gotowe, oddaję telefon").click()
    look.opened("thanks Polish")
    officer.button("I have the phone back").click()
    officer.button("Save and seal").click()
    expect(officer.heading("Saved")).to_be_visible()
    look.opened("saved")
    officer.button("Take the survey").click()
    look.look("survey beginning")
    officer.button("Begin").click()
    look.opened("survey question Polish")
    page.get_by_label("Raczej bezpiecznie").check()
    officer.button("Dalej").click()
    officer.button("Pomiń").click()
    look.look("survey several Polish")
    officer.button("English").click()
    look.look("survey several")
    for _ in range(3):
        officer.button("Back").click()
    officer.button("Back").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look.look("survey left")
    assert look.wrong == []


def test_the_screens_of_the_menu(officer: Officer) -> None:
    page = officer.page
    look = Looker(page, SHOTS)
    officer.open_street()
    officer.visit("3", "No reply")
    officer.await_chained()
    officer.home()
    officer.place.wire.mode = "portal"
    officer.button("Menu").click()
    look.opened("menu")
    for entry in ("My lists", "Security and export", "About this phone"):
        officer.button(entry).click()
        expect(officer.heading(entry)).to_be_visible()
        look.opened(entry)
        officer.button("Back").click()
    officer.button("What I recorded").click()
    officer.button("Withdraw this visit").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look.look("withdraw")
    officer.button("Keep it").click()
    look.look("recorded")
    officer.button("Back").click()
    officer.button("Sync").click()
    officer.button("Sync now").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.look("sync behind a portal")
    officer.button("Back").click()
    officer.button("End of shift").click()
    expect(officer.heading("End of shift")).to_be_visible()
    look.opened("end of shift")
    officer.button("Send and end the shift").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.look("end of shift refused")
    officer.home()
    look.look("today behind a portal")
    assert look.wrong == []
