"""The search behind `routing`: a short path or tour through points, by 2-opt, Or-opt and kicks."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

NEIGHBOURS = 7
LOOKED_AT = 28
PER_QUADRANT = 2
LONGEST_SEGMENT = 3
KICK_SPAN = 30
LONG_STEPS = 12
"""Of the longest steps of a path, how many the kicks between clusters choose from."""
WELL_SEARCHED = 300
"""Up to so many points, neighbours are looked for in every quadrant however far, and kicks go between clusters."""
MATRIX_POINTS = 512
EPSILON = 1e-9
PAIR_BONUS = 1e9
"""Metres gained by keeping the two ends of a street together: more than any walk, so that they never part."""

Distance = Callable[[int, int], float]


def solve(points: NDArray[np.float64], *, closed: bool, paired: bool = False) -> NDArray[np.int64]:
    """A short order of the points (n, 2). With `paired`, points 2i and 2i+1 stay next to each other."""
    count = len(points)
    if count <= 3 and not paired:
        return np.array(_best_of_few(points, closed), np.int64)
    if paired and count == 2:
        return np.arange(2)
    near = _neighbours(points, paired)
    tour = Tour(points, near, closed=closed, paired=paired)
    tour.start(_greedy(tour.distance, near, points, paired))
    tour.improve(range(count))
    tour.kick(_kicks(count))
    return np.array(tour.order, np.int64)


def _kicks(count: int) -> int:
    """Seen to bring 100 points within 1 % of the best path known; more gain little and cost their time."""
    return min(max(200, 4 * count), 1_000)


def _best_of_few(points: NDArray[np.float64], closed: bool) -> list[int]:
    if len(points) < 3 or closed:
        return list(range(len(points)))
    sides = [math.dist(points[one], points[other]) for one, other in ((0, 1), (1, 2), (0, 2))]
    return ([0, 2, 1], [1, 0, 2], [0, 1, 2])[int(np.argmax(sides))]


class Tour:
    """A path (or tour) as a list of points with their positions in it. `order` is the answer."""

    def __init__(
        self, points: NDArray[np.float64], near: list[list[int]], *, closed: bool, paired: bool
    ) -> None:
        self.near = near
        self.closed = closed
        self.paired = paired
        self.order: list[int] = []
        self.position: list[int] = []
        self.distance = _distance_function(points, paired)

    def start(self, order: list[int]) -> None:
        """Take this order."""
        self.order = order
        self.position = [0] * len(order)
        for index, point in enumerate(order):
            self.position[point] = index

    def after(self, point: int) -> int:
        """The point after this one, or -1 at the end of an open path."""
        index = self.position[point] + 1
        if index < len(self.order):
            return self.order[index]
        return self.order[0] if self.closed else -1

    def before(self, point: int) -> int:
        """The point before this one, or -1 at the beginning of an open path."""
        index = self.position[point]
        return self.order[index - 1] if index or self.closed else -1

    def gap(self, one: int, other: int) -> float:
        """Metres between two points; nothing to or from the open end (-1)."""
        return 0.0 if one < 0 or other < 0 else self.distance(one, other)

    def improve(self, points: Iterable[int]) -> float:
        """Metres saved by moves that begin at these points, until none of theirs or their neighbours' helps."""
        queue = list(points)[::-1]
        queued = set(queue)
        saved = 0.0
        while queue:
            point = queue.pop()
            queued.discard(point)
            while True:
                gain, touched = self._two_opt(point)
                if gain <= 0.0:
                    gain, touched = self._or_opt(point)
                if gain <= 0.0:
                    break
                saved += gain
                for other in touched:
                    if other >= 0 and other not in queued:
                        queued.add(other)
                        queue.append(other)
        return saved

    def kick(self, times: int) -> None:
        """Swap two short stretches at a random place and mend, `times` times; keep what is not longer."""
        count = len(self.order)
        if count < 4:
            return
        chance = random.Random(count)  # noqa: S311 - a fixed seed: the same points give the same order
        for turn in range(times):
            kept_order, kept_position = self.order[:], self.position[:]
            if turn % 2 and count <= WELL_SEARCHED:
                cuts = self._long_cuts(chance, 3 if turn % 4 == 1 else 2)
            else:
                cuts = self._near_cuts(chance)
            if not cuts:
                continue
            lost, touched = self._break_at(cuts)
            if self.improve(touched) < lost - EPSILON:
                self.order, self.position = kept_order, kept_position

    def _near_cuts(self, chance: random.Random) -> list[int]:
        """Three places to cut the order within a short stretch, ascending."""
        count = len(self.order)
        start = chance.randrange(0, count - 2)
        end = min(count, start + KICK_SPAN + 1)
        return self._usable(chance.sample(range(start, end + 1), 3))

    def _long_cuts(self, chance: random.Random, cuts: int) -> list[int]:
        """Two or three places to cut the order at, ascending, among its longest steps and its ends."""
        order, distance = self.order, self.distance
        steps = sorted(range(1, len(order)), key=lambda place: -distance(order[place - 1], order[place]))
        places = [*steps[:LONG_STEPS], 0, len(order)]
        return self._usable(chance.sample(places, min(cuts, len(places))))

    def _usable(self, cuts: list[int]) -> list[int]:
        """The cuts in order, moved off pairs that must stay together; none if they would change nothing."""
        if self.paired:
            cuts = [cut - cut % 2 for cut in cuts]
        cuts = sorted(set(cuts))
        whole = cuts[:1] == [0] and cuts[-1:] == [len(self.order)]
        changes_nothing = whole and (self.closed or len(cuts) == 2)
        return [] if len(cuts) < 2 or changes_nothing else cuts

    def _break_at(self, cuts: list[int]) -> tuple[float, tuple[int, ...]]:
        """Swap the stretches between three cuts, or turn the one between two: metres lost, ends to mend."""
        order, count = self.order, len(self.order)
        first, last = cuts[0], cuts[-1]
        left = order[first - 1] if first or self.closed else -1
        right = order[last % count] if last < count or self.closed else -1
        stretches = [order[low:high] for low, high in pairwise(cuts)]
        ends = [left, *(point for stretch in stretches for point in (stretch[0], stretch[-1])), right]
        old = sum(self.gap(one, other) for one, other in zip(ends[::2], ends[1::2], strict=True))
        turned = stretches[::-1] if len(stretches) > 1 else [stretches[0][::-1]]
        after = [left, *(point for stretch in turned for point in (stretch[0], stretch[-1])), right]
        new = sum(self.gap(one, other) for one, other in zip(after[::2], after[1::2], strict=True))
        self._write(first, [point for stretch in turned for point in stretch])
        return new - old, tuple(point for point in ends if point >= 0)

    def _two_opt(self, point: int) -> tuple[float, tuple[int, ...]]:
        """The first 2-opt move that shortens the path with a new edge at `point`: its gain and four ends."""
        distance, gap = self.distance, self.gap
        for forward in (True, False):
            beside = self.after(point) if forward else self.before(point)
            if beside < 0:
                continue
            old = distance(point, beside)
            for other in self.near[point]:
                new = distance(point, other)
                if new >= old:
                    break
                across = self.after(other) if forward else self.before(other)
                gain = old - new + gap(other, across) - gap(beside, across)
                if gain > EPSILON:
                    self._turn(*((beside, other) if forward else (other, beside)))
                    return gain, (point, beside, other, across)
        return 0.0, ()

    def _turn(self, first: int, last: int) -> None:
        """Turn the stretch from `first` to `last`; where it wraps around a tour, the rest of the tour instead."""
        low, high = self.position[first], self.position[last]
        if low > high:
            low, high = high + 1, low - 1
        self._write(low, self.order[low : high + 1][::-1])

    def _or_opt(self, point: int) -> tuple[float, tuple[int, ...]]:
        """The first move of a short stretch that ends at `point` to beside one of its neighbours."""
        distance, gap, order, position = self.distance, self.gap, self.order, self.position
        count = len(order)
        for length in range(1, min(LONGEST_SEGMENT, count - 2) + 1):
            for forward in (True, False):
                low = position[point] if forward else position[point] - length + 1
                high = low + length - 1
                if low < 0 or high >= count:
                    continue
                far = order[high] if forward else order[low]
                left, right = self.before(order[low]), self.after(order[high])
                removed = gap(left, order[low]) + gap(order[high], right) - gap(left, right)
                if removed <= EPSILON:
                    continue
                for other in self.near[point]:
                    new = distance(point, other)
                    if new >= removed:
                        break
                    if low <= position[other] <= high:
                        continue
                    for beside in (self.before(other), self.after(other)):
                        if beside >= 0 and low <= position[beside] <= high:
                            continue
                        gain = removed - new - gap(far, beside) + gap(other, beside)
                        if gain > EPSILON:
                            self._move(low, high, other, beside, point)
                            return gain, (point, far, other, beside, left, right)
        return 0.0, ()

    def _move(self, low: int, high: int, other: int, beside: int, point: int) -> None:
        """Put the stretch [low, high] between `other` and `beside`, with `point` next to `other`."""
        order, count = self.order, len(self.order)
        stretch = order[low : high + 1]
        place = self.position[other]
        goes_after = self.after(other) == beside if beside >= 0 else place == count - 1
        if goes_after and beside >= 0 and self.before(other) == beside:  # two points left beside the stretch
            goes_after = place + 1 == self.position[beside]
        if (stretch[0] == point) != goes_after:
            stretch.reverse()
        target = place + 1 if goes_after else place
        if target > high:
            self._write(low, order[high + 1 : target] + stretch)
        else:
            self._write(target, stretch + order[target:low])

    def _write(self, low: int, points: list[int]) -> None:
        position = self.position
        self.order[low : low + len(points)] = points
        for index, point in enumerate(points, low):
            position[point] = index


def _distance_function(points: NDArray[np.float64], paired: bool) -> Distance:
    if len(points) <= MATRIX_POINTS:
        gaps = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
        if paired:
            evens = np.arange(0, len(points), 2)
            gaps[evens, evens + 1] = gaps[evens + 1, evens] = -PAIR_BONUS
        matrix = gaps.tolist()
        return lambda one, other: matrix[one][other]
    xs, ys = points[:, 0].tolist(), points[:, 1].tolist()
    hypot = math.hypot
    if paired:
        return lambda one, other: (
            -PAIR_BONUS if one ^ other == 1 else hypot(xs[one] - xs[other], ys[one] - ys[other])
        )
    return lambda one, other: hypot(xs[one] - xs[other], ys[one] - ys[other])


def _neighbours(points: NDArray[np.float64], paired: bool) -> list[list[int]]:
    """For each point its nearest, and the nearest in each quadrant (so that clusters see each other), by distance."""
    count = len(points)
    looked_at = count - 1 if count <= WELL_SEARCHED else LOOKED_AT
    _, found = cKDTree(points).query(points, k=looked_at + 1)
    steps = points[found] - points[:, None, :]
    quadrant = (steps[..., 0] > 0) * 2 + (steps[..., 1] > 0)
    near = []
    for index, candidates in enumerate(found.tolist()):
        taken, in_quadrant = [], [0, 0, 0, 0]
        for rank, (other, where) in enumerate(zip(candidates, quadrant[index].tolist(), strict=True)):
            if other == index or (paired and other == index ^ 1):
                continue
            in_quadrant[where] += 1
            if rank <= NEIGHBOURS or in_quadrant[where] <= PER_QUADRANT:
                taken.append(other)
        near.append(taken)
    return near


def _greedy(
    distance: Distance, near: list[list[int]], points: NDArray[np.float64], paired: bool
) -> list[int]:
    """A path of the shortest edges between neighbours without a fork or ring, its pieces joined nearest first."""
    count = len(near)
    links: list[list[int]] = [[] for _ in range(count)]
    group = list(range(count))

    def root(point: int) -> int:
        while group[point] != point:
            group[point] = group[group[point]]
            point = group[point]
        return point

    edges = sorted(
        (distance(one, other), one, other) for one in range(count) for other in near[one] if one < other
    )
    pairs = [(0.0, one, one + 1) for one in range(0, count, 2)] if paired else []
    for _, one, other in pairs + edges:
        if len(links[one]) < 2 and len(links[other]) < 2 and root(one) != root(other):
            links[one].append(other)
            links[other].append(one)
            group[root(one)] = root(other)
    return _join(_pieces(links), points)


def _pieces(links: list[list[int]]) -> list[list[int]]:
    pieces = []
    seen = [False] * len(links)
    for end, linked in enumerate(links):
        if seen[end] or len(linked) == 2:
            continue
        piece, point = [end], end
        seen[end] = True
        while True:
            following = [other for other in links[point] if not seen[other]]
            if not following:
                break
            point = following[0]
            seen[point] = True
            piece.append(point)
        pieces.append(piece)
    return pieces


def _join(pieces: list[list[int]], points: NDArray[np.float64]) -> list[int]:
    """From the longest piece's end always on to the nearest end of a piece not walked yet."""
    first = points[[piece[0] for piece in pieces]]
    last = points[[piece[-1] for piece in pieces]]
    left = np.ones(len(pieces), bool)
    current = max(range(len(pieces)), key=lambda index: len(pieces[index]))
    path = list(pieces[current])
    left[current] = False
    while left.any():
        end = points[path[-1]]
        to_first = np.where(left, np.hypot(*(first - end).T), np.inf)
        to_last = np.where(left, np.hypot(*(last - end).T), np.inf)
        backwards = to_last.min() < to_first.min()
        current = int(np.argmin(to_last if backwards else to_first))
        left[current] = False
        path += pieces[current][::-1] if backwards else pieces[current]
    return path
