"""What happened week by week: days summed to weeks, with how far it had got at the end of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from server.fieldwork.activity_rules import ActivityKey
from sync.outcomes import Table

WEEK = timedelta(days=7)
MOST_WEEKS = 53
USUAL_WEEKS = 26


@dataclass(frozen=True)
class Happened:
    """What happened in some time: visits, those of them that were conversations or were a house's first, residents."""

    visits: int = 0
    contacts: int = 0
    first_visits: int = 0
    registrations: int = 0

    def __add__(self, other: Happened) -> Happened:
        return Happened(
            self.visits + other.visits,
            self.contacts + other.contacts,
            self.first_visits + other.first_visits,
            self.registrations + other.registrations,
        )


@dataclass(frozen=True)
class Week:
    """A week from its Monday on. `reached` is how many houses had ever been called at when it ended."""

    starts: date
    happened: Happened
    reached: int


@dataclass(frozen=True)
class Trend:
    """The weeks of a span of days (both ends included), and all that happened in the span itself."""

    since: date
    until: date
    weeks: list[Week]
    happened: Happened


def trend(days: Mapping[date, Happened], *, today: date, since: date | None, until: date | None) -> Trend:
    """The trend of these days from `since` to `until`; left out: from the first day, USUAL_WEEKS at most, to today.

    A span of more than MOST_WEEKS shows its last ones; the sums are of the whole span all the same.
    """
    last = max(until or today, since or date.min)
    first = since or max(min(days, default=last), monday(last) - (USUAL_WEEKS - 1) * WEEK)
    first = min(first, last)
    start = max(monday(first), monday(last) - (MOST_WEEKS - 1) * WEEK)
    weeks: dict[date, Happened] = {}
    day = start
    while day <= last:
        weeks[day] = Happened()
        day += WEEK
    reached = sum(one.first_visits for day, one in days.items() if day < max(start, first))
    for day, one in days.items():
        if first <= day <= last and day >= start:
            weeks[monday(day)] += one
    made = []
    for starts, happened in weeks.items():
        reached += happened.first_visits
        made.append(Week(starts, happened, reached))
    span = sum((one for day, one in days.items() if first <= day <= last), Happened())
    return Trend(first, last, made, span)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def by_day(
    counted: Iterable[tuple[ActivityKey, list[int]]], campaign_id: int, outcomes: Table
) -> dict[date, Happened]:
    """Rows of activity summed by day, for a campaign (0: all of them together)."""
    days: dict[date, Happened] = {}
    for key, (visits, first_visits, first_ever, registrations) in counted:
        if campaign_id and key.campaign_id != campaign_id:
            continue
        outcome = outcomes.get(key.outcome)
        contacts = visits if outcome is not None and outcome.contacted else 0
        first = first_visits if campaign_id else first_ever
        day = date.fromisoformat(key.day)
        days[day] = days.get(day, Happened()) + Happened(visits, contacts, first, registrations)
    return days
