"""Who may be given lists: active accounts that work with lists, the wards granted to each, and what each holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.base.access import EVERYWHERE, Principal, sees_whole_force
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.tables import Holding, Worklist
from server.geography.scope import WARD, in_scope
from server.geography.tables import Area, Premises
from server.staff.principals import today
from server.staff.roles import EVERYWHERE_ROLES, permissions_of
from server.staff.tables import Account, AreaGrant, RoleGrant

CARRIES = "worklist.read"
DESK = frozenset({"worklist.allocate", "staff.write"})
"""Who may do one of these plans rounds, and is not offered one (but may be given one by the API)."""


@dataclass(frozen=True)
class Taker:
    """Somebody who may be given lists, and those of the wards asked about that were granted."""

    account_id: int
    name: str
    permissions: frozenset[str]
    wards: frozenset[str]

    @property
    def is_officer(self) -> bool:
        """True for those who walk rounds and plan none."""
        return not self.permissions & DESK


@dataclass(frozen=True)
class Held:
    """What an officer holds now: active lists, and the houses on them, in the areas of who asks."""

    lists: int = 0
    houses: int = 0


def takers(
    session: Session, service: Service, wards: Collection[str], accounts: Collection[int] | None = None
) -> list[Taker]:
    """Active accounts (or those of `accounts`) that may hold lists, by name, with the wards granted today.

    A ward "" is that of houses that lie in none: those who see the whole force have it.
    """
    people = select(Account.id, Account.display_name, RoleGrant.role).join(
        RoleGrant, RoleGrant.account_id == Account.id
    )
    if accounts is not None:
        people = people.where(among(Account.id, accounts))
    names: dict[int, str] = {}
    roles: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(people.where(Account.active).order_by(Account.display_name, Account.id)):
        names[row.id] = row.display_name
        roles[row.id].add(row.role)
    paths = _granted(session, service, names)
    known = {
        row.code: row.path
        for row in session.execute(
            select(Area.code, Area.path).where(among(Area.code, wards), Area.kind == WARD)
        )
    }
    found = []
    for account_id, name in names.items():
        permissions = permissions_of(roles[account_id])
        areas = (EVERYWHERE,) if roles[account_id] & EVERYWHERE_ROLES else tuple(paths[account_id])
        whole = sees_whole_force(Principal("", areas=areas))
        granted = {
            ward for ward in wards if whole or any(known.get(ward, "\0").startswith(area) for area in areas)
        }
        if CARRIES in permissions:
            found.append(Taker(account_id, name, permissions, frozenset(granted)))
    return found


def held_by(session: Session, principal: Principal, accounts: Collection[int]) -> dict[int, Held]:
    """What each of these accounts holds, counted in the principal's areas; who holds nothing is absent."""
    rows = session.execute(
        select(
            Worklist.account_id,
            func.count(Worklist.id.distinct()).label("lists"),
            func.count().label("houses"),
        )
        .join(Holding, Holding.worklist_id == Worklist.id)
        .join(Premises, Premises.uprn == Holding.uprn)
        .where(
            among(Worklist.account_id, accounts),
            Worklist.state == "active",
            in_scope(principal, Premises.ward_code),
        )
        .group_by(Worklist.account_id)
    )
    return {row.account_id: Held(row.lists, row.houses) for row in rows}


def _granted(session: Session, service: Service, accounts: Collection[int]) -> dict[int, list[str]]:
    """The paths of the areas granted today, by account."""
    day = today(service)
    rows = session.execute(
        select(AreaGrant.account_id, Area.path)
        .join(Area, Area.code == AreaGrant.area_code)
        .where(
            among(AreaGrant.account_id, accounts),
            or_(AreaGrant.starts_on.is_(None), AreaGrant.starts_on <= day),
            or_(AreaGrant.ends_on.is_(None), AreaGrant.ends_on >= day),
        )
    )
    paths: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        paths[row.account_id].append(row.path)
    return paths
