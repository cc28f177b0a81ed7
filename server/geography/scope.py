"""Which wards an area or a principal takes in: the SQL side of `base.access`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import false

from server.base.access import Principal, sees_whole_force
from server.base.problems import Problem
from server.geography.tables import Area

WARD = "ward"


def in_scope(
    principal: Principal, ward_column: ColumnElement[Any] | InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """True in SQL for rows whose ward the principal sees.

    Those who see the whole force see every row, also one whose ward is NULL or unknown; nobody else sees that one.
    """
    if sees_whole_force(principal):
        return true()
    if not principal.areas:
        return false()
    return ward_column.in_(select(Area.code).where(Area.kind == WARD, paths_below(principal.areas)))


def no_such(what: str, key: object) -> Problem:
    """The answer for what is not there and for what lies outside the areas alike; the HTTP edge notes the try down."""
    return Problem("not_found", f"There is no {what} {key} in your areas.", outside_area=True)


def paths_below(paths: tuple[str, ...]) -> ColumnElement[bool]:
    """True in SQL for areas at or below one of the paths."""
    return or_(false(), *(Area.path.startswith(path, autoescape=True, escape="\\") for path in paths))


def areas_in_scope(principal: Principal) -> ColumnElement[bool]:
    """True in SQL for areas that the principal was granted, or that lie below one of those."""
    return true() if sees_whole_force(principal) else paths_below(principal.areas)


def ward_codes(session: Session, area_code: str) -> list[str]:
    """The codes of the wards in an area (a ward is in itself), sorted. Raises Problem("not_found")."""
    path = area_path(session, area_code)
    wards = select(Area.code).where(Area.kind == WARD, paths_below((path,))).order_by(Area.code)
    return list(session.scalars(wards))


def area_path(session: Session, code: str) -> str:
    """The path of an area: '/force/district/ward/'. Raises Problem("not_found")."""
    path = session.scalar(select(Area.path).where(Area.code == code))
    if path is None:
        raise Problem("not_found", f"There is no area with the code {code}.")
    return path
