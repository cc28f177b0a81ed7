"""Coverage to take away: by district, ward and street, and house by house for those who may see houses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.downloads.make import Download, make
from server.base.downloads.sheet import Column, Geometry, Sheet
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.coverage import require_campaign, wards_of
from server.fieldwork.coverage_rows import DISTRICT, WARD, area_rows, house_rows, street_rows
from server.fieldwork.coverage_sheets import (
    AREA_COLUMNS,
    HOUSE_COLUMNS,
    STREET_COLUMNS,
    house_values,
    values_of,
)
from server.fieldwork.map_tiles import may_see_houses
from server.fieldwork.tables import EVERY_CAMPAIGN
from server.geography.tables import Area

AT_ONCE = 2_000


@dataclass(frozen=True)
class Kind:
    """A sheet that can be had: what it says of itself, its columns, its geometry."""

    title: str
    about: str
    columns: tuple[Column, ...]
    geometry: Geometry


COUNTS = (
    "Counts of houses as they stood when the file was made, not of people: nothing in them is demographic, so small "
    "numbers are neither hidden nor rounded."
)
KINDS = {
    "districts": Kind("Coverage by district", COUNTS, AREA_COLUMNS, "MULTIPOLYGON"),
    "wards": Kind("Coverage by ward", COUNTS, AREA_COLUMNS, "MULTIPOLYGON"),
    "streets": Kind(
        "Coverage by street",
        f"{COUNTS} A street that crosses wards is a row in each.",
        STREET_COLUMNS,
        "POINT",
    ),
    "houses": Kind(
        "Coverage by house",
        "Every house with its state when the file was made. It names no person, but tells which houses refused or "
        "asked not to be called on: keep it as such.",
        HOUSE_COLUMNS,
        "POINT",
    ),
}


def download_coverage(
    service: Service,
    principal: Principal,
    what: str,
    form: str,
    *,
    campaign_id: int = EVERY_CAMPAIGN,
    area: str = "",
) -> Download:
    """A file of one of KINDS in one of the forms, of the principal's areas; who took it away is on the audit trail.

    Raises Problem("forbidden") for houses to those who work with sums, Problem("not_found") for what is outside.
    """
    kind = KINDS[what]
    if what == "houses" and not may_see_houses(principal):
        raise Problem(
            "forbidden", "Houses one by one are for those who knock or plan it.", needs="visit.read"
        )

    def write(session: Session) -> Download:
        require_campaign(session, principal, campaign_id)
        wards = wards_of(session, principal, area)
        rows = _rows(session, principal, what, campaign_id, wards)
        name = (
            f"coverage-{what}"
            + (f"-{area}" if area else "")
            + (f"-campaign-{campaign_id}" if campaign_id else "")
        )
        sheet = Sheet(name, kind.title, kind.about, kind.columns, rows, service.zone, kind.geometry)
        return make(service, sheet, form)

    made = service.db.read(write)
    try:
        told = {"what": what, "form": form, "area": area, "rows": made.rows}
        target = f"campaign:{campaign_id}"
        service.db.transact(
            lambda session: audit.record(session, service, principal, "coverage.download", target, **told)
        )
    except BaseException:
        made.file.close()
        raise
    return made


def _rows(
    session: Session, principal: Principal, what: str, campaign_id: int, wards: list[str] | None
) -> Iterator[tuple[Any, ...]]:
    if what == "houses":
        return _houses(session, principal, campaign_id, wards)
    if what == "streets":
        return _streets(session, principal, campaign_id, wards)
    return _areas(session, principal, campaign_id, what, wards)


def _areas(
    session: Session, principal: Principal, campaign_id: int, what: str, wards: list[str] | None
) -> Iterator[tuple[Any, ...]]:
    rows = area_rows(principal, campaign_id, WARD if what == "wards" else DISTRICT).subquery()
    statement = select(*rows.c, Area.geometry).outerjoin(Area, Area.code == rows.c.code).order_by(rows.c.code)
    if wards is not None:
        above = select(Area.parent_code).where(Area.code.in_(wards))
        statement = statement.where(rows.c.code.in_(wards if what == "wards" else above))
    for row in _read(session, statement):
        yield (*values_of(AREA_COLUMNS, row), row["geometry"])


def _streets(
    session: Session, principal: Principal, campaign_id: int, wards: list[str] | None
) -> Iterator[tuple[Any, ...]]:
    rows = street_rows(principal, campaign_id).subquery()
    statement = select(*rows.c).order_by(rows.c.usrn, rows.c.ward_code)
    if wards is not None:
        statement = statement.where(rows.c.ward_code.in_(wards))
    for row in _read(session, statement):
        point = None if row["lon"] is None else shapely.Point(row["lon"], row["lat"])
        yield (*values_of(STREET_COLUMNS, row), point)


def _houses(
    session: Session, principal: Principal, campaign_id: int, wards: list[str] | None
) -> Iterator[tuple[Any, ...]]:
    rows = house_rows(principal, campaign_id).subquery()
    statement = select(*rows.c).order_by(rows.c.usrn, rows.c.uprn)
    if wards is not None:
        statement = statement.where(rows.c.ward_code.in_(wards))
    return map(house_values, _read(session, statement))


def _read(session: Session, statement: Select[Any]) -> Iterator[Any]:
    """Rows by their columns' names, read in parts."""
    return iter(session.execute(statement.execution_options(yield_per=AT_ONCE)).mappings())
