"""Houses that coordinators added before the address file had them: listed, and ended once the file brings them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.address_edits import PROVISIONAL, retire
from server.fieldwork.bulk import among
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.members import require_house
from server.geography.scope import in_scope
from server.geography.tables import Premises

FIRST, LAST = "999900000000", "999999999999"  # by which the primary key finds them


@dataclass(frozen=True)
class ProvisionalHouse:
    """A house that the file lacks, or lacked. `in_file`: the UPRN under which it has the same address now, or ""."""

    uprn: str
    address: str
    since: date | None
    in_file: str


def list_provisional(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of ProvisionalHouse in the principal's areas, by UPRN."""
    require(principal, "campaign.write")

    def work(session: Session) -> PageResult:
        page = paginate(session, _provisional(principal), [Premises.uprn], query)
        return PageResult(_houses(session, page.rows), page.next)

    return service.db.read(work)


def read_provisional(service: Service, principal: Principal, uprn: str) -> ProvisionalHouse:
    """One of them. Raises Problem("not_found") for any other house, and outside the principal's areas."""
    require(principal, "campaign.write")

    def work(session: Session) -> ProvisionalHouse:
        require_house(session, principal, uprn)
        found = _houses(session, session.execute(_provisional(principal).where(Premises.uprn == uprn)).all())
        if not found:
            raise Problem("not_found", "This house is not a provisional one, or was ended already.")
        return found[0]

    return service.db.read(work)


def end_provisional(service: Service, principal: Principal, uprn: str) -> None:
    """Retire a provisional house: the file has it under its own UPRN now, or it was a mistake. Its visits stay.

    Raises Problem: forbidden, not_found, wrong_state where it is none any more.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> None:
        require_house(session, principal, uprn)
        lock_premises(session, [uprn])
        if session.scalar(_provisional(principal).where(Premises.uprn == uprn)) is None:
            raise Problem("wrong_state", "This house is not a provisional one, or was ended already.")
        retire(session, service, uprn)
        record_facts(session, service, [], also_changed=[uprn])
        audit.record(session, service, principal, "house.end_provisional", f"premises:{uprn}")

    service.db.transact(work)


def _provisional(principal: Principal) -> Select[*tuple[Any, ...]]:
    return select(Premises.uprn, Premises.address, Premises.usrn, Premises.updated_on).where(
        Premises.uprn.between(FIRST, LAST),
        Premises.decided == PROVISIONAL,
        Premises.status == "live",
        in_scope(principal, Premises.ward_code),
    )


def _houses(session: Session, rows: Any) -> list[ProvisionalHouse]:
    told = func.upper(Premises.address)
    there = session.execute(
        select(Premises.uprn, Premises.usrn, told.label("address")).where(
            among(Premises.usrn, {row.usrn for row in rows}),
            told.in_({row.address.upper() for row in rows}),
            Premises.decided != PROVISIONAL,
            Premises.status == "live",
        )
    )
    in_file = {(row.usrn, row.address): row.uprn for row in there}
    return [
        ProvisionalHouse(
            row.uprn, row.address, row.updated_on, in_file.get((row.usrn, row.address.upper()), "")
        )
        for row in rows
    ]
