"""A force written out as the files that the importers take, replica by replica and in bounded memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from server.geography.grid import Coordinates, points_to_grid, points_to_lonlat, to_lonlat
from server.geography.synthesis.naming import ReplicaPostcodes, replica_gss, replica_name
from server.geography.synthesis.premises import ADDRESSBASE_CORE, Layout, premises_rows
from server.geography.synthesis.source import Feature, Lsoa

NSPL_2025 = [
    "pcd7",
    "pcd8",
    "pcds",
    "dointr",
    "doterm",
    "usrtypind",
    "east1m",
    "north1m",
    "gridind",
    "oa21cd",
    "cty25cd",
    "ced25cd",
    "lad25cd",
    "wd25cd",
    "nhser24cd",
    "ctry25cd",
    "rgn25cd",
    "pcon24cd",
    "ttwa15cd",
    "itl25cd",
    "npark16cd",
    "lsoa21cd",
    "msoa21cd",
    "wz11cd",
    "sicbl24cd",
    "bua24cd",
    "ruc21ind",
    "oac11ind",
    "lat",
    "long",
    "lep21cd1",
    "lep21cd2",
    "pfa23cd",
    "imd20ind",
    "icb23cd",
]
"""The columns of the National Statistics Postcode Lookup of 2025; those that nobody here reads are left empty."""

LOOKUP = ("LSOA21CD", "LSOA21NM", "WD24CD", "WD24NM", "LAD24CD", "LAD24NM", "PFA23CD", "PFA23NM")
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Order:
    """What to write of a layout: the chosen LSOAs, `scale` times over, for one force (code, name)."""

    layout: Layout
    chosen: NDArray[np.bool_]
    """One for each LSOA of the source."""
    postcodes: ReplicaPostcodes
    scale: int
    force: tuple[str, str]

    def lsoas(self) -> list[Lsoa]:
        """The chosen LSOAs."""
        return [lsoa for lsoa, keep in zip(self.layout.source.lsoas, self.chosen, strict=True) if keep]


def replica_shift(replica: int) -> tuple[float, float]:
    """Metres east and north that a replica lies from the original: rows of four, going west and then north."""
    return -100_000.0 * (replica % 4), 110_000.0 * (replica // 4)


def write_premises(order: Order, path: Path, tell: Progress) -> tuple[int, int, int]:
    """AddressBase Core; returns the houses, shells and streets written."""
    layout, scale = order.layout, order.scale
    columns = layout.columns.chosen(order.chosen)
    total, done = len(columns.lsoa) * scale, 0
    houses = int(layout.buildings.households[np.unique(columns.building)].sum())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(ADDRESSBASE_CORE)
        for replica in range(scale):
            for rows in premises_rows(layout, columns, order.postcodes, replica, replica_shift(replica)):
                writer.writerows(rows)
                done += len(rows)
                tell("writing premises", done, total)
    streets = len(np.unique(layout.placement.street[columns.building]))
    return houses * scale, total - houses * scale, streets * scale


def write_postcodes(order: Order, path: Path) -> int:
    """NSPL of 2025; returns the postcodes written."""
    files = order.layout.source
    units = [unit for unit in files.postcodes if order.chosen[unit.lsoa]]
    grid = np.array([(unit.easting, unit.northing) for unit in units], float).reshape(-1, 2)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, NSPL_2025, restval="", lineterminator="\r\n")
        writer.writeheader()
        for replica in range(order.scale):
            moved = grid + np.array(replica_shift(replica))
            lon, lat = to_lonlat(moved[:, 0], moved[:, 1])
            for index, unit in enumerate(units):
                lsoa = files.lsoas[unit.lsoa]
                pcds = order.postcodes.rename(unit.pcds, replica)
                outward, inward = pcds.split()
                writer.writerow(
                    {
                        "pcd7": f"{outward:<4}{inward}",
                        "pcd8": f"{outward:<5}{inward}",
                        "pcds": pcds,
                        "usrtypind": "0",
                        "east1m": f"{moved[index, 0]:.0f}",
                        "north1m": f"{moved[index, 1]:.0f}",
                        "gridind": unit.quality,
                        "lad25cd": replica_gss(lsoa.district_code, replica),
                        "wd25cd": replica_gss(unit.ward_code, replica),
                        "ctry25cd": "E92000001",
                        "lsoa21cd": replica_gss(lsoa.code, replica),
                        "lat": f"{lat[index]:.6f}",
                        "long": f"{lon[index]:.6f}",
                        "pfa23cd": order.force[0],
                    }
                )
    return len(units) * order.scale


def write_lookups(order: Order, path: Path) -> None:
    """LSOA → ward → district → police force area."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(LOOKUP)
        for replica in range(order.scale):
            for lsoa in order.lsoas():
                pairs = (
                    (lsoa.code, lsoa.name),
                    (lsoa.ward_code, lsoa.ward_name),
                    (lsoa.district_code, lsoa.district_name),
                )
                row = [
                    part
                    for code, name in pairs
                    for part in (replica_gss(code, replica), replica_name(name, replica))
                ]
                writer.writerow([*row, *order.force])


def write_boundaries(order: Order, out: Path) -> None:
    """GeoJSON of the LSOAs, wards and districts, each with its own …CD and …NM."""
    files, lsoas = order.layout.source, order.lsoas()
    layers = (
        ("lsoa21.geojson", files.lsoa_features, "LSOA21CD", {lsoa.code for lsoa in lsoas}),
        ("wards.geojson", files.ward_features, "WD24CD", {lsoa.ward_code for lsoa in lsoas}),
        ("districts.geojson", files.district_features, "LAD24CD", {lsoa.district_code for lsoa in lsoas}),
    )
    for filename, features, code, wanted in layers:
        kept = [feature for feature in features if feature["properties"][code] in wanted]
        with (out / filename).open("w", encoding="utf-8", newline="\n") as file:
            file.write('{"type":"FeatureCollection","features":[\n')
            written = 0
            for replica in range(order.scale):
                for feature in kept:
                    file.write(",\n" if written else "")
                    json.dump(_replica_feature(feature, code, replica), file, separators=(",", ":"))
                    written += 1
            file.write("\n]}\n")


def _replica_feature(feature: Feature, code: str, replica: int) -> Feature:
    """The feature with its own code and name alone, moved to where the replica lies."""
    name = code.removesuffix("CD") + "NM"
    properties = feature["properties"]
    geometry = feature["geometry"]
    if replica:
        shift = np.array(replica_shift(replica))

        def move(points: Coordinates) -> Coordinates:
            return np.round(points_to_lonlat(points_to_grid(points) + shift), 6)

        geometry = shapely.geometry.mapping(shapely.transform(shapely.geometry.shape(geometry), move))
    return {
        "type": "Feature",
        "properties": {
            code: replica_gss(properties[code], replica),
            name: replica_name(properties[name], replica),
        },
        "geometry": geometry,
    }
