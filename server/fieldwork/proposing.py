"""Proposes who walks which streets: expected minutes by street, connected shares, officers to shares. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from server.base.spatial import to_plane
from server.fieldwork.adjacency import beside, walk_length
from server.fieldwork.effort import Pace, door_minutes
from server.fieldwork.routing import share_streets


class HouseAhead(NamedTuple):
    """A house to be called on: where it stands, its ward, and how often it was tried."""

    uprn: str
    usrn: str
    lon: float
    lat: float
    ward_code: str
    attempts: int


class StreetAhead(NamedTuple):
    """A street to be walked: houses by ward, minutes at the doors, and minutes on foot (to the next street too)."""

    usrn: str
    houses: int
    wards: dict[str, int]
    door: float
    walk: float

    @property
    def minutes(self) -> float:
        """At the doors and on foot."""
        return self.door + self.walk


class Shared(NamedTuple):
    """A street and who is to walk it: a place in the list of officers."""

    street: StreetAhead
    officer: int


def propose_shares(
    houses: Sequence[HouseAhead], pace: Pace, officers: Sequence[Collection[str]]
) -> list[Shared]:
    """Streets shared out among officers, each given as the wards granted: connected shares, as even as can be.

    Which officer gets which share is chosen so that as few houses as can be lie outside the wards granted.
    """
    if not houses or not officers:
        return []
    lon0, lat0 = houses[0].lon, houses[0].lat
    points = np.array([to_plane(house.lon, house.lat, lon0, lat0) for house in houses])
    usrns = sorted({house.usrn for house in houses})
    number = {usrn: place for place, usrn in enumerate(usrns)}
    of_house = np.array([number[house.usrn] for house in houses])
    near = beside(points, of_house.tolist(), len(usrns))
    by_street: list[list[HouseAhead]] = [[] for _ in usrns]
    for house in houses:
        by_street[number[house.usrn]].append(house)
    streets = [
        _ahead(street, walk_length(points[of_house == place]) + near.gaps[place], pace)
        for place, street in enumerate(by_street)
    ]
    owners = share_streets([street.minutes for street in streets], near.neighbours, len(officers)).tolist()
    wards: list[Counter[str]] = [Counter() for _ in officers]
    for street, owner in zip(streets, owners, strict=True):
        wards[owner].update(street.wards)
    takers = takers_of(wards, officers)
    return [Shared(street, takers[owner]) for street, owner in zip(streets, owners, strict=True)]


def takers_of(shares: Sequence[Mapping[str, int]], officers: Sequence[Collection[str]]) -> list[int]:
    """For each share (houses by ward) the officer (wards granted) to take it: as few houses as can be lie outside."""
    outside = np.array([[outside_of(share, granted) for granted in officers] for share in shares])
    rows, columns = linear_sum_assignment(outside)
    taker = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [taker[place] for place in range(len(shares))]


def outside_of(houses: Mapping[str, int], granted: Collection[str]) -> int:
    """How many of the houses, by ward, lie in none of the wards granted."""
    return sum(count for ward, count in houses.items() if ward not in granted)


def _ahead(houses: Sequence[HouseAhead], metres: float, pace: Pace) -> StreetAhead:
    return StreetAhead(
        houses[0].usrn,
        len(houses),
        dict(Counter(house.ward_code for house in houses)),
        round(sum(door_minutes(house.attempts, pace) for house in houses), 1),
        round(metres / pace.metres, 1),
    )
