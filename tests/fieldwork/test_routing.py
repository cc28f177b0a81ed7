"""Walking orders are short, whole, and the same every time."""

from __future__ import annotations

import time
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from server.fieldwork.routing import order_premises, order_streets, route_length

Points = NDArray[np.float64]


def uniform(count: int, seed: int) -> Points:
    return np.random.default_rng(seed).random((count, 2)) * 1000


def clustered(count: int, seed: int) -> Points:
    random = np.random.default_rng(seed)
    centres = random.random((max(1, count // 20), 2)) * 2000
    return centres[random.integers(0, len(centres), count)] + random.normal(0, 20, (count, 2))


def street_like(count: int, seed: int) -> Points:
    """Streets of twenty houses, ten on each side at 8 m, laid anywhere in any direction."""
    random = np.random.default_rng(seed)
    along, across = np.repeat(np.arange(10) * 8.0, 2), np.tile([9.0, -9.0], 10)
    streets = []
    for _ in range(count // 20):
        turn = random.random() * 2 * np.pi
        rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        streets.append(
            np.column_stack([along, across]) @ rotation + random.random(2) * 400 * (count / 100) ** 0.5
        )
    return np.vstack(streets)


KINDS = {"uniform": uniform, "clustered": clustered, "street-like": street_like}

SHORTEST_KNOWN = {
    "uniform": [7640.5, 7238.9, 7656.2, 7511.0],
    "clustered": [4311.1, 4609.5, 4053.4, 3622.8],
    "street-like": [1573.7, 1017.2, 1294.3, 1065.5],
}
"""Metres of the best open path found for 100 points by 10,000 kicks from each of four rotations, offline."""


def shortest_path_by_dynamic_programming(points: Points, closed: bool) -> float:
    """Held and Karp's exact length (https://doi.org/10.1137/0110015), for up to a dozen points."""
    count = len(points)
    gaps = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).tolist()
    starts = [0] if closed else range(count)
    best = {(1 << start, start): 0.0 for start in starts}
    for _ in range(count - 1):
        longer: dict[tuple[int, int], float] = {}
        for (seen, last), length in best.items():
            for following in range(count):
                if not seen >> following & 1:
                    key = (seen | 1 << following, following)
                    total = length + gaps[last][following]
                    if total < longer.get(key, np.inf):
                        longer[key] = total
        best = longer
    return min(length + (gaps[last][0] if closed else 0.0) for (_, last), length in best.items())


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("count", [3, 4, 5, 7, 9, 11])
def test_few_points_are_walked_by_the_shortest_way_there_is(count: int, closed: bool) -> None:
    for seed in range(3):
        points = uniform(count, 100 * count + seed)
        exact = shortest_path_by_dynamic_programming(points, closed)
        assert route_length(points, order_premises(points, closed), closed) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_points_are_within_five_per_cent_of_the_best_path_known(kind: str) -> None:
    for seed, shortest in enumerate(SHORTEST_KNOWN[kind]):
        points = KINDS[kind](100, seed)
        order = order_premises(points)
        assert sorted(order.tolist()) == list(range(100))
        assert route_length(points, order) <= 1.05 * shortest


def test_a_grid_is_walked_row_by_row_or_as_well() -> None:
    points = np.array([(x, y) for x in range(10) for y in range(10)], float) * 10
    shuffled = points[np.random.default_rng(3).permutation(100)]
    assert route_length(shuffled, order_premises(shuffled)) <= 990 * 1.05
    assert route_length(shuffled, order_premises(shuffled, closed=True), closed=True) <= 1000 * 1.05


def test_a_circle_is_walked_around() -> None:
    angles = np.random.default_rng(4).permutation(np.linspace(0, 2 * np.pi, 100, endpoint=False))
    points = np.column_stack([np.cos(angles), np.sin(angles)]) * 500
    side = 2 * 500 * np.sin(np.pi / 100)
    assert route_length(points, order_premises(points)) == pytest.approx(99 * side)
    assert route_length(points, order_premises(points, closed=True), closed=True) == pytest.approx(100 * side)


def test_two_thousand_points_take_a_second_and_a_half_at_most_and_are_walked_well() -> None:
    points = uniform(2000, 5)
    began = time.process_time()
    order = order_premises(points)
    assert time.process_time() - began < 1.5
    # Beardwood, Halton and Hammersley: the best path through n uniform points is near 0.7124 √(n·area)
    assert route_length(points, order) < 1.10 * 0.7124 * np.sqrt(2000 * 1000**2)


def test_the_same_points_give_the_same_order() -> None:
    points = clustered(150, 6)
    assert order_premises(points).tolist() == order_premises(points.copy()).tolist()


def test_flats_at_one_point_stay_together_in_their_own_order() -> None:
    flats = np.repeat([[0.0, 0.0], [100.0, 0.0], [50.0, 0.0]], 4, axis=0)
    order = order_premises(flats).tolist()
    assert order in ([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7], [4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3])


@pytest.mark.parametrize("closed", [False, True])
def test_none_one_and_two_points_are_walked_too(closed: bool) -> None:
    assert order_premises([], closed).tolist() == []
    assert order_premises([(1.0, 2.0)], closed).tolist() == [0]
    assert order_premises([(1.0, 2.0), (3.0, 4.0)], closed).tolist() == [0, 1]
    assert route_length([], [], closed) == 0.0
    assert route_length([(1.0, 2.0)], [0], closed) == 0.0
    assert route_length([(0.0, 0.0), (3.0, 4.0)], [0, 1], closed) == (10.0 if closed else 5.0)


@pytest.mark.parametrize("bad", [[(0.0, float("nan"))], [(float("inf"), 0.0)], [1.0, 2.0], [(1.0, 2.0, 3.0)]])
def test_points_that_cannot_be_walked_are_refused(bad: list[object]) -> None:
    with pytest.raises(ValueError, match="point"):
        order_premises(bad)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30),
    st.booleans(),
)
def test_every_point_is_walked_once_and_never_further_than_as_given(
    points: list[tuple[int, int]], closed: bool
) -> None:
    order = order_premises(np.array(points, float).reshape(-1, 2), closed)
    assert sorted(order.tolist()) == list(range(len(points)))
    if points:
        given_order = route_length(points, range(len(points)), closed)
        assert route_length(points, order, closed) <= given_order * 1.05 + 1e-6


def link_length(streets: list[Points], walked: list[tuple[int, bool]]) -> float:
    ways = [streets[index][::-1] if backwards else streets[index] for index, backwards in walked]
    return float(sum(np.hypot(*(after[0] - before[-1])) for before, after in pairwise(ways)))


def test_streets_are_linked_by_the_shortest_way_there_is() -> None:
    for seed in range(4):
        random = np.random.default_rng(seed)
        streets = [np.sort(random.random((2, 2)) * 300, axis=0) for _ in range(4)]
        best = min(
            link_length(streets, [(index, bool(turns >> place & 1)) for place, index in enumerate(order)])
            for order in permutations(range(4))
            for turns in range(16)
        )
        walked = order_streets(streets)
        assert sorted(index for index, _ in walked) == [0, 1, 2, 3]
        assert link_length(streets, walked) == pytest.approx(best, abs=1e-6)


def test_parallel_streets_are_walked_up_and_down() -> None:
    streets = [np.array([(x * 50.0, 0.0), (x * 50.0, 400.0)]) for x in (2, 0, 3, 1)]
    walked = order_streets(streets)
    assert [index for index, _ in walked] in ([1, 3, 0, 2], [2, 0, 3, 1])
    assert [backwards for _, backwards in walked] in ([False, True, False, True], [True, False, True, False])
    assert link_length(streets, walked) == pytest.approx(150.0)


def test_many_streets_are_each_walked_once() -> None:
    random = np.random.default_rng(8)
    streets = [random.random(2) * 5000 + random.random((random.integers(1, 9), 2)) * 90 for _ in range(400)]
    began = time.process_time()
    walked = order_streets(streets)
    assert time.process_time() - began < 2.5
    assert sorted(index for index, _ in walked) == list(range(400))


def test_no_streets_need_no_order_and_an_empty_street_is_refused() -> None:
    assert order_streets([]) == []
    assert order_streets([np.array([(1.0, 1.0)])]) == [(0, False)]
    with pytest.raises(ValueError, match="street 1 has no points"):
        order_streets([np.array([(1.0, 1.0)]), np.zeros((0, 2))])
