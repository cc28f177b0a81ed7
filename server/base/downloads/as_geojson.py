"""A sheet as GeoJSON (RFC 7946): longitude and latitude, written feature by feature."""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO, Any

import shapely
from shapely.geometry.base import BaseGeometry

from server.base.downloads.sheet import Sheet, local

MIME, EXTENSION = "application/geo+json", "geojson"
DECIMALS = 6  # of a degree: a decimetre


def write(sheet: Sheet, file: IO[bytes]) -> int:
    """Write the sheet as a FeatureCollection; how many features it has."""
    head = {"name": sheet.name, "title": sheet.title, "about": sheet.about}
    file.write(b'{"type":"FeatureCollection",' + _json(head)[1:-1] + b',"features":[')
    many = 0
    for row in sheet.rows:
        file.write((b",\n" if many else b"\n") + _json(feature(sheet, row)))
        many += 1
    file.write(b"\n]}\n")
    return many


def feature(sheet: Sheet, row: tuple[Any, ...]) -> dict[str, Any]:
    """One row as a Feature, its columns as properties."""
    properties = {
        column.name: local(sheet, value) if isinstance(value, datetime) else value
        for column, value in zip(sheet.columns, row, strict=False)
    }
    geometry = geometry_of(row[-1]) if sheet.geometry else None
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def geometry_of(shape: BaseGeometry | None) -> dict[str, Any] | None:
    """A geometry as GeoJSON has it, its coordinates to the decimetre, polygons wound as RFC 7946 wants them."""
    if shape is None:
        return None
    if shape.geom_type == "Point":
        return {"type": "Point", "coordinates": [round(shape.x, DECIMALS), round(shape.y, DECIMALS)]}
    wound = shapely.orient_polygons(shape)
    plain: dict[str, Any] = json.loads(
        shapely.to_geojson(shapely.transform(wound, lambda degrees: degrees.round(DECIMALS)))
    )
    return plain


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
