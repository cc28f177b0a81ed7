"""Charts of counted visits: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from server.base.charts import Chart, Series, bars, heat_step
from server.fieldwork.answer_rules import SHORT_SLOT_NAMES, BySlot
from sync.slots import EVENING, KINDS, WEEKEND

DAYS_APART = 35  # up to so many days each has its bars; more are shown by the week
PARTS = (
    ("Weekday daytime", frozenset(KINDS) - WEEKEND - {EVENING}),
    ("Weekday evening", frozenset({EVENING})),
    ("Weekend", WEEKEND),
)


def visits_by_day(days: Mapping[date, BySlot], since: date, until: date) -> Chart:
    """Visits of each day (of each week from Monday on, where there are many days), by part of the week."""
    daily = (until - since).days < DAYS_APART
    starts = _days(since, until) if daily else _weeks(since, until)
    counts = {start: [0] * len(PARTS) for start in starts}
    for day, found in days.items():
        row = counts.get(day if daily else day - timedelta(days=day.weekday()))
        if row is not None:
            for place, (_, kinds) in enumerate(PARTS):
                row[place] += sum(found.slots[kind].visits for kind in kinds)
    labels = [f"{start.day} {start:%b}" for start in starts]
    series = [
        Series(name, [counts[start][place] for start in starts], place)
        for place, (name, _) in enumerate(PARTS)
    ]
    total = sum(sum(row) for row in counts.values())
    each = "day" if daily else "week"
    about = f"{total:,} visits from {labels[0]} to {labels[-1]}; the table has each {each}."
    first = "Day" if daily else "Week from"
    return bars(f"Visits by {each}", labels, series, about=about, first=first)


def visits_by_slot(counted: BySlot) -> Chart:
    """Tries and answers in each kind of slot."""
    labels = [SHORT_SLOT_NAMES[kind] for kind in KINDS]
    tallies = [counted.slots[kind] for kind in KINDS]
    said = "; ".join(
        f"{label} {one.answers} of {one.tries}" for label, one in zip(labels, tallies, strict=True)
    )
    series = [
        Series("Tries", [one.tries for one in tallies], 0),
        Series("Answered", [one.answers for one in tallies], 1),
    ]
    return bars("Tries and answers by time", labels, series, about=said, first="Time")


def cell_steps(estimates: Sequence[float | None]) -> dict[float | None, int | None]:
    """How dark the cell of each estimate is: the highest is the darkest; None is not painted."""
    most = max((one for one in estimates if one is not None), default=0.0)
    return {one: heat_step(one / most if most and one is not None else None) for one in estimates}


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((until - since).days + 1)]


def _weeks(since: date, until: date) -> list[date]:
    first = since - timedelta(days=since.weekday())
    return [first + timedelta(days=n) for n in range(0, (until - first).days + 1, 7)]
