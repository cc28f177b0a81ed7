"""What officers did in the areas that a principal sees: visits by day and slot, how often a door was answered, lists.

Sorted by name: rates of officers who knock at different doors at different times say little of the officers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.service import Service
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.fieldwork.activity_views import Asked, count_visits
from server.fieldwork.answer_rules import BySlot, tallied
from server.fieldwork.bulk import among
from server.fieldwork.stored import read_policy
from server.fieldwork.tables import Activity, Campaign, Worklist, WorklistHouse
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises
from server.staff.principals import today
from server.staff.tables import Account
from sync.worklist import Policy

SOON = timedelta(hours=24)  # a list that ends within this is about to expire


@dataclass(frozen=True)
class OfficerFigures:
    """An officer's visits by slot; lists that run, and those of them that end SOON; when a phone last synced.

    `ours` is false for one who was granted nothing within the principal's areas today (but perhaps more than these):
    of such a one's phones nothing is told.
    """

    account_id: int
    name: str
    counted: BySlot
    lists: int
    ending: int
    next_end: datetime | None
    last_sync: datetime | None
    ours: bool


@dataclass(frozen=True)
class Team:
    """The officers by name, all of them together, their visits by day and slot, and the policy held against it."""

    officers: list[OfficerFigures]
    together: BySlot
    days: dict[date, BySlot]
    policy: Policy


def read_team(service: Service, principal: Principal, asked: Asked) -> Team:
    """Who visited in the principal's areas or has a running list or a phone there; figures of these areas alone.

    Raises Problem: forbidden; not_found for a campaign or area outside the principal's.
    """
    require(principal, "visit.read")
    return service.db.read(lambda session: _team(session, service, principal, asked))


def read_officer(
    service: Service, principal: Principal, account_id: int, asked: Asked
) -> tuple[OfficerFigures, Team]:
    """One officer, and the same as a team of one. Raises Problem as `read_team`, and not_found for an unknown one."""
    require(principal, "visit.read")
    one = Asked(asked.since, asked.until, asked.campaign_id, asked.area, account_id)
    team = service.db.read(lambda session: _team(session, service, principal, one))
    for officer in team.officers:
        if officer.account_id == account_id:
            return officer, team
    raise no_such("officer", account_id)


def _team(session: Session, service: Service, principal: Principal, asked: Asked) -> Team:
    rows = count_visits(session, principal, asked, Activity.account_id)
    daily = count_visits(session, principal, asked, Activity.day)
    counted = {key: found for (key,), found in tallied(rows, "account_id").items()}
    lists = _lists(session, service, principal, asked)
    people = _people(session, service, principal, asked, counted.keys() | lists.keys())
    syncs = _last_syncs(session, [row.id for row in people if row.ours])
    officers = []
    for row in people:
        running = lists.get(row.id)
        officers.append(
            OfficerFigures(
                row.id,
                row.display_name,
                counted.get(row.id, BySlot()),
                running.lists if running else 0,
                running.ending if running else 0,
                running.next_end if running else None,
                syncs.get(row.id),
                row.ours,
            )
        )
    days = {day: found for (day,), found in sorted(tallied(daily, "day").items())}
    (together,) = tallied(rows).values() or (BySlot(),)
    document = session.scalar(select(Campaign.policy).where(Campaign.id == asked.campaign_id))
    return Team(officers, together, days, read_policy(document) or Policy())


def _people(
    session: Session, service: Service, principal: Principal, asked: Asked, active_there: Collection[int]
) -> list[Any]:
    """Those named and whoever has a phone and is granted something within the principal's areas (`ours`), by name.

    One alone where one is asked for: without a phone too, and with visits in those areas on whatever days.
    """
    ours = and_(Account.active, accounts_in_scope(principal, Account.id, today(service)))
    phone = exists(
        select(1).where(Device.account_id == Account.id, Device.state == "active").correlate(Account)
    )
    known = select(Account.id, Account.display_name, case((ours, True), else_=False).label("ours"))
    statement = known.where(or_(and_(ours, phone), among(Account.id, sorted(active_there)))).order_by(
        func.lower(Account.display_name), Account.id
    )
    if asked.account_id is not None:
        visited = exists(
            select(1).where(Activity.account_id == asked.account_id, in_scope(principal, Activity.ward_code))
        )
        return list(session.execute(known.where(Account.id == asked.account_id, or_(ours, visited))).all())
    return list(session.execute(statement).all())


def _lists(session: Session, service: Service, principal: Principal, asked: Asked) -> dict[int, Any]:
    """Running lists with a house in the principal's areas, by officer."""
    now = service.clock.now()
    has_house = exists(
        select(1)
        .select_from(WorklistHouse)
        .join(Premises, Premises.uprn == WorklistHouse.uprn)
        .where(
            WorklistHouse.worklist_id == Worklist.id,
            not_(WorklistHouse.removed),
            in_scope(principal, Premises.ward_code),
        )
        .correlate(Worklist)
    )
    statement = (
        select(
            Worklist.account_id,
            func.count().label("lists"),
            func.sum(case((Worklist.not_after <= now + SOON, 1), else_=0)).label("ending"),
            func.min(Worklist.not_after).label("next_end"),
        )
        .where(
            Worklist.state == "active",
            Worklist.not_after > now,
            has_house,
        )
        .group_by(Worklist.account_id)
    )
    if asked.campaign_id:
        statement = statement.where(Worklist.campaign_id == asked.campaign_id)
    return {row.account_id: row for row in session.execute(statement)}


def _last_syncs(session: Session, accounts: list[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Device.account_id, func.max(Device.seen_at).label("at"))
        .where(among(Device.account_id, accounts), Device.seen_at.is_not(None))
        .group_by(Device.account_id)
    )
    return {row.account_id: row.at for row in rows}
