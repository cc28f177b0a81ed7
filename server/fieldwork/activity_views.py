"""Visits counted by day, slot, officer and ward, as far as a principal sees these wards: what figures are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.fieldwork.activity_sums import tally_sums
from server.fieldwork.bulk import among
from server.fieldwork.coverage import wards_of
from server.fieldwork.members import campaign_seen
from server.fieldwork.tables import EVERY_CAMPAIGN, Activity
from server.geography.scope import in_scope
from server.geography.tables import Area


@dataclass(frozen=True)
class Asked:
    """Which visits: of a campaign (0: of all), made from one local day to another (both included), in an area.

    Without an area: everywhere that the principal sees.
    """

    since: date
    until: date
    campaign_id: int = EVERY_CAMPAIGN
    area: str | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class Ward:
    """A ward and the district (or whatever it lies in), by code and name."""

    code: str
    name: str
    district: str
    district_name: str


def count_visits(session: Session, principal: Principal, asked: Asked, *keys: Any) -> list[Any]:
    """Visits, tries and answers by slot, and by the columns of Activity named.

    Raises Problem("not_found") for a campaign or an area that the principal does not see.
    """
    if asked.campaign_id != EVERY_CAMPAIGN:
        campaign_seen(session, principal, asked.campaign_id)
    columns = (*keys, Activity.slot)
    statement = (
        select(*columns, *tally_sums())
        .where(
            Activity.day >= asked.since,
            Activity.day <= asked.until,
            Activity.outcome != "",
            in_scope(principal, Activity.ward_code),
        )
        .group_by(*columns)
    )
    if asked.campaign_id != EVERY_CAMPAIGN:
        statement = statement.where(Activity.campaign_id == asked.campaign_id)
    if asked.account_id is not None:
        statement = statement.where(Activity.account_id == asked.account_id)
    wards = wards_of(session, principal, asked.area)
    if wards is not None:
        statement = statement.where(among(Activity.ward_code, wards))
    return [row for row in session.execute(statement) if row.visits]


def wards_seen(session: Session, principal: Principal) -> dict[str, Ward]:
    """The wards in the principal's areas, by code."""
    parent = Area.__table__.alias("parent")
    rows = session.execute(
        select(Area.code, Area.name, Area.parent_code, parent.c.name.label("parent_name"))
        .outerjoin(parent, parent.c.code == Area.parent_code)
        .where(Area.kind == "ward", in_scope(principal, Area.code))
    )
    return {row.code: Ward(row.code, row.name, row.parent_code or "", row.parent_name or "") for row in rows}
