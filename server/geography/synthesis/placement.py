"""Where each building stands: along its street, odd and even sides, inside the LSOA and ward it is counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from server.geography.grid import Coordinates, points_to_grid
from server.geography.synthesis.households import BUILDING_KINDS, Buildings
from server.geography.synthesis.source import Feature, Source
from server.geography.synthesis.streets import StreetLine

SET_BACK_METRES = 9.0
"""From the middle of the street to the front doors of a side."""
MARGIN_METRES = 1.5
"""Kept from every boundary, so that rounding a coordinate can't move a house into the next area."""
COURT_SPACING_METRES = 7.0
"""Between houses that stand off their street's line because the line leaves their LSOA."""
MOST_REACH_METRES = 4_000.0

FRONTAGES = np.array([kind.frontage for kind in BUILDING_KINDS])


@dataclass(frozen=True)
class Placement:
    """Where the buildings of a plan stand, as columns in the plan's order."""

    points: Coordinates
    """(n, 2) metres, rounded to centimetres."""
    street: NDArray[np.int64]
    """Index into the streets."""
    number: NDArray[np.int64]
    """House number in the street: odd on the left of its line, even on the right; no two alike."""


def place(source: Source, streets: Sequence[StreetLine], buildings: Buildings) -> Placement:
    """Every building on the street of its postcode, and within the region of its LSOA."""
    count = len(buildings.postcode)
    order = np.argsort(buildings.postcode, kind="stable")
    starts = np.searchsorted(buildings.postcode[order], np.arange(len(source.postcodes) + 1))
    points = np.empty((count, 2))
    street_of = np.full(count, -1, np.int64)
    number = np.zeros(count, np.int64)
    for index, street in enumerate(streets):
        blocks = [order[starts[postcode] : starts[postcode + 1]] for postcode in street.postcodes]
        members = np.concatenate(blocks)
        if not len(members):
            continue
        side, chainage = _along(street, blocks, FRONTAGES[buildings.kind])
        points[members] = _beside(street.line, chainage, side)
        street_of[members] = index
        number[members] = _numbers(side, chainage)
    _move_inside(source, buildings, points)
    return Placement(np.round(points, 2), street_of, number)


def _along(
    street: StreetLine, blocks: list[NDArray[np.int64]], frontages: NDArray[np.float64]
) -> tuple[NDArray[np.int64], Coordinates]:
    """Side (0 left, 1 right) and metres along the line of each building, postcode by postcode.

    Each postcode's houses stand around its own place on the line; postcodes that would overlap push each other
    apart by the least sum of squares (isotonic regression on their starts).
    """
    sides, offsets, lengths = [], [], np.zeros(len(blocks))
    for index, block in enumerate(blocks):
        side = np.arange(len(block)) % 2
        offset = np.empty(len(block))
        for which in (0, 1):
            widths = frontages[block[side == which]]
            ends = np.cumsum(widths)
            offset[side == which] = ends - widths / 2
            lengths[index] = max(lengths[index], float(ends[-1]) if len(ends) else 0.0)
        sides.append(side)
        offsets.append(offset)
    before = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    starts = _ascending(street.chainages - lengths / 2 - before) + before
    chainage = np.concatenate([start + offset for start, offset in zip(starts, offsets, strict=True)])
    return np.concatenate(sides), chainage


def _ascending(wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The non-decreasing values nearest to `wanted` by least squares (pool adjacent violators)."""
    means: list[float] = []
    sizes: list[int] = []
    for value in wanted.tolist():
        means.append(value)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2:] = [(means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size]
            sizes[-2:] = [size]
    return np.repeat(means, sizes)


def _beside(line: Coordinates, chainage: Coordinates, side: NDArray[np.int64]) -> Coordinates:
    """Points SET_BACK_METRES left or right of the line; it goes on straight beyond both of its ends."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    segment = np.clip(np.searchsorted(ends, chainage, side="right") - 1, 0, len(steps) - 1)
    along = steps[segment] / lengths[segment, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    sign = np.where(side == 0, 1.0, -1.0)[:, None]
    ahead = (chainage - ends[segment])[:, None]
    return np.asarray(line[segment] + along * ahead + across * sign * SET_BACK_METRES)


def _numbers(side: NDArray[np.int64], chainage: Coordinates) -> NDArray[np.int64]:
    """1, 3, 5, … on the left and 2, 4, 6, … on the right, in order along the street."""
    numbers = np.empty(len(side), np.int64)
    for which in (0, 1):
        here = np.flatnonzero(side == which)
        numbers[here[np.argsort(chainage[here], kind="stable")]] = 2 * np.arange(len(here)) + 1 + which
    return numbers


def _move_inside(source: Source, buildings: Buildings, points: Coordinates) -> None:
    """Buildings that a line carried out of their LSOA's region go to free places in it, nearest to their own.

    Moves them in place. Raises ValueError for a region too small for its buildings.
    """
    lsoa_of = np.array([unit.lsoa for unit in source.postcodes])[buildings.postcode]
    order = np.argsort(lsoa_of, kind="stable")
    starts = np.searchsorted(lsoa_of[order], np.arange(len(source.lsoas) + 1))
    for index, region in enumerate(regions(source)):
        members = order[starts[index] : starts[index + 1]]
        if not len(members):
            continue
        shapely.prepare(region)
        inside = shapely.contains_xy(region, points[members])
        stray = members[~inside]
        if len(stray):
            try:
                points[stray] = _free_places(region, points[members[inside]], points[stray])
            except ValueError as error:
                raise ValueError(f"{source.lsoas[index].code}: {error}") from error


def _free_places(region: BaseGeometry, taken: Coordinates, wanted: Coordinates) -> Coordinates:
    """For each wanted point its own place of a grid inside the region, near to it and away from what is taken."""
    lines = shapely.shortest_line(region, shapely.points(wanted))
    anchors = shapely.get_coordinates(lines).reshape(-1, 2, 2)[:, 0]
    reach = 8 * COURT_SPACING_METRES
    while True:
        free = _grid_near(region, anchors, reach)
        if len(taken) and len(free):
            distance, _ = cKDTree(taken).query(free)
            free = free[distance >= COURT_SPACING_METRES * 0.7]
        if len(free) >= len(wanted):
            return free[_nearest_each(free, anchors)]
        if reach > MOST_REACH_METRES:
            raise ValueError(f"no room for {len(wanted)} buildings between its boundaries.")
        reach *= 2


def _nearest_each(free: Coordinates, anchors: Coordinates) -> NDArray[np.int64]:
    """Indices into `free`: the nearest to each anchor that no earlier anchor has taken."""
    tree = cKDTree(free)
    used = np.zeros(len(free), bool)
    chosen = np.empty(len(anchors), np.int64)
    for index, anchor in enumerate(anchors):
        looked_at = 16
        while True:
            _, near = tree.query(anchor, k=[*range(1, min(looked_at, len(free)) + 1)])
            unused = near[~used[near]]
            if len(unused):
                break
            looked_at *= 4
        chosen[index] = unused[0]
        used[unused[0]] = True
    return chosen


def _grid_near(region: BaseGeometry, anchors: Coordinates, reach: float) -> Coordinates:
    """The points of a grid over the whole country that are in the region and within a square around an anchor."""
    steps = np.arange(-int(reach / COURT_SPACING_METRES), int(reach / COURT_SPACING_METRES) + 1)
    across, up = np.meshgrid(steps, steps)
    patch = np.column_stack([across.ravel(), up.ravel()])
    coarse = COURT_SPACING_METRES * 4
    centres = np.unique(np.round(anchors / coarse).astype(np.int64), axis=0) * 4
    cells = (centres[:, None, :] + patch[None, :, :]).reshape(-1, 2)
    places: Coordinates = np.unique(cells, axis=0) * COURT_SPACING_METRES
    inside: NDArray[np.bool_] = shapely.contains_xy(region, places)
    return places[inside]


def regions(source: Source) -> list[BaseGeometry]:
    """For each LSOA the ground, in metres, that is in it and in its ward, and in no other LSOA or ward.

    The published boundaries are generalised, so neighbours overlap by slivers; a house in a sliver could be
    counted in either area.
    """
    lsoas = _shapes(source.lsoa_features, "LSOA21CD")
    wards = _shapes(source.ward_features, "WD24CD")
    lsoa_codes, lsoa_shapes = list(lsoas), np.array(list(lsoas.values()), object)
    ward_codes, ward_shapes = list(wards), np.array(list(wards.values()), object)
    lsoa_tree, ward_tree = shapely.STRtree(lsoa_shapes), shapely.STRtree(ward_shapes)
    found = []
    for lsoa in source.lsoas:
        region = lsoas[lsoa.code].intersection(wards[lsoa.ward_code])
        for own, codes, shapes, tree in (
            (lsoa.code, lsoa_codes, lsoa_shapes, lsoa_tree),
            (lsoa.ward_code, ward_codes, ward_shapes, ward_tree),
        ):
            others = [index for index in tree.query(region, predicate="intersects") if codes[index] != own]
            if others:
                region = region.difference(shapely.union_all(shapes[others]))
        found.append(region.buffer(-MARGIN_METRES))
    return found


def _shapes(features: Sequence[Feature], code: str) -> dict[str, BaseGeometry]:
    shapes = {}
    for feature in features:
        shape = shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        shapes[feature["properties"][code]] = shapely.transform(shape, points_to_grid)
    return shapes
