"""Households into buildings: who lives in a house, who in a flat, and in which postcode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from server.geography.synthesis.source import Source


@dataclass(frozen=True)
class BuildingKind:
    """How dwellings of one accommodation type stand: their class, frontage, and households under one roof."""

    classification: str
    frontage: float
    """Metres of street that a building takes on its side."""
    fewest: int
    most: int
    """Households in one building; 1 for a house. Flats get a parent shell, a house stands for itself."""
    named: bool = False
    """True where the building has a name instead of a number."""

    @property
    def is_flats(self) -> bool:
        return self.classification == "RD06"


SHELL_CLASSIFICATION = "PP"
"""A property shell in the OS classification scheme: it holds flats and nobody lives in it as such."""

BUILDING_KINDS = (
    BuildingKind("RD01", 10.0, 1, 1),
    BuildingKind("RD02", 10.0, 1, 1),
    BuildingKind("RD03", 8.0, 1, 1),
    BuildingKind("RD04", 6.0, 1, 1),
    BuildingKind("RD06", 8.0, 2, 5),
    BuildingKind("RD06", 10.0, 4, 10),
    BuildingKind("RD06", 6.0, 1, 3),
    BuildingKind("RD06", 10.0, 6, 24, named=True),
)
"""One for each of DWELLING_KINDS, in the same order. RD01 caravan, RD02 detached, RD03 semi-detached, RD04
terraced, RD06 self-contained flat (AddressBase classification scheme)."""


@dataclass(frozen=True)
class Buildings:
    """Buildings as columns, all of one length."""

    postcode: NDArray[np.int64]
    """Index into `Source.postcodes`."""
    kind: NDArray[np.int64]
    """Index into BUILDING_KINDS."""
    households: NDArray[np.int64]


def plan_buildings(source: Source, seed: int) -> Buildings:
    """Buildings for every household of every LSOA, each in a postcode that has a street.

    Within an LSOA the households are shared out over its postcodes at random (but evenly enough), and the kinds
    go from the loneliest postcode, which gets the caravans and detached houses, to the most crowded one, which
    gets the blocks of flats. The random numbers of an LSOA depend on the seed and the LSOA alone.
    """
    members: list[list[int]] = [[] for _ in source.lsoas]
    for index, unit in enumerate(source.postcodes):
        if unit.street:
            members[unit.lsoa].append(index)
    loneliness = _loneliness(source)
    postcodes: list[int] = []
    kinds: list[int] = []
    households: list[int] = []
    for number, lsoa in enumerate(source.lsoas):
        if sum(lsoa.households) and not members[number]:
            raise ValueError(
                f"{lsoa.code} has households but no postcode with a street; give more street points."
            )
        random = np.random.default_rng([seed, number])
        here = sorted(members[number], key=lambda index: (-loneliness[index], index))
        for postcode, kind, count in _share_out(lsoa.households, here, random):
            for size in _sizes(count, BUILDING_KINDS[kind], random):
                postcodes.append(postcode)
                kinds.append(kind)
                households.append(size)
    return Buildings(np.array(postcodes), np.array(kinds), np.array(households))


def _loneliness(source: Source) -> NDArray[np.float64]:
    """Metres from each postcode to its third nearest neighbour (fewer postcodes: to the furthest)."""
    points = np.array([(unit.easting, unit.northing) for unit in source.postcodes], float)
    neighbours = min(4, len(points))
    distances, _ = cKDTree(points).query(points, k=neighbours)
    return np.asarray(distances, float).reshape(len(points), neighbours)[:, -1]


def _share_out(
    counts: tuple[int, ...], postcodes: list[int], random: Generator
) -> list[tuple[int, int, int]]:
    """(postcode, kind, households) runs: kinds in their order laid over the postcodes in theirs."""
    quota = _quotas(sum(counts), 0.6 + 0.8 * random.random(len(postcodes)))
    runs = []
    place, left = 0, int(quota[0]) if len(quota) else 0
    for kind, count in enumerate(counts):
        unplaced = count
        while unplaced:
            while not left:
                place += 1
                left = int(quota[place])
            taken = min(unplaced, left)
            runs.append((postcodes[place], kind, taken))
            unplaced -= taken
            left -= taken
    return runs


def _quotas(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to the weights that add up to `total` (largest remainders)."""
    if not len(weights):
        return np.zeros(0, np.int64)
    exact = total * weights / weights.sum()
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    largest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return whole


def _sizes(count: int, kind: BuildingKind, random: Generator) -> list[int]:
    """`count` households cut into buildings of the kind; the last may be smaller than the kind's fewest."""
    if kind.most == 1:
        return [1] * count
    sizes = []
    while count:
        size = min(count, kind.fewest + int(random.random() * (kind.most - kind.fewest + 1)))
        sizes.append(size)
        count -= size
    return sizes
