"""Reading of what is held on residents, within the reader's areas. What names a person is given out with a reason only.

Lists and single rows show states and consents; a name or a contact is opened by `disclose`, and a person is found by
contact or name by `look_up`: both are on the audit trail with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.residents.consents import ConsentMark, given
from server.residents.contacts import EMAIL, NAME_AT_HOUSE, PHONE, contact_indexes, name_indexes
from server.residents.merge import resolve
from server.residents.sealed import Detail, open_contact, open_detail, open_name
from server.residents.tables import Consent, Contact, Registration, Resident

SHOWN = ("unconfirmed", "current", "opted_out")  # states that a list shows unless it is asked for others


@dataclass(frozen=True)
class ResidentRow:
    """A resident without what names them."""

    id: str
    uprn: str
    usrn: str
    ward_code: str | None
    state: str
    language: str
    registered_at: datetime
    confirmed_at: datetime | None
    changed_at: datetime
    consents: tuple[str, ...]


@dataclass(frozen=True)
class ConsentRow:
    """One consent of the history."""

    purpose: str
    given: bool
    wording: str
    how: str
    at: datetime


@dataclass(frozen=True)
class RegistrationRow:
    """One act of registering."""

    id: str
    how: str
    state: str
    at: datetime
    campaign_id: int | None


@dataclass(frozen=True)
class ResidentView:
    """A resident with the history of consents and registrations, without what names them."""

    resident: ResidentRow
    history: list[ConsentRow]
    registrations: list[RegistrationRow]


@dataclass(frozen=True)
class Disclosure:
    """What names a resident."""

    id: str
    name: str
    address: str
    contacts: list[dict[str, Any]]
    detail: Detail


_COLUMNS = [one.name for one in fields(ResidentRow) if one.name != "consents"]


def list_residents(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """One page of residents within the principal's areas, by id. Filters: uprn, usrn, ward, state."""
    statement = _rows(principal).where(Resident.state.in_([query["state"]] if query.get("state") else SHOWN))
    for name, column in (("uprn", Resident.uprn), ("usrn", Premises.usrn), ("ward", Premises.ward_code)):
        if query.get(name):
            statement = statement.where(column == query[name])

    def work(session: Session) -> PageResult:
        page = paginate(session, statement, [Resident.id], query)
        return PageResult(_with_consents(session, page.rows), page.next)

    return service.db.read(work)


def read_resident(service: Service, principal: Principal, resident_id: str) -> ResidentView:
    """One resident. Problem("not_found") for somebody unknown, or outside the principal's areas."""

    def work(session: Session) -> ResidentView:
        key = require_resident(session, principal, resident_id)
        rows = _with_consents(session, session.execute(_rows(principal).where(Resident.id == key)).all())
        history = session.execute(
            select(Consent.purpose, Consent.given, Consent.wording, Consent.how, Consent.at)
            .where(Consent.resident_id == key)
            .order_by(Consent.at, Consent.id)
        )
        acts = session.execute(
            select(
                Registration.id,
                Registration.how,
                Registration.state,
                Registration.at,
                Registration.campaign_id,
            )
            .where(Registration.resident_id == key)
            .order_by(Registration.at, Registration.id)
        )
        return ResidentView(
            rows[0], [ConsentRow(*one) for one in history], [RegistrationRow(*one) for one in acts]
        )

    return service.db.read(work)


def look_at(service: Service, principal: Principal, resident_id: str) -> tuple[ResidentView, str]:
    """`read_resident` for somebody at the console, with the address of the house; the look is on the audit trail."""
    view = read_resident(service, principal, resident_id)

    def work(session: Session) -> str:
        address = select(Premises.address).where(Premises.uprn == view.resident.uprn)
        found = session.scalars(address).one()
        audit.record(session, service, principal, "resident.look_at", f"resident:{view.resident.id}")
        return found

    return view, service.db.transact(work)


def disclose(
    service: Service, principal: Principal, resident_id: str, *, reason: str, reference: str = ""
) -> Disclosure:
    """What names a resident, put on the audit trail with the reason. Problem("not_found") as `read_resident`."""

    def work(session: Session) -> Disclosure:
        key = require_resident(session, principal, resident_id)
        found = open_resident(session, service, key)
        why = {"reason": reason, "reference": reference}
        audit.record(session, service, principal, "resident.disclose", f"resident:{key}", **why)
        return found

    return service.db.transact(work)


def look_up(
    service: Service,
    principal: Principal,
    kind: str,
    value: str,
    *,
    uprn: str = "",
    reason: str,
    reference: str = "",
) -> list[ResidentRow]:
    """The residents with a contact (kind: email | phone) or a name at a house (name_at_house), by blind index.

    Only those within the principal's areas. The look-up is on the audit trail, found or not, without the value.
    """
    vault = service.vault
    if kind == NAME_AT_HOUSE:
        found = select(Resident.id).where(Resident.name_index.in_(name_indexes(vault, value, uprn)))
    elif kind in (EMAIL, PHONE):
        indexes = contact_indexes(vault, kind, value)
        found = select(Contact.resident_id).where(Contact.index.in_(indexes), Contact.kind == kind)
    else:
        raise Problem("unknown_code", f"Look-ups go by {EMAIL}, {PHONE} or {NAME_AT_HOUSE}.")

    def work(session: Session) -> list[ResidentRow]:
        statement = _rows(principal).where(Resident.id.in_(found), Resident.state.in_(SHOWN))
        rows = _with_consents(session, session.execute(statement.order_by(Resident.id).limit(50)).all())
        audit.record(
            session,
            service,
            principal,
            "resident.look_up",
            kind,
            reason=reason,
            reference=reference,
            found=[one.id for one in rows],
        )
        return rows

    return service.db.transact(work)


def require_resident(session: Session, principal: Principal, resident_id: str) -> str:
    """The resident's id (of whom they were merged into), if the principal may see the house. Problem("not_found").

    A try at somebody outside the areas gets the same answer, and is put on the audit trail by the HTTP edge.
    """
    key = resolve(session, resident_id)
    if session.execute(_rows(principal).where(Resident.id == key)).first() is None:
        there = session.scalar(select(Resident.id).where(Resident.id == key)) is not None
        raise Problem("not_found", "There is no resident with this id in your areas.", outside_area=there)
    return key


def open_resident(session: Session, service: Service, resident_id: str) -> Disclosure:
    """What names a resident, opened. The caller sees to permission, area and audit trail."""
    vault = service.vault
    row = session.execute(
        select(Resident.name_sealed, Resident.detail_sealed, Premises.address)
        .join(Premises, Premises.uprn == Resident.uprn)
        .where(Resident.id == resident_id)
    ).one()
    contacts = session.execute(
        select(Contact.id, Contact.kind, Contact.value_sealed, Contact.confirmed_at)
        .where(Contact.resident_id == resident_id)
        .order_by(Contact.kind, Contact.id)
    )
    return Disclosure(
        id=resident_id,
        name=open_name(vault, resident_id, row.name_sealed),
        address=row.address,
        contacts=[
            {
                "kind": one.kind,
                "value": open_contact(vault, one.id, one.value_sealed),
                "confirmed_at": one.confirmed_at,
            }
            for one in contacts
        ],
        detail=open_detail(vault, resident_id, row.detail_sealed),
    )


def _rows(principal: Principal) -> Any:
    return (
        select(
            Resident.id,
            Resident.uprn,
            Premises.usrn,
            Premises.ward_code,
            Resident.state,
            Resident.language,
            Resident.registered_at,
            Resident.confirmed_at,
            Resident.changed_at,
        )
        .join(Premises, Premises.uprn == Resident.uprn)
        .where(in_scope(principal, Premises.ward_code))
    )


def _with_consents(session: Session, rows: Collection[Any]) -> list[ResidentRow]:
    marks: dict[str, list[ConsentMark]] = defaultdict(list)
    for one in session.execute(
        select(Consent.__table__).where(among(Consent.resident_id, [row.id for row in rows]))
    ):
        marks[one.resident_id].append(
            ConsentMark(one.id, one.purpose, one.given, one.at, one.how, one.wording, one.proved_at)
        )
    return [
        ResidentRow(
            **{name: getattr(row, name) for name in _COLUMNS}, consents=tuple(sorted(given(marks[row.id])))
        )
        for row in rows
    ]
