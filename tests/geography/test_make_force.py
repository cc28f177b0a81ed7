"""Synthetic premises: as many as the census counts, where they belong, the same every time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from fixtures.cut_area import cut_area
from server.base.access import SYSTEM
from server.base.service import Service
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.postcodes import import_postcodes
from server.geography.make_force import Summary, make_force
from server.geography.synthesis.source import ACCOMMODATION, POSTCODES, SourceError
from tests.geography.files import AREA, FIXTURES, premises_of, take_in
from tests.geography.open_files import HOUSEHOLDS, WARD_OF, write_open_files

SHARED_DATA = Path(os.environ.get("DOORSTEP_SHARED_DATA", FIXTURES.parents[1] / "shared" / "data"))
HOUSES = sum(map(sum, HOUSEHOLDS.values()))
Row = dict[str, str]


@pytest.fixture(scope="module")
def open_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_open_files(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def made(open_files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Path]:
    out = tmp_path_factory.mktemp("made")
    return make_force(open_files, out), out


@pytest.fixture(scope="module")
def rows(made: tuple[Summary, Path]) -> list[Row]:
    return list(read(made[1] / "premises.csv"))


def read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_there_are_as_many_houses_as_households_of_each_kind(
    made: tuple[Summary, Path], rows: list[Row]
) -> None:
    summary, _ = made
    classes = Counter(row["CLASSIFICATION_CODE"] for row in rows)
    caravans, detached, semis, terraced, *flats = (
        sum(kind) for kind in zip(*HOUSEHOLDS.values(), strict=True)
    )
    assert {code: classes[code] for code in ("RD01", "RD02", "RD03", "RD04", "RD06")} == {
        "RD01": caravans,
        "RD02": detached,
        "RD03": semis,
        "RD04": terraced,
        "RD06": sum(flats),
    }
    assert (summary.houses, summary.shells) == (HOUSES, classes["PP"])
    assert (summary.lsoas, summary.wards, summary.districts) == (4, 2, 1)


def test_what_is_made_is_imported_into_the_very_lsoas_it_was_made_for(
    service: Service, made: tuple[Summary, Path]
) -> None:
    _, out = made
    import_lookups(service, [out / "lookups.csv"], principal=SYSTEM)
    layers = [out / f"{name}.geojson" for name in ("districts", "wards", "lsoa21")]
    assert import_boundaries(service, layers, principal=SYSTEM).rejected == 0
    assert import_postcodes(service, [out / "postcodes.csv"], principal=SYSTEM).rejected == 0
    assert take_in(service, out / "premises.csv").rejected == 0
    houses = [row for row in premises_of(service).values() if row.residential]
    assert Counter(row.lsoa21_code for row in houses) == {code: sum(by) for code, by in HOUSEHOLDS.items()}
    assert all(row.ward_code == WARD_OF[str(row.lsoa21_code)] for row in houses)
    assert {row.district_code for row in houses} == {"E06000010"}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    open_files: Path, made: tuple[Summary, Path], tmp_path: Path
) -> None:
    make_force(open_files, tmp_path / "again")
    make_force(open_files, tmp_path / "other", seed=7)
    first, again, other = digest(made[1]), digest(tmp_path / "again"), digest(tmp_path / "other")
    assert first == again
    assert {name for name in first if first[name] != other[name]} == {"premises.csv"}


def test_flats_stand_at_the_one_point_of_their_shell(rows: list[Row]) -> None:
    by_uprn = {row["UPRN"]: row for row in rows}
    flats = [row for row in rows if row["PARENT_UPRN"]]
    assert len(flats) == sum(sum(by[4:]) for by in HOUSEHOLDS.values())
    for flat in flats:
        shell = by_uprn[flat["PARENT_UPRN"]]
        assert (shell["CLASSIFICATION_CODE"], flat["CLASSIFICATION_CODE"]) == ("PP", "RD06")
        for name in ("EASTING", "NORTHING", "USRN", "POSTCODE", "BUILDING_NUMBER", "BUILDING_NAME"):
            assert flat[name] == shell[name]
        assert flat["SUB_BUILDING"].startswith("FLAT ")
    assert len({(flat["PARENT_UPRN"], flat["SUB_BUILDING"]) for flat in flats}) == len(flats)


def test_a_number_stands_once_on_a_street_with_odd_and_even_on_either_side(rows: list[Row]) -> None:
    numbers = defaultdict(list)
    for row in rows:
        if not row["PARENT_UPRN"]:
            numbers[row["USRN"]].append(row["BUILDING_NUMBER"] or row["BUILDING_NAME"])
    assert all(len(set(those)) == len(those) for those in numbers.values())
    long_road = [int(text) for those in numbers.values() for text in those if text.isdigit()]
    odd, even = sum(number % 2 for number in long_road), sum(not number % 2 for number in long_road)
    assert abs(odd - even) < 0.2 * len(long_road)


def test_buildings_stand_six_to_ten_metres_apart_and_not_in_each_other(rows: list[Row]) -> None:
    points = np.array(
        [(float(row["EASTING"]), float(row["NORTHING"])) for row in rows if not row["PARENT_UPRN"]]
    )
    gaps = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    nearest = gaps.min(axis=1)
    assert 5.0 < np.median(nearest) <= 10.5
    assert nearest.min() > 0.0


def test_identifiers_are_unique_and_cannot_be_real_ones(rows: list[Row]) -> None:
    uprns = [row["UPRN"] for row in rows]
    assert len(set(uprns)) == len(uprns)
    assert all(len(uprn) == 12 and uprn.startswith("99") for uprn in uprns)
    assert all(len(row["USRN"]) == 8 and row["USRN"].startswith("9") for row in rows)
    assert len({row["USRN"] for row in rows if row["STREET_NAME"] == "CHURCH LANE"}) > 1


def test_a_cut_force_has_the_same_premises_as_the_whole_one_there(
    open_files: Path, rows: list[Row], tmp_path: Path
) -> None:
    summary = make_force(open_files, tmp_path, wards=["East"])
    cut = list(read(tmp_path / "premises.csv"))
    assert summary.houses == sum(sum(by) for code, by in HOUSEHOLDS.items() if WARD_OF[code] == "E05000002")
    whole = {row["UPRN"]: row for row in rows}
    assert all(whole[row["UPRN"]] == row for row in cut)
    with pytest.raises(ValueError, match="no such ward in the look-up: Atlantis"):
        make_force(open_files, tmp_path, wards=["Atlantis"])


def test_replicas_have_codes_and_places_of_their_own_and_are_imported_whole(
    service: Service, open_files: Path, tmp_path: Path
) -> None:
    summary = make_force(open_files, tmp_path, scale=3)
    assert (summary.houses, summary.wards, summary.lsoas) == (3 * HOUSES, 6, 12)
    import_lookups(service, [tmp_path / "lookups.csv"], principal=SYSTEM)
    layers = [tmp_path / f"{name}.geojson" for name in ("districts", "wards", "lsoa21")]
    import_boundaries(service, layers, principal=SYSTEM)
    imported = import_postcodes(service, [tmp_path / "postcodes.csv"], principal=SYSTEM)
    assert (imported.new, imported.rejected, imported.passed_over) == (72, 0, 0)
    told = take_in(service, tmp_path / "premises.csv")
    assert (told.rejected, told.new) == (0, summary.houses + summary.shells)
    houses = [row for row in premises_of(service).values() if row.residential]
    by_lsoa = Counter(row.lsoa21_code for row in houses)
    assert sorted(by_lsoa.values()) == sorted(3 * [sum(by) for by in HOUSEHOLDS.values()])
    assert by_lsoa["E01050001"] == by_lsoa["E01000001"]
    assert len({row.usrn for row in houses}) == 3 * len({row.usrn for row in houses if row.usrn < "90100000"})


@pytest.mark.parametrize("scale", [0, 20])
def test_a_scale_out_of_range_is_refused(scale: int, open_files: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale is from 1 to 19"):
        make_force(open_files, tmp_path, scale=scale)


def test_missing_and_wrong_open_files_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"accommodation_type_ts044.*is not there: give the folder"):
        make_force(tmp_path / "nowhere", tmp_path / "out")
    folder = write_open_files(tmp_path / "open")
    (folder / POSTCODES).write_text("pcds,lat\nHU5 2AB,1\n", "utf-8")
    with pytest.raises(SourceError, match="has no column east1m"):
        make_force(folder, tmp_path / "out")
    write_open_files(folder)
    (folder / ACCOMMODATION).write_text("lsoa21_code,type,n\nE01000001,Castle,1\n", "utf-8")
    with pytest.raises(SourceError, match="'Castle'"):
        make_force(folder, tmp_path / "out")


def test_progress_is_told_to_the_end(open_files: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    make_force(open_files, tmp_path, progress=lambda doing, done, total: told.append((doing, done, total)))
    assert told[-1] == ("done", 1, 1)
    assert any(doing == "writing premises" and done == total > 0 for doing, done, total in told)


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the open files are not beside the project")
def test_the_projects_area_is_what_its_script_cuts(tmp_path: Path) -> None:
    cut_area(SHARED_DATA, tmp_path)
    fresh = digest(tmp_path / "area")
    kept = {name: hashed for name, hashed in digest(AREA).items() if name != "SOURCES.md"}
    assert fresh == kept


def test_the_projects_boundaries_hold_its_houses() -> None:
    with gzip.open(AREA / "premises.csv.gz", "rt", encoding="utf-8", newline="") as file:
        homes = [
            row for row in csv.DictReader(io.StringIO(file.read())) if row["CLASSIFICATION_CODE"] != "PP"
        ]
    wards = shapely.from_geojson((AREA / "wards.geojson").read_text("utf-8"))
    points = shapely.points([(float(row["LONGITUDE"]), float(row["LATITUDE"])) for row in homes])
    assert len(homes) == 10_463
    assert shapely.contains(shapely.union_all(shapely.get_parts(wards)), points).all()
