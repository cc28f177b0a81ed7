"""Streets out of names and points: which points of a name are one street, and along which line they lie.

There are no street lines in the open files at hand. A street is the postcodes whose nearest street has its name,
with the points where police.uk places crimes on it; points of one name further apart than LINK_METRES are
different streets (every village has its Church Lane).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from server.geography.grid import Coordinates
from server.geography.synthesis.source import Source

LINK_METRES = 400.0
MERGE_METRES = 15.0


@dataclass(frozen=True)
class StreetLine:
    """One street: its name, the polyline that its houses stand along, and where its postcodes are on it."""

    name: str
    line: Coordinates
    """(k, 2) metres, k ≥ 2, no two vertices in a row at one place."""
    postcodes: NDArray[np.int64]
    """Indices into `Source.postcodes`, in the order of `chainages`."""
    chainages: Coordinates
    """Metres along the line, ascending."""


def lay_streets(source: Source) -> tuple[StreetLine, ...]:
    """Every street that has a postcode, sorted by name and then by its first postcode.

    The order depends on the source alone, not on any seed: a street keeps its USRN from run to run.
    """
    postcodes_of: dict[str, list[int]] = defaultdict(list)
    snaps_of: dict[str, list[int]] = defaultdict(list)
    for index, postcode in enumerate(source.postcodes):
        if postcode.street:
            postcodes_of[postcode.street].append(index)
    for index, name in enumerate(source.snap_names):
        snaps_of[name].append(index)
    centroids = np.array([(unit.easting, unit.northing) for unit in source.postcodes], float)
    streets = []
    for name in sorted(postcodes_of):
        members = np.array(postcodes_of[name])
        points = np.vstack([centroids[members], source.snap_points[snaps_of.get(name, [])]])
        for group in _linked(points):
            here = group[group < len(members)]
            if len(here):
                streets.append(_lay_one(name, points[group], members[here]))
    return tuple(streets)


def _linked(points: Coordinates) -> list[NDArray[np.int64]]:
    """Groups of points that are chained together by steps of at most LINK_METRES, by their first point."""
    near = cdist(points, points) <= LINK_METRES
    count, label = connected_components(coo_array(near), directed=False)
    return [np.flatnonzero(label == group) for group in range(count)]


def _lay_one(name: str, points: Coordinates, members: NDArray[np.int64]) -> StreetLine:
    """Lay a line through `points`, the first `len(members)` of which are postcode centroids."""
    vertices, vertex_of = _merge(points)
    path = _path_from_an_end(vertices)
    line = vertices[path]
    chainage_of_vertex = np.empty(len(vertices))
    if len(line) > 1:
        chainage_of_vertex[path] = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    else:
        chainage_of_vertex[:] = 0.0
        line = np.vstack([line, line + _heading(name, line[0])])
    chainages = chainage_of_vertex[vertex_of[: len(members)]]
    order = np.argsort(chainages, kind="stable")
    return StreetLine(name, line, members[order], chainages[order])


def _merge(points: Coordinates) -> tuple[Coordinates, NDArray[np.int64]]:
    """Points closer than MERGE_METRES to an earlier one become that one; the vertices and each point's vertex."""
    kept: list[int] = []
    vertex_of = np.empty(len(points), np.int64)
    gaps = cdist(points, points)
    for index in range(len(points)):
        close = [place for place, other in enumerate(kept) if gaps[index, other] < MERGE_METRES]
        if close:
            vertex_of[index] = close[0]
        else:
            vertex_of[index] = len(kept)
            kept.append(index)
    return points[kept], vertex_of


def _path_from_an_end(vertices: Coordinates) -> NDArray[np.int64]:
    """Always the nearest unused vertex, starting at the end of the longest axis (a street is mostly a line)."""
    centred = vertices - vertices.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axis = axes[0] if axes[0][np.argmax(np.abs(axes[0]))] >= 0 else -axes[0]  # svd leaves the sign open
    gaps = cdist(vertices, vertices)
    path = [int(np.argmin(np.round(centred @ axis, 6)))]
    unused = np.ones(len(vertices), bool)
    unused[path[0]] = False
    while unused.any():
        following = int(np.argmin(np.where(unused, gaps[path[-1]], np.inf)))
        path.append(following)
        unused[following] = False
    return np.array(path)


def _heading(name: str, point: Coordinates) -> Coordinates:
    """One metre in a direction that a street with a single point keeps from run to run."""
    angle = (sum(name.encode()) * 37 + int(point[0]) * 17 + int(point[1]) * 29) % 360
    return np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
