"""Plans who walks what: houses in walking order within and between streets, cut into lists, dealt to officers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from server.base.spatial import to_plane
from server.fieldwork.cutting import Stretch, cut, deal
from server.fieldwork.routing import order_premises, order_streets


class HousePoint(NamedTuple):
    """Where a house stands."""

    uprn: str
    usrn: str
    lon: float
    lat: float


class PlannedList(NamedTuple):
    """A list to be: for which officer (by number), and its stretches in walking order."""

    officer: int
    stretches: list[Stretch]


def plan_lists(houses: Sequence[HousePoint], *, most_houses: int, officers: int) -> list[PlannedList]:
    """Lists of at most `most_houses`, street after street as they are walked, neighbouring ones to one officer."""
    if not houses:
        return []
    lon0, lat0 = houses[0].lon, houses[0].lat
    by_street: dict[str, list[HousePoint]] = {}
    for house in sorted(houses):
        by_street.setdefault(house.usrn, []).append(house)
    walks, points = [], []
    for street in by_street.values():
        plane = np.array([to_plane(house.lon, house.lat, lon0, lat0) for house in street])
        order = order_premises(plane)
        walks.append([street[place] for place in order])
        points.append(plane[order])
    stretches = []
    for index, from_its_end in order_streets(points):
        walk = walks[index][::-1] if from_its_end else walks[index]
        stretches.append(Stretch(walk[0].usrn, tuple(house.uprn for house in walk)))
    lists = cut(stretches, most_houses)
    return [
        PlannedList(officer, stretches)
        for officer, stretches in zip(deal(lists, officers), lists, strict=True)
    ]
