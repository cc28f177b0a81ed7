"""One geometry type for both databases, and distances on a local metric plane.

SRID 4326 throughout. On PostGIS a column is `geometry(<kind>, 4326)` with a GiST index; on SQLite it is WKB in
a BLOB. Python sees shapely geometries either way, so that no room asks which database it is on.
"""

from __future__ import annotations

import math
from typing import Any

import shapely
from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator, TypeEngine

SRID = 4326
METRES_PER_DEGREE_LATITUDE = 111_320.0


class Shape(TypeDecorator[BaseGeometry]):
    """A shapely geometry of one kind (POINT, MULTIPOLYGON, …), stored as PostGIS geometry or as WKB."""

    impl = LargeBinary
    cache_ok = True
    spatial_index = False  # GeoAlchemy2's table hooks read these two: migrations make the index
    use_typmod = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        if dialect is None:  # GeoAlchemy2's hooks ask so: a plain column needs none of their help
            return LargeBinary()
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Geometry(self.kind, srid=SRID, spatial_index=False))
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return from_shape(value, srid=SRID)
        return shapely.to_wkb(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        if value is None:
            return None
        raw = value.data if isinstance(value, WKBElement) else value
        return shapely.from_wkb(raw if isinstance(raw, (bytes, str)) else bytes(raw))


def to_plane(lon: float, lat: float, lon0: float, lat0: float) -> tuple[float, float]:
    """Metres east and north of (lon0, lat0) on a local plane; under 0.1 % off within a city (equirectangular)."""
    return (
        (lon - lon0) * METRES_PER_DEGREE_LATITUDE * math.cos(math.radians(lat0)),
        (lat - lat0) * METRES_PER_DEGREE_LATITUDE,
    )
