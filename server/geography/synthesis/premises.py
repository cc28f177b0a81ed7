"""Buildings into premises: a row for every house, shell and flat, as columns that a replica shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.geography.grid import Coordinates, to_lonlat
from server.geography.synthesis.households import BUILDING_KINDS, SHELL_CLASSIFICATION, Buildings
from server.geography.synthesis.naming import (
    BLOCK_NAMES,
    COTTAGE_NAMES,
    MOST_LSOAS,
    MOST_PREMISES_IN_LSOA,
    MOST_STREETS,
    ReplicaPostcodes,
    make_uprn,
    make_usrn,
    post_town,
    replica_gss,
)
from server.geography.synthesis.placement import Placement
from server.geography.synthesis.source import Source
from server.geography.synthesis.streets import StreetLine

ADDRESSBASE_CORE = [
    "UPRN",
    "PARENT_UPRN",
    "UDPRN",
    "USRN",
    "TOID",
    "CLASSIFICATION_CODE",
    "EASTING",
    "NORTHING",
    "LATITUDE",
    "LONGITUDE",
    "RPC",
    "LAST_UPDATE_DATE",
    "SINGLE_LINE_ADDRESS",
    "PO_BOX",
    "ORGANISATION",
    "SUB_BUILDING",
    "BUILDING_NAME",
    "BUILDING_NUMBER",
    "STREET_NAME",
    "LOCALITY",
    "TOWN_NAME",
    "POST_TOWN",
    "ISLAND",
    "POSTCODE",
    "DELIVERY_POINT_SUFFIX",
    "GSS_CODE",
    "CHANGE_CODE",
]
"""The columns of AddressBase Core."""

LAST_UPDATE_DATE = "2025-11-01"
COTTAGE_SHARE = 0.15
COTTAGE_LONELINESS_METRES = 150.0
CHUNK_ROWS = 20_000


@dataclass(frozen=True)
class StreetName:
    """What the street descriptor says of one street."""

    name: str
    locality: str
    town: str


@dataclass(frozen=True)
class PremisesColumns:
    """Every premises of the source, a row each, in UPRN order; a flat comes after its shell."""

    lsoa: NDArray[np.int64]
    serial: NDArray[np.int64]
    parent_serial: NDArray[np.int64]
    """-1 where there is no parent."""
    building: NDArray[np.int64]
    """Index into the plan's buildings."""
    flat: NDArray[np.int64]
    """Number of the flat in its building; 0 for a house or a shell."""

    def chosen(self, lsoas: NDArray[np.bool_]) -> PremisesColumns:
        """The rows in LSOAs that are marked True."""
        keep = lsoas[self.lsoa]
        return PremisesColumns(
            self.lsoa[keep], self.serial[keep], self.parent_serial[keep], self.building[keep], self.flat[keep]
        )


@dataclass(frozen=True)
class Layout:
    """All that a premises row is written from."""

    source: Source
    buildings: Buildings
    placement: Placement
    street_names: tuple[StreetName, ...]
    building_names: dict[int, str]
    columns: PremisesColumns


def arrange(
    source: Source, streets: Sequence[StreetLine], buildings: Buildings, placed: Placement, *, seed: int
) -> Layout:
    """Premises of placed buildings. Raises ValueError where the source is too large for the numbering."""
    if len(source.lsoas) > MOST_LSOAS or len(streets) > MOST_STREETS:
        raise ValueError(
            f"one force has at most {MOST_LSOAS} LSOAs and {MOST_STREETS} streets; cut the source."
        )
    lsoa_of = np.array([unit.lsoa for unit in source.postcodes])[buildings.postcode]
    order = np.lexsort((placed.number, placed.street, lsoa_of))
    is_flats = np.array([kind.is_flats for kind in BUILDING_KINDS])[buildings.kind[order]]
    rows = buildings.households[order] + is_flats
    building = np.repeat(order, rows)
    first_row = np.cumsum(rows) - rows
    place_in_building = np.arange(len(building)) - np.repeat(first_row, rows)
    lsoa = lsoa_of[building]
    lsoa_start = np.searchsorted(lsoa, np.arange(len(source.lsoas)))
    serial = np.arange(len(building)) - lsoa_start[lsoa] + 1
    if len(serial) and serial.max() >= MOST_PREMISES_IN_LSOA:
        raise ValueError(f"an LSOA has {serial.max()} premises; {MOST_PREMISES_IN_LSOA - 1} can be numbered.")
    in_flats = np.repeat(is_flats, rows)
    is_flat = in_flats & (place_in_building > 0)
    return Layout(
        source,
        buildings,
        placed,
        _street_names(source, streets),
        _building_names(buildings, placed, seed),
        PremisesColumns(
            lsoa,
            serial,
            np.where(is_flat, serial - place_in_building, -1),
            building,
            np.where(is_flat, place_in_building, 0),
        ),
    )


def premises_rows(
    layout: Layout,
    columns: PremisesColumns,
    postcodes: ReplicaPostcodes,
    replica: int,
    shift: tuple[float, float],
) -> Iterator[list[tuple[str, ...]]]:
    """AddressBase Core rows of one replica in chunks; `shift` is metres east and north of the original."""
    units, lsoas = layout.source.postcodes, layout.source.lsoas
    writer = _RowWriter(
        layout,
        replica,
        [replica_gss(lsoa.district_code, replica) for lsoa in lsoas],
        [postcodes.rename(unit.pcds, replica) for unit in units],
        [post_town(unit.pcds, lsoas[unit.lsoa].district_name) for unit in units],
    )
    for start in range(0, len(columns.lsoa), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        points = layout.placement.points[columns.building[part]] + np.array(shift)
        lon, lat = to_lonlat(points[:, 0], points[:, 1])
        numbers = np.column_stack(
            [columns.lsoa[part], columns.serial[part], columns.parent_serial[part], columns.flat[part]]
        )
        places = np.column_stack([points, lon, lat])
        yield [
            writer.row(building, *number, *place)
            for building, number, place in zip(
                columns.building[part].tolist(), numbers.tolist(), places.tolist(), strict=True
            )
        ]


@dataclass(frozen=True)
class _RowWriter:
    """Writes rows of one replica; GSS codes go by LSOA, postcodes and post towns by postcode."""

    layout: Layout
    replica: int
    gss: list[str]
    pcds: list[str]
    post_towns: list[str]

    def row(  # noqa: PLR0917 - one call for each of 400,000 rows: keywords would cost a second
        self,
        building: int,
        lsoa: int,
        serial: int,
        parent: int,
        flat: int,
        easting: float,
        northing: float,
        lon: float,
        lat: float,
    ) -> tuple[str, ...]:
        """One row, in the order of ADDRESSBASE_CORE. UDPRN and the delivery point are Royal Mail's: left empty."""
        layout = self.layout
        kind = BUILDING_KINDS[int(layout.buildings.kind[building])]
        postcode = int(layout.buildings.postcode[building])
        street_index = int(layout.placement.street[building])
        street = layout.street_names[street_index]
        name = layout.building_names.get(building, "")
        number = "" if name else str(layout.placement.number[building])
        sub_building = f"FLAT {flat}" if flat else ""
        thoroughfare = f"{number} {street.name}" if number else street.name
        places = dict.fromkeys((street.locality, street.town, self.post_towns[postcode]))
        parts = [sub_building, name, thoroughfare, *places, self.pcds[postcode]]
        return (
            make_uprn(self.replica, lsoa, serial),
            make_uprn(self.replica, lsoa, parent) if parent >= 0 else "",
            "",
            make_usrn(self.replica, street_index),
            "",
            SHELL_CLASSIFICATION if kind.is_flats and not flat else kind.classification,
            f"{easting:.2f}",
            f"{northing:.2f}",
            f"{lat:.7f}",
            f"{lon:.7f}",
            "2",
            LAST_UPDATE_DATE,
            ", ".join(part for part in parts if part),
            "",
            "",
            sub_building,
            name,
            number,
            street.name,
            street.locality,
            street.town,
            self.post_towns[postcode],
            "",
            self.pcds[postcode],
            "",
            self.gss[lsoa],
            "I",
        )


def _street_names(source: Source, streets: Sequence[StreetLine]) -> tuple[StreetName, ...]:
    """A street's locality (its ward) is given where its town has another street of the name."""
    firsts = [source.postcodes[int(street.postcodes[0])] for street in streets]
    towns = [post_town(unit.pcds, source.lsoas[unit.lsoa].district_name) for unit in firsts]
    names = [street.name.upper() for street in streets]
    alike = Counter(zip(names, towns, strict=True))
    return tuple(
        StreetName(name, source.lsoas[unit.lsoa].ward_name.upper() if alike[name, town] > 1 else "", town)
        for name, town, unit in zip(names, towns, firsts, strict=True)
    )


def _building_names(buildings: Buildings, placed: Placement, seed: int) -> dict[int, str]:
    """Names of purpose-built blocks, and of some detached houses on lonely roads; no two alike on a street."""
    random = np.random.default_rng([seed, MOST_LSOAS])
    chance, pick = random.random(len(buildings.kind)), random.random(len(buildings.kind))
    detached = next(index for index, kind in enumerate(BUILDING_KINDS) if kind.classification == "RD02")
    lonely = _lonely_streets(placed)
    used: dict[int, set[str]] = defaultdict(set)
    names: dict[int, str] = {}
    named_kinds = np.array([kind.named for kind in BUILDING_KINDS])[buildings.kind]
    cottage = (buildings.kind == detached) & (chance < COTTAGE_SHARE) & lonely[placed.street]
    for building in np.flatnonzero(named_kinds | cottage).tolist():
        choices = BLOCK_NAMES if named_kinds[building] else COTTAGE_NAMES
        street = int(placed.street[building])
        start = int(pick[building] * len(choices))
        for step in range(len(choices)):
            name = choices[(start + step) % len(choices)]
            if name not in used[street]:
                used[street].add(name)
                names[building] = name
                break
    return names


def _lonely_streets(placed: Placement) -> NDArray[np.bool_]:
    """True for streets whose buildings are spread out more than COTTAGE_LONELINESS_METRES to a dozen."""
    count = int(placed.street.max()) + 1 if len(placed.street) else 0
    sizes = np.bincount(placed.street, minlength=count)
    spans: Coordinates = np.zeros(count)
    for axis in (0, 1):
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(low, placed.street, placed.points[:, axis])
        np.maximum.at(high, placed.street, placed.points[:, axis])
        spans = np.maximum(spans, high - low)
    return spans * 12 > COTTAGE_LONELINESS_METRES * sizes
