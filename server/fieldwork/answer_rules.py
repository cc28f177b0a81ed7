"""What counts as a try and as an answer, when doors are answered, and an officer's share of evenings: pure.

A try is a visit to a household that could have answered, an answer one at which somebody of it spoke or said no. Both
go by the families of the outcomes table; visits that found no home (ineligible) or were broken off as unsafe
(withdrawn) are no tries. So the rate is the contact rate of the AAPOR standard definitions (CON1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.statistics.answering import answer_rates, better_slots
from server.statistics.intervals import wilson
from sync.outcomes import table
from sync.slots import EVENING, KINDS, WEEKEND

ANSWERED = frozenset({"contact", "refusal_soft", "refusal_hard"})
TRIED = ANSWERED | {"non_contact"}
LITTLE = 30  # with fewer tries than this, a figure says little of its own
SLOT_NAMES = {
    "weekday_morning": "Weekday morning",
    "weekday_afternoon": "Weekday afternoon",
    "weekday_evening": "Weekday evening",
    "saturday": "Saturday",
    "sunday": "Sunday",
}
SHORT_SLOT_NAMES = {
    "weekday_morning": "Morning",
    "weekday_afternoon": "Afternoon",
    "weekday_evening": "Evening",
    "saturday": "Saturday",
    "sunday": "Sunday",
}


def codes_tried() -> list[str]:
    """The outcomes of a try, as this version's table has them."""
    return [row.code for row in table() if row.family in TRIED]


def codes_answered() -> list[str]:
    """The outcomes of a try that was answered."""
    return [row.code for row in table() if row.family in ANSWERED]


@dataclass
class Tally:
    """Visits, and of these the tries and the answers."""

    visits: int = 0
    tries: int = 0
    answers: int = 0

    def add(self, row: Any) -> None:
        """Count in a row with visits, tries and answers."""
        self.visits += row.visits
        self.tries += row.tries
        self.answers += row.answers

    @property
    def rate(self) -> float | None:
        """The share of tries that were answered, 0 to 1; None without a try."""
        return self.answers / self.tries if self.tries else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval (Wilson)."""
        return wilson(self.answers, self.tries)

    @property
    def little(self) -> bool:
        """True where there are too few tries to say much."""
        return self.tries < LITTLE


@dataclass
class BySlot:
    """Tallies by kind of slot, all five of them."""

    slots: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})

    @property
    def total(self) -> Tally:
        """All kinds together."""
        return summed(self.slots.values())

    @property
    def evening_share(self) -> float | None:
        """The share of visits made on weekday evenings; None without a visit."""
        return _share(self.slots[EVENING].visits, self.total.visits)

    @property
    def weekend_share(self) -> float | None:
        """The share of visits made at weekends; None without a visit."""
        return _share(sum(self.slots[kind].visits for kind in WEEKEND), self.total.visits)


@dataclass(frozen=True)
class Cell:
    """A ward in a kind of slot: its own counts, and the rate with its interval after shrinkage (None: unknown)."""

    slot: str
    tally: Tally
    estimate: float | None
    low: float
    high: float
    better: bool


def tallied(rows: Iterable[Any], *keys: str) -> dict[tuple[Any, ...], BySlot]:
    """Rows with slot, visits, tries and answers, added up by the attributes named."""
    found: dict[tuple[Any, ...], BySlot] = defaultdict(BySlot)
    for row in rows:
        if row.slot in KINDS:
            found[tuple(getattr(row, key) for key in keys)].slots[row.slot].add(row)
    return dict(found)


def rated(
    wards: Mapping[str, BySlot], districts: Mapping[str, str], before: Mapping[str, Iterable[str]]
) -> dict[str, list[Cell]]:
    """Every ward's cells, in the order of the slots. `districts` gives what each ward's rates are drawn towards.

    `before` are the slots in which most answered so far, by ward: these stay until they clearly are no longer.
    """
    codes = sorted(wards)
    if not codes:
        return {}
    tallies = [[wards[code].slots[kind] for kind in KINDS] for code in codes]
    rates = answer_rates(
        [[one.answers for one in row] for row in tallies],
        [[one.tries for one in row] for row in tallies],
        [districts.get(code, "") for code in codes],
    )
    better = better_slots(rates, [[kind in set(before.get(code, ())) for kind in KINDS] for code in codes])
    return {
        code: [
            Cell(
                kind,
                tallies[row][column],
                float(rates.estimates[row, column]) if rates.behind[row, column] else None,
                float(rates.lows[row, column]),
                float(rates.highs[row, column]),
                bool(better[row, column]),
            )
            for column, kind in enumerate(KINDS)
        ]
        for row, code in enumerate(codes)
    }


def summed(rows: Iterable[Any]) -> Tally:
    """All rows (or tallies) together."""
    total = Tally()
    for row in rows:
        total.add(row)
    return total


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
