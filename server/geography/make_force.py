"""`doorstep make-force`: synthetic premises for a whole force from the open files, ready to be imported.

Writes into a folder what the four importers take: premises.csv (AddressBase Core), postcodes.csv (NSPL of 2025),
wards.geojson, districts.geojson, lsoa21.geojson and lookups.csv. The same source, seed and scale give the same
bytes. Replicas of `scale` lie beside the original on the map, under codes, names and postcodes of their own.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.geography.synthesis.households import plan_buildings
from server.geography.synthesis.naming import MOST_SCALE, ReplicaPostcodes, postcode_area
from server.geography.synthesis.output import (
    Order,
    Progress,
    write_boundaries,
    write_lookups,
    write_postcodes,
    write_premises,
)
from server.geography.synthesis.placement import place
from server.geography.synthesis.premises import arrange
from server.geography.synthesis.source import Source, load_source
from server.geography.synthesis.streets import lay_streets

HUMBERSIDE = ("E23000012", "Humberside")


@dataclass(frozen=True)
class Summary:
    """What was made. `houses` are premises where a household lives; `shells` are the buildings that hold flats."""

    houses: int
    shells: int
    streets: int
    postcodes: int
    lsoas: int
    wards: int
    districts: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The figures by name."""
        return asdict(self)


def make_force(
    source: Path,
    out: Path,
    *,
    scale: int = 1,
    seed: int = 2021,
    wards: Collection[str] | None = None,
    force: tuple[str, str] = HUMBERSIDE,
    progress: Progress | None = None,
) -> Summary:
    """Make the force of the open files under `source` in the folder `out`, which is made if need be.

    `wards` (codes or names) cuts to the LSOAs that best fit them; a cut force has the same premises, under the
    same numbers, as the whole one has there. `scale` makes that many of everything. Raises SourceError for files
    that are missing or wrong, ValueError for a ward that isn't there or a scale out of range.
    """
    if not 1 <= scale <= MOST_SCALE:
        raise ValueError(f"scale is from 1 to {MOST_SCALE}, not {scale}.")
    started = time.monotonic()
    tell = progress or (lambda *_: None)
    tell("reading the open files", 0, 1)
    files = load_source(source)
    chosen = _choose(files, wards)
    tell("laying streets", 0, 1)
    streets = lay_streets(files)
    tell("planning buildings", 0, 1)
    buildings = plan_buildings(files, seed)
    tell("placing buildings", 0, 1)
    layout = arrange(files, streets, buildings, place(files, streets, buildings), seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    areas = sorted({postcode_area(unit.pcds) for unit in files.postcodes})
    order = Order(layout, chosen, ReplicaPostcodes(areas, scale - 1), scale, force)
    houses, shells, used_streets = write_premises(order, out / "premises.csv", tell)
    units = write_postcodes(order, out / "postcodes.csv")
    write_lookups(order, out / "lookups.csv")
    write_boundaries(order, out)
    tell("done", 1, 1)
    lsoas = order.lsoas()
    return Summary(
        houses,
        shells,
        used_streets,
        units,
        len(lsoas) * scale,
        len({lsoa.ward_code for lsoa in lsoas}) * scale,
        len({lsoa.district_code for lsoa in lsoas}) * scale,
        round(time.monotonic() - started, 1),
    )


def _choose(files: Source, wards: Collection[str] | None) -> NDArray[np.bool_]:
    if wards is None:
        return np.ones(len(files.lsoas), bool)
    known = {lsoa.ward_code for lsoa in files.lsoas} | {lsoa.ward_name for lsoa in files.lsoas}
    unknown = sorted(set(wards) - known)
    if unknown:
        raise ValueError(f"no such ward in the look-up: {', '.join(unknown)}.")
    return np.array([lsoa.ward_code in wards or lsoa.ward_name in wards for lsoa in files.lsoas])
