"""The oracle's own reckoning, by examples worked out by hand."""

from __future__ import annotations

from tests.simulation.oracle import Happened, Recorded, reckon

UPRN = "1"


def visit(at: int, outcome: str, *, campaign: int = 1, name: str = "") -> Happened:
    return Happened(name or f"v{at}", "visit", UPRN, at, campaign, outcome)


def test_a_house_nobody_has_been_to_is_owed_a_visit():
    assert reckon([], 1).counters() == (1, 1, 0, 0, 0, 0, 0, 1)


def test_a_conversation_closes_and_a_callback_does_not():
    assert reckon([visit(1, "spoke")], 1).counters() == (1, 1, 1, 1, 1, 0, 0, 0)
    assert reckon([visit(1, "callback")], 1).counters() == (1, 1, 1, 1, 1, 0, 0, 1)


def test_a_wish_not_to_be_called_on_binds_every_campaign_until_it_is_lifted():
    wish = visit(1, "do_not_call")
    lift = Happened("l", "lift", UPRN, 2, lifts="do_not_call")
    assert reckon([wish], 2).outstanding == 0
    assert reckon([wish, lift], 1).counters() == (1, 1, 1, 1, 0, 0, 0, 1)
    assert reckon([lift, wish], 1).do_not_call is False


def test_a_withdrawn_visit_never_was_whichever_came_first():
    withdrawal = Happened("w", "withdrawal", UPRN, 1, withdraws="v2")
    assert reckon([withdrawal, visit(2, "spoke")], 1).visited == 0


def test_an_empty_house_is_no_part_of_what_is_to_be_done_until_somebody_is_met():
    assert reckon([visit(1, "vacant")], 1).counters() == (1, 0, 0, 0, 0, 0, 0, 0)
    assert reckon([visit(1, "vacant"), visit(2, "language")], 1).eligible == 1


def test_knocks_are_counted_from_the_last_word():
    assert reckon([visit(1, "no_reply"), visit(2, "spoke"), visit(3, "no_reply")], 1).attempts == 1
    assert reckon([visit(1, "no_reply"), visit(2, "spoke")], 1).attempts == 2


def test_a_wish_to_revisit_is_spent_by_the_next_visit_and_one_not_to_is_not():
    wish = Happened("o", "override", UPRN, 2, 1, revisit=True)
    assert reckon([visit(1, "spoke"), wish], 1).outstanding == 1
    assert reckon([visit(1, "spoke"), wish, visit(3, "spoke")], 1).outstanding == 0
    ban = Happened("o", "override", UPRN, 2, 1, revisit=False)
    assert reckon([ban, visit(3, "no_reply")], 1).outstanding == 0


def test_after_a_restart_the_time_is_what_the_wall_clock_told_put_right_and_kept_within_bounds():
    recorded = Recorded("e", "d", UPRN, 1, 500, 9_500, 400, False, [visit(0, "spoke")])
    recorded.settle(received_ms=1_000, request_wall_ms=10_000)
    assert recorded.things[0].at == 500
    recorded.settle(received_ms=1_000, request_wall_ms=99_000)
    assert recorded.things[0].at == 400
    recorded.settle(received_ms=1_000, request_wall_ms=1_000)
    assert recorded.things[0].at == 1_000
