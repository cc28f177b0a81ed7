"""The columns of coverage by district, ward, street and house: the same in downloads and in the OGC API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import RowMapping

from server.base.downloads.sheet import Column
from server.fieldwork.house_marks import LABELS
from sync.fold import COUNTERS
from sync.outcomes import table

COUNTED = tuple(Column(name, name.capitalize(), "number") for name in COUNTERS)
CHANGED = Column("changed_at", "Changed", "time")
AREA_COLUMNS = (
    Column("code", "Code"),
    Column("name", "Name"),
    Column("parent_code", "Code of the area above"),
    Column("parent", "Area above"),
    *COUNTED,
    CHANGED,
)
STREET_COLUMNS = (
    Column("usrn", "USRN"),
    Column("name", "Street"),
    Column("town", "Town"),
    Column("ward_code", "Ward code"),
    Column("ward", "Ward"),
    *COUNTED,
    CHANGED,
)
HOUSE_COLUMNS = (
    Column("uprn", "UPRN"),
    Column("address", "Address"),
    Column("postcode", "Postcode"),
    Column("usrn", "USRN"),
    Column("street", "Street"),
    Column("ward_code", "Ward code"),
    Column("state", "State"),
    Column("attempts", "Attempts", "number"),
    Column("last_outcome", "Last outcome"),
    Column("last_at", "Last visit", "time"),
)


def values_of(columns: tuple[Column, ...], row: RowMapping) -> tuple[Any, ...]:
    """The row's values in the order of the columns."""
    return tuple(row[column.name] for column in columns)


def house_values(row: RowMapping) -> tuple[Any, ...]:
    """A row of `coverage_rows.house_rows` in the order of HOUSE_COLUMNS, its state in words, its point at the end."""
    state: dict[str, Any] = row["state"]
    outcome, last = table().get(state.get("last_outcome", "")), state.get("last_at", 0)
    return (
        *(row[name] for name in ("uprn", "address", "postcode", "usrn", "street", "ward_code")),
        LABELS[row["mark"]],
        state.get("attempts", 0),
        outcome.label if outcome is not None else "",
        datetime.fromtimestamp(last / 1000, UTC) if last else None,
        shapely.Point(row["lon"], row["lat"]),
    )
