"""Small files of each kind that the importers take; every address in them is made up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.access import SYSTEM
from server.base.db import Base
from server.base.service import Service
from server.geography.changes import PremisesChange
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.premises import import_premises
from server.geography.importing.report import ImportSummary
from server.geography.synthesis.premises import ADDRESSBASE_CORE
from server.geography.tables import Premises

FIXTURES = Path(__file__).parents[2] / "fixtures"
AREA = FIXTURES / "area"
PLUS_HEADER = (FIXTURES / "importers" / "header-addressbase-plus.csv").read_text("utf-8").strip().split(",")

WEST, EAST = "E05000001", "E05000002"
"""Two wards: squares on either side of longitude -0.34."""
DISTRICT = "E06000010"


def house(uprn: int, number: str = "1", **changed: str) -> dict[str, str]:
    """A row of AddressBase Core: a terraced house in the western ward, unless told otherwise."""
    street = changed.get("STREET_NAME", "MADE UP STREET")
    row = dict.fromkeys(ADDRESSBASE_CORE, "")
    row |= {
        "UPRN": str(uprn),
        "USRN": "90000001",
        "CLASSIFICATION_CODE": "RD04",
        "EASTING": "509000.00",
        "NORTHING": "431000.00",
        "LATITUDE": "53.7650000",
        "LONGITUDE": "-0.3450000",
        "RPC": "2",
        "LAST_UPDATE_DATE": "2025-11-01",
        "SINGLE_LINE_ADDRESS": f"{number} {street}, HULL, HU5 2AB",
        "BUILDING_NUMBER": number,
        "STREET_NAME": street,
        "TOWN_NAME": "HULL",
        "POST_TOWN": "HULL",
        "POSTCODE": "HU5 2AB",
        "GSS_CODE": DISTRICT,
        "CHANGE_CODE": "I",
    }
    return row | changed


def write_csv(
    path: Path, rows: Iterable[Mapping[str, str]], header: Sequence[str] = ADDRESSBASE_CORE
) -> Path:
    """Rows under a header, as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="")
    return path


def write_lines(path: Path, *lines: str) -> Path:
    """Lines as they are."""
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A GeoJSON polygon."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: Mapping[str, Any] | None, **properties: str) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_features(path: Path, *features: Mapping[str, Any], **members: Any) -> Path:
    """A FeatureCollection."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | members), "utf-8")
    return path


def two_wards(service: Service, folder: Path) -> None:
    """Look-up and boundaries of the wards WEST and EAST in DISTRICT."""
    lookups = write_lines(
        folder / "lookups.csv",
        "LSOA21CD,LSOA21NM,WD24CD,WD24NM,LAD24CD,LAD24NM",
        f"E01000001,West 1,{WEST},West,{DISTRICT},Hull",
        f"E01000002,East 1,{EAST},East,{DISTRICT},Hull",
    )
    wards = write_features(
        folder / "wards.geojson",
        feature(square(-0.36, 53.75, -0.34, 53.78), WD24CD=WEST, WD24NM="West"),
        feature(square(-0.34, 53.75, -0.32, 53.78), WD24CD=EAST, WD24NM="East"),
    )
    import_lookups(service, [lookups], principal=SYSTEM)
    import_boundaries(service, [wards], principal=SYSTEM)


def take_in(
    service: Service, *files: Path, told: list[PremisesChange] | None = None, **options: Any
) -> ImportSummary:
    """Import premises; what the hook is told is added to `told`."""

    def on_changed(_session: Session, changes: list[PremisesChange]) -> None:
        if told is not None:
            told.extend(changes)

    return import_premises(service, list(files), principal=SYSTEM, on_changed=on_changed, **options)


def rows_of(service: Service, table: type[Base]) -> list[Any]:
    """Every row of a table, by its key."""
    return service.db.read(
        lambda session: list(session.scalars(select(table).order_by(*table.__table__.primary_key)))
    )


def premises_of(service: Service) -> dict[str, Premises]:
    """Every premises by its UPRN."""
    return {row.uprn: row for row in rows_of(service, Premises)}


def counts(summary: ImportSummary) -> tuple[int, ...]:
    """read, new, changed, unchanged, retired, rejected."""
    return (
        summary.read,
        summary.new,
        summary.changed,
        summary.unchanged,
        summary.retired,
        summary.rejected,
    )
