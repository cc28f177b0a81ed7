"""The search behind `routing.share_streets`: connected shares of a graph of streets, as even as can be.

To cut a graph into connected parts of equal weight is NP-hard, so this is a search, by what is known from drawing
electoral districts: parts are cut off random spanning trees where the cut is most even, and neighbouring parts are
put together and cut anew for as long as that evens them out ("recombination": D. DeFord, M. Duchin, J. Solomon, "A
family of Markov chains for redistricting", Harvard Data Science Review 3(1), 2021); what is left uneven is evened out
street by street (`annealing`). Chance comes from a fixed seed: the same streets are shared out the same way everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from server.fieldwork.annealing import Annealing

Graph = Sequence[Sequence[int]]
Part = list[int]
STARTS = 8
"""Times that a piece is cut up anew; the most even result is taken."""
TREES = 10
"""Spanning trees tried for each cut."""
MOST_TRIES = 60
"""Recombinations tried after each start."""
GOOD_ENOUGH = 0.02
"""A cut that is off by so little of the mean is even; among such cuts the one with the shortest border is taken."""
EVEN = 0.04
"""Loads that differ by so little of their mean are not evened out further."""


class Cut(NamedTuple):
    """A part of a tree below one of its streets, and how many officers it is for; the best cut is the least.

    `off` is how far the worse side's load for each officer is from the mean, as a share of it.
    """

    off: float
    border: int
    officers: int
    part: tuple[int, ...]


def share(loads: Sequence[float], graph: Graph, officers: int) -> list[int]:
    """Which officer (0 … officers − 1) walks each street. The arguments are checked already, the graph goes both ways.

    A piece of the graph that is worth several officers is shared among them alone; pieces that are worth less than one
    go, whole, to whoever has least: they alone make an officer's streets come apart.
    """
    weights = loads if any(loads) else [1.0] * len(loads)
    pieces = _pieces(range(len(weights)), graph)
    counts = _officers_for(
        [(sum(weights[street] for street in piece), len(piece)) for piece in pieces], officers
    )
    parts: list[Part] = []
    for piece, count in zip(pieces, counts, strict=True):
        if count:
            parts += Sharing(weights, graph, random.Random(len(piece))).best(piece, count)  # noqa: S311 - no secret
    parts += [[] for _ in range(officers - len(parts))]
    rest = [piece for piece, count in zip(pieces, counts, strict=True) if not count]
    for piece in sorted(rest, key=lambda piece: -sum(weights[street] for street in piece)):
        min(parts, key=lambda part: sum(weights[street] for street in part)).extend(piece)
    owner = [0] * len(weights)
    for officer, part in enumerate(parts):
        for street in part:
            owner[street] = officer
    return owner


def _pieces(streets: Iterable[int], graph: Graph) -> list[Part]:
    """The connected pieces of the graph within these streets."""
    inside, pieces = set(streets), []
    for start in sorted(inside):
        if start not in inside:
            continue
        inside.discard(start)
        piece, waiting = [start], [start]
        while waiting:
            for other in graph[waiting.pop()]:
                if other in inside:
                    inside.discard(other)
                    piece.append(other)
                    waiting.append(other)
        pieces.append(piece)
    return pieces


def _officers_for(pieces: Sequence[tuple[float, int]], officers: int) -> list[int]:
    """How many officers each piece (its load, its streets) gets: one after the other to where each has most to do."""
    counts = [0] * len(pieces)
    for _ in range(officers):
        open_ones = [place for place, (_, streets) in enumerate(pieces) if counts[place] < streets]
        if not open_ones:
            break
        counts[max(open_ones, key=lambda place: pieces[place][0] / (counts[place] + 1))] += 1
    return counts


class Sharing:
    """Cuts one connected piece of the graph into connected parts."""

    def __init__(self, loads: Sequence[float], graph: Graph, chance: random.Random) -> None:
        self.loads = loads
        self.graph = graph
        self.chance = chance

    def load(self, streets: Iterable[int]) -> float:
        """What these streets weigh together."""
        return sum(self.loads[street] for street in streets)

    def best(self, piece: Part, officers: int) -> list[Part]:
        """The most even of several tries to cut a piece for so many officers (no more than it has streets)."""
        even = self.load(piece) / officers * EVEN
        tries: list[tuple[float, list[Part]]] = []
        while len(tries) < STARTS and all(spread > even for spread, _ in tries):
            parts = self._annealed(self.even_out(self.split(piece, officers), even), even)
            tries.append((_spread([self.load(part) for part in parts]), parts))
        return min(tries, key=lambda one: one[0])[1]

    def _annealed(self, parts: list[Part], even: float) -> list[Part]:
        """The parts, evened out street by street where they are not even yet."""
        totals = [self.load(part) for part in parts]
        if len(parts) == 1 or _spread(totals) <= even:
            return parts
        mean = sum(totals) / len(parts)
        place = {street: place for place, street in enumerate(street for part in parts for street in part)}
        graph = [[place[other] for other in self.graph[street] if other in place] for street in place]
        owner = [number for number, part in enumerate(parts) for _ in part]
        loads = [self.loads[street] / mean for street in place]
        annealed = Annealing(loads, graph, owner, len(parts)).run(self.chance, even / mean)
        return [
            [street for street in place if annealed[place[street]] == number] for number in range(len(parts))
        ]

    def split(self, piece: Part, officers: int) -> list[Part]:
        """Connected parts of a connected piece, one for each officer."""
        if officers == 1:
            return [piece]
        cut = min(self._cut(piece, officers) for _ in range(TREES))
        below = set(cut.part)
        rest = [street for street in piece if street not in below]
        return self.split(list(cut.part), cut.officers) + self.split(rest, officers - cut.officers)

    def even_out(self, parts: list[Part], even: float) -> list[Part]:
        """The parts, mended: neighbouring ones are cut anew, two or three at a time, while that evens them out."""
        left = MOST_TRIES
        while left > 0:
            totals = [self.load(part) for part in parts]
            if _spread(totals) <= even:
                break
            groups = self._groups(parts, totals)[:left]
            if not groups:
                break
            for group in groups:  # chance may find at the next pass what it missed at this one
                left -= 1
                if self._mend(parts, group, totals):
                    break
        return parts

    def _mend(self, parts: list[Part], group: tuple[int, ...], totals: Sequence[float]) -> bool:
        """Cut these parts anew; True where they are more even for it (and now stand so)."""
        merged = [street for place in group for street in parts[place]]
        anew = self.split(merged, len(group))
        before = sum(totals[place] ** 2 for place in group)
        after = sum(self.load(part) ** 2 for part in anew)
        if after >= before * (1 - 1e-9):
            return False
        for place, part in zip(group, anew, strict=True):
            parts[place] = part
        return True

    def _groups(self, parts: Sequence[Part], totals: Sequence[float]) -> list[tuple[int, ...]]:
        """Pairs of neighbouring parts, then three in a row; those first whose loads differ most."""
        beside = self._beside(parts)
        pairs = [(one, other) for one, others in enumerate(beside) for other in others if one < other]
        rows = [(a, b, c) for b, around in enumerate(beside) for a in around for c in around if a < c]
        return [
            group
            for groups in (pairs, rows)
            for group in sorted(groups, key=lambda group: -_spread([totals[place] for place in group]))
        ]

    def _beside(self, parts: Sequence[Part]) -> list[list[int]]:
        """Which parts each part touches."""
        owner = {street: place for place, part in enumerate(parts) for street in part}
        touching: list[set[int]] = [set() for _ in parts]
        for street, place in owner.items():
            touching[place].update(owner[other] for other in self.graph[street] if other in owner)
        return [sorted(others - {place}) for place, others in enumerate(touching)]

    def _cut(self, piece: Part, officers: int) -> Cut:
        """The most even cut of a random spanning tree of a piece."""
        order, parents = self._tree(piece)
        below = {street: self.loads[street] for street in order}
        sizes = dict.fromkeys(order, 1)
        for street in reversed(order[1:]):
            below[parents[street]] += below[street]
            sizes[parents[street]] += sizes[street]
        total, count = below[order[0]], len(order)
        mean = total / officers or 1.0
        tops = []
        for street in order[1:]:
            least, most = max(1, officers - (count - sizes[street])), min(officers - 1, sizes[street])
            ours = min(max(round(below[street] / mean), least), most)
            rest = (total - below[street]) / (officers - ours)
            tops.append((max(abs(below[street] / ours - mean), abs(rest - mean)) / mean, street, ours))
        off, top, ours = min(tops)
        part = _under(top, order, parents)
        return Cut(max(off, GOOD_ENOUGH), self._border(part, piece), ours, tuple(part))

    def _tree(self, piece: Part) -> tuple[list[int], dict[int, int]]:
        """A random spanning tree: its streets, each after its parent, and the parents."""
        inside = set(piece)
        root = self.chance.choice(piece)
        order, parents, seen = [root], {root: root}, {root}
        open_ends = [(root, other) for other in self.graph[root] if other in inside]
        while open_ends:
            place = self.chance.randrange(len(open_ends))
            open_ends[place], open_ends[-1] = open_ends[-1], open_ends[place]
            parent, street = open_ends.pop()
            if street in seen:
                continue
            seen.add(street)
            order.append(street)
            parents[street] = parent
            open_ends += [
                (street, other) for other in self.graph[street] if other in inside and other not in seen
            ]
        return order, parents

    def _border(self, part: Sequence[int], piece: Part) -> int:
        """How many neighbours in the piece a part of it has outside of itself."""
        ours, inside = set(part), set(piece)
        return sum(other in inside and other not in ours for street in part for other in self.graph[street])


def _under(top: int, order: Sequence[int], parents: dict[int, int]) -> list[int]:
    """The streets of a tree from one of them downward."""
    found = {top}
    for street in order:
        if street != top and parents[street] in found:
            found.add(street)
    return sorted(found)


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values)
