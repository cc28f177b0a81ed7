"""How streets and wards are scored: pure, plain counts in, scores with all their parts out.

Each indicator is a share (numerator over denominator). A street's share is drawn towards its ward's, and a ward's
towards the force's, by how little it says (server.statistics.shrinkage); then it is put on the indicator's fixed
scale and turned into points. A score is the sum of its parts' points as shown.

Few answers are never shown: a concern of a street (or ward) with fewer than eight answers has no figure of its own,
and neither has the next smallest one where taking away would give it away; such a place is ranked by the share of the
ward (or force) above it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.statistics import scores
from server.statistics.disclosure import suppress
from server.statistics.intervals import wilson
from server.statistics.shrinkage import shrink_proportions
from server.targeting.catalogue import INDICATORS, Indicator

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """The plain counts of one street within one ward (`ward_code` "" where none is known), or of a whole ward."""

    usrn: str
    ward_code: str
    eligible: int
    outstanding: int
    registered: int
    refused: int
    responses: int = 0
    concerns: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def share(self, indicator: Indicator) -> tuple[int, int]:
        """Numerator and denominator of an indicator."""
        if indicator.concern:
            return min(self.concerns.get(indicator.concern, 0), self.responses), self.responses
        if indicator.name == "coverage_gap":
            return self.outstanding, self.eligible
        return max(self.eligible - self.registered - self.refused, 0), self.eligible


@dataclass(frozen=True)
class Part:
    """One indicator's part in a score. `raw` = count / n with its 95 % interval; None where no figure is shown.

    `shrunk` is the share that was scored; None where nothing at all is known. `points` is the most it can add,
    `contribution` what it does add.
    """

    name: str
    count: int | None
    n: int | None
    raw: float | None
    low: float | None
    high: float | None
    shrunk: float | None
    points: float
    contribution: float

    def as_json(self) -> dict[str, Any]:
        """For storing and for the API."""
        return {name: getattr(self, name) for name in _PART}


_PART = tuple(member.name for member in fields(Part))


@dataclass(frozen=True)
class Scored:
    """A street or ward with its place. `action` is that of the part that adds most."""

    figures: Figures
    score: float
    rank: int
    parts: tuple[Part, ...]
    action: str


@dataclass(frozen=True)
class Scores:
    """All streets and all wards, each in order of rank."""

    streets: list[Scored]
    wards: list[Scored]


def score_all(streets: Sequence[Figures]) -> Scores:
    """Rank streets and the wards they add up to. Streets without an eligible house are left out.

    Equal scores stand in order of USRN, then ward.
    """
    kept = sorted((one for one in streets if one.eligible > 0), key=lambda one: (one.usrn, one.ward_code))
    wards = _summed(kept)
    place = {ward.ward_code: at for at, ward in enumerate(wards)}
    above = np.array([place[one.ward_code] for one in kept], dtype=np.intp)
    ward_shows, street_shows = _shown(kept, wards)
    street_parts: list[list[Part]] = [[] for _ in kept]
    ward_parts: list[list[Part]] = [[] for _ in wards]
    for indicator in INDICATORS:
        speaks = bool(indicator.concern)
        counts, sizes = _columns(wards, indicator, ward_shows if speaks else None)
        drawn = shrink_proportions(counts, sizes)
        _append(ward_parts, indicator, counts, sizes, drawn.estimates)
        counts, sizes = _columns(kept, indicator, street_shows if speaks else None)
        weights = shrink_proportions(counts, sizes, above).weights
        own = np.divide(counts, sizes, out=np.zeros_like(counts), where=sizes > 0)
        _append(
            street_parts, indicator, counts, sizes, weights * own + (1 - weights) * drawn.estimates[above]
        )
    return Scores(_placed(kept, street_parts), _placed(wards, ward_parts))


def _summed(streets: Sequence[Figures]) -> list[Figures]:
    sums: dict[str, Figures] = {}
    for one in streets:
        so_far = sums.get(one.ward_code) or Figures("", one.ward_code, 0, 0, 0, 0)
        names = so_far.concerns.keys() | one.concerns.keys()
        sums[one.ward_code] = Figures(
            usrn="",
            ward_code=one.ward_code,
            eligible=so_far.eligible + one.eligible,
            outstanding=so_far.outstanding + one.outstanding,
            registered=so_far.registered + one.registered,
            refused=so_far.refused + one.refused,
            responses=so_far.responses + one.responses,
            concerns={name: so_far.concerns.get(name, 0) + one.concerns.get(name, 0) for name in names},
        )
    return [sums[code] for code in sorted(sums)]


def _shown(streets: Sequence[Figures], wards: Sequence[Figures]) -> tuple[list[bool], list[bool]]:
    """Which wards and which streets may show figures of their answers."""
    totals, _ = suppress([ward.responses for ward in wards])
    wards_show = [bool(total) for total in totals]
    within: dict[str, list[int]] = {}
    for at, one in enumerate(streets):
        within.setdefault(one.ward_code, []).append(at)
    streets_show = [False] * len(streets)
    for ward, shows in zip(wards, wards_show, strict=True):
        members = within[ward.ward_code]
        cells, _ = suppress([streets[at].responses for at in members])
        for at, cell in zip(members, cells, strict=True):
            streets_show[at] = shows and bool(cell)
    return wards_show, streets_show


def _columns(
    places: Sequence[Figures], indicator: Indicator, shows: list[bool] | None
) -> tuple[Floats, Floats]:
    pairs = [one.share(indicator) if shows is None or shows[at] else (0, 0) for at, one in enumerate(places)]
    columns = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)
    return columns[:, 0], columns[:, 1]


def _append(
    parts: list[list[Part]], indicator: Indicator, counts: Floats, sizes: Floats, shrunk: Floats
) -> None:
    scaled = scores.scale(shrunk, indicator.low, indicator.high)
    gained = np.round(np.nan_to_num(scaled) * indicator.points, 2)
    for at, row in enumerate(parts):
        count, n = int(counts[at]), int(sizes[at])
        low, high = wilson(count, n) if n else (None, None)
        row.append(
            Part(
                name=indicator.name,
                count=count if n else None,
                n=n or None,
                raw=round(count / n, 4) if n else None,
                low=None if low is None else round(low, 4),
                high=None if high is None else round(high, 4),
                shrunk=None if np.isnan(shrunk[at]) else round(float(shrunk[at]), 4),
                points=indicator.points,
                contribution=float(gained[at]),
            )
        )


def _placed(places: Sequence[Figures], parts: list[list[Part]]) -> list[Scored]:
    totals = [round(sum(part.contribution for part in row), 2) for row in parts]
    ranks = scores.rank(totals)
    placed = [
        Scored(one, totals[at], int(ranks[at]), tuple(parts[at]), _action(parts[at]))
        for at, one in enumerate(places)
    ]
    return sorted(placed, key=lambda scored: scored.rank)


def _action(parts: Sequence[Part]) -> str:
    """What the part that adds most calls for (the first in the catalogue among equals); "" where nothing adds."""
    leading = max(range(len(parts)), key=lambda at: (parts[at].contribution, -at))
    return INDICATORS[leading].action if parts[leading].contribution > 0 else ""
