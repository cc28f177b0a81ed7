"""A made-up force in the layout of the open files: two wards of two LSOAs each, a street across the wards."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from server.geography.grid import to_grid, to_lonlat
from server.geography.synthesis.source import (
    ACCOMMODATION,
    DISTRICTS,
    DWELLING_KINDS,
    LOOKUP,
    LSOA21,
    NEAREST_STREETS,
    POSTCODES,
    SNAP_POINTS,
    WARDS,
)
from tests.geography.files import DISTRICT, feature, square

HOUSEHOLDS = {  # by DWELLING_KINDS
    "E01000001": (1, 12, 30, 20, 4, 0, 3, 25),
    "E01000002": (0, 0, 10, 80, 9, 5, 0, 0),
    "E01000003": (0, 40, 0, 0, 0, 0, 0, 0),
    "E01000004": (0, 5, 5, 5, 0, 0, 0, 60),
}
WARD_OF = {
    "E01000001": "E05000001",
    "E01000002": "E05000001",
    "E01000003": "E05000002",
    "E01000004": "E05000002",
}
WARD_NAMES = {"E05000001": "West & Wold", "E05000002": "East"}
BOXES = {  # longitude 0.01 is 660 m here, latitude 0.005 is 556 m
    "E01000001": (-0.36, 53.765, -0.35, 53.770),
    "E01000002": (-0.36, 53.760, -0.35, 53.765),
    "E01000003": (-0.35, 53.765, -0.34, 53.770),
    "E01000004": (-0.35, 53.760, -0.34, 53.765),
}


def write_open_files(folder: Path) -> Path:
    """Write the files; the folder."""
    _write(
        folder / ACCOMMODATION,
        ("lsoa21_code", "total_households", "type", "n"),
        [
            (code, sum(by), kind, many)
            for code, by in HOUSEHOLDS.items()
            for kind, many in zip(DWELLING_KINDS, by, strict=True)
        ],
    )
    _write(
        folder / LOOKUP,
        ("LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM", "LAD24CD", "LAD24NM"),
        [
            (code, f"Hull {code[-1]}", ward, WARD_NAMES[ward], DISTRICT, "Hull, City of")
            for code, ward in WARD_OF.items()
        ],
    )
    units = list(_postcodes())
    _write(
        folder / POSTCODES,
        ("pcd7", "pcds", "east1m", "north1m", "gridind", "lad24cd", "wd24cd", "lsoa21cd", "lat", "long"),
        [(pcds.replace(" ", ""), pcds, east, north, 10, DISTRICT, WARD_OF[lsoa], lsoa, lat, lon)
         for pcds, lsoa, east, north, lon, lat, _ in units],
    )  # fmt: skip
    _write(
        folder / NEAREST_STREETS,
        ("pcds", "nearest_street", "metres"),
        [(unit[0], unit[6], 20) for unit in units if unit[6]],
    )
    _write(
        folder / SNAP_POINTS,
        ("street", "lon", "lat", "is_place_category"),
        [("Long Road", -0.3550, 53.7675, "False"), ("Supermarket", -0.355, 53.7675, "True")],
    )
    ward_boxes = {"E05000001": (-0.36, 53.76, -0.35, 53.77), "E05000002": (-0.35, 53.76, -0.34, 53.77)}
    for path, code, shapes in (
        (LSOA21, "LSOA21", {code: (f"Hull {code[-1]}", box) for code, box in BOXES.items()}),
        (WARDS, "WD24", {code: (WARD_NAMES[code], box) for code, box in ward_boxes.items()}),
        (DISTRICTS, "LAD24", {DISTRICT: ("Hull, City of", (-0.36, 53.76, -0.34, 53.77))}),
    ):
        features = [
            feature(square(*box), **{f"{code}CD": key, f"{code}NM": name})
            for key, (name, box) in shapes.items()
        ]
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return folder


def _postcodes() -> Iterable[tuple[str, str, int, int, str, str, str]]:
    """Six postcodes an LSOA: four on Long Road (which crosses the wards), one on none, and one on a Church Lane so near
    to the LSOA's edge that its houses would stand outside."""
    for number, (lsoa, (west, south, east, north)) in enumerate(BOXES.items(), 1):
        for place in range(6):
            lon, lat = (
                west + (east - west) * (0.97 if place == 4 else (place + 0.5) / 6),
                south + (north - south) * (0.2 + 0.1 * place),
            )
            easting, northing = to_grid([lon], [lat])
            street = "Long Road" if place < 4 else "Church Lane" if place == 4 else ""
            x, y = int(easting[0]), int(northing[0])
            lon_here, lat_here = to_lonlat(np.array([x]), np.array([y]))
            pcds = f"HU{number} {place}AB"
            yield pcds, lsoa, x, y, f"{lon_here[0]:.6f}", f"{lat_here[0]:.6f}", street


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
