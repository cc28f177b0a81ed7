"""A sheet as OGC GeoPackage 1.3: one SQLite file that QGIS, Esri and GDAL open.

Written with the standard library: what the standard asks for is three tables, and geometries as WKB behind a short
header (https://www.geopackage.org/spec130/). Times are in UTC, as the standard has them.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from server.base.downloads.sheet import Sheet

MIME, EXTENSION = "application/geopackage+sqlite3", "gpkg"
APPLICATION_ID, VERSION = 0x47504B47, 10300  # "GPKG", 1.3.0
SRS = 4326
AT_ONCE = 5_000
TYPES = {"text": "TEXT", "number": "INTEGER", "decimal": "DOUBLE", "flag": "BOOLEAN", "time": "DATETIME"}
WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
FRAME = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
    max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id)
    REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
"""
SYSTEMS = (
    ("Undefined Cartesian", -1, "NONE", -1, "undefined", "undefined Cartesian coordinates"),
    ("Undefined geographic", 0, "NONE", 0, "undefined", "undefined geographic coordinates"),
    ("WGS 84", SRS, "EPSG", SRS, WGS84, "longitude and latitude in degrees"),
)


def write(sheet: Sheet, path: Path, *, now: datetime) -> int:
    """Write the sheet into a new file as one table of its name; how many rows it had."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA application_id={APPLICATION_ID}; "
            f"PRAGMA user_version={VERSION};{FRAME}"
        )
        connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", SYSTEMS)
        many, bounds = _fill(connection, sheet)
        _describe(connection, sheet, bounds, now)
        connection.commit()
        return many
    finally:
        connection.close()


def blob_of(shape: BaseGeometry | None) -> bytes | None:
    """A geometry as GeoPackage keeps it: "GP", version 0, little-endian without envelope, the SRS, then WKB."""
    if shape is None:
        return None
    flags = 0b00010001 if shape.is_empty else 0b00000001
    wkb: bytes = shapely.to_wkb(shape, byte_order=1)
    return struct.pack("<2sBBi", b"GP", 0, flags, SRS) + wkb


def _fill(connection: sqlite3.Connection, sheet: Sheet) -> tuple[int, list[float]]:
    """Make the table and insert all rows; how many, and [west, south, east, north] of their geometries ([]: none)."""
    columns = [f"{_quoted(column.name)} {TYPES[column.kind]}" for column in sheet.columns]
    columns += [f"geom {sheet.geometry}"] if sheet.geometry else []
    table = _quoted(sheet.name)
    connection.execute(
        f"CREATE TABLE {table} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {', '.join(columns)})"
    )
    marks = ", ".join("?" for _ in columns)
    many = 0
    bounds: list[float] = []
    for rows in _batches(sheet.rows):
        if sheet.geometry:
            bounds = _wider(bounds, [row[-1] for row in rows if row[-1] is not None])
        plain = ([_stored(value) for value in row] for row in rows)
        connection.executemany(f"INSERT INTO {table} VALUES (NULL, {marks})", plain)  # noqa: S608 - our own names
        many += len(rows)
    return many, bounds


def _describe(connection: sqlite3.Connection, sheet: Sheet, bounds: list[float], now: datetime) -> None:
    kind = "features" if sheet.geometry else "attributes"
    entry = (sheet.name, kind, sheet.title, sheet.about, _time(now), *(bounds or (None,) * 4))
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*entry, SRS if sheet.geometry else None),
    )
    if sheet.geometry:
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            (sheet.name, sheet.geometry, SRS),
        )


def _wider(bounds: list[float], shapes: list[BaseGeometry]) -> list[float]:
    if not shapes:
        return bounds
    west, south, east, north = (float(one) for one in shapely.total_bounds(shapes))
    if not bounds:
        return [west, south, east, north]
    return [min(bounds[0], west), min(bounds[1], south), max(bounds[2], east), max(bounds[3], north)]


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def _stored(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return blob_of(value)
    return _time(value) if isinstance(value, datetime) else value


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
