"""Who can see a place: every account whose granted areas take it in, by which grant, and until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.service import Service
from server.geography.scope import area_path, no_such, ward_codes
from server.geography.tables import Area, Premises, Street
from server.staff.principals import today
from server.staff.roles import EVERYWHERE_ROLES
from server.staff.tables import Account, AreaGrant, RoleGrant

When = Literal["now", "later"]


@dataclass(frozen=True)
class Sight:
    """One reason why an account sees the place: a grant, or a role that sees the whole force (`area_code` "" then).

    `wards` are the codes of those wards of the place that it takes in; `when` is "later" for a grant yet to begin.
    """

    account_id: int
    name: str
    collar_number: str
    roles: tuple[str, ...]
    area_code: str
    area_name: str
    area_kind: str
    starts_on: date | None
    ends_on: date | None
    when: When
    wards: tuple[str, ...]


@dataclass(frozen=True)
class Sights:
    """A place, its wards (code → name), and who sees it, by name."""

    place: str
    wards: dict[str, str]
    rows: list[Sight]

    @property
    def people(self) -> int:
        """How many accounts see it today."""
        return len({row.account_id for row in self.rows if row.when == "now"})


def who_sees_street(service: Service, principal: Principal, usrn: str) -> Sights:
    """Who sees a street: whoever sees a ward that one of its houses lies in. Raises Problem("not_found")."""
    require(principal, "staff.read")

    def work(session: Session) -> Sights:
        street = session.get(Street, usrn)
        if street is None:
            raise no_such("street", usrn)
        of_houses = select(Premises.ward_code).where(Premises.usrn == usrn).distinct()
        return _sights(session, service, street.name, session.scalars(of_houses).all())

    return service.db.read(work)


def who_sees_area(service: Service, principal: Principal, code: str) -> Sights:
    """Who sees an area: whoever sees one of its wards. Raises Problem("not_found")."""
    require(principal, "staff.read")

    def work(session: Session) -> Sights:
        area_path(session, code)
        name = session.scalars(select(Area.name).where(Area.code == code)).one()
        return _sights(session, service, name, ward_codes(session, code))

    return service.db.read(work)


def _sights(session: Session, service: Service, place: str, codes: Sequence[str | None]) -> Sights:
    on = today(service)
    wards = session.execute(
        select(Area.code, Area.name, Area.path).where(Area.code.in_(code for code in codes if code))
    ).all()
    grants = session.execute(
        select(Account.id, AreaGrant.starts_on, AreaGrant.ends_on, Area.code, Area.name, Area.kind, Area.path)
        .join(AreaGrant, AreaGrant.account_id == Account.id)
        .join(Area, Area.code == AreaGrant.area_code)
        .where(
            Account.active,
            Area.path.in_({path for ward in wards for path in _down_to(ward.path)}),
            or_(AreaGrant.ends_on.is_(None), AreaGrant.ends_on >= on),
        )
    ).all()
    everywhere = select(RoleGrant.account_id).join(Account, Account.id == RoleGrant.account_id)
    seeing_all = session.scalars(
        everywhere.where(Account.active, RoleGrant.role.in_(EVERYWHERE_ROLES)).distinct()
    ).all()
    people = _people(session, {grant.id for grant in grants} | set(seeing_all))
    rows = [_by_role(people[key], tuple(ward.code for ward in wards)) for key in seeing_all]
    rows += [_by_grant(people[one.id], one, wards, on) for one in grants if one.id not in seeing_all]
    rows.sort(key=lambda row: (row.name.casefold(), row.account_id, row.area_code))
    return Sights(place, {ward.code: ward.name for ward in sorted(wards, key=lambda ward: ward.name)}, rows)


def _down_to(path: str) -> list[str]:
    """The paths of an area and of all areas that it lies in: '/f/', '/f/d/', '/f/d/w/'."""
    codes = path.strip("/").split("/")
    return ["/" + "/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]


@dataclass(frozen=True)
class _Person:
    id: int
    name: str
    collar_number: str
    roles: tuple[str, ...]


def _people(session: Session, ids: Collection[int]) -> dict[int, _Person]:
    roles: dict[int, list[str]] = {}
    for row in session.execute(
        select(RoleGrant).where(RoleGrant.account_id.in_(ids)).order_by(RoleGrant.role)
    ).scalars():
        roles.setdefault(row.account_id, []).append(row.role)
    accounts = session.execute(
        select(Account.id, Account.display_name, Account.collar_number).where(Account.id.in_(ids))
    )
    return {
        one.id: _Person(one.id, one.display_name, one.collar_number, tuple(roles.get(one.id, ())))
        for one in accounts
    }


def _by_role(person: _Person, wards: tuple[str, ...]) -> Sight:
    return Sight(
        person.id, person.name, person.collar_number, person.roles, "", "", "", None, None, "now", wards
    )


def _by_grant(person: _Person, grant: Any, wards: Sequence[Any], on: date) -> Sight:
    return Sight(
        account_id=person.id,
        name=person.name,
        collar_number=person.collar_number,
        roles=person.roles,
        area_code=grant.code,
        area_name=grant.name,
        area_kind=grant.kind,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        when="later" if grant.starts_on and grant.starts_on > on else "now",
        wards=tuple(ward.code for ward in wards if ward.path.startswith(grant.path)),
    )
