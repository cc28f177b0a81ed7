"""Boundaries and look-ups: the tree of areas that they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from server.base.access import SYSTEM
from server.base.problems import Problem
from server.base.service import Service
from server.geography.grid import points_to_grid
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.report import ImportSummary
from server.geography.tables import Area
from tests.geography.files import (
    AREA,
    DISTRICT,
    EAST,
    FIXTURES,
    WEST,
    counts,
    feature,
    house,
    premises_of,
    rows_of,
    square,
    take_in,
    two_wards,
    write_csv,
    write_features,
    write_lines,
)

FORCE = "E23000012"
SQUARE = square(-0.36, 53.75, -0.34, 53.78)


def areas_of(service: Service) -> dict[str, Area]:
    return {row.code: row for row in rows_of(service, Area)}


def boundaries(service: Service, *files: Path, **options: Any) -> ImportSummary:
    return import_boundaries(service, list(files), principal=SYSTEM, **options)


def lookups(service: Service, *files: Path) -> ImportSummary:
    return import_lookups(service, list(files), principal=SYSTEM)


def test_look_ups_make_the_tree_under_the_force(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    areas = areas_of(service)
    assert areas[FORCE].path == f"/{FORCE}/"
    assert areas[DISTRICT].path == f"/{FORCE}/{DISTRICT}/"
    assert areas[WEST].path == f"/{FORCE}/{DISTRICT}/{WEST}/"
    assert areas["E01000001"].path == f"/{FORCE}/{DISTRICT}/{WEST}/E01000001/"
    assert {code: area.kind for code, area in areas.items()} == {
        FORCE: "force",
        DISTRICT: "district",
        WEST: "ward",
        EAST: "ward",
        "E01000001": "lsoa21",
        "E01000002": "lsoa21",
    }


def test_the_same_look_up_again_changes_nothing(service: Service) -> None:
    assert counts(lookups(service, AREA / "lookups.csv"))[:4] == (16, 19, 0, 1)
    assert counts(lookups(service, AREA / "lookups.csv"))[:4] == (16, 0, 0, 20)


def test_an_area_that_moves_to_another_district_takes_its_children_along(
    service: Service, tmp_path: Path
) -> None:
    two_wards(service, tmp_path)
    newer = write_lines(
        tmp_path / "newer.csv",
        "LSOA21CD,LSOA21NM,WD25CD,WD25NM,LAD25CD,LAD25NM",
        f"E01000001,West 1,{WEST},West Ward,E06000099,New District",
    )
    assert counts(lookups(service, newer))[1:4] == (1, 1, 1)
    areas = areas_of(service)
    assert areas[WEST].name == "West Ward"
    assert areas["E01000001"].path == f"/{FORCE}/E06000099/{WEST}/E01000001/"
    assert areas[EAST].path == f"/{FORCE}/{DISTRICT}/{EAST}/"


def test_rows_that_disagree_or_have_no_code_are_rejected(service: Service, tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "l.csv",
        "lsoa21cd,lsoa21nm,wd24cd,wd24nm",
        *(f"E0100000{place},Name,{WEST},West" for place in range(1, 6)),
        f"E01000001,Name,{EAST},East",
        f",Name,{EAST},East",
        f"E01/../9,Name,{EAST},East",
    )
    summary = lookups(service, file)
    assert counts(summary)[0] == 8
    assert summary.rejected == 3
    assert summary.rejects_file is not None
    written = summary.rejects_file.read_text("utf-8")
    assert f"E01000001 is in {EAST} here, but in {WEST} on an earlier line, which was taken" in written
    assert EAST not in areas_of(service)


def test_rows_of_another_force_are_passed_over(service: Service, tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "l.csv",
        "LAD23CD,LAD23NM,PFA23CD,PFA23NM",
        f"{DISTRICT},Hull,{FORCE},Humberside",
        "E08000035,Leeds,E23000010,West Yorkshire",
    )
    summary = lookups(service, file)
    assert (summary.passed_over, summary.rejected) == (1, 0)
    assert sorted(areas_of(service)) == [DISTRICT, FORCE]


def test_an_lsoa_of_2011_lies_where_its_successor_of_2021_does(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    file = write_lines(
        tmp_path / "l.csv",
        "LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,CHGIND,LAD22CD,LAD22NM",
        f"E01000001,West 1,E01000001,West 1,U,{DISTRICT},Hull",
        f"E01009999,East old,E01000002,East 1,S,{DISTRICT},Hull",
    )
    summary = lookups(service, file)
    assert summary.passed_over == 1
    areas = areas_of(service)
    assert (areas["E01009999"].kind, areas["E01009999"].parent_code) == ("lsoa11", EAST)
    assert areas["E01000001"].kind == "lsoa21"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["pcds,lat,long", "HU5 2AB,1,2"], "import postcodes"),
        (["UPRN,USRN", "1,2"], "import premises"),
        (['{"type": "FeatureCollection", "features": []}'], "import boundaries"),
        (["code,name", "E01,x"], "LSOA21CD"),
    ],
)
def test_a_file_that_is_no_look_up_is_refused(
    lines: list[str], told: str, service: Service, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match=told):
        lookups(service, write_lines(tmp_path / "x.csv", *lines))
    assert areas_of(service) == {}


def test_the_three_invalid_polygons_are_repaired_and_said(service: Service) -> None:
    summary = boundaries(service, FIXTURES / "importers" / "lsoa11_invalid.geojson")
    assert counts(summary) == (3, 3, 0, 0, 0, 0)
    assert summary.repaired == 3
    codes = [note.split()[0] for note in summary.notes]
    assert codes == ["E01012962", "E01013154", "E01013176"]
    assert all("was not a valid polygon" in note and "its area changed by" in note for note in summary.notes)
    for code in codes:
        geometry = areas_of(service)[code].geometry
        assert geometry is not None
        assert geometry.is_valid
        assert geometry.geom_type == "MultiPolygon"


def test_boundaries_again_change_nothing(service: Service) -> None:
    files = [AREA / f"{name}.geojson" for name in ("districts", "wards", "lsoa21", "lsoa11")]
    first = boundaries(service, *files)
    assert (first.new, first.passed_over) == (19, 16)
    again = boundaries(service, *files)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 19)


def test_a_boundary_keeps_the_tree_and_takes_its_parent_from_a_wider_pair(
    service: Service, tmp_path: Path
) -> None:
    file = write_features(
        tmp_path / "w.geojson",
        feature(SQUARE, LSOA21CD="E01000001", LSOA21NM="West 1", WD24CD=WEST, WD24NM="West"),
    )
    two_wards(service, tmp_path)
    boundaries(service, file)
    area = areas_of(service)["E01000001"]
    assert (area.kind, area.parent_code, area.path) == (
        "lsoa21",
        WEST,
        f"/{FORCE}/{DISTRICT}/{WEST}/E01000001/",
    )
    assert area.geometry is not None
    assert area.geometry.equals(shape(SQUARE))


@pytest.mark.parametrize("named", [True, False])
def test_grid_coordinates_are_turned_into_degrees(named: bool, service: Service, tmp_path: Path) -> None:
    in_metres = shapely.transform(shape(SQUARE), points_to_grid)
    crs = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}} if named else {}
    geometry = shapely.geometry.mapping(in_metres)
    boundaries(
        service, write_features(tmp_path / "w.geojson", feature(geometry, WD24CD=WEST, WD24NM="West"), **crs)
    )
    stored = areas_of(service)[WEST].geometry
    assert stored is not None
    assert np.allclose(stored.bounds, shape(SQUARE).bounds, atol=1e-6)


def test_any_code_and_name_pair_is_taken_and_the_kind_can_be_said(service: Service, tmp_path: Path) -> None:
    beat = write_features(tmp_path / "b.geojson", feature(SQUARE, BEATCD="B-01", BEATNM="Town"))
    built_up = write_features(tmp_path / "u.geojson", feature(SQUARE, BUA24CD="E63000001", BUA24NM="Hull"))
    both = write_features(
        tmp_path / "w.geojson", feature(SQUARE, WD24CD=WEST, WD24NM="West", LAD24CD=DISTRICT, LAD24NM="Hull")
    )
    boundaries(service, beat, built_up)
    boundaries(service, both, kind="district")
    assert {code: area.kind for code, area in areas_of(service).items() if code != FORCE} == {
        "B-01": "beat",
        "E63000001": "bua",
        DISTRICT: "district",
    }


def test_features_that_are_no_polygons_are_rejected_by_number(service: Service, tmp_path: Path) -> None:
    good = [feature(square(-0.36 + place / 10, 53, -0.3 + place / 10, 53.1), WD24CD=f"E0500000{place}", WD24NM="x")
            for place in range(6)]  # fmt: skip
    bad = [
        feature(None, WD24CD="E05000011", WD24NM="x"),
        feature({"type": "Point", "coordinates": [0, 53]}, WD24CD="E05000012", WD24NM="x"),
        feature(SQUARE, WD24NM="no code"),
        feature(SQUARE, WD24CD="E05000001", WD24NM="again"),
        feature({"type": "Polygon", "coordinates": "round"}, WD24CD="E05000013", WD24NM="x"),
    ]
    summary = boundaries(service, write_features(tmp_path / "w.geojson", *good, *bad))
    assert counts(summary) == (11, 6, 0, 0, 0, 5)
    assert summary.rejects_file is not None
    assert [line.split(",")[1] for line in summary.rejects_file.read_text("utf-8").splitlines()[1:]] == [
        "7",
        "8",
        "9",
        "10",
        "11",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no json", "is not GeoJSON"),
        ("[1, 2]", "has no features"),
        ('{"type": "Topology"}', "has no features"),
        (json.dumps({"features": [feature(SQUARE, name="x")]}), "no …CD and …NM properties"),
        (
            json.dumps(
                {
                    "features": [feature(SQUARE, WD24CD=WEST, WD24NM="x")],
                    "crs": {"properties": {"name": "EPSG:3857"}},
                }
            ),
            "EPSG:3857",
        ),
    ],
)
def test_a_file_that_is_no_boundary_file_is_refused(
    content: str, told: str, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "x.geojson"
    file.write_text(content, "utf-8")
    with pytest.raises(Problem, match=told):
        boundaries(service, file)
    assert areas_of(service) == {}


def test_an_area_does_not_become_one_of_another_kind(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    file = write_features(tmp_path / "x.geojson", feature(SQUARE, LAD24CD=WEST, LAD24NM="West"))
    with pytest.raises(Problem, match=f"{WEST} is a ward already, and the file says that it is a district"):
        boundaries(service, file)


def test_premises_take_new_boundaries_at_their_next_import(service: Service, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "p.csv", [house(1)])
    take_in(service, file)
    two_wards(service, tmp_path)
    assert counts(take_in(service, file))[2] == 1
    swapped = write_features(
        tmp_path / "swapped.geojson",
        feature(square(-0.34, 53.75, -0.32, 53.78), WD24CD=WEST, WD24NM="West"),
        feature(square(-0.36, 53.75, -0.34, 53.78), WD24CD=EAST, WD24NM="East"),
    )
    assert any(
        "until the address file is imported again" in note for note in boundaries(service, swapped).notes
    )
    told: list[Any] = []
    take_in(service, file, told=told)
    assert [(change.old_ward, change.new_ward) for change in told] == [(WEST, EAST)]


def test_a_house_on_the_border_of_two_wards_is_in_the_one_whose_code_comes_first(
    service: Service, tmp_path: Path
) -> None:
    two_wards(service, tmp_path)
    take_in(service, write_csv(tmp_path / "p.csv", [house(1, LONGITUDE="-0.3400000")]))
    assert premises_of(service)["1"].ward_code == WEST
