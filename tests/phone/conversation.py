"""What an officer does with somebody who opened, as several tests do it on the way to what they are about."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.phone.officer import Officer

NAME, MAIL = "Zofia Przykładowa", "zofia@example.org"


def open_door(officer: Officer, number: str) -> None:
    """From Today: a house of the officer's own street."""
    officer.open_street()
    officer.open_house(number)


def begin_registration(officer: Officer, name: str = NAME, mail: str = MAIL) -> None:
    """At a door: a person who agrees to everything, up to the last look before it is sealed."""
    page = officer.page
    officer.button("Register").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(mail)
    officer.button("Next").click()
    expect(officer.heading("Groups and interests")).to_be_visible()
    officer.button("Next").click()
    expect(officer.heading("What they agree to")).to_be_visible()
    for consent in page.get_by_label("Yes, I agree").all():
        consent.check()
    officer.button("Next").click()
    expect(officer.heading("Check and save")).to_be_visible()


def finish_registration(officer: Officer) -> None:
    """Seal it, and back to where it was begun."""
    officer.button("Save and seal").click()
    expect(officer.heading("Saved")).to_be_visible()
    officer.button("Back to the house").click()
