"""What a resident says of themselves: out of the officer's sight while they say it, and nowhere on the phone after."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.phone.conversation import MAIL, NAME, begin_registration, finish_registration, open_door
from tests.phone.ledger import stores
from tests.phone.officer import Officer
from tests.phone.remains import files_that_hold

OFFICERS_OWN = (NAME, MAIL, "Street 1", "HU6 7AB", "Spring", "officer0", "waiting", "Undo")
AGE = "25–34"


def expect_alone(officer: Officer, title: str, *buttons: str) -> None:
    """The screen has these buttons and no others, tells nothing of the officer's, and no back button leaves it."""
    page = officer.page
    expect(officer.heading(title)).to_be_visible()
    for _ in range(3):
        page.go_back()
        expect(officer.heading(title)).to_be_visible()
    assert page.get_by_role("button").all_inner_texts() == list(buttons)
    assert page.get_by_role("link").count() == 0
    shown = page.locator("body").inner_text()
    assert [one for one in OFFICERS_OWN if one in shown] == []


def test_a_phone_in_a_residents_hand_shows_their_questions_alone_and_is_given_back_by_the_officer(
    officer: Officer,
) -> None:
    page = officer.page
    open_door(officer, "7")
    begin_registration(officer)
    officer.button("Hand the phone over").click()
    switch, done = ("English", "Polski"), "Gotowe, oddaję telefon"
    expect(officer.heading("Please answer yourself")).to_be_visible()
    officer.button("Polski").click()
    expect_alone(officer, "Proszę odpowiedzieć osobiście", *switch, "Dalej", done)
    officer.button("Dalej").click()
    expect_alone(officer, "Pytanie 1 z 5", *switch, "Pomiń", done)
    officer.button("Pomiń").click()
    page.get_by_label(AGE).check()
    expect_alone(officer, "Pytanie 2 z 5", "", *switch, "Dalej", done)
    officer.button(done).click()
    expect_alone(officer, "Dziękujemy", "I have the phone back")
    expect(page.get_by_text("Proszę oddać telefon")).to_be_visible()
    officer.button("I have the phone back").click()
    expect(officer.heading("Check and save")).to_be_visible()
    expect(page.get_by_text("They have answered. The answers are not shown.")).to_be_visible()
    expect(page.get_by_text(AGE)).to_be_hidden()


def drafts(officer: Officer) -> int:
    """How many forms half done the phone keeps."""
    return sum(len(tables["drafts"]) for tables in stores(officer.page).values())


def expect_unreadable(officer: Officer, *said: str) -> None:
    """None of these words stands in the phone's store, as text or as bytes."""
    kept = json.dumps(stores(officer.page), ensure_ascii=False)
    written = [(one, ",".join(map(str, one.encode()))) for one in said]
    assert [one for one, coded in written if one in kept or coded in kept] == []


def test_nothing_of_a_registration_is_readable_on_the_phone_while_it_is_kept_or_after(
    officer: Officer,
) -> None:
    page, phone = officer.page, officer.phone
    open_door(officer, "7")
    officer.button("Register").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("E-mail").fill(MAIL)
    officer.button("Back").click()
    leave = page.get_by_role("dialog", name="Leave this registration?")
    leave.get_by_role("button", name="Record the visit and leave").click()
    expect(officer.heading("7 Street 1")).to_be_visible()
    assert drafts(officer) == 1
    expect_unreadable(officer, NAME, MAIL)

    begin_registration(officer)
    finish_registration(officer)
    officer.button("Register").click()
    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.get_by_label("E-mail")).to_have_value("")
    officer.button("Back").click()
    officer.home()
    officer.sync()
    officer.lock()
    assert drafts(officer) == 0
    expect_unreadable(officer, NAME, MAIL)
    phone.stop()
    assert files_that_hold(phone.profile, officer.label)
    assert files_that_hold(phone.profile, NAME) == files_that_hold(phone.profile, MAIL) == []
