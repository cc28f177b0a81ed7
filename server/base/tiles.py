"""Mapbox vector tiles (version 2.1) out of SELECTs: by ST_AsMVT on PostGIS, by mapbox-vector-tile on SQLite.

A layer's SELECT gives its attributes (texts, whole numbers) and either `lon` and `lat` or a `shape`; both databases
make the same layers and attributes of it. Coordinates agree to one unit of 4096 across a tile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Float, LargeBinary, Select, cast, func, literal_column, select
from sqlalchemy.orm import Session

from server.base.problems import Problem

EXTENT, BUFFER = 4096, 64
MOST_ZOOM = 22
MIME = "application/vnd.mapbox-vector-tile"


@dataclass(frozen=True)
class Tile:
    """A square of the web map: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return (
            *_degrees(self.x, self.y + 1, 2**self.z),
            *_degrees(self.x + 1, self.y, 2**self.z),
        )


@dataclass(frozen=True)
class Layer:
    """A named layer. `polygons`: the SELECT's `shape` holds areas, else its `lon` and `lat` are a point's."""

    name: str
    rows: Select[Any]
    polygons: bool = False


def tile_at(z: int, x: int, y: int) -> Tile:
    """The tile. Raises Problem("not_found") where there is none such."""
    if not (0 <= z <= MOST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise Problem("not_found", "There is no such tile.")
    return Tile(z, x, y)


def in_tile(tile: Tile, lon: Any, lat: Any) -> Any:
    """True in SQL for points that lie in the tile; each point lies in one of a zoom."""
    west, south, east, north = tile.bounds
    return (lon >= west) & (lon < east) & (lat > south) & (lat <= north)


def encode(session: Session, tile: Tile, layers: list[Layer]) -> bytes:
    """The tile with these layers; one that nothing falls into is left out."""
    make = _by_postgis if session.get_bind().dialect.name == "postgresql" else _by_python
    return b"".join(make(session, tile, layer) for layer in layers)


def _by_postgis(session: Session, tile: Tile, layer: Layer) -> bytes:
    rows = layer.rows.subquery()
    place = {"shape", "lon", "lat"}
    shape = (
        rows.c.shape if layer.polygons else func.ST_SetSRID(func.ST_MakePoint(rows.c.lon, rows.c.lat), 4326)
    )
    drawn = func.ST_AsMVTGeom(
        func.ST_Transform(shape, 3857), func.ST_TileEnvelope(tile.z, tile.x, tile.y), EXTENT, BUFFER, True
    )
    features = select(
        drawn.label("geom"), *(column for column in rows.c if column.key not in place)
    ).subquery("t")
    made = func.ST_AsMVT(literal_column("t"), layer.name, EXTENT, "geom", type_=LargeBinary)
    # naming a column of t as well brings the subquery into FROM
    statement = select(made).select_from(features).where(features.c.geom.is_not(None))
    return bytes(session.scalar(statement) or b"")


def _by_python(session: Session, tile: Tile, layer: Layer) -> bytes:
    found = session.execute(layer.rows).mappings().all()
    if layer.polygons:
        shapes = _drawn(tile, [row["shape"] for row in found])
    else:
        degrees = np.array([(row["lon"], row["lat"]) for row in found], float).reshape(-1, 2)
        shapes = list(shapely.points(_units(tile, degrees).round()))
    features = [
        {
            "geometry": shape,
            "properties": {
                name: value
                for name, value in row.items()
                if name not in ("shape", "lon", "lat") and value is not None
            },
        }
        for row, shape in zip(found, shapes, strict=True)
        if shape is not None
    ]
    if not features:
        return b""
    options = {"extents": EXTENT, "y_coord_down": True}
    return bytes(
        mapbox_vector_tile.encode([{"name": layer.name, "features": features}], default_options=options)
    )


def _drawn(tile: Tile, shapes: list[BaseGeometry | None]) -> list[BaseGeometry | None]:
    """Areas in units of the tile, simplified to what can be seen and cut off outside; None where nothing is left."""
    west, south, east, north = tile.bounds
    margin_x, margin_y = ((high - low) * BUFFER / EXTENT for low, high in ((west, east), (south, north)))
    window = shapely.box(west - margin_x, south - margin_y, east + margin_x, north + margin_y)
    drawn: list[BaseGeometry | None] = []
    for shape in shapes:
        if shape is None or not shapely.intersects(shapely.box(*shape.bounds), window):
            drawn.append(None)
            continue
        scaled = shapely.transform(shape, lambda degrees: _units(tile, degrees))
        cut = shapely.clip_by_rect(
            shapely.simplify(scaled, 1.0), -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER
        )
        areas = [one for one in shapely.get_parts(cut) if one.geom_type == "Polygon" and one.area >= 1]
        drawn.append(shapely.MultiPolygon(areas) if areas else None)
    return drawn


def _units(tile: Tile, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) longitudes and latitudes → (n, 2) units from the tile's north-western corner, east and south."""
    across = 2.0**tile.z
    x = (degrees[:, 0] / 360.0 + 0.5) * across - tile.x
    sine = np.sin(np.radians(degrees[:, 1]))
    y = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * across - tile.y
    return np.column_stack((x, y)) * EXTENT


def _degrees(x: int, y: int, across: int) -> tuple[float, float]:
    return x / across * 360.0 - 180.0, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / across))))


def cell_of(value: Any, low: float, high: float, cells: int) -> Any:
    """Which of so many equal steps from low to high a column's value falls into (0…), in SQL of both databases."""
    return func.round(cast((value - low) / (high - low) * cells - 0.4999999, Float))
