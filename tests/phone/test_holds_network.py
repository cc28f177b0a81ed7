"""Somebody's Wi-Fi, cut and lost replies, a service that ends at work: nothing changes but what is shown."""

from __future__ import annotations

import threading
from typing import Any

from playwright.sync_api import Page, expect

from tests.factories.exchange import uprn
from tests.phone.ledger import (
    expect_all_is_well,
    expect_the_same_lists,
    outbox,
    stores,
    sync_whole,
    visits,
)
from tests.phone.officer import SLOW_MS, Officer
from tests.phone.wire import Mode, nothing

NOT_REACHED = "The service cannot be reached: no connection, or it broke off."
TROUBLES: list[tuple[Mode, str]] = [
    ("gone", NOT_REACHED),
    (
        "portal",
        "A web page answered instead of the service: most likely this Wi-Fi wants you to sign in first.",
    ),
    ("reply lost", NOT_REACHED),
    ("reply cut", NOT_REACHED),
]
KILLED_WITHIN_SECONDS = 0.05


def all_but_the_number(page: Page) -> dict[str, Any]:
    """All that is stored, but for the request number: every try uses one up."""
    found = stores(page)
    for tables in found.values():
        for row in tables["meta"]:
            row["number"] = 0
    return found


def sync_in_vain(officer: Officer, words: str, waiting: int = 2) -> None:
    officer.button("Sync now").click()
    expect(officer.button("Sync now")).to_be_enabled(timeout=SLOW_MS)
    expect(officer.page.get_by_text(words)).to_be_visible(timeout=SLOW_MS)
    expect(officer.sync_line).to_contain_text(f"{waiting} waiting")


def record_two(officer: Officer) -> None:
    """Two visits with no connection, chained."""
    officer.place.wire.mode = "gone"
    officer.open_street()
    officer.visit("2", "No reply")
    officer.visit("4", "No reply, card left")
    officer.await_chained()
    officer.home()


def test_an_answer_that_is_not_the_services_own_and_whole_changes_nothing_and_is_said(
    officer: Officer,
) -> None:
    record_two(officer)
    before = all_but_the_number(officer.page)
    for mode, words in TROUBLES:
        officer.place.wire.mode = mode
        sync_in_vain(officer, words)
        assert all_but_the_number(officer.page) == before, mode
    officer.place.wire.mode = "whole"
    expect_all_is_well(officer)
    assert visits(officer.place) == {(2, "no_reply"): 1, (4, "no_reply_card"): 1}


def test_a_service_that_ends_while_it_works_on_an_exchange_loses_and_doubles_nothing(
    officer: Officer,
) -> None:
    record_two(officer)
    wire, place = officer.place.wire, officer.place
    for ending in (place.stop, lambda: threading.Timer(KILLED_WITHIN_SECONDS, place.kill).start()):
        wire.mode, wire.before_exchange = "whole", ending
        sync_in_vain(officer, NOT_REACHED)
        wire.before_exchange = nothing
        assert {one.state for one in outbox(officer.page)} == {"waiting"}
        place.stop()
        wire.mode = "gone"
        place.start()
    wire.mode = "whole"
    expect_all_is_well(officer)
    assert visits(place) == {(2, "no_reply"): 1, (4, "no_reply_card"): 1}


def test_a_change_of_a_list_that_was_cut_short_is_asked_for_again(officer: Officer) -> None:
    field, wire = officer.place.field, officer.place.wire
    other = field.phones[0]
    other.sync(field.visit(other, uprn(0, 3), "spoke"))
    before = all_but_the_number(officer.page)
    wire.mode = "reply cut"
    sync_in_vain(officer, NOT_REACHED, waiting=0)
    assert all_but_the_number(officer.page) == before
    wire.mode = "whole"
    expect_the_same_lists(officer.place, sync_whole(officer))
    officer.open_street()
    expect(officer.house_row("3")).to_contain_text("Spoken with")
