"""Files to take away: read back by other programs, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyogrio
import pytest
import shapely

from server.base.downloads import as_csv, as_geojson, as_geopackage
from server.base.downloads.sheet import Column, Sheet

NOW = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)
COLUMNS = (
    Column("name", "Name"),
    Column("houses", "Houses", "number"),
    Column("share", "Share", "decimal"),
    Column("done", "Done", "flag"),
    Column("changed_at", "Changed", "time"),
)
SQUARE = shapely.MultiPolygon([shapely.box(-0.4, 53.7, -0.3, 53.8)])


def sheet(*rows: tuple[Any, ...], geometry: Any = "POINT") -> Sheet:
    zone = ZoneInfo("Europe/London")
    return Sheet("houses", "Houses", "Made up.", COLUMNS, iter(rows), zone, geometry)


def row(name: str, place: Any = None) -> tuple[Any, ...]:
    return (name, 12, 0.25, True, NOW, place)


def read_csv(*rows: tuple[Any, ...]) -> list[dict[str, str]]:
    file = io.BytesIO()
    assert as_csv.write(sheet(*rows), file) == len(rows)
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def test_csv_has_the_columns_by_name_points_as_degrees_and_times_in_the_zone() -> None:
    first, second = read_csv(row('5, "Ŵ" Lane', shapely.Point(-0.35, 53.75)), row("6"))
    assert first == {
        "name": '5, "Ŵ" Lane',
        "houses": "12",
        "share": "0.25",
        "done": "yes",
        "changed_at": "2026-07-02T10:00:00+01:00",
        "lon": "-0.350000",
        "lat": "53.750000",
    }
    assert (second["lon"], second["lat"]) == ("", "")


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM(A1)", "\tx", "\rx", " =1", "＝1"])
def test_csv_holds_no_formula(text: str) -> None:
    assert read_csv(row(text))[0]["name"] == f"'{text}"


def test_csv_leaves_numbers_below_nought_and_plain_texts_as_they_are() -> None:
    (one,) = read_csv(("1-3 High Street", -4, -0.5, False, None, None))
    assert (one["name"], one["houses"], one["share"], one["done"], one["changed_at"]) == (
        "1-3 High Street",
        "-4",
        "-0.5",
        "no",
        "",
    )


@pytest.mark.parametrize(
    ("geometry", "place"), [("POINT", shapely.Point(-0.35, 53.75)), ("MULTIPOLYGON", SQUARE)]
)
def test_gdal_reads_geojson_and_geopackage_alike(tmp_path: Path, geometry: str, place: Any) -> None:
    rows = [row("one", place), row("Ŵ two", place)]
    with (tmp_path / "file.geojson").open("wb") as file:
        assert as_geojson.write(sheet(*rows, geometry=geometry), file) == 2
    assert as_geopackage.write(sheet(*rows, geometry=geometry), tmp_path / "file.gpkg", now=NOW) == 2
    for name in ("file.geojson", "file.gpkg"):
        meta, _, shapes, fields = pyogrio.raw.read(tmp_path / name)
        values = dict(zip(meta["fields"], fields, strict=True))
        assert "4326" in meta["crs"]
        assert list(values["name"]) == ["one", "Ŵ two"]
        assert list(values["houses"]) == [12, 12]
        assert [bool(one) for one in values["done"]] == [True, True]
        assert str(values["changed_at"][0])[:16] in ("2026-07-02T09:00", "2026-07-02T10:00")
        assert all(shapely.equals(shapely.from_wkb(shape), place) for shape in shapes)
    info = pyogrio.read_info(tmp_path / "file.gpkg", force_total_bounds=True)
    assert (info["layer_name"], info["features"], info["geometry_type"].upper()) == ("houses", 2, geometry)
    assert tuple(info["total_bounds"]) == pytest.approx(place.bounds)


def test_geojson_is_whole_also_without_rows_and_winds_polygons_as_the_standard_says() -> None:
    file = io.BytesIO()
    assert as_geojson.write(sheet(), file) == 0
    empty = json.loads(file.getvalue())
    assert (empty["type"], empty["features"], empty["about"]) == ("FeatureCollection", [], "Made up.")
    (polygon,) = as_geojson.geometry_of(shapely.orient_polygons(SQUARE, exterior_cw=True))["coordinates"]  # type: ignore[index]
    assert shapely.LinearRing(polygon[0]).is_ccw


def test_a_geopackage_without_places_or_rows_opens(tmp_path: Path) -> None:
    flat = sheet(("one", 1, 0.5, False, None), geometry="")
    assert as_geopackage.write(flat, tmp_path / "flat.gpkg", now=NOW) == 1
    assert pyogrio.raw.read(tmp_path / "flat.gpkg")[3][0][0] == "one"
    assert as_geopackage.write(sheet(row("x")), tmp_path / "nowhere.gpkg", now=NOW) == 1
    assert list(pyogrio.raw.read(tmp_path / "nowhere.gpkg")[2]) == [None]
