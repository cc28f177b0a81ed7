"""The collections that there are: districts, wards, streets; their columns, and what they can be filtered by."""

from __future__ import annotations

from dataclasses import dataclass

from server.base.downloads.sheet import Column
from server.base.problems import Problem
from server.fieldwork.coverage_sheets import AREA_COLUMNS, STREET_COLUMNS


@dataclass(frozen=True)
class Collection:
    """One collection. `filters` are the properties that a query may name, each matched exactly."""

    id: str
    title: str
    about: str
    columns: tuple[Column, ...]
    filters: tuple[str, ...]
    geometry: str


COUNTED_ARE = "Counters of houses; the state as of now of one campaign, or of all together."
COLLECTIONS = (
    Collection(
        "districts", "Coverage by district", COUNTED_ARE, AREA_COLUMNS, ("code", "name"), "MultiPolygon"
    ),
    Collection(
        "wards",
        "Coverage by ward",
        COUNTED_ARE,
        AREA_COLUMNS,
        ("code", "name", "parent_code"),
        "MultiPolygon",
    ),
    Collection(
        "streets",
        "Coverage by street",
        f"{COUNTED_ARE} A street that crosses wards is one feature in each; its point is the mean of its houses.",
        STREET_COLUMNS,
        ("usrn", "name", "ward_code"),
        "Point",
    ),
)


def collection_of(name: str) -> Collection:
    """The collection of that id. Raises Problem("not_found")."""
    for one in COLLECTIONS:
        if one.id == name:
            return one
    raise Problem("not_found", "There is no such collection; /api/ogc/collections lists them.")
