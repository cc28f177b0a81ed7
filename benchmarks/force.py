"""Address files of any size, made of the real area in fixtures/area: its two wards again and again, side by side.

Each copy has UPRNs, USRNs, postcodes, wards and LSOAs of its own; ten copies make a district. The same size gives the
same bytes, on any machine, without any file that is not in the project.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

from server.geography.grid import Coordinates, points_to_grid, points_to_lonlat, to_lonlat

AREA = Path(__file__).parents[1] / "fixtures" / "area"
STEP_METRES = 6_000.0
COPIES_IN_ROW = 20
COPIES_IN_DISTRICT = 10
MOST_COPIES = 1_000
FORCE = "E23000012"
UNUSED_FIRST_LETTERS = "QVX"
SHELL = "PP"
FILES = {
    "boundaries": ("districts.geojson", "wards.geojson", "lsoa21.geojson"),
    "lookups": ("lookups.csv",),
    "postcodes": ("postcodes.csv",),
    "premises": ("premises.csv",),
}
"""What the importers take, by kind, in the order in which they are run."""


def make_files(out: Path, houses: int) -> None:
    """Write FILES for exactly so many houses (and the shells of their flats) into the folder `out`."""
    Area().write(out, houses)


@dataclass(frozen=True)
class Copy:
    """One copy of the area, by number; number 0 keeps the area's own codes and place."""

    number: int

    @property
    def shift(self) -> tuple[float, float]:
        """Metres east and north of the original: rows going west, then north."""
        return -STEP_METRES * (self.number % COPIES_IN_ROW), STEP_METRES * (self.number // COPIES_IN_ROW)

    def area(self, code: str, place: int) -> str:
        """The code of a ward or LSOA that is the area's `place`-th of its kind."""
        return code if not self.number else f"{code[:3]}{100_000 + self.number * 100 + place:06d}"

    @property
    def district(self) -> int:
        """Which district, from 0."""
        return self.number // COPIES_IN_DISTRICT

    def district_code(self, code: str) -> str:
        """The district's code."""
        return code if not self.district else f"{code[:3]}{900_000 + self.district:06d}"

    def name(self, name: str) -> str:
        """A name that tells the copy."""
        return name if not self.number else f"{name} ({self.number + 1})"

    def postcode(self, pcds: str) -> str:
        """A postcode of a postcode area that does not exist (none begins with Q, V or X)."""
        if not self.number or not pcds:
            return pcds
        outward, inward = pcds.split()
        tens, letters = divmod(self.number, len(UNUSED_FIRST_LETTERS) * 26)
        first, second = divmod(letters, 26)
        area = UNUSED_FIRST_LETTERS[first] + chr(ord("A") + second)
        return f"{area}{tens * 10 + int(outward.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))} {inward}"

    def uprn(self, uprn: str) -> str:
        """99, three digits of copy, seven of the house (fixtures have 99, 00 and eight, the first of them 0)."""
        return f"99{self.number:03d}{uprn[5:]}" if uprn else ""

    def usrn(self, usrn: str) -> str:
        """Ten thousand numbers for each copy."""
        return str(int(usrn) + self.number * 10_000)


class Area:
    """The files of fixtures/area, read once."""

    def __init__(self) -> None:
        with gzip.open(AREA / "premises.csv.gz", "rt", encoding="utf-8", newline="") as file:
            self.columns, *self.rows = csv.reader(file)
        self.at = {name: index for index, name in enumerate(self.columns)}
        self.lookups = _dicts(AREA / "lookups.csv")
        self.postcodes = _dicts(AREA / "postcodes.csv")
        self.lsoas = {row["LSOA21CD"]: place for place, row in enumerate(self.lookups)}
        self.wards = {
            code: place for place, code in enumerate(sorted({row["WD24CD"] for row in self.lookups}))
        }
        self.houses = sum(not self._is_shell(row) for row in self.rows)

    def write(self, out: Path, houses: int) -> None:
        """Write all the files for so many houses."""
        out.mkdir(parents=True, exist_ok=True)
        copies = [Copy(number) for number in range(-(-houses // self.houses))]
        if len(copies) > MOST_COPIES:
            raise ValueError(f"at most {MOST_COPIES * self.houses:,} houses, not {houses:,}")
        self._write_premises(out / "premises.csv", copies, houses)
        _write_dicts(out / "postcodes.csv", (row for copy in copies for row in self._copied_postcodes(copy)))
        _write_dicts(out / "lookups.csv", (row for copy in copies for row in self._copied_lookups(copy)))
        for name, code, places in (("wards", "WD24CD", self.wards), ("lsoa21", "LSOA21CD", self.lsoas)):
            features = json.loads((AREA / f"{name}.geojson").read_text())["features"]
            moved = [
                _moved(one, code, copy, places[one["properties"][code]])
                for copy in copies
                for one in features
            ]
            _write_features(out / f"{name}.geojson", moved)
        self._write_districts(out / "districts.geojson", copies)

    def _is_shell(self, row: list[str]) -> bool:
        return row[self.at["CLASSIFICATION_CODE"]] == SHELL

    @cached_property
    def _grid(self) -> Coordinates:
        return np.array([[row[self.at["EASTING"]], row[self.at["NORTHING"]]] for row in self.rows], float)

    def _write_premises(self, path: Path, copies: list[Copy], houses: int) -> None:
        left = houses
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.columns)
            for copy in copies:
                rows = list(self._copied_premises(copy))
                if left < self.houses:
                    counted = np.cumsum([not self._is_shell(row) for row in rows])
                    rows = rows[: int(np.searchsorted(counted, left)) + 1]
                writer.writerows(rows)
                left -= self.houses

    def _copied_premises(self, copy: Copy) -> Iterator[list[str]]:
        moved = self._grid + np.array(copy.shift)
        lons, lats = to_lonlat(moved[:, 0], moved[:, 1])
        names = ("UPRN", "PARENT_UPRN", "USRN", "EASTING", "NORTHING", "LATITUDE", "LONGITUDE")
        uprn, parent, usrn, easting, northing, latitude, longitude = (self.at[name] for name in names)
        line, postcode, district = (self.at[n] for n in ("SINGLE_LINE_ADDRESS", "POSTCODE", "GSS_CODE"))
        for one, (east, north), lon, lat in zip(self.rows, moved, lons, lats, strict=True):
            row = list(one)
            row[uprn], row[parent] = copy.uprn(one[uprn]), copy.uprn(one[parent])
            row[usrn], row[postcode] = copy.usrn(one[usrn]), copy.postcode(one[postcode])
            row[line] = one[line].replace(one[postcode], row[postcode]) if one[postcode] else one[line]
            row[easting], row[northing] = f"{east:.2f}", f"{north:.2f}"
            row[latitude], row[longitude] = f"{lat:.7f}", f"{lon:.7f}"
            row[district] = copy.district_code(one[district])
            yield row

    def _copied_postcodes(self, copy: Copy) -> Iterator[dict[str, str]]:
        grid = np.array([[row["east1m"], row["north1m"]] for row in self.postcodes], float) + np.array(
            copy.shift
        )
        lons, lats = to_lonlat(grid[:, 0], grid[:, 1])
        for row, (east, north), lon, lat in zip(self.postcodes, grid, lons, lats, strict=True):
            pcds = copy.postcode(row["pcds"])
            outward, inward = pcds.split()
            ward, lsoa = row["wd25cd"], row["lsoa21cd"]
            yield row | {
                "pcd7": f"{outward:<4}{inward}",
                "pcd8": f"{outward:<5}{inward}",
                "pcds": pcds,
                "east1m": f"{east:.0f}",
                "north1m": f"{north:.0f}",
                "lat": f"{lat:.6f}",
                "long": f"{lon:.6f}",
                "lad25cd": copy.district_code(row["lad25cd"]),
                "wd25cd": copy.area(ward, self.wards[ward]) if ward in self.wards else "",
                "lsoa21cd": copy.area(lsoa, self.lsoas[lsoa]) if lsoa in self.lsoas else "",
            }

    def _copied_lookups(self, copy: Copy) -> Iterator[dict[str, str]]:
        district = Copy(copy.district)
        for row in self.lookups:
            yield row | {
                "LSOA21CD": copy.area(row["LSOA21CD"], self.lsoas[row["LSOA21CD"]]),
                "LSOA21NM": copy.name(row["LSOA21NM"]),
                "WD24CD": copy.area(row["WD24CD"], self.wards[row["WD24CD"]]),
                "WD24NM": copy.name(row["WD24NM"]),
                "LAD24CD": copy.district_code(row["LAD24CD"]),
                "LAD24NM": district.name(row["LAD24NM"]),
            }

    def _write_districts(self, path: Path, copies: list[Copy]) -> None:
        """A district's shape is a box around its copies: nothing that is measured looks at it."""
        (feature,) = json.loads((AREA / "districts.geojson").read_text())["features"]
        own = feature["properties"]
        shapes: dict[int, list[Any]] = {}
        wards = json.loads((AREA / "wards.geojson").read_text())["features"]
        for copy in copies:
            shapes.setdefault(copy.district, []).extend(
                _move(shapely.geometry.shape(one["geometry"]), copy) for one in wards
            )
        features = []
        for district, parts in shapes.items():
            code = Copy(district * COPIES_IN_DISTRICT).district_code(own["LAD24CD"])
            properties = {"LAD24CD": code, "LAD24NM": Copy(district).name(own["LAD24NM"])}
            box = shapely.box(*shapely.total_bounds(parts))
            features.append(
                {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(box)}
            )
        _write_features(path, features)


def _move(shape: Any, copy: Copy) -> Any:
    def move(points: Coordinates) -> Coordinates:
        return np.round(points_to_lonlat(points_to_grid(points) + np.array(copy.shift)), 6)

    return shapely.transform(shape, move)


def _moved(feature: dict[str, Any], code: str, copy: Copy, place: int) -> dict[str, Any]:
    name = code.removesuffix("CD") + "NM"
    properties = feature["properties"]
    return {
        "type": "Feature",
        "properties": {code: copy.area(properties[code], place), name: copy.name(properties[name])},
        "geometry": shapely.geometry.mapping(_move(shapely.geometry.shape(feature["geometry"]), copy)),
    }


def _dicts(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write_dicts(path: Path, rows: Iterator[dict[str, str]]) -> None:
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def _write_features(path: Path, features: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
