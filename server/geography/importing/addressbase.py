"""AddressBase Core and AddressBase Plus rows into what a premises is made of (Ordnance Survey technical
specifications; columns are found by their official names in any order and in capitals or not)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from server.geography.grid import to_lonlat
from server.geography.importing.naming import as_written, name_as_written, with_postcode

CORE_NEEDS = (
    "uprn", "parent_uprn", "usrn", "classification_code", "easting", "northing", "latitude", "longitude",
    "last_update_date", "single_line_address", "sub_building", "building_name", "building_number", "street_name",
    "locality", "town_name", "postcode", "gss_code", "change_code",
)  # fmt: skip
PLUS_NEEDS = (
    "uprn", "change_type", "state", "class", "parent_uprn", "x_coordinate", "y_coordinate", "latitude", "longitude",
    "last_update_date", "la_organisation", "sub_building_name", "building_name", "building_number",
    "sao_start_number", "sao_start_suffix", "sao_end_number", "sao_end_suffix", "sao_text", "pao_start_number",
    "pao_start_suffix", "pao_end_number", "pao_end_suffix", "pao_text", "usrn", "street_description",
    "thoroughfare", "locality", "town_name", "post_town", "postcode", "postcode_locator", "ward_code",
)  # fmt: skip

INSERT, UPDATE, DELETE = "I", "U", "D"
NO_LONGER_EXISTS = "4"
NOT_YET_A_HOME = frozenset({"1", "6"})
"""States of AddressBase Plus: under construction, planning permission granted."""
DWELLING_CLASSES = ("RD", "RH")
"""Dwellings and houses in multiple occupation. Garages (RG), car parks (RC) and institutions (RI) aren't knocked at."""
GREAT_BRITAIN = (-9.5, 2.5, 49.5, 61.5)
MOST_NUMBER = 99_999

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) *([0-9][A-Z]{2})")
_NUMBER = re.compile(r"(\d{1,5})([A-Za-z]?)(?:\s*[-–]\s*\d{1,5}[A-Za-z]?)?")
_EUROPEAN_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")


class AddressRecord(NamedTuple):
    """One premises as an address file tells it."""

    uprn: str
    usrn: str
    parent_uprn: str | None
    address: str
    number: int | None
    number_text: str
    sub_building: str
    building: str
    postcode: str
    classification: str
    dwelling: bool
    gone: bool
    lon: float
    lat: float
    updated_on: str | None
    street: str
    locality: str
    town: str
    ward_hint: str
    district_hint: str
    change: str


class BadRow(ValueError):
    """A row that can't be taken; the message is the reason."""


@dataclass(frozen=True)
class AddressFormat:
    """A kind of address file: its name, the columns it must have, and how a row is read by their positions."""

    name: str
    needs: Sequence[str]
    reader: Callable[[dict[str, int]], Callable[[Sequence[str]], AddressRecord]]

    def fits(self, columns: Sequence[str]) -> bool:
        """True where every column that is needed is there."""
        return set(self.needs) <= set(columns)

    def missing(self, columns: Sequence[str]) -> list[str]:
        """The columns that are needed and not there."""
        return [name for name in self.needs if name not in columns]


def read_core(position: dict[str, int]) -> Callable[[Sequence[str]], AddressRecord]:
    """A reader of AddressBase Core rows. It raises BadRow."""
    get = [position[name] for name in CORE_NEEDS]

    def read(fields: Sequence[str]) -> AddressRecord:
        (
            uprn, parent, usrn, classification, easting, northing, latitude, longitude, updated, line,
            sub_building, building, number, street, locality, town, postcode, gss, change,
        ) = [fields[index].strip() for index in get]  # fmt: skip
        if change == DELETE:
            return _deleted(uprn)
        place = _place(latitude, longitude, easting, northing)
        pcds = normal_postcode(postcode)
        number_text = number or (building if _NUMBER.fullmatch(building) else "")
        return AddressRecord(
            _identifier(uprn, 12, "UPRN"),
            _identifier(usrn, 8, "USRN"),
            _identifier(parent, 12, "PARENT_UPRN") if parent else None,
            _single_line(line, pcds),
            _leading_number(number_text),
            number_text,
            name_as_written(sub_building),
            "" if number_text == building else name_as_written(building),
            pcds,
            _classification(classification),
            classification.startswith(DWELLING_CLASSES),
            False,
            *place,
            _date(updated),
            _named(street),
            name_as_written(locality),
            name_as_written(town),
            "",
            gss,
            change or INSERT,
        )

    return read


def read_plus(position: dict[str, int]) -> Callable[[Sequence[str]], AddressRecord]:
    """A reader of AddressBase Plus rows: the local authority's address, filled up from Royal Mail's. Raises BadRow."""
    get = [position[name] for name in PLUS_NEEDS]

    def read(fields: Sequence[str]) -> AddressRecord:
        (
            uprn, change, state, classification, parent, easting, northing, latitude, longitude, updated,
            organisation, rm_sub_building, rm_building, rm_number, sao_start, sao_suffix, sao_end, sao_end_suffix,
            sao_text, pao_start, pao_suffix, pao_end, pao_end_suffix, pao_text, usrn, street, thoroughfare, locality,
            town, post_town, postcode, locator, ward,
        ) = [fields[index].strip() for index in get]  # fmt: skip
        if change == DELETE:
            return _deleted(uprn)
        place = _place(latitude, longitude, easting, northing)
        pcds = normal_postcode(postcode or locator)
        number_text = _range(pao_start, pao_suffix, pao_end, pao_end_suffix) or rm_number
        secondary = _range(sao_start, sao_suffix, sao_end, sao_end_suffix)
        sub_building = sao_text or rm_sub_building or (f"FLAT {secondary}" if secondary else "")
        building = pao_text or rm_building
        street_name = _named(street or thoroughfare)
        thoroughfare_line = f"{number_text} {street_name}" if number_text else street_name
        places = dict.fromkeys((locality, town, post_town))
        return AddressRecord(
            _identifier(uprn, 12, "UPRN"),
            _identifier(usrn, 8, "USRN"),
            _identifier(parent, 12, "PARENT_UPRN") if parent else None,
            with_postcode([organisation, sub_building, building, thoroughfare_line, *places], pcds),
            _leading_number(number_text),
            number_text,
            name_as_written(sub_building),
            name_as_written(building),
            pcds,
            _classification(classification),
            classification.startswith(DWELLING_CLASSES) and state not in NOT_YET_A_HOME,
            state == NO_LONGER_EXISTS,
            *place,
            _date(updated),
            street_name,
            name_as_written(locality),
            name_as_written(town),
            ward,
            "",
            change or INSERT,
        )

    return read


FORMATS = (
    AddressFormat("AddressBase Core", CORE_NEEDS, read_core),
    AddressFormat("AddressBase Plus", PLUS_NEEDS, read_plus),
)


@lru_cache(maxsize=65_536)
def normal_postcode(text: str) -> str:
    """'hu52ab' → 'HU5 2AB'; empty stays empty. Raises BadRow for what no postcode looks like."""
    if not text:
        return ""
    found = _POSTCODE.fullmatch(text.upper().strip())
    if not found:
        raise BadRow("POSTCODE is not a postcode")
    return f"{found[1]} {found[2]}"


def _deleted(uprn: str) -> AddressRecord:
    return AddressRecord(
        _identifier(uprn, 12, "UPRN"), "", None, "", None, "", "", "", "", "", False, True, 0.0, 0.0, None,
        "", "", "", "", "", DELETE,
    )  # fmt: skip


def _identifier(text: str, digits: int, column: str) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) > digits:
        raise BadRow(f"{column} is not a number of up to {digits} digits")
    return text.lstrip("0") or "0"


def _place(latitude: str, longitude: str, easting: str, northing: str) -> tuple[float, float]:
    """Longitude and latitude, from the grid where the file gives no others."""
    try:
        if latitude and longitude:
            lon, lat = float(longitude), float(latitude)
        else:
            east, north = to_lonlat([float(easting)], [float(northing)])
            lon, lat = round(float(east[0]), 7), round(float(north[0]), 7)
    except ValueError as error:
        raise BadRow("its coordinates are not numbers") from error
    west, east_end, south, north_end = GREAT_BRITAIN
    if not (west <= lon <= east_end and south <= lat <= north_end):
        raise BadRow("its coordinates are not in Great Britain")
    return lon, lat


def _single_line(line: str, pcds: str) -> str:
    if not line:
        raise BadRow("SINGLE_LINE_ADDRESS is empty")
    if pcds and line.upper().endswith(pcds):
        return as_written(line[: -len(pcds)]) + pcds
    return as_written(line)


def _named(street: str) -> str:
    if not street:
        raise BadRow("it has no street name")
    return name_as_written(street)


def _classification(code: str) -> str:
    if not code or not code[0].isalpha() or len(code) > 6:
        raise BadRow("its classification code is missing or not one")
    return code


def _leading_number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def _range(start: str, suffix: str, end: str, end_suffix: str) -> str:
    first = start + suffix
    return f"{first}-{end}{end_suffix}" if first and end else first


@lru_cache(maxsize=4_096)
def _date(text: str) -> str | None:
    if not text:
        return None
    european = _EUROPEAN_DATE.fullmatch(text)
    written = f"{european[3]}-{european[2]}-{european[1]}" if european else text
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise BadRow("LAST_UPDATE_DATE is not a date (YYYY-MM-DD)") from error
