"""Consents and withdrawals: what holds, and what a late "yes" may not undo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given as given_by
from hypothesis import strategies as st

from server.residents.consents import (
    ConsentMark,
    given,
    has_opted_out,
    is_later,
    refused_since,
    standing,
    withdrawals,
)
from sync.consents import PURPOSES

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def mark(purpose: str, yes: bool, hours: int, how: str = "door", proved: int | None = -1) -> ConsentMark:
    """`proved`: hours, -1 for "as given", None for "nothing proves it"."""
    at = START + timedelta(hours=hours)
    proof = None if proved is None else at if proved == -1 else START + timedelta(hours=proved)
    return ConsentMark(f"{purpose}-{hours:04d}-{how}", purpose, yes, at, how, "2026-01", proof)


marks = st.lists(
    st.builds(
        mark, st.sampled_from(PURPOSES), st.booleans(), st.integers(0, 30), st.sampled_from(["door", "link"])
    ),
    max_size=12,
)


def test_the_latest_mark_of_a_purpose_holds() -> None:
    found = [mark("surveys", False, 5), mark("surveys", True, 2), mark("messages", True, 1)]
    assert given(found) == {"messages"}


def test_a_no_at_the_first_registration_is_a_refusal_and_no_withdrawal() -> None:
    assert withdrawals([mark("messages", False, 0)]) == {}


def test_a_no_after_a_yes_or_by_the_persons_own_link_is_a_withdrawal() -> None:
    found = withdrawals(
        [mark("messages", True, 0), mark("messages", False, 3), mark("surveys", False, 4, "link")]
    )
    assert found == {"messages": START + timedelta(hours=3), "surveys": START + timedelta(hours=4)}


def test_a_yes_after_a_withdrawal_ends_it() -> None:
    found = [mark("messages", True, 0), mark("messages", False, 3, "link"), mark("messages", True, 4, "link")]
    assert withdrawals(found) == {}


def test_only_what_is_proved_later_beats_a_withdrawal() -> None:
    assert is_later(START + timedelta(seconds=1), START)
    assert not is_later(START, START)
    assert not is_later(None, START)
    assert is_later(None, None), "there is nothing to beat"


def test_a_withdrawal_of_another_purpose_does_not_stand_against_a_registration() -> None:
    found = [mark("messages", True, 0), mark("messages", False, 3, "link"), mark("surveys", True, 0)]
    assert refused_since(found, ["surveys"], opted_out=False) is None
    assert refused_since(found, ["messages"], opted_out=False) == START + timedelta(hours=3)


def test_every_withdrawal_stands_against_somebody_who_opted_out() -> None:
    found = [mark(purpose, False, 3, "link") for purpose in PURPOSES]
    assert refused_since(found, [], opted_out=True) == START + timedelta(hours=3)


def test_a_yes_that_is_not_surely_later_does_not_hold_over_a_no() -> None:
    no = mark("surveys", False, 3, "link")
    assert given([no, mark("surveys", True, 5)]) == {"surveys"}
    assert given([no, mark("surveys", True, 5, proved=2)]) == set(), "recorded at two o'clock at the earliest"
    assert given([no, mark("surveys", True, 5, proved=None)]) == set()
    assert given([mark("surveys", True, 5, proved=None)]) == {"surveys"}, "there is no 'no' to beat"


def test_refusing_everything_is_not_opting_out() -> None:
    assert not has_opted_out([mark(purpose, False, 0) for purpose in PURPOSES])
    assert has_opted_out([mark("messages", True, 0), mark("messages", False, 1, "link")])


@given_by(marks, st.randoms())
def test_the_order_of_arrival_changes_nothing(found: list[ConsentMark], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    by_id = {one.id: one for one in found}
    shuffled = list({one.id: by_id[one.id] for one in shuffled}.values())
    assert standing(shuffled) == standing(by_id.values())
    assert withdrawals(shuffled) == withdrawals(by_id.values())


@given_by(marks)
def test_a_purpose_is_given_or_withdrawn_and_never_both(found: list[ConsentMark]) -> None:
    assert not given(found) & set(withdrawals(found))
