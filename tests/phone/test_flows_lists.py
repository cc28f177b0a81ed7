"""What the service decides while an officer is out: what the public is told, what is held, a list taken back."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from sqlalchemy import select

from server.engagement.publish import NewFeedback, publish, withdraw
from server.exchange.tables import HeldEvent
from server.fieldwork.recall import recall
from server.residents.links import PREFERENCES, make_link
from server.residents.preferences import PreferenceChange
from server.residents.tables import Resident
from server.surveys.self_service import change_by_link
from tests.exchange.people import EMAIL, clock_of, person
from tests.factories.exchange import STREETS, uprn
from tests.phone.conversation import begin_registration, finish_registration, open_door
from tests.phone.officer import Officer


def resident_states(officer: Officer) -> list[str]:
    return list(officer.place.service.db.read(lambda session: session.scalars(select(Resident.state)).all()))


def recall_list(officer: Officer) -> int:
    """A coordinator takes the officer's list back; its number."""
    field = officer.place.field
    worklist = field.lists[officer.number]
    recall(field.service, field.supervisor, worklist, reason="reallocated")
    return worklist


def test_what_the_force_tells_of_a_street_is_shown_after_the_next_sync_and_goes_when_it_is_withdrawn(
    officer: Officer,
) -> None:
    page, field = officer.page, officer.place.field
    today = field.service.clock.now().astimezone(field.service.zone).date()
    told = [
        NewFeedback("said_did", "Cars race past the school.", "A camera stands there.", today, STREETS[0]),
        NewFeedback("priority", "Burglary in the back lanes.", "Gates are on order.", today, STREETS[0]),
        NewFeedback("priority", "Another street's matter.", "", today, STREETS[1]),
    ]
    published = [publish(field.service, field.supervisor, one).id for one in told]
    open_door(officer, "3")
    officer.button("What was done here").click()
    expect(page.get_by_text("Nothing has been published for this street yet.")).to_be_visible()
    officer.home()
    officer.sync()
    open_door(officer, "3")
    officer.button("What was done here").click()
    expect(officer.heading("What was done on Street 1")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article").first).to_contain_text("A camera stands there.")
    officer.button("Polski").click()
    expect(officer.heading("Co zrobiliśmy: Street 1")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("Co usłyszeliśmy")
    expect(page.get_by_role("article").last).to_contain_text("Burglary in the back lanes.")
    officer.button("Wstecz").click()
    officer.home()

    withdraw(field.service, field.supervisor, published[0])
    officer.sync()
    open_door(officer, "3")
    officer.button("What was done here").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_text("A camera stands there.")).to_be_hidden()


def test_a_registration_of_somebody_who_has_withdrawn_since_is_held_and_the_officer_is_told_why(
    officer: Officer,
) -> None:
    page, field = officer.page, officer.place.field
    earlier = field.phones[officer.number]
    earlier.sync(
        field.visit(earlier, uprn(0, 3), "spoke", clock=clock_of(field.service), registrations=[person()])
    )
    resident = field.service.db.read(lambda session: session.scalars(select(Resident.id)).one())
    officer.place.wire.mode = "gone"
    open_door(officer, "3")
    begin_registration(officer, person().name, EMAIL)
    finish_registration(officer)
    officer.home()
    expect(officer.sync_line).to_contain_text("1 waiting")
    change_by_link(
        field.service, make_link(field.service, PREFERENCES, resident), PreferenceChange(opt_out=True)
    )
    officer.place.wire.mode = "whole"
    officer.sync()

    assert [one.reason for one in field.held()] == ["withdrawn_person"]
    assert resident_states(officer) == ["opted_out"]
    assert [one.kind for one in field.facts(uprn(0, 3))].count("visit") == 2
    expect(page.get_by_text("1 record is held for a supervisor")).to_be_visible()
    expect(page.get_by_text("Nothing is lost.")).to_be_visible()
    officer.button("What I recorded").click()
    expect(page.get_by_text("Held for a supervisor")).to_be_visible()
    expect(page.get_by_text("That person has withdrawn since; a supervisor decides.")).to_be_visible()
    officer.button("Back").click()
    officer.open_street()
    expect(officer.house_row("3")).to_contain_text("1 of yours held")


def test_a_list_that_is_recalled_while_its_officer_is_out_goes_with_a_notice_and_what_was_recorded_counts(
    officer: Officer,
) -> None:
    page, field = officer.page, officer.place.field
    officer.place.wire.mode = "gone"
    officer.open_street()
    officer.visit("3", "No reply")
    officer.await_chained()
    officer.home()
    worklist = recall_list(officer)
    officer.place.wire.mode = "whole"
    officer.sync()

    expect(page.get_by_text("A list has gone from this phone")).to_be_visible()
    expect(page.get_by_text(f"List {worklist}: recalled.")).to_be_visible()
    expect(page.get_by_text("You hold no list just now.")).to_be_visible()
    expect(page.get_by_role("button", name="Street 1")).to_be_hidden()
    assert field.coverage(uprn(0, 3)).state["last_outcome"] == "no_reply"
    assert (field.counters()["visited"], field.count(HeldEvent)) == (1, 0)
    officer.button("I have seen it").click()
    expect(page.get_by_text("A list has gone from this phone")).to_be_hidden()
    officer.open_menu("What I recorded")
    expect(page.get_by_text("Counted, although the list had been recalled")).to_be_visible()
    officer.home()
    officer.button("Search").click()
    page.get_by_role("searchbox").fill("3 Street 1")
    expect(page.get_by_text("No house found")).to_be_visible()
    officer.home()
    officer.sync()
    assert "have" not in json.loads(officer.place.wire.bodies[-1])


def test_a_conversation_goes_on_to_its_end_though_the_list_is_recalled_in_the_middle_of_it(
    officer: Officer,
) -> None:
    page, field = officer.page, officer.place.field
    open_door(officer, "3")
    begin_registration(officer)
    recall_list(officer)
    with page.expect_response(lambda answer: answer.url.endswith("/api/exchange")):
        page.evaluate("dispatchEvent(new Event('online'))")
    finish_registration(officer)
    expect(officer.heading("Not on your lists")).to_be_visible()
    officer.home()
    expect(page.get_by_text("A list has gone from this phone")).to_be_visible()
    officer.sync()
    assert resident_states(officer) == ["current"]
    assert field.coverage(uprn(0, 3)).state["registered"] == "registered"
    assert (field.counters()["contacted"], field.count(HeldEvent)) == (1, 0)
