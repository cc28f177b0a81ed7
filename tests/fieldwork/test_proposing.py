"""Minutes, neighbours and shares of real streets: the two wards of fixtures/area."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from server.fieldwork.adjacency import beside, walk_length
from server.fieldwork.effort import ANSWER_SHARE, Pace, answer_share, door_minutes
from server.fieldwork.proposing import HouseAhead, propose_shares, takers_of

AREA = Path(__file__).parents[2] / "fixtures" / "area"
PACE = Pace(answered=5.0, unanswered=1.25, metres=75.0)


@cache
def wards() -> dict[str, list[HouseAhead]]:
    """The households of the fixtures' wards (the halves of the area, by postcode's ward)."""
    with (AREA / "postcodes.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    ward_column = next(name for name in rows[0] if name.lower().startswith("wd"))
    ward_of = {row["PCDS" if "PCDS" in row else "pcds"]: row[ward_column] for row in rows}
    found: dict[str, list[HouseAhead]] = defaultdict(list)
    with gzip.open(AREA / "premises.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["CLASSIFICATION_CODE"].startswith("R"):
                place = float(row["LONGITUDE"]), float(row["LATITUDE"])
                ward = ward_of[row["POSTCODE"]]
                found[ward].append(HouseAhead(row["UPRN"], row["USRN"], *place, ward, 0))
    return found


@pytest.mark.parametrize("officers", [3, 6, 8])
def test_shares_of_the_fixtures_wards_are_within_ten_per_cent(officers: int) -> None:
    """With 10 officers on the 61 streets of University it is 12 per cent: they come in no smaller pieces."""
    whole = {ward: houses for ward, houses in wards().items() if len(houses) > 1_000}
    assert len(whole) == 2
    for ward, houses in whole.items():
        shared = propose_shares(houses, PACE, [{ward}] * officers)
        assert sum(one.street.houses for one in shared) == len(houses)
        minutes = Counter[int]()
        for one in shared:
            minutes[one.officer] += one.street.minutes
        assert max(minutes.values()) <= 1.1 * min(minutes.values()), ward


def test_streets_are_beside_each_other_where_their_houses_are_and_no_street_is_left_apart() -> None:
    along = np.array([[x, 0.0] for x in range(0, 100, 10)])
    points = np.vstack([along, along + np.array([0, 40]), along + np.array([0, 5_000])])
    near = beside(points, [0] * 10 + [1] * 10 + [2] * 10, 4)
    assert near.neighbours == [[1], [0, 2], [1], []]
    assert near.gaps == [40.0, 40.0, 4_960.0, 0.0]
    flats = beside(np.array([[0.0, 0.0], [0.0, 0.0], [9.0, 0.0]]), [0, 1, 1], 2)
    assert flats.neighbours == [[1], [0]]
    assert beside(np.zeros((0, 2)), [], 1).neighbours == [[]]
    with pytest.raises(ValueError, match="2 houses"):
        beside(np.zeros((3, 2)), [0, 0], 1)


def test_a_walk_is_about_as_long_as_its_street() -> None:
    assert walk_length(np.array([[x, 0.0] for x in range(0, 110, 10)])) == pytest.approx(103.0)
    assert walk_length(np.zeros((5, 2))) == 0.0


def test_a_door_takes_as_long_as_it_is_likely_to_be_answered() -> None:
    first, second = door_minutes(0, PACE), door_minutes(1, PACE)
    assert first == pytest.approx(ANSWER_SHARE * 5 + (1 - ANSWER_SHARE) * 1.25)
    assert PACE.unanswered < second < first
    assert answer_share({}) == pytest.approx(ANSWER_SHARE)
    assert answer_share({"spoke": 9_000, "no_reply": 1_000}) == pytest.approx(0.9, abs=0.02)


def test_shares_go_to_those_who_were_granted_their_wards() -> None:
    assert takers_of([{"A": 9}, {"B": 5}], [{"B"}, {"A", "B"}]) == [1, 0]
    assert takers_of([{"A": 9}], [{"B"}]) == [0]
