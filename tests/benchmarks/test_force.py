"""The address files that benchmarks run on: the real area again and again."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from benchmarks.field import choose
from benchmarks.force import AREA, FILES, make_files

TWO_AND_A_BIT = 2 * 10_463 + 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("force")
    make_files(made, TWO_AND_A_BIT)
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_size_of_the_area_gives_the_areas_own_premises(tmp_path: Path) -> None:
    make_files(tmp_path, 10_463)
    with gzip.open(AREA / "premises.csv.gz", "rt", encoding="utf-8", newline="") as file:
        assert rows(tmp_path / "premises.csv") == list(csv.DictReader(file))


def test_there_are_just_as_many_houses_as_asked_for_each_with_its_own_number(folder: Path) -> None:
    premises = rows(folder / "premises.csv")
    assert sum(row["CLASSIFICATION_CODE"] != "PP" for row in premises) == TWO_AND_A_BIT
    numbers = {row["UPRN"] for row in premises}
    assert len(numbers) == len(premises)
    assert {len(number) for number in numbers} == {12}
    assert {row["PARENT_UPRN"] for row in premises} - {""} <= numbers


def test_copies_share_no_street_postcode_or_ward(folder: Path) -> None:
    by_copy: dict[str, list[dict[str, str]]] = {}
    for row in rows(folder / "premises.csv"):
        by_copy.setdefault(row["UPRN"][:5], []).append(row)
    assert sorted(by_copy) == ["99000", "99001", "99002"]
    for column in ("USRN", "POSTCODE"):
        told = [{row[column] for row in copy} - {""} for copy in by_copy.values()]
        assert sum(map(len, told)) == len(set().union(*told))
    features = json.loads((folder / "wards.geojson").read_text())["features"]
    assert len({one["properties"]["WD24CD"] for one in features}) == 6


def test_the_same_size_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    make_files(tmp_path, TWO_AND_A_BIT)
    for names in FILES.values():
        for name in names:
            assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_streets_are_chosen_that_add_up() -> None:
    sizes = {"a": 70, "b": 50, "c": 41, "d": 9}
    assert sorted(choose(sizes, 120)) == ["a", "b"]
    assert sorted(choose(sizes, 50)) in (["b"], ["c", "d"])
    with pytest.raises(ValueError, match="no streets here have 60"):
        choose(sizes, 60)
