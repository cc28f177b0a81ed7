"""What a campaign's form offers: areas as a tree, streets by name, who may own it, and the questionnaires."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require, sees_whole_force
from server.base.db import table_of
from server.base.service import Service
from server.fieldwork.members import COVERED_KINDS, is_house, path_and_above
from server.fieldwork.tables import Campaign
from server.geography.scope import areas_in_scope, in_scope, paths_below
from server.geography.tables import Area, Premises, Street
from server.staff.roles import ROLES
from server.staff.tables import Account, AreaGrant, RoleGrant

MOST_FOUND = 50
WRITE = "campaign.write"


@dataclass
class AreaChoice:
    """An area that a campaign may cover, with the ones below it by name. `chosen_below` counts those chosen there."""

    code: str
    kind: str
    name: str
    chosen: bool
    below: list[AreaChoice] = field(default_factory=list)
    chosen_below: int = 0


@dataclass(frozen=True)
class Choices:
    """What the form offers. Owners and questionnaires are (id, words)."""

    areas: list[AreaChoice]
    owners: list[tuple[int, str]]
    questionnaires: list[tuple[int, str]]


def read_choices(service: Service, principal: Principal, chosen: Collection[str]) -> Choices:
    """What the form offers to the principal; `chosen` are the codes of areas that are ticked."""
    require(principal, WRITE)
    return service.db.read(
        lambda session: Choices(
            _areas(session, principal, set(chosen)),
            _owners(session, principal),
            list(questionnaire_names(session).items()),
        )
    )


def search_streets(service: Service, principal: Principal, words: str) -> list[tuple[str, str]]:
    """Streets with a house in the principal's areas whose name holds the words: (USRN, name and place), by name."""
    require(principal, WRITE)
    there = exists(
        select(1).where(Premises.usrn == Street.usrn, is_house(), in_scope(principal, Premises.ward_code))
    )
    return _named(service, Street.name.icontains(words, autoescape=True) & there)


def name_streets(service: Service, usrns: Collection[str]) -> list[tuple[str, str]]:
    """(USRN, name and place) of these streets, by name; a USRN that is not there is left out."""
    return _named(service, Street.usrn.in_(sorted(usrns)), most=None) if usrns else []


def questionnaire_names(session: Session) -> dict[int, str]:
    """Active questionnaires by id, in words. They are of a room higher up: the campaign's foreign key leads there."""
    (key,) = table_of(Campaign).c.questionnaire_id.foreign_keys
    columns = key.column.table.c
    rows = session.execute(
        select(columns.id, columns.code, columns.version)
        .where(columns.active)
        .order_by(columns.code, columns.version.desc())
    )
    return {row.id: f"{row.code.replace('_', ' ').capitalize()}, version {row.version}" for row in rows}


def _named(service: Service, which: Any, most: int | None = MOST_FOUND) -> list[tuple[str, str]]:
    statement = select(Street).where(which).order_by(Street.name, Street.usrn).limit(most)
    rows = service.db.read(lambda session: session.scalars(statement).all())
    return [
        (one.usrn, ", ".join(part for part in (one.name, one.locality or one.town) if part)) for one in rows
    ]


def _owners(session: Session, principal: Principal) -> list[tuple[int, str]]:
    """Who may change campaigns and was granted an area that meets the principal's."""
    roles = [role for role, permissions in ROLES.items() if WRITE in permissions]
    near = select(AreaGrant.account_id).join(Area, Area.code == AreaGrant.area_code)
    if not sees_whole_force(principal):
        above = {path for area in principal.areas for path in path_and_above(area)}
        near = near.where(or_(paths_below(principal.areas), Area.path.in_(sorted(above))))
    rows = session.execute(
        select(Account.id, Account.display_name, Account.collar_number)
        .where(
            Account.active,
            exists(select(1).where(RoleGrant.account_id == Account.id, RoleGrant.role.in_(roles))),
            Account.id.in_(near),
        )
        .order_by(Account.display_name, Account.id)
    )
    return [(row.id, f"{row.display_name} {row.collar_number}".strip()) for row in rows]


def _areas(session: Session, principal: Principal, chosen: set[str]) -> list[AreaChoice]:
    rows = session.execute(
        select(Area.code, Area.kind, Area.name, Area.path)
        .where(Area.kind.in_(COVERED_KINDS), areas_in_scope(principal))
        .order_by(Area.path)
    ).all()
    by_path: dict[str, AreaChoice] = {}
    tops: list[AreaChoice] = []
    for row in rows:
        one = AreaChoice(row.code, row.kind, row.name, row.code in chosen)
        by_path[row.path] = one
        parents = [by_path[path] for path in path_and_above(row.path)[:-1] if path in by_path]
        (parents[-1].below if parents else tops).append(one)
        for parent in parents if one.chosen else ():
            parent.chosen_below += 1
    for one in by_path.values():
        one.below.sort(key=lambda below: (below.name, below.code))
    return tops
