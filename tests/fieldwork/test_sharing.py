"""Shares of streets: everybody's connected, as even as can be, and the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from server.fieldwork.routing import share_streets


def grid(width: int, height: int) -> list[list[int]]:
    """The neighbours of a grid of streets, each said once."""
    return [
        [y * width + x + step for step, inside in ((1, x + 1 < width), (width, y + 1 < height)) if inside]
        for y in range(height)
        for x in range(width)
    ]


def is_connected(streets: Sequence[int], neighbours: Sequence[Sequence[int]]) -> bool:
    beside: dict[int, set[int]] = {street: set() for street in streets}
    for street, others in enumerate(neighbours):
        for other in others:
            if street in beside and other in beside:
                beside[street].add(other)
                beside[other].add(street)
    seen, waiting = {streets[0]}, [streets[0]]
    while waiting:
        new = beside[waiting.pop()] - seen
        seen |= new
        waiting += new
    return len(seen) == len(streets)


def shares(owners: NDArray[np.int64], officers: int) -> list[list[int]]:
    return [np.flatnonzero(owners == officer).tolist() for officer in range(officers)]


def totals(loads: Sequence[float], owners: NDArray[np.int64], officers: int) -> list[float]:
    return [float(total) for total in np.bincount(owners, loads, officers)]


@st.composite
def connected_graphs(draw: st.DrawFn) -> tuple[list[float], list[list[int]]]:
    """Loads and neighbours of up to 30 streets, by a random tree and some more links."""
    count = draw(st.integers(1, 30))
    loads = draw(st.lists(st.floats(0, 500), min_size=count, max_size=count))
    neighbours = [[draw(st.integers(0, street - 1))] if street else [] for street in range(count)]
    for one, other in draw(st.lists(st.tuples(*[st.integers(0, count - 1)] * 2), max_size=20)):
        neighbours[one].append(other)
    return loads, neighbours


@settings(max_examples=30, deadline=None)
@given(connected_graphs(), st.integers(1, 9))
def test_every_share_of_a_connected_graph_is_connected_and_nobody_is_left_out(
    graph: tuple[list[float], list[list[int]]], officers: int
) -> None:
    loads, neighbours = graph
    owners = share_streets(loads, neighbours, officers)
    assert len(owners) == len(loads)
    given = shares(owners, officers)
    assert sum(map(len, given)) == len(loads)
    assert sum(map(bool, given)) == min(officers, len(loads))
    assert all(is_connected(streets, neighbours) for streets in given if streets)


@settings(max_examples=8, deadline=None)
@given(st.integers(6, 12), st.integers(6, 12), st.integers(2, 6), st.integers(0, 10_000))
def test_shares_of_a_grid_are_within_ten_per_cent(width: int, height: int, officers: int, seed: int) -> None:
    chance = random.Random(seed)
    loads = [chance.uniform(5, 25) for _ in range(width * height)]
    held = totals(loads, share_streets(loads, grid(width, height), officers), officers)
    assert max(held) <= 1.1 * min(held)


def test_twenty_officers_share_four_hundred_unequal_streets_within_ten_per_cent() -> None:
    chance = random.Random(4)
    loads = [chance.lognormvariate(3, 0.8) for _ in range(400)]
    owners = share_streets(loads, grid(20, 20), 20)
    held = totals(loads, owners, 20)
    assert max(held) <= 1.1 * min(held)
    assert owners.tolist() == share_streets(loads, grid(20, 20), 20).tolist()


def test_a_street_heavier_than_an_equal_share_is_one_officers_and_the_others_are_still_even() -> None:
    loads = [10.0] * 36
    loads[14] = 500.0
    owners = share_streets(loads, grid(6, 6), 4)
    held = sorted(totals(loads, owners, 4))
    assert held[-1] == 500.0
    assert held[2] <= 1.1 * held[0]


def test_a_piece_of_the_graph_goes_whole_to_one_officer_or_to_officers_of_its_own() -> None:
    beyond_the_river = [[37], []]
    owners = share_streets([10.0] * 38, [*grid(6, 6), *beyond_the_river], 3)
    assert owners[36] == owners[37]
    half = [[place + shift for place in others] for shift in (0, 16) for others in grid(4, 4)]
    owners = share_streets([1.0] * 32, half, 4)
    assert sorted(totals([1.0] * 32, owners, 4)) == [8.0] * 4
    assert not set(owners[:16]) & set(owners[16:])


@pytest.mark.parametrize(
    ("loads", "neighbours", "officers", "given"),
    [
        ([], [], 3, []),
        ([5.0], [[]], 3, [1]),
        ([5.0, 7.0], [[1], [0]], 5, [1, 1]),
        ([1.0, 2.0, 3.0], [[], [], []], 1, [3]),
        ([0.0] * 4, [[1], [2], [3], []], 2, [2, 2]),
        ([4.0, 3.0, 3.0], [[], [], []], 2, [1, 2]),
        ([9.0] * 5, [[1, 2, 3, 4], [], [], [], []], 3, [1, 1, 3]),
    ],
    ids=["none", "alone", "fewer than officers", "one officer", "no loads", "islands", "a star"],
)
def test_edges(loads: list[float], neighbours: list[list[int]], officers: int, given: list[int]) -> None:
    owners = share_streets(loads, neighbours, officers)
    assert sorted(len(streets) for streets in shares(owners, officers) if streets) == given


@pytest.mark.parametrize(
    ("loads", "neighbours", "officers"),
    [
        ([1.0], [[]], 0),
        ([1.0, 2.0], [[]], 1),
        ([-1.0], [[]], 1),
        ([float("nan")], [[]], 1),
        ([1.0], [[1]], 1),
        ([1.0], [[-1]], 1),
    ],
)
def test_what_is_no_graph_of_streets_is_refused(
    loads: list[float], neighbours: list[list[int]], officers: int
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        share_streets(loads, neighbours, officers)
