"""Lists as a coordinator looks over them, with the last sync of each officer, and what could be moved to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, require
from server.base.paging import MOST_ROWS
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.bulk import among
from server.fieldwork.officers import Held, held_by, takers
from server.fieldwork.tables import Campaign, Holding, Worklist
from server.fieldwork.worklist_views import WorklistView, find_worklists
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises
from server.staff.tables import Account


@dataclass(frozen=True)
class ListRow:
    """A list, and when a phone of its officer last synced (None: never)."""

    listed: WorklistView
    synced_at: datetime | None


@dataclass(frozen=True)
class ListsFound:
    """A page of lists. `campaign` and `officer` are the names that it is filtered by."""

    rows: list[ListRow]
    next: str | None
    campaign: str
    officer: str


@dataclass(frozen=True)
class OtherOfficer:
    """Somebody who could take lists; `wards_missing` of the wards that they lie in were not granted."""

    account_id: int
    name: str
    held: Held
    wards_missing: int


@dataclass(frozen=True)
class Handover:
    """Lists of an officer and who could take them; `holders` are all who hold lists (account, name).

    `overlaps`: houses on these lists that somebody else holds in another campaign, by that campaign's name.
    """

    officer: int
    name: str
    lists: list[WorklistView]
    overlaps: dict[str, int]
    holders: list[tuple[int, str]]
    others: list[OtherOfficer]


def find_lists(service: Service, principal: Principal, query: dict[str, Any]) -> ListsFound:
    """Lists in the principal's areas, as `find_worklists`; the state "any" is no filter."""
    wanted = query | {"state": "" if query["state"] == "any" else query["state"]}
    page = find_worklists(service, principal, wanted)
    seen = service.db.read(lambda session: _synced(session, {one.account_id for one in page.rows}))
    first: WorklistView | None = page.rows[0] if page.rows else None
    return ListsFound(
        [ListRow(one, seen.get(one.account_id)) for one in page.rows],
        page.next,
        first.campaign if first and query.get("campaign") else "",
        first.officer if first and query.get("officer") else "",
    )


def read_handover(service: Service, principal: Principal, officer: int) -> Handover:
    """What an officer holds in the principal's areas, and who could take it (0: nobody is chosen yet)."""
    require(principal, "worklist.allocate")
    lists: list[WorklistView] = []
    if officer:
        query = {"officer": officer, "state": "active", "limit": MOST_ROWS, "after": ""}
        lists = find_worklists(service, principal, query).rows

    def work(session: Session) -> Handover:
        wards = _wards(session, [one.id for one in lists])
        people = [one for one in takers(session, service, wards) if one.account_id != officer]
        holds = held_by(session, principal, [one.account_id for one in people])
        others = [
            OtherOfficer(
                one.account_id,
                one.name,
                holds.get(one.account_id, Held()),
                len(wards - one.wards),
            )
            for one in people
            if one.is_officer
        ]
        holders = _holders(session, principal)
        overlaps = _overlaps(session, principal, officer, [one.id for one in lists])
        return Handover(officer, lists[0].officer if lists else "", lists, overlaps, holders, others)

    return service.db.read(work)


def require_lists(service: Service, principal: Principal, officer: int) -> None:
    """Raise Problem("not_found") unless the officer holds a list with a house in the principal's areas."""
    query = {"officer": officer, "state": "active", "limit": 1, "after": ""}
    if not find_worklists(service, principal, query).rows:
        raise no_such("list of officer", officer)


def _synced(session: Session, accounts: Collection[int]) -> dict[int, datetime | None]:
    """When a phone of each account was last heard of."""
    rows = session.execute(
        select(Device.account_id, func.max(Device.seen_at).label("seen_at"))
        .where(among(Device.account_id, accounts))
        .group_by(Device.account_id)
    )
    return {row.account_id: row.seen_at for row in rows}


def _wards(session: Session, lists: Collection[int]) -> set[str]:
    rows = session.scalars(
        select(Premises.ward_code)
        .join(Holding, Holding.uprn == Premises.uprn)
        .where(among(Holding.worklist_id, lists))
        .distinct()
    )
    return {ward or "" for ward in rows}


def _overlaps(session: Session, principal: Principal, officer: int, lists: Collection[int]) -> dict[str, int]:
    """Houses on these lists that another officer holds too, by the name of the campaign that it is for."""
    ours, theirs = aliased(Holding), aliased(Holding)
    rows = session.execute(
        select(Campaign.name, func.count().label("houses"))
        .select_from(ours)
        .join(theirs, (theirs.uprn == ours.uprn) & (theirs.campaign_id != ours.campaign_id))
        .join(Worklist, Worklist.id == theirs.worklist_id)
        .join(Campaign, Campaign.id == theirs.campaign_id)
        .join(Premises, Premises.uprn == ours.uprn)
        .where(
            among(ours.worklist_id, lists),
            Worklist.account_id != officer,
            Worklist.state == "active",
            in_scope(principal, Premises.ward_code),
        )
        .group_by(Campaign.id, Campaign.name)
        .order_by(Campaign.name)
    )
    return {row.name: row.houses for row in rows}


def _holders(session: Session, principal: Principal) -> list[tuple[int, str]]:
    """Who holds a list with a house in the principal's areas, by name."""
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(Worklist, Worklist.account_id == Account.id)
        .join(Holding, Holding.worklist_id == Worklist.id)
        .join(Premises, Premises.uprn == Holding.uprn)
        .where(Worklist.state == "active", in_scope(principal, Premises.ward_code))
        .distinct()
        .order_by(Account.display_name, Account.id)
    )
    return [(row.id, row.display_name) for row in rows]
