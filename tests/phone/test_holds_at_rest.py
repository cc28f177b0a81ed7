"""After a whole day of everything, the browser's folder on disk holds nothing that tells of a house or a person."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from sync.outcomes import table
from tests.factories.exchange import STREETS, uprn
from tests.phone.officer import PASSPHRASE, Officer
from tests.phone.profile import found

NAME, MAIL, PHONE = "Zofia Przykładowa", "zofia@example.org", "01632 960 123"
HALF_TYPED = "Wilhelmina Halfway"
TEXTS = [
    "Alsatian loose behind the hedge",
    "Bell hidden under the ivy",
    "Roof has come down",
    "A crossing by the school",
    "Garth Watch",
]
# Nowhere, whatever a browser keeps besides.
OF_PEOPLE = [NAME, MAIL, PHONE, PHONE.replace(" ", ""), HALF_TYPED, PASSPHRASE, *TEXTS]
OF_HOUSES = ["Street 1", "HU6 7AB", STREETS[0], uprn(0, 7), "fficer0"]
# The app's own files hold these words too, so they are looked for where the app stores what it is told.
OF_VISITS = [
    *(row.code for row in table()),
    *(row.label for row in table()),
    "burglary",
    "25_34",
    "very_unsafe",
    "safe_day",
    "evening",
    "Spring",
]
STORES = ["IndexedDB", "Local Storage", "Session Storage", "WebStorage"]


def visits_that_ask_for_more(officer: Officer) -> None:
    """A callback, a language, a note, a hazard, a note on the address; from the street's screen."""
    page = officer.page
    for number, outcome in (
        ("2", "Asked to come back at another time"),
        ("4", "Could not speak a shared language"),
        ("6", "Could not reach the door (gate, entry phone, dog)"),
        ("8", "Unsafe, left"),
        ("1", "Not a home"),
    ):
        officer.open_house(number)
        officer.button(outcome).click()
        expect(officer.heading(outcome)).to_be_visible()
        if number == "2":
            page.get_by_label("Tomorrow").check()
            page.get_by_label("Evening").check()
        elif number == "4":
            page.get_by_label("Which language?").select_option("Polish")
        elif number == "6":
            page.get_by_label("For the next officer").fill(TEXTS[1])
        elif number == "8":
            page.get_by_label("Dog").check()
            page.get_by_label("In your words").fill(TEXTS[0])
        else:
            page.get_by_label("Gone, pulled down").check()
            page.get_by_label("In your words").fill(TEXTS[2])
        officer.button("Record").click()
        if not officer.heading("Street 1").is_visible():
            expect(officer.button("Record another visit").or_(officer.heading("Street 1"))).to_be_visible()
        while not officer.heading("Street 1").is_visible():
            officer.button("Back").click()


def register(officer: Officer) -> None:
    """A resident with contacts, groups, consents and answers of their own; from the street's screen and back."""
    page = officer.page
    officer.open_house("7")
    officer.button("Register").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("E-mail").fill(MAIL)
    page.get_by_label("Phone").fill(PHONE)
    officer.button("Next").click()
    officer.button("Burglary").click()
    page.get_by_label("Groups they belong to").fill(TEXTS[4])
    officer.button("Next").click()
    expect(page.get_by_label("Yes, I agree")).to_have_count(3)
    for consent in page.get_by_label("Yes, I agree").all():
        consent.check()
    officer.button("Next").click()
    officer.button("Hand the phone over").click()
    officer.button("Continue").click()
    officer.button("Skip").click()
    page.get_by_label("25 to 34").check()
    officer.button("I’m done, hand the phone back").click()
    officer.button("I have the phone back").click()
    officer.button("Save and seal").click()


def take_survey(officer: Officer) -> None:
    """Of the one who has just registered, to its last question, which is in their own words."""
    page = officer.page
    officer.button("Take the survey").click()
    officer.button("Begin").click()
    page.get_by_label("Very unsafe").check()
    officer.button("Next").click()
    officer.button("Skip").click()
    page.get_by_label("Burglary").check()
    officer.button("Next").click()
    for _ in ("worst", "reported", "confidence", "seen"):
        officer.button("Skip").click()
    page.get_by_role("textbox").fill(TEXTS[3])
    officer.button("Finish").click()
    officer.button("Back to the house").click()
    officer.button("Back").click()


def look_around(officer: Officer) -> None:
    """The QR code, the search, the badge, what was recorded."""
    officer.open_house("9")
    officer.button("Show QR").click()
    expect(officer.page.get_by_role("img", name="QR code that opens the registration page")).to_be_visible()
    officer.home()
    officer.button("Search").click()
    officer.page.get_by_label("Number and street, name or postcode").fill("3 street 1")
    expect(officer.page.get_by_text("1 house found")).to_be_visible()
    officer.home()
    officer.open_menu("Show that I am genuine")
    officer.home()
    officer.open_menu("What I recorded")
    officer.home()


def leave_a_form_open(officer: Officer) -> None:
    """Half typed, nothing saved: what an officer has before them when the battery is empty."""
    officer.open_street()
    officer.open_house("11")
    officer.button("Register").click()
    officer.page.get_by_label("Name").fill(HALF_TYPED)


def kept_beside(page: Page) -> tuple[list[str], int]:
    """The addresses in Cache Storage, and how many values are in local and session storage."""
    cached: list[str] = page.evaluate("""async () => {
      const found = [];
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
      return found;
    }""")
    values: int = page.evaluate("localStorage.length + sessionStorage.length")
    return cached, values


def expect_nothing_readable(officer: Officer) -> None:
    profile = officer.phone.profile
    assert found(profile, [*OF_PEOPLE, *OF_HOUSES]) == []
    assert [line for part in STORES for line in found(profile, OF_VISITS, within=part)] == []


def test_nothing_of_a_whole_day_lies_readable_on_disk_after_a_kill_while_unlocked_or_at_its_end(
    officer: Officer,
) -> None:
    officer.open_street()
    officer.visit("3", "No reply")
    visits_that_ask_for_more(officer)
    register(officer)
    take_survey(officer)
    look_around(officer)
    officer.await_chained()
    officer.sync()
    leave_a_form_open(officer)
    assert officer.phone.origins == {officer.place.url}
    officer.phone.kill()
    expect_nothing_readable(officer)

    officer.open()
    officer.unlock()
    cached, values = kept_beside(officer.page)
    assert values == 0
    assert {path for path in cached if not path.startswith("/phone/") or "api" in path} == set()
    officer.open_menu("End of shift")
    officer.page.get_by_role("button", name="end the shift").or_(officer.button("End the shift")).click()
    expect(officer.page.get_by_text("Your shift has ended")).to_be_visible()
    officer.phone.stop()
    expect_nothing_readable(officer)
    assert officer.phone.origins == {officer.place.url}
