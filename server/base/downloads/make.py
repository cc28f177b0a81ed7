"""Writes a sheet in the form that was asked for, into an unnamed file, and hands it back to be sent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from server.base.downloads import as_csv, as_geojson, as_geopackage
from server.base.downloads.sheet import Sheet
from server.base.service import Service


@dataclass(frozen=True)
class Download:
    """An open file, positioned at its beginning, with the name and type to send it under; `rows` is how many it has."""

    file: IO[bytes]
    name: str
    mime: str
    rows: int


FORMS = ("csv", "geojson", "gpkg")


def make(service: Service, sheet: Sheet, form: str) -> Download:
    """The sheet as a file of one of FORMS; KeyError for another. The file vanishes when it is closed.

    It lies in the service's own folder (mode 0700) while it is written, and has no name there afterwards.
    """
    now = service.clock.now()
    day = now.astimezone(service.zone).date().isoformat()
    with tempfile.TemporaryDirectory(dir=service.settings.home, prefix="download-") as folder:
        path = Path(folder) / "file"
        many = _WRITERS[form](sheet, path, now)
        file = path.open("rb")
    extension, mime = _KINDS[form]
    return Download(file, f"{sheet.name}-{day}.{extension}", mime, many)


def _csv(sheet: Sheet, path: Path, _now: datetime) -> int:
    with path.open("wb") as file:
        return as_csv.write(sheet, file)


def _geojson(sheet: Sheet, path: Path, _now: datetime) -> int:
    with path.open("wb") as file:
        return as_geojson.write(sheet, file)


def _geopackage(sheet: Sheet, path: Path, now: datetime) -> int:
    return as_geopackage.write(sheet, path, now=now)


_WRITERS: dict[str, Callable[[Sheet, Path, datetime], int]] = {
    "csv": _csv,
    "geojson": _geojson,
    "gpkg": _geopackage,
}
_KINDS = {
    "csv": (as_csv.EXTENSION, as_csv.MIME),
    "geojson": (as_geojson.EXTENSION, as_geojson.MIME),
    "gpkg": (as_geopackage.EXTENSION, as_geopackage.MIME),
}
