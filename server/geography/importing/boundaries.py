"""`doorstep import boundaries`: GeoJSON polygons of areas, repaired where they are not valid."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.errors
import shapely.geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.geography.grid import points_to_lonlat
from server.geography.importing.areas import LEVELS, AreaRow, is_code, pairs_of, store_areas
from server.geography.importing.reading import open_file
from server.geography.importing.report import ImportSummary, Progress, Rejects, silent
from server.geography.importing.running import run_import

GRID, DEGREES = 27700, 4326
MOST_DEGREES = 180.0
PRECISION_DEGREES = 1e-7
_EPSG = re.compile(r"(?:EPSG:+|/)(\d+)$", re.IGNORECASE)


def import_boundaries(
    service: Service,
    files: Sequence[Path],
    *,
    principal: Principal,
    kind: str | None = None,
    rejects: Path | None = None,
    progress: Progress = silent,
) -> ImportSummary:
    """Import GeoJSON whose features have a …CD/…NM pair, in EPSG:4326 or EPSG:27700.

    Of several pairs the narrowest kind is what the feature is (or `kind`: force, district, ward, beat, lsoa21 …),
    and a wider one is its parent. A polygon that isn't valid is repaired, and said. The line of a reject is the
    feature's number, from 1. Raises Problem, and then nothing was imported.
    """

    def work(session: Session, summary: ImportSummary, rejected: Rejects, hashes: list[str]) -> None:
        rows: dict[tuple[str, str], AreaRow] = {}
        for path in files:
            with open_file(path, progress) as (stream, sha256):
                layer = read_layer(path, stream.read(), kind)
                hashes.append(sha256())
            for number, feature in enumerate(layer.features, 1):
                summary.read += 1
                try:
                    row = area_row(layer, feature, summary)
                    if (row.kind, row.code) in rows:
                        raise BadFeature(f"{row.code} stands already on an earlier feature, which was taken")
                except BadFeature as error:
                    rejected.add(path.name, number, str(error))
                else:
                    rows[row.kind, row.code] = row
        rejected.refuse_if_most(summary.read)
        progress("storing areas", 0, 1)
        store_areas(session, service.settings, rows.values(), summary)
        progress("done", 1, 1)

    return run_import(service, principal, "boundaries", files, work, rejects=rejects)


class BadFeature(ValueError):
    """A feature that can't be taken; the message is the reason."""


@dataclass(frozen=True)
class BoundaryLayer:
    """The features of one file: what they are and in which coordinates."""

    features: list[Any]
    kind: str
    pairs: dict[str, tuple[str, str]]
    epsg: int


def read_layer(path: Path, content: bytes, kind: str | None) -> BoundaryLayer:
    """The layer in a file's bytes. Raises Problem for what is no FeatureCollection with a …CD/…NM pair."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem("bad_request", f"{path.name} is not UTF-8: save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Problem(
            "unsupported", f"{path.name} is not GeoJSON (it cannot be read as JSON). Nothing was imported."
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise Problem("unsupported", f"{path.name} has no features: it is not a GeoJSON FeatureCollection.")
    first = next((one for one in features if isinstance(one, dict) and one.get("properties")), {})
    properties = first.get("properties")
    pairs = pairs_of(properties) if isinstance(properties, dict) else {}
    if not pairs or (kind and kind not in pairs):
        wanted = f" for a {kind}" if kind else ""
        raise Problem(
            "unsupported",
            f"{path.name} has no …CD and …NM properties{wanted} (such as WD24CD and WD24NM). Nothing was imported.",
        )
    narrowest = max(pairs, key=lambda one: (LEVELS.get(one, -1), one))
    return BoundaryLayer(features, kind or narrowest, pairs, _epsg_of(path, document, features))


def _epsg_of(path: Path, document: Mapping[str, Any], features: list[Any]) -> int:
    """By the `crs` member, else by the size of the numbers (RFC 7946 has no `crs`: then it is EPSG:4326)."""
    crs = document.get("crs")
    named = str(crs.get("properties", {}).get("name", "")) if isinstance(crs, dict) else ""
    found = _EPSG.search(named)
    if named and not named.upper().endswith("CRS84"):
        if not found or int(found[1]) not in (GRID, DEGREES):
            raise Problem(
                "unsupported",
                f"{path.name} is in {named}; EPSG:4326 and EPSG:27700 are read. Nothing was imported.",
            )
        return int(found[1])
    return GRID if any(abs(value) > MOST_DEGREES for value in _some_numbers(features)) else DEGREES


def _some_numbers(features: list[Any]) -> list[float]:
    """The first coordinates of the first feature that has any."""
    for feature in features:
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        inner: Any = geometry.get("coordinates") if isinstance(geometry, dict) else None
        while isinstance(inner, list) and inner and isinstance(inner[0], list):
            inner = inner[0]
        if isinstance(inner, list) and inner:
            return [float(value) for value in inner if isinstance(value, (int, float))]
    return []


def area_row(layer: BoundaryLayer, feature: Any, summary: ImportSummary) -> AreaRow:
    """The area that a feature is; notes a repair. Raises BadFeature."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise BadFeature("it has no properties")
    code_name, name_name = layer.pairs[layer.kind]
    code = str(properties.get(code_name) or "").strip()
    if not is_code(code):
        raise BadFeature(f"its {code_name} is missing or not a code")
    parents = [
        str(properties.get(columns[0]) or "").strip()
        for kind, columns in sorted(layer.pairs.items(), key=lambda one: -LEVELS.get(one[0], -1))
        if LEVELS.get(kind, len(LEVELS)) < min(LEVELS.get(layer.kind, 0), LEVELS["beat"] + 1)
    ]
    name = str(properties.get(name_name) or "").strip() or None
    try:
        shape = _polygons(feature.get("geometry"), layer.epsg, code, summary)
    except shapely.errors.GEOSException as error:
        raise BadFeature(f"{code} has a geometry that can't be repaired") from error
    return AreaRow(code, layer.kind, name, next((parent for parent in parents if parent), None), shape)


def _polygons(geometry: Any, epsg: int, code: str, summary: ImportSummary) -> BaseGeometry:
    """A valid MultiPolygon in EPSG:4326."""
    try:
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except Exception as error:  # whatever stands there, shapely has many ways to stumble over it
        raise BadFeature(f"{code} has no geometry that can be read") from error
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise BadFeature(f"{code} is not a polygon")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise BadFeature(f"{code} has coordinates that are not numbers")
    if not shapely.is_valid(shape):
        reason = shapely.is_valid_reason(shape)
        before, shape = shape, shapely.make_valid(shape)
        summary.repaired += 1
        summary.note(f"{code} was not a valid polygon ({reason}) and was repaired{_change(before, shape)}.")
    if epsg == GRID:
        shape = shapely.set_precision(shapely.transform(shape, points_to_lonlat), PRECISION_DEGREES)
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    if not parts:
        raise BadFeature(f"{code} encloses nothing")
    west, south, east, north = shape.bounds
    if not (-MOST_DEGREES <= west <= east <= MOST_DEGREES and -90 <= south <= north <= 90):
        raise BadFeature(f"{code} lies outside the earth: its coordinates are in another system")
    return shapely.geometry.MultiPolygon([polygon for part in parts for polygon in shapely.get_parts(part)])


def _change(before: BaseGeometry, after: BaseGeometry) -> str:
    return f"; its area changed by {abs(after.area / before.area - 1):.2%}" if before.area else ""
