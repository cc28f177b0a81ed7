"""Lists as officers and coordinators read them: an officer his own, a coordinator those in the areas granted.

Of a list that reaches beyond the principal's areas, only the houses inside are shown and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, cast, exists, func, not_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, has
from server.base.clock import milliseconds
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.lists import with_best_slots
from server.fieldwork.rows import Texts, texts_of
from server.fieldwork.stored import read_policy
from server.fieldwork.tables import Campaign, Coverage, WardSlots, Worklist, WorklistHouse
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises
from server.staff.tables import Account
from sync.revisit import decide
from sync.worklist import HouseState, Policy

_PLAIN = (
    "id",
    "campaign_id",
    "campaign",
    "account_id",
    "officer",
    "state",
    "version",
    "not_after",
    "created_at",
    "ended_at",
)
OTHERS = "worklist.allocate"  # who may read other officers' lists


@dataclass(frozen=True)
class WorklistView:
    """A list: houses and those outstanding are counted inside the principal's areas."""

    id: int
    campaign_id: int
    campaign: str
    account_id: int
    officer: str
    state: str
    version: int
    not_after: datetime
    created_at: datetime
    ended_at: datetime | None
    streets: list[dict[str, str]]
    houses: int
    outstanding: int


@dataclass(frozen=True)
class ListedHouse:
    """A house of a list in walking order, with its revisit flag as of now."""

    uprn: str
    usrn: str
    place: int
    address: str
    postcode: str
    state: HouseState
    flag: str
    reason: str
    hazards: tuple[str, ...]
    notes: tuple[str, ...]


def find_worklists(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """Lists with a house in the principal's areas, the newest first.

    `query`: campaign, officer, state, usrn, ids (of lists), page.
    """

    def work(session: Session) -> PageResult:
        statement = _statement(principal)
        if query.get("campaign"):
            statement = statement.where(Worklist.campaign_id == query["campaign"])
        if query.get("officer"):
            statement = statement.where(Worklist.account_id == query["officer"])
        if query.get("state"):
            statement = statement.where(Worklist.state == query["state"])
        if "ids" in query:
            statement = statement.where(among(Worklist.id, query["ids"]))
        if query.get("usrn"):
            statement = statement.where(_has_house(principal, Premises.usrn == query["usrn"]))
        page = paginate(session, statement, [Worklist.id.desc()], query)
        return PageResult(_views(session, principal, page.rows), page.next)

    return service.db.read(work)


def read_worklist(service: Service, principal: Principal, worklist_id: int) -> WorklistView:
    """One list. Raises Problem("not_found"), also for another officer's and for one outside the areas."""

    def work(session: Session) -> WorklistView:
        rows = session.execute(_statement(principal).where(Worklist.id == worklist_id)).all()
        if not rows:
            raise no_such("worklist", worklist_id)
        return _views(session, principal, list(rows))[0]

    return service.db.read(work)


def list_houses(
    service: Service, principal: Principal, worklist_id: int, query: dict[str, Any]
) -> PageResult:
    """The houses of a list in walking order. Raises Problem("not_found")."""

    def work(session: Session) -> PageResult:
        found = session.execute(_statement(principal).where(Worklist.id == worklist_id)).one_or_none()
        if found is None:
            raise no_such("worklist", worklist_id)
        campaign_id = found.campaign_id
        policy = _policy_of(session, worklist_id)
        statement = (
            select(
                WorklistHouse.uprn,
                WorklistHouse.place,
                Premises.usrn,
                Premises.address,
                Premises.postcode,
                Coverage.state,
            )
            .join(Premises, Premises.uprn == WorklistHouse.uprn)
            .join(Coverage, and_(Coverage.uprn == WorklistHouse.uprn, Coverage.campaign_id == campaign_id))
            .where(
                WorklistHouse.worklist_id == worklist_id,
                not_(WorklistHouse.removed),
                in_scope(principal, Premises.ward_code),
            )
        )
        page = paginate(session, statement, [WorklistHouse.place, WorklistHouse.uprn], query)
        return PageResult(_listed(session, service, page.rows, policy), page.next)

    return service.db.read(work)


def _policy_of(session: Session, worklist_id: int) -> Policy:
    """The campaign's policy as the list's phone has it."""
    row = session.execute(
        select(Campaign.policy, WardSlots.slots)
        .join(Worklist, Worklist.campaign_id == Campaign.id)
        .outerjoin(WardSlots, WardSlots.ward_code == Worklist.ward_code)
        .where(Worklist.id == worklist_id)
    ).one()
    return with_best_slots(read_policy(row.policy) or Policy(), row.slots)


def _listed(session: Session, service: Service, rows: list[Any], policy: Policy) -> list[ListedHouse]:
    now_ms, zone = milliseconds(service.clock.now()), service.settings.time_zone
    texts = texts_of(session, service.vault, [row.uprn for row in rows])
    houses = []
    for row in rows:
        state = msgspec.convert(row.state, HouseState)
        decision = decide(state, policy, now_ms, zone)
        told = texts.get(row.uprn, Texts())
        houses.append(
            ListedHouse(
                row.uprn,
                row.usrn,
                row.place,
                row.address,
                row.postcode,
                state,
                decision.answer,
                decision.text,
                told.hazards,
                told.notes,
            )
        )
    return houses


def _statement(principal: Principal) -> Any:
    statement = (
        select(
            Worklist.id,
            Worklist.campaign_id,
            Campaign.name.label("campaign"),
            Worklist.account_id,
            Account.display_name.label("officer"),
            Worklist.state,
            Worklist.version,
            Worklist.not_after,
            Worklist.created_at,
            Worklist.ended_at,
            Worklist.streets,
        )
        .join(Campaign, Campaign.id == Worklist.campaign_id)
        .join(Account, Account.id == Worklist.account_id)
        .where(_has_house(principal))
    )
    if not has(principal, OTHERS):
        statement = statement.where(Worklist.account_id == principal.account_id)
    return statement


def _has_house(principal: Principal, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1)
        .select_from(WorklistHouse)
        .join(Premises, Premises.uprn == WorklistHouse.uprn)
        .where(WorklistHouse.worklist_id == Worklist.id, in_scope(principal, Premises.ward_code), *conditions)
        .correlate(Worklist)
    )


def _views(session: Session, principal: Principal, rows: list[Any]) -> list[WorklistView]:
    counted = {
        row.worklist_id: row
        for row in session.execute(
            select(
                WorklistHouse.worklist_id,
                func.count().label("houses"),
                func.sum(cast(Coverage.outstanding, Integer)).label("outstanding"),
            )
            .join(Worklist, Worklist.id == WorklistHouse.worklist_id)
            .join(Premises, Premises.uprn == WorklistHouse.uprn)
            .join(
                Coverage,
                and_(Coverage.uprn == WorklistHouse.uprn, Coverage.campaign_id == Worklist.campaign_id),
            )
            .where(
                WorklistHouse.worklist_id.in_([row.id for row in rows]),
                not_(WorklistHouse.removed),
                in_scope(principal, Premises.ward_code),
            )
            .group_by(WorklistHouse.worklist_id)
        )
    }
    seen = _streets_seen(session, principal, rows)
    views = []
    for row in rows:
        streets = [{"usrn": street[0], "name": street[1]} for street in row.streets if street[0] in seen]
        one = counted.get(row.id)
        views.append(
            WorklistView(
                **{name: getattr(row, name) for name in _PLAIN},
                streets=streets,
                houses=one.houses if one else 0,
                outstanding=one.outstanding if one else 0,
            )
        )
    return views


def _streets_seen(session: Session, principal: Principal, rows: list[Any]) -> set[str]:
    usrns = {street[0] for row in rows for street in row.streets}
    seen = (
        select(Premises.usrn)
        .where(among(Premises.usrn, usrns), in_scope(principal, Premises.ward_code))
        .distinct()
    )
    return set(session.scalars(seen))
