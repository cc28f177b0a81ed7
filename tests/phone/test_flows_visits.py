"""A visit in two taps: recorded durably, taken back within ten seconds without a trace, withdrawn after them."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from server.exchange.tables import EventIdentity
from server.fieldwork.hazards import find_hazards
from server.fieldwork.notes import find_notes
from tests.factories.exchange import uprn
from tests.phone.officer import Officer


def test_a_visit_takes_two_taps_and_reaches_the_service(officer: Officer) -> None:
    officer.open_street()
    officer.house_row("3").click()
    officer.button("No reply").click()
    officer.await_recorded("No reply")
    officer.await_chained()
    expect(officer.house_row("3")).to_contain_text("No reply, try")
    officer.home()
    officer.sync()
    coverage = officer.place.field.coverage(uprn(0, 3))
    assert (coverage.state["attempts"], coverage.state["last_outcome"]) == (1, "no_reply")
    assert officer.place.field.counters()["visited"] == 1


def test_what_is_undone_within_ten_seconds_was_never_recorded(officer: Officer) -> None:
    officer.open_street()
    officer.visit("3", "No reply")
    officer.undo()
    expect(officer.house_row("3")).to_contain_text("Not visited yet")
    officer.home()
    expect(officer.sync_line).to_contain_text("0 waiting")
    officer.open_menu("What I recorded")
    expect(officer.page.get_by_text("Nothing yet")).to_be_visible()
    officer.home()
    officer.sync()
    assert officer.place.field.count(EventIdentity) == 0


def test_a_callback_is_agreed_for_a_day_and_a_part_of_it(officer: Officer) -> None:
    page = officer.page
    officer.open_street()
    officer.open_house("5")
    officer.button("Asked to come back at another time").click()
    officer.button("Record").click()
    expect(page.get_by_text("Choose the day to come back")).to_be_visible()
    page.get_by_label("Tomorrow").check()
    page.get_by_label("Evening").check()
    officer.button("Record").click()
    officer.await_recorded("Asked to come back")
    expect(officer.page.get_by_text("Callback agreed for")).to_be_visible()
    officer.await_chained()
    officer.home()
    officer.sync()
    state = officer.place.field.coverage(uprn(0, 5)).state
    tomorrow = officer.place.service.clock.now().astimezone(officer.place.service.zone) + timedelta(days=1)
    assert (state["callback_date"], state["callback_slot"]) == (tomorrow.date().isoformat(), "evening")


def test_what_an_outcome_asks_for_is_asked_and_kept(officer: Officer) -> None:
    page, field = officer.page, officer.place.field
    officer.open_street()
    officer.open_house("1")
    officer.button("Could not speak a shared language").click()
    officer.button("Record").click()
    expect(page.get_by_text("Choose the language")).to_be_visible()
    page.get_by_label("Which language?").select_option("Polish")
    officer.button("Record").click()
    officer.await_recorded("Could not speak a shared language")

    officer.open_house("2")
    officer.button("Could not reach the door (gate, entry phone, dog)").click()
    page.get_by_label("For the next officer").fill("Ring at the yard gate.")
    officer.button("Record").click()
    officer.await_recorded("Could not reach the door")

    officer.open_house("3")
    officer.button("Unsafe, left").click()
    officer.button("Record").click()
    expect(page.get_by_text("Choose what kind of hazard it is")).to_be_visible()
    page.get_by_label("Person").check()
    page.get_by_label("In your words").fill("Threatened from a window.")
    officer.button("Record").click()
    officer.await_recorded("Unsafe, left")
    expect(officer.house_row("3")).to_contain_text("Person (reported by you)")
    officer.await_chained()
    officer.home()
    officer.sync()

    assert field.coverage(uprn(0, 1)).state["language"] == "pl"
    assert field.coverage(uprn(0, 3)).state["unsafe"] is True
    (hazard,) = find_hazards(field.service, field.supervisor, {}).rows
    assert (hazard.uprn, hazard.kind, hazard.text) == (uprn(0, 3), "person", "Threatened from a window.")
    (note,) = find_notes(field.service, field.supervisor, {}).rows
    assert (note.uprn, note.text) == (uprn(0, 2), "Ring at the yard gate.")
    officer.open_street()
    expect(officer.house_row("3")).to_contain_text("Person: Threatened from a window.")
    expect(officer.house_row("1")).to_contain_text("Polish")


def test_a_hazard_and_a_note_on_the_address_are_told_without_a_visit(officer: Officer) -> None:
    page, field = officer.page, officer.place.field
    officer.open_street()
    officer.open_house("4")
    officer.button("Report a hazard").click()
    page.get_by_label("Dog").check()
    officer.button("Record").click()
    expect(officer.heading("4 Street 1")).to_be_visible()
    expect(page.get_by_role("region", name="1 hazard")).to_contain_text("Dog (reported by you)")
    officer.button("Note on the address").click()
    page.get_by_label("Split into flats").check()
    page.get_by_label("In your words").fill("Two bells, A and B.")
    officer.button("Record").click()
    expect(officer.heading("4 Street 1")).to_be_visible()
    officer.await_chained()
    officer.home()
    officer.sync()
    (hazard,) = find_hazards(field.service, field.supervisor, {}).rows
    (note,) = find_notes(field.service, field.supervisor, {}).rows
    assert (hazard.kind, note.kind, note.text) == ("dog", "split", "Two bells, A and B.")
    assert field.facts(uprn(0, 4)) == []


def test_a_visit_recorded_by_mistake_is_withdrawn_and_no_longer_counts(officer: Officer) -> None:
    page, field = officer.page, officer.place.field
    officer.open_street()
    officer.visit("6", "No reply")
    officer.await_chained()
    officer.home()
    officer.sync()
    assert field.counters()["visited"] == 1
    officer.open_menu("What I recorded")
    expect(page.get_by_text("Counted")).to_be_visible()
    officer.button("Withdraw this visit").click()
    asked = page.get_by_role("dialog", name="Withdraw this visit?")
    expect(asked).to_contain_text("6 Street 1: No reply")
    asked.get_by_role("button", name="Withdraw this visit").click()
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    officer.home()
    officer.sync()
    assert sorted(fact.kind for fact in field.facts(uprn(0, 6))) == ["visit", "withdrawal"]
    assert field.counters()["visited"] == 0
