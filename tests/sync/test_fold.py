"""Properties of the fold, the counters and the revisit rule, over any facts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import UnknownOutcome
from sync.fold import COUNTERS, Fact, counts, fold
from sync.outcomes import Table, as_wire, from_wire, outcome, table
from sync.revisit import decide
from sync.slots import CLOSES, OPENS, local
from sync.worklist import HouseState, Policy
from tests.sync import made

LONDON = made.LONDON


@given(made.facts(), st.randoms(use_true_random=False), st.sampled_from((0, 1, 2)))
def test_any_order_of_arrival_gives_the_same_state(facts: list[Fact], chance: object, campaign: int) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled, campaign, LONDON) == fold(facts, campaign, LONDON)


@given(made.facts())
def test_a_withdrawn_visit_leaves_no_trace(facts: list[Fact]) -> None:
    withdrawn = {fact.withdraws for fact in facts if fact.kind == "withdrawal"}
    left = [
        fact
        for fact in facts
        if fact.kind != "withdrawal" and not (fact.kind == "visit" and fact.id in withdrawn)
    ]
    assert fold(facts, 1, LONDON) == fold(left, 1, LONDON)


@given(made.facts())
def test_facts_that_come_twice_count_once(facts: list[Fact]) -> None:
    assert fold([*facts, *facts], 1, LONDON) == fold(facts, 1, LONDON)


@given(made.facts(), made.policies)
def test_the_counters_are_nested_for_any_facts(facts: list[Fact], policy: Policy) -> None:
    found = counts(fold(facts, 1, LONDON), policy)
    assert tuple(found) == COUNTERS
    assert set(found.values()) <= {0, 1}
    assert (
        found["premises"] >= found["eligible"] >= found["visited"] >= found["informed"] >= found["contacted"]
    )
    assert found["informed"] >= found["refused"]
    assert found["eligible"] >= max(found["registered"], found["outstanding"])


@given(made.facts())
def test_a_lift_with_a_later_time_ends_do_not_call(facts: list[Fact]) -> None:
    lift = Fact("z", "lift", made.START_MS + 400 * made.DAY_MS, lifts="do_not_call")
    assert not fold([*facts, lift], 1, LONDON).do_not_call


@given(made.facts())
def test_a_state_survives_the_wire(facts: list[Fact]) -> None:
    state = fold(facts, 1, LONDON)
    assert msgspec.json.decode(msgspec.json.encode(state), type=HouseState) == state


@given(made.folded_states | made.odd_states, made.policies, made.times)
@settings(max_examples=400)
def test_a_house_that_is_not_yet_to_be_called_on_is_so_at_the_time_named(
    state: HouseState, policy: Policy, now: int
) -> None:
    decision = decide(state, policy, now, LONDON)
    if decision.answer != "not_before":
        assert decision.not_before_ms is None
        return
    start = decision.not_before_ms
    assert start is not None
    assert start > now
    assert OPENS <= local(start, LONDON).time() < CLOSES or decision.code == "callback_later"
    then = decide(state, policy, start, LONDON)
    if decision.code == "call_again_later":
        assert then.code in ("call_again", "revisit", "gap", "slot", "best_slot", "attempts_used")
    else:
        assert (then.answer, then.slot) == ("yes", decision.slot)


@given(made.odd_states, made.policies, st.integers(-(2**53) + 1, 2**53 - 1))
def test_the_revisit_rule_answers_whatever_the_state_and_the_clock(
    state: HouseState, policy: Policy, now: int
) -> None:
    decision = decide(state, policy, now, LONDON)
    assert decision.answer in ("yes", "no", "not_before")
    assert decision.text


def test_the_attempts_reach_an_evening_and_a_weekend_whenever_officers_follow_the_flag() -> None:
    policy = Policy()
    facts: list[Fact] = []
    now = made.START_MS + 34 * 3_600_000  # Monday 2 March, ten o'clock
    for attempt in range(policy.most_attempts):
        decision = decide(fold(facts, 1, LONDON), policy, now, LONDON)
        now = decision.not_before_ms or now
        facts.append(Fact(str(attempt), "visit", now, 1, "no_reply"))
        now += 60_000
    state = fold(facts, 1, LONDON)
    assert "weekday_evening" in state.slots
    assert {"saturday", "sunday"} & set(state.slots)
    assert decide(state, policy, now, LONDON).code == "attempts_used"


def test_an_unknown_outcome_is_an_error_of_the_fold_and_none_of_the_revisit_rule() -> None:
    with pytest.raises(UnknownOutcome, match="wrong_door"):
        fold([Fact("a", "visit", made.START_MS, 1, "wrong_door")], 1, LONDON)
    state = HouseState(attempts=1, last_outcome="wrong_door", last_at=made.START_MS)
    assert decide(state, Policy(), made.START_MS + 30 * made.DAY_MS, LONDON).answer == "yes"


def test_a_worklists_own_table_of_outcomes_decides() -> None:
    rows = [*as_wire(), {"code": "wrong_door", "label": "Wrong door", "family": "non_contact", "next": "done",
                         "reason": "Wrong door", "visited": True, "contacted": True}]  # fmt: skip
    newer: Table = from_wire(rows)
    state = fold([Fact("a", "visit", made.START_MS, 1, "wrong_door")], 1, LONDON, newer)
    assert state.settled
    assert decide(state, Policy(), made.START_MS + made.DAY_MS, LONDON, newer).code == "contacted"


def test_the_table_keeps_its_own_promises() -> None:
    assert len(table()) == 13
    for row in table():
        assert row is outcome(row.code)
        assert row.visited
        assert row.informed >= row.contacted
        assert row.informed >= row.refused
        assert not (row.contacted and row.refused)
        assert row.ineligible == (row.family == "ineligible")
        assert row.refused == row.family.startswith("refusal")
        assert not (row.ineligible and row.home)
        assert row.next != "never" or row.standing
