"""Evens connected shares out street by street: simulated annealing over the streets at the borders of shares. Pure.

S. Kirkpatrick, C. Gelatt, M. Vecchi, "Optimization by simulated annealing", Science 220, 1983: a street passes to the
share next to it where that evens loads out, and now and then, less and less often, where it does not, so that load
passes through shares that are even already. What is kept is the most even state that was met.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

STEPS_PER_STREET = 250
MOST_STEPS = 40_000
HOT, COLD = 0.05, 0.0005
"""How much worse, in squares of a mean share, is borne at the beginning and at the end."""
BORDER = 0.0004
"""What a pair of neighbours in different shares costs, in the same measure: shares stay round."""


class Annealing:
    """Streets 0 … n − 1 with loads in units of a mean share, and which of `count` shares each is in."""

    def __init__(
        self, loads: Sequence[float], graph: Sequence[Sequence[int]], owner: list[int], count: int
    ) -> None:
        self.loads = loads
        self.graph = graph
        self.owner = owner
        self.totals = [0.0] * count
        self.members: list[set[int]] = [set() for _ in range(count)]
        for street, share in enumerate(owner):
            self.totals[share] += loads[street]
            self.members[share].add(street)

    @property
    def spread(self) -> float:
        """How far the fullest share is from the emptiest."""
        return max(self.totals) - min(self.totals)

    def run(self, chance: random.Random, even: float) -> list[int]:
        """The most even shares met, at the latest when they are within `even`; each stays connected."""
        best, least = self.owner[:], self.spread
        steps = min(STEPS_PER_STREET * len(self.owner), MOST_STEPS)
        cooling = (COLD / HOT) ** (1 / max(steps, 1))
        heat = HOT
        for _ in range(steps):
            if least <= even:
                break
            heat *= cooling
            street = chance.randrange(len(self.owner))
            around = self.graph[street]
            if not around:
                continue
            to = self.owner[around[chance.randrange(len(around))]]
            if to == self.owner[street] or not self._accepts(street, to, heat, chance):
                continue
            self._move(street, to)
            if self.spread < least:
                best, least = self.owner[:], self.spread
        return best

    def _accepts(self, street: int, to: int, heat: float, chance: random.Random) -> bool:
        here, load = self.owner[street], self.loads[street]
        if len(self.members[here]) == 1:
            return False
        owners = [self.owner[other] for other in self.graph[street]]
        worse = 2 * load * (self.totals[to] - self.totals[here] + load)
        worse += BORDER * (owners.count(here) - owners.count(to))
        if worse > 0 and chance.random() >= math.exp(-worse / heat):
            return False
        return self._holds_without(street, here)

    def _holds_without(self, street: int, share: int) -> bool:
        """True where the share stays connected without this street: its neighbours there still reach each other."""
        ours = [other for other in self.graph[street] if self.owner[other] == share]
        if len(ours) <= 1:
            return bool(ours)
        wanted, seen, waiting = set(ours[1:]), {street, ours[0]}, [ours[0]]
        while waiting and wanted:
            for other in self.graph[waiting.pop()]:
                if other not in seen and self.owner[other] == share:
                    seen.add(other)
                    wanted.discard(other)
                    waiting.append(other)
        return not wanted

    def _move(self, street: int, to: int) -> None:
        here, load = self.owner[street], self.loads[street]
        self.members[here].discard(street)
        self.members[to].add(street)
        self.totals[here] -= load
        self.totals[to] += load
        self.owner[street] = to
