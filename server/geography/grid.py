"""British National Grid (EPSG:27700) to longitude and latitude (EPSG:4326) and back.

The published seven-parameter transformation (EPSG:1314, "OSGB36 to WGS 84 (6)") is written out instead of being
looked up, so that a point is the same on every machine whether or not PROJ has the OSTN15 grid there. It is within
5 m of OSTN15 across Great Britain, which is enough to put a house on its side of a street.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

Coordinates: TypeAlias = NDArray[np.float64]

NATIONAL_GRID = "EPSG:27700"
LONGITUDE_LATITUDE = "EPSG:4326"

PIPELINE = (
    "+proj=pipeline"
    " +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
    " +step +proj=push +v_3"
    " +step +proj=cart +ellps=airy"
    " +step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489"
    " +convention=position_vector"
    " +step +inv +proj=cart +ellps=WGS84"
    " +step +proj=pop +v_3"
    " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


@cache
def _transformer() -> Transformer:
    return Transformer.from_pipeline(PIPELINE)


def to_lonlat(eastings: ArrayLike, northings: ArrayLike) -> tuple[Coordinates, Coordinates]:
    """Longitudes and latitudes in degrees of grid points in metres; both (n,)."""
    lon, lat = _transformer().transform(np.asarray(eastings, float), np.asarray(northings, float))
    return np.asarray(lon), np.asarray(lat)


def to_grid(longitudes: ArrayLike, latitudes: ArrayLike) -> tuple[Coordinates, Coordinates]:
    """Eastings and northings in metres of points in degrees; both (n,)."""
    east, north = _transformer().transform(
        np.asarray(longitudes, float), np.asarray(latitudes, float), direction="INVERSE"
    )
    return np.asarray(east), np.asarray(north)


def points_to_lonlat(points: Coordinates) -> Coordinates:
    """(n, 2) eastings and northings → (n, 2) longitudes and latitudes, as `shapely.transform` wants it."""
    return np.column_stack(to_lonlat(points[:, 0], points[:, 1]))


def points_to_grid(points: Coordinates) -> Coordinates:
    """(n, 2) longitudes and latitudes → (n, 2) eastings and northings, as `shapely.transform` wants it."""
    return np.column_stack(to_grid(points[:, 0], points[:, 1]))
