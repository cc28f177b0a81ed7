"""What every download is made of: columns, rows, and a geometry where the rows have a place on the map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

Kind = Literal["text", "number", "decimal", "flag", "time"]
Geometry = Literal["", "POINT", "MULTIPOLYGON"]


@dataclass(frozen=True)
class Column:
    """`name` is what programs read ("ward_code"), `title` what people read ("Ward code")."""

    name: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """Rows of values in the order of the columns; with a geometry, a shapely one or None comes last in each row.

    `rows` are read once and never held together. `about` says in a sentence or two what the figures are and are not.
    Times are aware; they are written in `zone`, except where a format has times in UTC only.
    """

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Any, ...]]
    zone: ZoneInfo
    geometry: Geometry = ""


def local(sheet: Sheet, moment: datetime) -> str:
    """A time as ISO 8601 in the sheet's zone, to the second: 2026-03-02T09:00:00+00:00."""
    return moment.astimezone(sheet.zone).isoformat(timespec="seconds")
