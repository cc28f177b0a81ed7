"""When a resident is asked: rounds by calendar month in the force's time. Pure: dates and plain values only.

The first round falls due a set number of days after the registration (or after the consent, where that came later).
Every further one falls due `months` calendar months after the one before, counted from the first, so that the 31st
does not creep to the 28th: 31 January, 30 April, 31 July. A round falls due at nine in the morning, local time.

A resident has at most one round due or open. Rounds that were missed (no consent, the service was down) are left out,
never made up for.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DUE, OPEN, ANSWERED, LAPSED, CANCELLED = "due", "open", "answered", "lapsed", "cancelled"
LIVE = (DUE, OPEN)
MORNING = time(9)


@dataclass(frozen=True)
class Rule:
    """How a force asks. `ahead_days`: an answer given so long before a round falls due already counts for it."""

    first_days: int
    months: int
    open_days: int
    zone: ZoneInfo

    @property
    def ahead(self) -> timedelta:
        """How long before its due time a doorstep answer counts for a round: as long as a round stays open."""
        return timedelta(days=self.open_days)


@dataclass(frozen=True)
class Round:
    """One round of one resident, as the table Invite keeps it."""

    number: int
    state: str
    due_at: datetime
    opened_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Step:
    """What is to be done: the round of that number is made ("new"), revived ("again") or ended ("cancelled")."""

    what: str
    number: int
    due_at: datetime


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """Nine o'clock local on that day, in UTC."""
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def midnight_of(day: date, zone: ZoneInfo) -> datetime:
    """The local midnight that begins a day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def first_due(since: datetime, rule: Rule) -> datetime:
    """When the first round falls due for someone who registered (or consented) at `since`."""
    return morning_of(since.astimezone(rule.zone).date() + timedelta(days=rule.first_days), rule.zone)


def due_of(number: int, anchor: date, rule: Rule) -> datetime:
    """When round `number` (from 1) falls due, the first one falling on the local date `anchor`."""
    return morning_of(add_months(anchor, (number - 1) * rule.months), rule.zone)


def next_after(number: int, anchor: date, now: datetime, rule: Rule) -> tuple[int, datetime]:
    """The first round later than `number` that falls due after `now`: its number and when."""
    number += 1
    day = now.astimezone(rule.zone).date()
    behind = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = max(
        number, behind // rule.months
    )  # a round that is surely not after now: the loop need not walk years
    while due_of(number, anchor, rule) <= now:
        number += 1
    return number, due_of(number, anchor, rule)


def plan(rounds: Sequence[Round], *, wants: bool, since: datetime, now: datetime, rule: Rule) -> Step | None:
    """The one step that brings a resident's rounds in line, or None where they are.

    `wants`: the resident is registered and consents to surveys, `since` then. Someone who does not want has no round
    due or open. Someone who does has exactly one; one that was cancelled and is yet to fall due is taken up again.
    """
    live = next((one for one in rounds if one.state in LIVE), None)
    if not wants:
        return Step(CANCELLED, live.number, live.due_at) if live else None
    if live:
        return None
    if not rounds:
        return Step("new", 1, first_due(since, rule))
    last = max(rounds, key=lambda one: one.number)
    if last.state == CANCELLED and last.opened_at is None and last.due_at > now:
        return Step("again", last.number, last.due_at)
    first = min(rounds, key=lambda one: one.number)
    number, due_at = next_after(last.number, first.due_at.astimezone(rule.zone).date(), now, rule)
    return Step("new", number, due_at)


def closes(opened_at: datetime, rule: Rule) -> datetime:
    """When a round opened then lapses: at the same local time so many days later."""
    local = opened_at.astimezone(rule.zone)
    return datetime.combine(
        local.date() + timedelta(days=rule.open_days), local.time().replace(tzinfo=None), rule.zone
    ).astimezone(UTC)


def answered_round(rounds: Sequence[Round], answered_at: datetime, rule: Rule) -> Round | None:
    """The round that an answer given at the door counts for, or None.

    It is the one due or open, where the answer came no earlier than `rule.ahead` before it falls due; failing that,
    one that lapsed although the answer was given while it was open (the phone was late). A cancelled round is not
    answered, and one that is answered already is not answered twice.
    """
    for one in rounds:
        if one.state in LIVE and answered_at >= one.due_at - rule.ahead:
            return one
    for one in sorted(rounds, key=lambda one: -one.number):
        if (
            one.state == LAPSED
            and one.closes_at is not None
            and one.due_at - rule.ahead <= answered_at < one.closes_at
        ):
            return one
    return None
