"""Which streets lie beside each other, and how far a walk along each is, from where their houses stand: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError

BESIDE = 90.0
"""Metres between the nearest houses of two streets that lie beside each other, with nothing between them."""
PATH_OVER_TREE = 1.03
"""A walk past all houses, by the shortest tree that joins them: 1.03 times on the streets of the fixtures."""
Points = NDArray[np.float64]


class Beside(NamedTuple):
    """By street: the streets beside it, and the metres to the nearest of them (0 for a street alone)."""

    neighbours: list[list[int]]
    gaps: list[float]


def beside(points: Points, streets: Sequence[int], count: int) -> Beside:
    """Which of `count` streets lie beside each other: house i of street `streets[i]` stands at `points[i]`, in metres.

    Two streets are beside each other where houses of theirs are neighbours (in the sense of Delaunay) and no further
    apart than BESIDE. Where that leaves streets apart from the rest, the shortest ways over join them: the graph is of
    one piece, whatever lies between. A street without a house has no neighbour. Raises ValueError for other shapes.
    """
    of_house = np.asarray(streets, np.int64)
    if points.shape != (len(of_house), 2):
        raise ValueError(f"points are (n, 2) for n = {len(of_house)} houses, not {points.shape}.")
    neighbours: list[set[int]] = [set() for _ in range(count)]
    gaps = [0.0] * count
    if len(of_house):
        for one, other, metres in _links(points, of_house, count):
            for street, across in ((one, other), (other, one)):
                neighbours[street].add(across)
                gaps[street] = min(gaps[street] or metres, metres)
    return Beside([sorted(others) for others in neighbours], gaps)


def walk_length(points: Points) -> float:
    """About how many metres a walk past all of these houses (n, 2) is, without looking for the shortest one."""
    distinct = np.unique(points, axis=0)
    if len(distinct) < 2:
        return 0.0
    edges = _edges(distinct)
    tree = minimum_spanning_tree(_graph(edges, _lengths(distinct, edges), len(distinct)))
    return float(tree.sum()) * (PATH_OVER_TREE if len(distinct) > 2 else 1.0)


def _links(points: Points, of_house: NDArray[np.int64], count: int) -> list[tuple[int, int, float]]:
    """The pairs of streets that lie beside each other, with the metres between their nearest houses."""
    distinct, place_of = np.unique(points, axis=0, return_inverse=True)
    place_of = place_of.ravel()
    at_place = np.empty(len(distinct), np.int64)
    at_place[place_of] = of_house
    shared = np.column_stack([of_house, at_place[place_of]])  # flats of two streets at one place
    edges = _edges(distinct)
    pairs = np.vstack([at_place[edges], shared])
    metres = np.concatenate([_lengths(distinct, edges), np.zeros(len(shared))])
    apart = pairs[:, 0] != pairs[:, 1]
    pairs, metres = np.sort(pairs[apart], axis=1), np.maximum(metres[apart], 0.01)
    shortest = np.argsort(metres, kind="stable")
    pairs, metres = pairs[shortest], metres[shortest]
    _, first = np.unique(pairs, axis=0, return_index=True)
    pairs, metres = pairs[np.sort(first)], metres[np.sort(first)]
    near = metres <= BESIDE
    _, piece = connected_components(_graph(pairs[near], metres[near], count), directed=False)
    kept = near | _joins(pairs, metres, piece)
    return [
        (int(one), int(other), float(gap))
        for (one, other), gap in zip(pairs[kept], metres[kept], strict=True)
    ]


def _joins(pairs: NDArray[np.int64], metres: Points, piece: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of the pairs, the shortest first, are needed to join the pieces that their streets lie in."""
    root = list(range(int(piece.max(initial=0)) + 1))

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    needed = np.zeros(len(pairs), np.bool_)
    for place, (one, other) in enumerate(piece[pairs].tolist()):
        here, there = find(one), find(other)
        if here != there:
            root[here] = there
            needed[place] = True
    return needed


def _edges(points: Points) -> NDArray[np.int64]:
    """Pairs of neighbouring points (m, 2), the shortest tree among them; in a row where they have no area."""
    if len(points) > 3:
        try:
            corners = Delaunay(points - points.mean(axis=0)).simplices
        except QhullError:
            pass
        else:
            sides = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
            return np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
    order = np.lexsort((points[:, 1], points[:, 0]))
    return np.column_stack([order[:-1], order[1:]]).astype(np.int64)


def _lengths(points: Points, edges: NDArray[np.int64]) -> Points:
    return np.asarray(np.hypot(*(points[edges[:, 0]] - points[edges[:, 1]]).T), float)


def _graph(edges: NDArray[np.int64], weights: Points, count: int) -> coo_matrix:
    return coo_matrix((weights, (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()
