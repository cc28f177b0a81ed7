"""How many minutes a house, and a street of them, is expected to take: pure.

The figures are assumptions of ours until a force has its own, and are settings: 5 minutes where somebody answers (what
a registration and a few questions take), 75 seconds where nobody does (knock, wait, knock again, leave a card), 75
metres a minute on foot (4.5 km/h: a patrol's pace). How many answer is counted from the campaign's own visits, and held
towards ANSWER_SHARE while these are few; a house that was tried before answers less often, KEEPS times so at each try.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sync.outcomes import Table, table

ANSWER_SHARE = 0.45
"""Of first knocks, how many somebody answers: assumed until visits say more."""
WEIGHT = 200
"""So many visits of the campaign weigh as much as that assumption."""
KEEPS = 0.8
"""How much less often a household answers at each further try, since those easily met were met before: assumed."""


class Pace(NamedTuple):
    """Minutes at a door that is answered and at one that is not, metres walked in a minute, share of doors answered."""

    answered: float
    unanswered: float
    metres: float
    share: float = ANSWER_SHARE


def answer_share(visits: Mapping[str, int], outcomes: Table | None = None) -> float:
    """The share of visits at which somebody of the house was met, of counts by outcome; few visits count little."""
    rows = outcomes or table()
    met = sum(count for code, count in visits.items() if (row := rows.get(code)) is not None and row.home)
    return (met + ANSWER_SHARE * WEIGHT) / (sum(visits.values()) + WEIGHT)


def door_minutes(attempts: int, pace: Pace) -> float:
    """The minutes that a house is expected to take at its door, after so many attempts in vain."""
    share = pace.share * KEEPS ** max(attempts, 0)
    return share * pace.answered + (1 - share) * pace.unanswered
