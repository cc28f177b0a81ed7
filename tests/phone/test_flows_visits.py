"""A visit in two taps: recorded durably, taken back within ten seconds without a trace, withdrawn after them."""

from __future__ import annotations

from playwright.sync_api import expect

from server.exchange.tables import EventIdentity
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
