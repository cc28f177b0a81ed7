"""Reads what happened by day, in wards or on a street, in the caller's session and already in the principal's areas."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.activity_rules import counted
from server.fieldwork.stored import facts_of
from server.fieldwork.tables import EVERY_CAMPAIGN, Activity, Coverage
from server.fieldwork.trend import Happened, by_day
from server.geography.scope import in_scope
from server.geography.tables import Premises
from sync.outcomes import table as outcome_table


def days_of_wards(
    session: Session, principal: Principal, campaign_id: int, *here: ColumnElement[bool]
) -> dict[date, Happened]:
    """By day what happened in the principal's wards (that are `here`, conditions on Activity)."""
    contacted = [one.code for one in outcome_table() if one.contacted]
    first = Activity.first_visits if campaign_id else Activity.first_ever
    statement = select(
        Activity.day,
        _sum(Activity.visits),
        _sum(case((Activity.outcome.in_(contacted), Activity.visits), else_=0)),
        _sum(first),
        _sum(Activity.registrations),
    ).where(in_scope(principal, Activity.ward_code), *here)
    if campaign_id != EVERY_CAMPAIGN:
        statement = statement.where(Activity.campaign_id == campaign_id)
    rows = session.execute(statement.group_by(Activity.day).order_by(Activity.day))
    return {day: Happened(*sums) for day, *sums in rows}


def days_of_street(
    session: Session, service: Service, principal: Principal, campaign_id: int, usrn: str
) -> dict[date, Happened]:
    """By day what happened on the part of a street that the principal sees, counted from its facts."""
    uprns = session.scalars(
        select(Premises.uprn)
        .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == EVERY_CAMPAIGN))
        .where(Premises.usrn == usrn, in_scope(principal, Premises.ward_code), Coverage.visited)
    ).all()
    facts = facts_of(session, uprns, timed=False)
    rows = (one for known in facts.values() for one in counted(known, service.settings.time_zone).items())
    return by_day(rows, campaign_id, outcome_table())


def _sum(column: Any) -> Any:
    return cast(func.coalesce(func.sum(column), 0), Integer)
