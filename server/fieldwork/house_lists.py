"""Reads a pasted or uploaded list of UPRNs and postcodes, and a drawn shape: pure.

A list is any text: one UPRN or postcode a line, several with commas, semicolons or tabs between them, or a CSV file
whose first line names a column uprn or postcode (then only that column is read, the UPRN's first). Nothing is passed
over in silence: what is neither is told with its line number.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry

MOST_LINES = 20_000
MOST_CORNERS = 5_000
NAMED = ("uprn", "postcode")  # columns that are read where the first line names them, in this order
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})\Z")
UPRN = re.compile(r"[0-9]{1,12}\Z")

Kind = Literal["uprn", "postcode", ""]


@dataclass(frozen=True)
class Entry:
    """What stands on a line (1…): its text as typed; as kept in the address file; and its kind, "" for neither."""

    line: int
    typed: str
    kind: Kind
    code: str = ""


def read_list(text: str) -> list[Entry]:
    """The entries of a list, in order; blank ones are left out. ValueError for more lines than MOST_LINES."""
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        raise ValueError(f"The list has {len(lines):,} lines: {MOST_LINES:,} at most can be read at once.")
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip(" \t,;")]
    column = _named_column(_cells(filled[0][1])) if filled else None
    if column is None:
        rows = [(number, re.split("[,;\t]", line)) for number, line in filled]
    else:
        rows = [(number, [_named_cell(line, column)]) for number, line in filled[1:]]
    return [_entry(number, cell) for number, cells in rows for cell in map(_bare, cells) if cell]


def read_shape(text: str) -> dict[str, Any]:
    """A drawn shape as a GeoJSON geometry (Polygon or MultiPolygon), from a geometry, a Feature or a FeatureCollection.

    ValueError with a sentence for what is no such thing, crosses itself, lies outside the world or has more corners
    than MOST_CORNERS.
    """
    try:
        shapes = [shapely.geometry.shape(part) for part in _geometries(json.loads(text))]
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        shapely.GEOSException,
    ):
        raise ValueError("This is not GeoJSON of a polygon: draw the shape again.") from None
    if not shapes or any(shape.geom_type not in ("Polygon", "MultiPolygon") for shape in shapes):
        raise ValueError("Only polygons say which houses lie inside: draw a closed shape.")
    if sum(shapely.get_num_coordinates(shape) for shape in shapes) > MOST_CORNERS:
        raise ValueError(f"The shape has more than {MOST_CORNERS:,} corners: draw a simpler one.")
    if not all(_in_the_world(shape) for shape in shapes):
        raise ValueError("The shape lies outside the world: it takes longitude, then latitude, in degrees.")
    if not all(shape.is_valid and not shape.is_empty for shape in shapes):
        raise ValueError("The shape crosses itself or is empty: draw it again.")
    whole = shapely.union_all(shapes)
    return json.loads(json.dumps(shapely.geometry.mapping(whole)))  # type: ignore[no-any-return]


def spaced(postcode: str) -> str | None:
    """A postcode as the address file writes it ("HU6 7AA"); None for what is not one."""
    found = POSTCODE.match("".join(postcode.split()).upper())
    return f"{found[1]} {found[2]}" if found else None


def _cells(line: str) -> list[str]:
    separator = next((one for one in ("\t", ";", ",") if one in line), ",")
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return [line]


def _named_cell(line: str, column: int) -> str:
    """The named cell of a line; where it is blank or missing the whole line, so that it is told and not passed over."""
    cells = _cells(line)
    return cells[column] if column < len(cells) and _bare(cells[column]) else line


def _bare(cell: str) -> str:
    return cell.strip().strip("'\"").strip()


def _named_column(cells: Sequence[str]) -> int | None:
    names = [_bare(cell).casefold() for cell in cells]
    return next((names.index(name) for name in NAMED if name in names), None)


def _entry(line: int, typed: str) -> Entry:
    if UPRN.match(typed):
        return Entry(line, typed, "uprn", typed.lstrip("0") or "0")
    postcode = spaced(typed) if len(typed) <= 12 else None
    return Entry(line, typed[:40], "postcode", postcode) if postcode else Entry(line, typed[:40], "")


def _geometries(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document["type"] == "FeatureCollection":
        for feature in document["features"]:
            yield from _geometries(feature)
    elif document["type"] == "Feature":
        yield document["geometry"]
    else:
        yield document


def _in_the_world(shape: BaseGeometry) -> bool:
    west, south, east, north = shape.bounds if not shape.is_empty else (0, 0, 0, 0)
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90
