"""Walking order: short paths through houses, and from street to street; and shares of streets for officers.

A greedy path of short edges is improved by 2-opt and Or-opt moves over neighbour lists with a work queue (J. L.
Bentley, "Fast algorithms for geometric traveling salesman problems", ORSA J. Computing 4, 1992), then kicked at
random places by short double bridges and mended again, a kick being kept when the path is no longer for it (O.
Martin, S. Otto, E. Felten, "Large-step Markov chains for the TSP", 1991). The number of kicks depends on the
number of points alone, never on the time it takes: the same points give the same order on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from server.fieldwork.sharing import share
from server.fieldwork.tour import solve


def order_premises(points: ArrayLike, closed: bool = False) -> NDArray[np.int64]:
    """The order in which to walk the points: indices (n,), each once.

    `points` is (n, 2) in metres on a plane. An open path may begin and end anywhere; a closed one comes back to
    where it began. Points at one place (flats) stay together in the order given. Raises ValueError for another
    shape and for coordinates that are not finite.
    """
    places = _checked(points)
    if not len(places):
        return np.zeros(0, np.int64)
    distinct, place_of = np.unique(places, axis=0, return_inverse=True)
    path = solve(distinct, closed=closed)
    rank = np.empty(len(distinct), np.int64)
    rank[path] = np.arange(len(distinct))
    order = np.argsort(rank[place_of.ravel()], kind="stable")
    return _from_a_fixed_end(order, closed)


def route_length(points: ArrayLike, order: ArrayLike, closed: bool = False) -> float:
    """Metres walked through the points in this order, back to the first if `closed`.

    Raises ValueError for coordinates that are not finite, IndexError for an index without a point.
    """
    walked = _checked(points)[np.asarray(order, np.int64)]
    if closed and len(walked):
        walked = np.vstack([walked, walked[:1]])
    return float(np.hypot(*np.diff(walked, axis=0).T).sum()) if len(walked) > 1 else 0.0


def order_streets(streets: Sequence[ArrayLike]) -> list[tuple[int, bool]]:
    """The order in which to walk whole streets: (index, walked from its end?) for each, once.

    Each street is its houses' points (k, 2) in metres, in walking order. What is kept short is the way from the
    end of one street to the beginning of the next. Raises ValueError as `order_premises`, and for an empty street.
    """
    ends = []
    for index, street in enumerate(streets):
        points = _checked(street)
        if not len(points):
            raise ValueError(f"street {index} has no points; leave it out.")
        ends += [points[0], points[-1]]
    if not ends:
        return []
    path = solve(np.array(ends), closed=False, paired=True)
    walked = [(int(first) // 2, bool(first % 2)) for first in path[::2]]
    if walked[0][0] > walked[-1][0]:
        walked = [(index, not backwards) for index, backwards in reversed(walked)]
    return walked


def share_streets(
    loads: Sequence[float], neighbours: Sequence[Sequence[int]], officers: int
) -> NDArray[np.int64]:
    """Which officer (0 … officers − 1) walks each street: indices (n,), every share connected and as even as can be.

    `loads` are the minutes that each of n streets is expected to take; `neighbours[i]` are the indices of the streets
    beside street i (said once is enough: it goes both ways). Each officer's streets are connected; where the graph
    comes in pieces, a piece is shared among as many officers as it is worth, and pieces worth less than one go to one
    whole. Where there are as many streets as officers, everybody gets one. No street is cut, so one that is heavier
    than an equal share makes its officer's load heavier. Raises ValueError for other lengths, for loads that are
    negative or not finite, for a neighbour that is no street, and without an officer.
    """
    if officers < 1:
        raise ValueError("there is an officer to share streets out to")
    if len(neighbours) != len(loads):
        raise ValueError(f"{len(loads)} loads, but the neighbours of {len(neighbours)} streets.")
    weights = [float(load) for load in loads]
    if not all(math.isfinite(load) and load >= 0 for load in weights):
        raise ValueError("loads are minutes: finite, and not negative.")
    return np.array(share(weights, _both_ways(neighbours), officers), np.int64)


def _both_ways(neighbours: Sequence[Sequence[int]]) -> list[list[int]]:
    graph: list[set[int]] = [set() for _ in neighbours]
    for street, others in enumerate(neighbours):
        for other in others:
            if not 0 <= other < len(graph):
                raise ValueError(
                    f"street {street} has a neighbour {other}, which is none of {len(graph)} streets."
                )
            if other != street:
                graph[street].add(int(other))
                graph[int(other)].add(street)
    return [sorted(others) for others in graph]


def _checked(points: ArrayLike) -> NDArray[np.float64]:
    places = np.asarray(points, float)
    if not places.size:
        return np.zeros((0, 2))
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"points must be (n, 2), not {places.shape}.")
    if not np.isfinite(places).all():
        row = int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])
        raise ValueError(f"point {row} is not finite; premises without a position can't be ordered.")
    return places


def _from_a_fixed_end(order: NDArray[np.int64], closed: bool) -> NDArray[np.int64]:
    """The same walk, begun at point 0 if closed, else at the end that was given first."""
    if closed:
        order = np.roll(order, -int(np.argmin(order)))
        return order if len(order) < 3 or order[1] <= order[-1] else np.roll(order[::-1], 1)
    return order if order[0] <= order[-1] else order[::-1]
