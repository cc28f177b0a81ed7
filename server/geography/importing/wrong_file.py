"""Tells which importer a file is for, when it was given to another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from server.base.problems import Problem

PREMIUM_RECORDS = frozenset({"10", "11", "15", "21", "23", "24", "28", "29", "30", "31", "32", "99"})
OPEN_UPRN = ["uprn", "x_coordinate", "y_coordinate", "latitude", "longitude"]
_POSTCODE_COLUMN = re.compile(r"pcds|pcd[278]?|postcode_1")
_AREA_COLUMN = re.compile(r"(lsoa|wd|lad|pfa|ltla|msoa|oa)\d\d(cd|nm)")


class Format(Protocol):
    """A kind of file with its name and what it needs."""

    @property
    def name(self) -> str:
        """What people call it."""

    def missing(self, columns: Sequence[str]) -> list[str]:
        """The columns that are needed and not there."""


def wrong_header(file: str, fields: Sequence[str], wanted: str, formats: Sequence[Format]) -> Problem:
    """The Problem that says what the file seems to be, or which columns it lacks."""
    columns = [field.strip().strip("\ufeff").lower() for field in fields]
    looks_like = _guess(columns, wanted)
    if looks_like:
        return Problem("unsupported", f"{file} {looks_like} Nothing was imported.")
    nearest = min(formats, key=lambda one: len(one.missing(columns)))
    lacks = nearest.missing(columns)
    names = " or ".join(one.name for one in formats)
    return Problem(
        "unsupported",
        f"{file} is not {names}. The nearest is {nearest.name}, but the column{'s' if len(lacks) > 1 else ''} "
        f"{', '.join(name.upper() for name in lacks[:8])}{' and more' if len(lacks) > 8 else ''} "
        "cannot be found in its first line. Nothing was imported.",
    )


def _guess(columns: Sequence[str], wanted: str) -> str:
    """What a file with this first line seems to be, as the end of a sentence; empty where nothing can be told."""
    first = columns[0] if columns else ""
    area_columns = sum(bool(_AREA_COLUMN.fullmatch(column)) for column in columns)
    for_premises = wanted == "premises"
    guesses = (
        (
            wanted != "boundaries" and first.startswith(("{", "[")),
            "looks like GeoJSON: use `doorstep import boundaries`.",
        ),
        (
            for_premises and first in PREMIUM_RECORDS and len(columns) > 5,
            "looks like AddressBase Premium, which is not read here: use AddressBase Core or AddressBase Plus.",
        ),
        (
            for_premises and list(columns) == OPEN_UPRN,
            "is OS Open UPRN, which has no addresses: use AddressBase Core or AddressBase Plus.",
        ),
        (
            wanted != "postcodes" and any(_POSTCODE_COLUMN.fullmatch(column) for column in columns),
            "looks like a postcode directory: use `doorstep import postcodes`.",
        ),
        (
            not for_premises and "uprn" in columns,
            "looks like an address file: use `doorstep import premises`.",
        ),
        (
            wanted != "lookups" and area_columns >= 4,
            "looks like an area look-up: use `doorstep import lookups`.",
        ),
        (
            for_premises and first.isdigit(),
            "has no header line. Give the file with the header (AddressBase Plus ships it apart) before it: "
            "`doorstep import premises HEADER.csv DATA.csv`.",
        ),
    )
    return next((sentence for fits, sentence in guesses if fits), "")
