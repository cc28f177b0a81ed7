"""Rounds by calendar month: examples for the rules, properties for what must hold whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from server.surveys.rounds import (
    ANSWERED,
    CANCELLED,
    DUE,
    LAPSED,
    LIVE,
    OPEN,
    Round,
    Rule,
    add_months,
    answered_round,
    closes,
    due_of,
    first_due,
    next_after,
    plan,
)

LONDON = ZoneInfo("Europe/London")
RULE = Rule(first_days=14, months=3, open_days=28, zone=LONDON)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone given beside
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
rules = st.builds(
    Rule,
    st.integers(0, 60),
    st.integers(1, 14),
    st.integers(1, 60),
    st.sampled_from([LONDON, ZoneInfo("Asia/Kabul")]),
)


def test_the_first_round_falls_due_a_set_number_of_days_after_registration_at_nine_local() -> None:
    assert first_due(at("2026-03-20T18:00"), RULE) == at("2026-04-03T08:00"), "British summer time by then"


def test_a_registration_after_midnight_local_time_counts_as_that_day() -> None:
    assert first_due(at("2026-06-30T23:30"), RULE) == at("2026-07-15T08:00")


def test_rounds_follow_the_calendar_and_do_not_creep_at_the_end_of_a_month() -> None:
    anchor = date(2026, 1, 31)
    found = [due_of(number, anchor, RULE).astimezone(LONDON).date() for number in (1, 2, 3, 4, 5)]
    assert found == [
        date(2026, 1, 31),
        date(2026, 4, 30),
        date(2026, 7, 31),
        date(2026, 10, 31),
        date(2027, 1, 31),
    ]


def test_somebody_who_does_not_want_surveys_gets_no_round() -> None:
    assert plan([], wants=False, since=at("2026-03-02T09:00"), now=at("2026-03-02T09:00"), rule=RULE) is None


def test_withdrawing_ends_the_round_that_is_open() -> None:
    rounds = [Round(1, LAPSED, at("2026-03-02T09:00")), Round(2, OPEN, at("2026-06-02T08:00"))]
    step = plan(rounds, wants=False, since=at("2026-02-16T09:00"), now=at("2026-06-05T09:00"), rule=RULE)
    assert step is not None
    assert (step.what, step.number) == (CANCELLED, 2)


def test_who_comes_back_before_the_cancelled_round_falls_due_gets_that_round_again() -> None:
    rounds = [Round(1, CANCELLED, at("2026-03-16T09:00"))]
    step = plan(rounds, wants=True, since=at("2026-03-02T09:00"), now=at("2026-03-04T09:00"), rule=RULE)
    assert step is not None
    assert (step.what, step.number, step.due_at) == ("again", 1, at("2026-03-16T09:00"))


def test_who_comes_back_later_gets_the_next_round_and_not_those_missed() -> None:
    rounds = [Round(1, CANCELLED, at("2026-03-16T09:00"))]
    step = plan(rounds, wants=True, since=at("2026-03-02T09:00"), now=at("2027-01-10T09:00"), rule=RULE)
    assert step is not None
    assert (step.what, step.number, step.due_at) == ("new", 5, at("2027-03-16T09:00"))


def test_an_answer_at_the_door_counts_for_the_round_that_falls_due_soon() -> None:
    due = Round(1, DUE, at("2026-03-16T09:00"))
    assert answered_round([due], at("2026-03-02T10:00"), RULE) == due
    assert answered_round([due], at("2026-02-10T10:00"), RULE) is None, "more than 28 days ahead"


def test_an_answer_from_a_late_phone_counts_for_the_round_that_lapsed_meanwhile() -> None:
    lapsed = Round(1, LAPSED, at("2026-03-16T09:00"), at("2026-03-16T09:00"), at("2026-04-13T08:00"))
    due = Round(2, DUE, at("2026-06-16T08:00"))
    assert answered_round([lapsed, due], at("2026-04-01T10:00"), RULE) == lapsed
    assert answered_round([lapsed, due], at("2026-04-20T10:00"), RULE) is None
    assert answered_round([replace(lapsed, state=ANSWERED), due], at("2026-04-01T10:00"), RULE) is None


def test_a_round_stays_open_until_the_same_local_time_over_a_change_of_clocks() -> None:
    opened = at("2026-03-16T09:00")
    assert closes(opened, RULE) == at("2026-04-13T08:00")


@given(days, st.integers(0, 60), st.integers(1, 24))
def test_months_add_up_but_for_the_end_of_the_month(day: date, times: int, months: int) -> None:
    later = add_months(day, times * months)
    assert (later.year - day.year) * 12 + later.month - day.month == times * months
    assert later.day == day.day or (later.day < day.day and add_months(later, 0) == later and later.day >= 28)


@given(rules, days, st.integers(0, 40), instants)
def test_the_next_round_is_later_than_now_and_the_first_such(
    rule: Rule, anchor: date, number: int, now: datetime
) -> None:
    following, due_at = next_after(number, anchor, now, rule)
    assert following > number
    assert due_at == due_of(following, anchor, rule) > now
    assert following == number + 1 or due_of(following - 1, anchor, rule) <= now


@given(rules, instants, st.lists(st.tuples(st.sampled_from("wxoal"), st.integers(0, 90)), max_size=40))
def test_whatever_happens_there_is_at_most_one_live_round_and_one_exactly_while_wanted(
    rule: Rule, start: datetime, story: list[tuple[str, int]]
) -> None:
    """w: wants, x: does not, o: the worker runs, a: answers at the door, l: time passes only."""
    rounds: list[Round] = []
    now, wants = start, True
    for what, days_on in [("w", 0), *story]:
        now += timedelta(days=days_on)
        if what in "wx":
            wants = what == "w"
        if what == "o":
            rounds = [worked(one, now, rule) for one in rounds]
        if what == "a" and (answered := answered_round(rounds, now, rule)):
            rounds = [replace(one, state=ANSWERED) if one is answered else one for one in rounds]
        rounds = carried_out(rounds, plan(rounds, wants=wants, since=start, now=now, rule=rule))
        live = [one for one in rounds if one.state in LIVE]
        assert len(live) == (1 if wants else 0)
        assert len({one.number for one in rounds}) == len(rounds)
        assert plan(rounds, wants=wants, since=start, now=now, rule=rule) is None, "one step is enough"
    first = next(one for one in rounds if one.number == 1)
    anchor = first.due_at.astimezone(rule.zone).date()
    assert all(one.due_at == due_of(one.number, anchor, rule) for one in rounds)


def worked(one: Round, now: datetime, rule: Rule) -> Round:
    if one.state == DUE and one.due_at <= now:
        return replace(one, state=OPEN, opened_at=now, closes_at=closes(now, rule))
    if one.state == OPEN and one.closes_at is not None and one.closes_at <= now:
        return replace(one, state=LAPSED)
    return one


def carried_out(rounds: list[Round], step: object) -> list[Round]:
    from server.surveys.rounds import Step

    if not isinstance(step, Step):
        return rounds
    if step.what == "new":
        return [*rounds, Round(step.number, DUE, step.due_at)]
    state = DUE if step.what == "again" else CANCELLED
    return [replace(one, state=state) if one.number == step.number else one for one in rounds]
