"""The open files that a force is made from, read into plain values."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from server.geography.grid import Coordinates, to_grid

POSTCODES = Path("postcode-directory-derived/postcodes_humberside.csv")
NEAREST_STREETS = Path("streets-derived/postcode_nearest_street_humberside.csv")
SNAP_POINTS = Path("streets-derived/street_points_humberside.csv")
ACCOMMODATION = Path("census2021/accommodation_type_ts044_long_humberside.csv")
LOOKUP = Path("ons-boundaries/LSOA21_WD24_LAD24_lookup_humberside.csv")
LSOA21 = Path("ons-boundaries/lsoa21_humberside.geojson")
WARDS = Path("ons-boundaries/wards24_humberside.geojson")
DISTRICTS = Path("ons-boundaries/lad24_humberside.geojson")
LSOA11 = Path("ons-boundaries/lsoa11_bgc_humberside.geojson")

DWELLING_KINDS = (
    "A caravan or other mobile or temporary structure",
    "Detached",
    "Semi-detached",
    "Terraced",
    "Part of a converted or shared house, including bedsits",
    "Part of another converted building, for example, former school, church or warehouse",
    "In a commercial building, for example, in an office building, hotel or over a shop",
    "In a purpose-built block of flats or tenement",
)
"""The accommodation types of Census 2021 TS044, in the order from the open country to the town centre."""

Feature = dict[str, Any]


class SourceError(ValueError):
    """The open files are not there or are not what they should be; the message says which and what to do."""


class Lsoa(NamedTuple):
    """One lower layer super output area with the ward and district that it best fits."""

    code: str
    name: str
    ward_code: str
    ward_name: str
    district_code: str
    district_name: str
    households: tuple[int, ...]
    """Households by DWELLING_KINDS."""


class PostcodeUnit(NamedTuple):
    """One postcode; `lsoa` counts from 0 in `Source.lsoas`, `street` is empty where none is near."""

    pcds: str
    easting: int
    northing: int
    quality: str
    lsoa: int
    ward_code: str
    lon: str
    lat: str
    street: str


@dataclass(frozen=True)
class Source:
    """Everything that synthesis needs, in memory (26,000 postcodes take about 10 MB)."""

    lsoas: tuple[Lsoa, ...]
    postcodes: tuple[PostcodeUnit, ...]
    snap_names: tuple[str, ...]
    snap_points: Coordinates
    """(n, 2) metres; where police.uk places crimes on the street of the same index in `snap_names`."""
    lsoa_features: tuple[Feature, ...]
    ward_features: tuple[Feature, ...]
    district_features: tuple[Feature, ...]


def load_source(folder: Path) -> Source:
    """The open files under `folder`, which is laid out like the project's shared data (see SOURCES.md there).

    Raises SourceError if a file is missing, or lacks a column, or the census and the look-up disagree on LSOAs.
    """
    households = _households(folder)
    lsoas = []
    for row in _rows(folder / LOOKUP, "LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM", "LAD24CD", "LAD24NM"):
        code = row["LSOA21CD"]
        if code not in households:
            raise SourceError(f"{ACCOMMODATION} has no row for {code}, which {LOOKUP} lists.")
        lsoas.append(
            Lsoa(
                code,
                row["LSOA21NM"],
                row["WD24CD"],
                row["WD24NM"],
                row["LAD24CD"],
                row["LAD24NM"],
                households[code],
            )
        )
    lsoas.sort()
    names, points = _snap_points(folder)
    return Source(
        lsoas=tuple(lsoas),
        postcodes=_postcodes(folder, {lsoa.code: index for index, lsoa in enumerate(lsoas)}),
        snap_names=names,
        snap_points=points,
        lsoa_features=read_features(folder / LSOA21, "LSOA21CD"),
        ward_features=read_features(folder / WARDS, "WD24CD"),
        district_features=read_features(folder / DISTRICTS, "LAD24CD"),
    )


def read_features(path: Path, code: str) -> tuple[Feature, ...]:
    """The features of a GeoJSON file, sorted by the property `code`."""
    try:
        features: list[Feature] = json.loads(path.read_text("utf-8"))["features"]
        return tuple(sorted(features, key=lambda feature: str(feature["properties"][code])))
    except FileNotFoundError as error:
        raise SourceError(_missing(path)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{path.name} is not GeoJSON with a {code} on every feature.") from error


def _households(folder: Path) -> dict[str, tuple[int, ...]]:
    order = {kind: index for index, kind in enumerate(DWELLING_KINDS)}
    counts: dict[str, list[int]] = {}
    for row in _rows(folder / ACCOMMODATION, "lsoa21_code", "type", "n"):
        if row["type"] not in order:
            raise SourceError(
                f"{ACCOMMODATION} has an accommodation type that TS044 does not: {row['type']!r}."
            )
        counts.setdefault(row["lsoa21_code"], [0] * len(order))[order[row["type"]]] = int(row["n"])
    return {code: tuple(by_kind) for code, by_kind in counts.items()}


def _postcodes(folder: Path, lsoa_index: dict[str, int]) -> tuple[PostcodeUnit, ...]:
    street = {
        row["pcds"]: row["nearest_street"]
        for row in _rows(folder / NEAREST_STREETS, "pcds", "nearest_street")
    }
    columns = ("pcds", "east1m", "north1m", "gridind", "lsoa21cd", "wd24cd", "long", "lat")
    return tuple(
        sorted(
            PostcodeUnit(
                row["pcds"],
                int(row["east1m"]),
                int(row["north1m"]),
                row["gridind"],
                lsoa_index[row["lsoa21cd"]],
                row["wd24cd"],
                row["long"],
                row["lat"],
                street.get(row["pcds"], ""),
            )
            for row in _rows(folder / POSTCODES, *columns)
            if row["lsoa21cd"] in lsoa_index
        )
    )


def _snap_points(folder: Path) -> tuple[tuple[str, ...], Coordinates]:
    rows = [
        (row["street"], float(row["lon"]), float(row["lat"]))
        for row in _rows(folder / SNAP_POINTS, "street", "lon", "lat", "is_place_category")
        if row["is_place_category"] != "True"
    ]
    rows.sort()
    eastings, northings = to_grid([row[1] for row in rows], [row[2] for row in rows])
    return tuple(row[0] for row in rows), np.column_stack([eastings, northings])


def _rows(path: Path, *columns: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            absent = [column for column in columns if column not in (reader.fieldnames or ())]
            if absent:
                raise SourceError(f"{path.name} has no column {', '.join(absent)}.")
            yield from reader
    except FileNotFoundError as error:
        raise SourceError(_missing(path)) from error


def _missing(path: Path) -> str:
    return f"{path} is not there: give the folder that holds the open files (the one with SOURCES.md)."
