"""A phone whose clock is days wrong: visits count at the right time all the same, and the officer is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.factories.exchange import uprn
from tests.phone.ledger import expect_all_is_well
from tests.phone.officer import Officer
from tests.phone.place import Place

# A phone knows the service's time from a reply, which was some time on its way.
SLACK = timedelta(minutes=2)


def moment_of_visit(place: Place, house: str) -> tuple[datetime, datetime]:
    """By the phone's clock, and as put right by the service."""
    (fact,) = place.field.facts(house)
    return fact.recorded_at, fact.corrected_at


@pytest.mark.parametrize(
    ("place", "words"),
    [(timedelta(days=-3), "3 days"), (timedelta(days=400), "400 days")],
    indirect=["place"],
    ids=["days fast", "more than a year slow"],
)
def test_a_clock_days_wrong_is_put_right_in_what_is_counted_and_the_officer_is_told(
    officer: Officer, words: str
) -> None:
    place = officer.place
    expect(officer.page.get_by_text(f"This phone’s clock is out by {words}")).to_be_visible()
    begun = place.service.clock.now()
    officer.open_street()
    officer.visit("2", "No reply")
    officer.phone.kill()
    # How much time passed while it was off is not known, but how far the clock was out before.
    place.wire.mode = "gone"
    officer.open()
    officer.unlock()
    officer.open_street()
    officer.visit("4", "No reply")
    ended = place.service.clock.now()
    officer.await_chained()
    officer.home()
    place.wire.mode = "whole"
    expect_all_is_well(officer)
    for house in (uprn(0, 2), uprn(0, 4)):
        recorded_at, corrected_at = moment_of_visit(place, house)
        assert abs(recorded_at + place.clock_ahead - corrected_at) < SLACK
        assert begun - SLACK < corrected_at < ended + SLACK
