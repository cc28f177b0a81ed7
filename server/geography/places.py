"""Reading areas, streets and premises, within what the principal may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, sees
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.geography.scope import areas_in_scope, in_scope, no_such, ward_codes
from server.geography.tables import Area, Premises, Street

MOST_DOORS = 50


def find_areas(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """One page of areas in scope by code; filters: kind, parent (its code), name (part of it)."""
    statement = select(Area).where(areas_in_scope(principal))
    if kind := query.get("kind"):
        statement = statement.where(Area.kind == kind)
    if parent := query.get("parent"):
        statement = statement.where(Area.parent_code == parent)
    if name := query.get("name"):
        statement = statement.where(Area.name.icontains(name, autoescape=True))
    return service.db.read(lambda session: paginate(session, statement, [Area.code], query))


def read_area(service: Service, principal: Principal, code: str) -> Area:
    """One area in scope. Raises Problem("not_found"), also for one that is out of scope."""
    return service.db.read(lambda session: _area(session, principal, code))


def find_streets(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """One page of streets with premises in scope, by name then USRN; filters: area (its code), name (part of it)."""

    def work(session: Session) -> PageResult:
        there = _premises_in(session, principal, query.get("area", "")).where(Premises.usrn == Street.usrn)
        statement = select(Street).where(exists(there))
        if name := query.get("name"):
            statement = statement.where(Street.name.icontains(name, autoescape=True))
        return paginate(session, statement, [Street.name, Street.usrn], query)

    return service.db.read(work)


def read_street(service: Service, principal: Principal, usrn: str) -> dict[str, Any]:
    """One street with how many live homes it has in each ward in scope. Raises Problem("not_found")."""

    def work(session: Session) -> dict[str, Any]:
        street = session.get(Street, usrn)
        wards = session.execute(
            select(Premises.ward_code, func.count())
            .where(Premises.usrn == usrn, Premises.residential, Premises.status == "live")
            .where(in_scope(principal, Premises.ward_code))
            .group_by(Premises.ward_code)
            .order_by(Premises.ward_code)
        ).all()
        if street is None or not wards:
            raise no_such("street", usrn)
        homes = [{"ward_code": ward, "homes": number} for ward, number in wards]
        return {
            "usrn": street.usrn,
            "name": street.name,
            "locality": street.locality,
            "town": street.town,
            "wards": homes,
        }

    return service.db.read(work)


def find_premises(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """One page of premises in scope by UPRN; filters: area, usrn, postcode, status, residential."""

    def work(session: Session) -> PageResult:
        statement = _premises_in(session, principal, query.get("area", ""))
        for name in ("usrn", "status", "residential"):
            if (value := query.get(name)) not in (None, ""):
                statement = statement.where(getattr(Premises, name) == value)
        if postcode := query.get("postcode"):
            statement = statement.where(Premises.postcode == _spaced(postcode))
        return paginate(session, statement, [Premises.uprn], query)

    return service.db.read(work)


def read_premises(service: Service, principal: Principal, uprn: str) -> Premises:
    """One premises in scope. Raises Problem("not_found"), also for one that is out of scope."""

    def work(session: Session) -> Premises:
        found = session.scalar(
            select(Premises).where(Premises.uprn == uprn, in_scope(principal, Premises.ward_code))
        )
        if found is None:
            raise no_such("premises", uprn)
        return found

    return service.db.read(work)


def find_doors(service: Service, principal: Principal, postcode: str, door: str) -> Sequence[Premises]:
    """The homes in scope at a postcode with this number or name on the door ("12", "12A", "Rose Cottage"), in order."""
    named = door.strip()
    statement = select(Premises).where(
        in_scope(principal, Premises.ward_code),
        Premises.postcode == _spaced(postcode),
        Premises.residential,
        or_(
            func.upper(Premises.number_text) == named.upper(),
            Premises.building.icontains(named, autoescape=True),
            Premises.sub_building.icontains(named, autoescape=True),
        ),
    )
    return service.db.read(
        lambda session: session.scalars(statement.order_by(Premises.uprn).limit(MOST_DOORS)).all()
    )


def read_addresses(service: Service, principal: Principal, uprns: Collection[str]) -> dict[str, str]:
    """The addresses of those of these premises that are in scope, by UPRN."""
    wanted = select(Premises.uprn, Premises.address).where(
        Premises.uprn.in_(set(uprns)), in_scope(principal, Premises.ward_code)
    )
    rows = service.db.read(lambda session: session.execute(wanted).all())
    return {row.uprn: row.address for row in rows}


def _area(session: Session, principal: Principal, code: str) -> Area:
    area = session.get(Area, code)
    if area is None or not sees(principal, area.path):
        raise Problem("not_found", f"There is no area {code} among yours.", outside_area=True)
    return area


def _premises_in(session: Session, principal: Principal, area_code: str) -> Select[Premises]:
    statement = select(Premises).where(in_scope(principal, Premises.ward_code))
    if area_code:
        area = _area(session, principal, area_code)
        if area.kind == "lsoa21":
            statement = statement.where(Premises.lsoa21_code == area_code)
        else:
            statement = statement.where(Premises.ward_code.in_(ward_codes(session, area_code)))
    return statement


def _spaced(postcode: str) -> str:
    """A postcode as the address file writes it: upper case, one space before the last three characters."""
    bare = "".join(postcode.split()).upper()
    return f"{bare[:-3]} {bare[-3:]}"
