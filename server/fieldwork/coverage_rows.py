"""Coverage as rows: what maps, downloads and the OGC API have in common. A SELECT each, in the principal's areas only.

Counters are of `campaign_id` (0: all campaigns together). What lies in no ward has the ward code "none".
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, and_, cast, func, literal_column, select
from sqlalchemy.orm import aliased

from server.base.access import Principal
from server.fieldwork.house_marks import mark_of_house
from server.fieldwork.tables import Coverage, StreetCoverage, WardCoverage
from server.geography.scope import in_scope
from server.geography.tables import Area, Premises, Street, StreetPlace
from sync.fold import COUNTERS

NOWHERE = "none"
DISTRICT, WARD = "district", "ward"


def area_rows(principal: Principal, campaign_id: int, kind: str) -> Select[Any]:
    """Areas of a kind (district | ward): code, name, parent_code, parent, changed_at, the counters."""
    return (_wards if kind == WARD else _districts)(principal, campaign_id)


def street_rows(principal: Principal, campaign_id: int) -> Select[Any]:
    """Streets by ward: usrn, name, town, ward_code, ward, changed_at, the counters, and lon and lat (of a mean)."""
    return (
        select(
            StreetCoverage.usrn,
            Street.name,
            Street.town,
            _named(StreetCoverage.ward_code),
            func.coalesce(Area.name, "").label("ward"),
            StreetCoverage.changed_at,
            *(getattr(StreetCoverage, name) for name in COUNTERS),
            StreetPlace.lon,
            StreetPlace.lat,
        )
        .join(Street, Street.usrn == StreetCoverage.usrn)
        .outerjoin(StreetPlace, PLACED)
        .outerjoin(Area, Area.code == StreetCoverage.ward_code)
        .where(StreetCoverage.campaign_id == campaign_id, in_scope(principal, StreetCoverage.ward_code))
    )


def house_rows(principal: Principal, campaign_id: int) -> Select[Any]:
    """Houses: uprn, address, postcode, usrn, street, ward_code, mark, state, lon and lat. Retired ones are left out."""
    return (
        select(
            Premises.uprn,
            Premises.address,
            Premises.postcode,
            Premises.usrn,
            Street.name.label("street"),
            func.coalesce(Premises.ward_code, NOWHERE).label("ward_code"),
            mark_of_house().label("mark"),
            Coverage.state,
            Premises.lon,
            Premises.lat,
        )
        .join(Street, Street.usrn == Premises.usrn)
        .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id))
        .where(Coverage.premises, in_scope(principal, Premises.ward_code))
    )


def _wards(principal: Principal, campaign_id: int) -> Select[Any]:
    above = aliased(Area)
    return (
        select(
            _named(WardCoverage.ward_code, "code"),
            func.coalesce(Area.name, "No ward").label("name"),
            Area.parent_code,
            above.name.label("parent"),
            WardCoverage.changed_at,
            *(getattr(WardCoverage, name) for name in COUNTERS),
        )
        .select_from(WardCoverage)
        .outerjoin(Area, Area.code == WardCoverage.ward_code)
        .outerjoin(above, above.code == Area.parent_code)
        .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
    )


def _districts(principal: Principal, campaign_id: int) -> Select[Any]:
    ward, above = aliased(Area), aliased(Area)
    sums = (
        select(
            ward.parent_code.label("code"),
            func.max(WardCoverage.changed_at).label("changed_at"),
            *(cast(func.sum(getattr(WardCoverage, name)), Integer).label(name) for name in COUNTERS),
        )
        .join(ward, ward.code == WardCoverage.ward_code)
        .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
        .group_by(ward.parent_code)
        .subquery()
    )
    return (
        select(
            Area.code,
            Area.name,
            Area.parent_code,
            above.name.label("parent"),
            sums.c.changed_at,
            *(sums.c[name] for name in COUNTERS),
        )
        .join(sums, sums.c.code == Area.code)
        .outerjoin(above, above.code == Area.parent_code)
    )


def _named(ward_code: Any, name: str = "ward_code") -> Any:
    return func.coalesce(func.nullif(ward_code, literal_column("''")), NOWHERE).label(name)


PLACED = and_(StreetPlace.usrn == StreetCoverage.usrn, StreetPlace.ward_code == StreetCoverage.ward_code)
