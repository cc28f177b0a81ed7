"""With the resident: a registration with its consents and their own answers, the QR code, the survey, the badge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.exchange.tables import EventIdentity
from server.residents.look_up import Disclosure, open_resident
from server.residents.tables import Consent, Resident
from server.surveys.respond import open_detail
from server.surveys.tables import Answer, Response
from sync.consents import CURRENT as CURRENT_WORDING
from tests.factories.exchange import uprn
from tests.phone import codes
from tests.phone.browser import PhoneBrowser
from tests.phone.conversation import MAIL, NAME, open_door
from tests.phone.officer import Officer


def consent(page: Page, text: str) -> Locator:
    """A consent with its two answers, by some of its wording."""
    return page.get_by_role("group").filter(has_text=text)


def registered(officer: Officer) -> tuple[Resident, Disclosure, list[tuple[str, bool, str, str]]]:
    """The one resident there is, what names them, and their consents: purpose, given, how, wording."""

    def work(session: Session) -> tuple[Resident, Disclosure, list[tuple[str, bool, str, str]]]:
        resident = session.scalars(select(Resident)).one()
        columns = (Consent.purpose, Consent.given, Consent.how, Consent.wording)
        rows = session.execute(select(*columns).order_by(Consent.purpose))
        opened = open_resident(session, officer.place.service, resident.id)
        return resident, opened, [tuple(row) for row in rows]

    return officer.place.service.db.read(work)


def answers(officer: Officer) -> dict[str, list[str]]:
    """The coded answers that the service has: question → choices."""

    def work(session: Session) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in session.execute(
            select(Answer.question, Answer.choice).order_by(Answer.question, Answer.choice)
        ):
            found.setdefault(row.question, []).append(row.choice)
        return found

    return officer.place.service.db.read(work)


def test_a_resident_is_registered_with_consents_and_answers_of_their_own_and_cannot_be_read_back(
    officer: Officer,
) -> None:
    page = officer.page
    open_door(officer, "7")
    officer.button("Register").click()
    officer.button("Next").click()
    expect(page.get_by_text("Enter the name")).to_be_visible()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("E-mail").fill(MAIL)
    page.get_by_label("Language they prefer").select_option("Polish")
    officer.button("Next").click()
    officer.button("Burglary").click()
    page.get_by_label("Groups they belong to").fill("Garth Watch")
    officer.button("Next").click()

    officer.button("Next").click()
    expect(page.get_by_text("Choose yes or no.")).to_have_count(3)
    officer.button("Polski").click()
    consent(page, "przesyłać Państwu wiadomości").get_by_label("Tak, zgadzam się").check()
    consent(page, "co trzy miesiące").get_by_label("Nie").check()
    officer.button("English").click()
    consent(page, "through the local groups").get_by_label("No").check()
    officer.button("Polski").click()
    officer.button("Next").click()

    officer.button("Hand the phone over").click()
    expect(officer.heading("Proszę odpowiedzieć osobiście")).to_be_visible()
    officer.button("Dalej").click()
    expect(page.get_by_role("group", name="Do jakiej grupy etnicznej Pan/Pani należy?")).to_be_visible()
    officer.button("Pomiń").click()
    page.get_by_label("25–34 lata").check()
    officer.button("Gotowe, oddaję telefon").click()
    expect(officer.heading("Dziękujemy")).to_be_visible()
    officer.button("I have the phone back").click()
    expect(page.get_by_text("The answers are not shown")).to_be_visible()
    expect(page.get_by_text("25")).to_be_hidden()
    officer.button("Save and seal").click()
    expect(page.get_by_text("It cannot be read on this phone any more")).to_be_visible()
    officer.button("Back to the house").click()

    expect(page.get_by_text("1 person registered").first).to_be_visible()
    expect(page.get_by_text(NAME)).to_be_hidden()
    officer.home()
    officer.open_menu("What I recorded")
    expect(page.get_by_text("1 person registered")).to_be_visible()
    expect(page.get_by_text(NAME)).to_be_hidden()
    officer.home()
    officer.sync()

    resident, who, consents = registered(officer)
    assert (resident.state, resident.language, resident.vouched) == ("current", "pl", True)
    assert (who.name, who.contacts[0]["value"]) == (NAME, MAIL)
    assert who.detail["demographics"] == {"age_band": "25_34"}
    assert (who.detail["groups"], who.detail["interests"]) == (["Garth Watch"], ["Burglary"])
    given = {"groups": False, "messages": True, "surveys": False}
    assert consents == [(purpose, yes, "door", CURRENT_WORDING) for purpose, yes in given.items()]
    state = officer.place.field.coverage(uprn(0, 7)).state
    assert (state["last_outcome"], state["registered"]) == ("spoke", "registered")


def test_the_code_at_the_door_leads_another_phone_to_registering_at_this_address(
    officer: Officer, new_phone: Callable[..., PhoneBrowser]
) -> None:
    open_door(officer, "9")
    asked = len(officer.place.wire.asked)
    officer.button("Show QR").click()
    drawn = officer.page.get_by_role("img", name="QR code that opens the registration page")
    expect(drawn).to_be_visible()
    link = codes.read(drawn.screenshot(), officer.page)
    assert link.startswith(f"{officer.place.url}/join#")
    assert not any(path.startswith("/api") for _, path in officer.place.wire.asked[asked:])

    page = new_phone().start()
    page.goto(link)
    expect(page.get_by_text("9 Street 1, Hull, HU6 7AB")).to_be_visible()
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("E-mail address").fill(MAIL)
    page.get_by_label("Yes, I agree").first.check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    resident, _, consents = registered(officer)
    assert (resident.uprn, resident.state, resident.vouched) == (uprn(0, 9), "unconfirmed", False)
    assert {how for _, _, how, _ in consents} == {"qr"}
    assert officer.place.field.coverage(uprn(0, 9), 0).state["registered"] == "unconfirmed"


def test_a_survey_asks_only_what_applies_in_either_language_and_counts_once(officer: Officer) -> None:
    page = officer.page
    open_door(officer, "2")
    officer.button("Survey").click()
    officer.button("Polski").click()
    officer.button("Begin").click()
    expect(officer.heading("Pytanie 1 z około 9")).to_be_visible()
    page.get_by_label("Raczej bezpiecznie").check()
    officer.button("Dalej").click()
    officer.button("Pomiń").click()
    officer.button("English").click()
    page.get_by_label("Burglary").check()
    officer.button("Next").click()
    expect(page.get_by_role("group", name="Which of them should we deal with first?")).to_be_visible()
    officer.button("Back").click()
    page.get_by_label("Burglary").uncheck()
    page.get_by_label("None of these").check()
    while not officer.button("Finish").is_visible():
        officer.page.get_by_role("contentinfo").get_by_role("button", name="Next").or_(
            officer.button("Skip")
        ).click()
        expect(page.get_by_role("group", name="Which of them should we deal with first?")).to_be_hidden()
    page.get_by_role("textbox").fill("A crossing by the school.")
    officer.button("Finish").click()
    expect(page.get_by_text("Thank you for your answers")).to_be_visible()
    officer.button("Back to the house").click()
    officer.home()
    officer.sync()
    assert answers(officer) == {"concerns": ["none"], "safe_day": ["safe"]}
    service = officer.place.service
    response = service.db.read(lambda session: session.scalars(select(Response)).one())
    written = open_detail(service, response.id, response.detail_sealed)["texts"]
    assert written == {"first_thing": "A crossing by the school."}
    assert officer.place.field.coverage(uprn(0, 2)).state["last_outcome"] == "spoke"


def test_a_survey_half_done_stays_over_a_lock_and_goes_with_the_shift(officer: Officer) -> None:
    page = officer.page
    open_door(officer, "2")
    officer.record("Spoke with the household")
    officer.button("Survey").click()
    officer.button("Begin").click()
    page.get_by_label("Very unsafe").check()
    officer.button("Next").click()
    officer.button("Back").click()
    officer.button("Back").click()
    officer.button("Back").click()
    leave = page.get_by_role("dialog", name="Stop the survey?")
    leave.get_by_role("button", name="Keep it and leave").click()
    officer.home()
    officer.lock()
    officer.unlock()
    open_door(officer, "2")
    officer.button("Survey").click()
    expect(page.get_by_text("Taken up from what was kept")).to_be_visible()
    officer.button("Go on").click()
    expect(page.get_by_label("Very unsafe")).to_be_checked()
    officer.button("Back").click()
    officer.button("Back").click()
    leave.get_by_role("button", name="Keep it and leave").click()
    officer.home()

    officer.open_menu("End of shift")
    page.get_by_role("button", name="end the shift").or_(officer.button("End the shift")).click()
    expect(page.get_by_text("Your shift has ended")).to_be_visible()
    officer.unlock()
    open_door(officer, "2")
    officer.button("Survey").click()
    expect(officer.button("Begin")).to_be_visible()
    expect(page.get_by_text("Taken up from what was kept")).to_be_hidden()
    assert officer.place.field.count(Response) == 0
    assert officer.place.field.count(EventIdentity) == 1


@pytest.mark.parametrize("language", ["English", "Polski"])
def test_the_code_that_an_officer_shows_is_confirmed_by_the_forces_page_for_them_alone(
    officer: Officer, new_phone: Callable[..., PhoneBrowser], language: str
) -> None:
    officer.open_menu("Show that I am genuine")
    officer.button(language).click()
    steps = officer.page.get_by_role("main").get_by_role("listitem")
    typed = [step.inner_text().split("\n")[-1] for step in steps.all()]
    assert typed[0] == f"127.0.0.1:{officer.place.wire.port}/check"
    page = new_phone().start()
    page.goto(f"http://{typed[0]}")
    page.get_by_label("The officer’s name or number").fill(typed[1])
    page.get_by_label("The code on the officer’s phone").fill(typed[2])
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Yes, this officer is genuine")).to_be_visible()
    page.get_by_role("link", name="Check another officer").click()
    page.get_by_label("The officer’s name or number").fill("officer1.example")
    page.get_by_label("The code on the officer’s phone").fill(typed[2])
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="We can’t confirm this officer")).to_be_visible()
