"""What hazards and notes have in common: officers report them on addresses, and somebody with the area reviews them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.base import audit
from server.base.access import Principal
from server.base.paging import Key, PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.tables import Hazard, PremisesNote
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises
from server.staff.tables import Account

T = TypeVar("T")


@dataclass(frozen=True)
class Reports:
    """A table of reports. `name` stands in problems and on the audit trail; a report is decided on while its state is
    one of `undecided`, afterwards whoever tries reads `decided`. `filters` are the columns that a list may ask for.
    """

    table: type[Hazard] | type[PremisesNote]
    name: str
    reported_at: InstrumentedAttribute[datetime]
    reported_by: InstrumentedAttribute[int | None]
    undecided: tuple[str, ...]
    decided: str
    filters: tuple[str, ...]


def find_reports(
    service: Service,
    principal: Principal,
    reports: Reports,
    query: Mapping[str, Any],
    view: Callable[[Any, str, str], object],
) -> PageResult:
    """Reports in the principal's areas, each shown by `view` (its row, the address, the reporter's name or "").

    The latest first, or the oldest where `query` says so (`oldest`).
    """
    table = reports.table

    def work(session: Session) -> PageResult:
        statement = _visible(principal, reports)
        for name in reports.filters:
            if query.get(name):
                statement = statement.where(getattr(table, name) == query[name])
        oldest: list[Key] = [reports.reported_at, table.id]
        latest: list[Key] = [reports.reported_at.desc(), table.id.desc()]
        page = paginate(session, statement, oldest if query.get("oldest") else latest, query)
        return PageResult([view(row[0], row[1], row[2] or "") for row in page.rows], page.next)

    return service.db.read(work)


def look_through(
    service: Service,
    principal: Principal,
    reports: Reports,
    query: Mapping[str, Any],
    view: Callable[[Any, str, str], object],
) -> PageResult:
    """The same, and that these were read stands on the audit trail: what officers wrote may tell of people."""
    page = find_reports(service, principal, reports, query, view)
    ids = [getattr(one, "id", "") for one in page.rows]
    note_read(service, principal, reports, ids)
    return page


def note_read(service: Service, principal: Principal, reports: Reports, ids: Sequence[str]) -> None:
    """Note on the audit trail that these reports were read, where there are any."""
    if ids:
        target = f"{reports.name}:{ids[0]}" if len(ids) == 1 else f"{reports.name}s"
        detail = {} if len(ids) == 1 else {"ids": list(ids)}
        service.db.transact(
            lambda session: audit.record(
                session, service, principal, f"{reports.name}.read", target, **detail
            )
        )


def read_report(
    service: Service,
    principal: Principal,
    reports: Reports,
    report_id: str,
    view: Callable[[Any, str, str], T],
) -> T:
    """One report, shown by `view`. Raises Problem("not_found"), also outside the areas."""
    statement = _visible(principal, reports).where(reports.table.id == report_id)
    row = service.db.read(lambda session: session.execute(statement).one_or_none())
    if row is None:
        raise no_such(reports.name, report_id)
    return view(row[0], row[1], row[2] or "")


def _visible(principal: Principal, reports: Reports) -> Select[*tuple[Any, ...]]:
    table = reports.table
    return (
        select(table, Premises.address, Account.display_name)
        .join(Premises, Premises.uprn == table.uprn)
        .outerjoin(Account, Account.id == reports.reported_by)
        .where(in_scope(principal, Premises.ward_code))
    )


def review(
    service: Service,
    principal: Principal,
    reports: Reports,
    report_id: str,
    decision: str,
    *,
    reason: str = "",
    **columns: Any,
) -> None:
    """Decide on a report, and set further columns of its row; the lists that hold the house show it.

    Raises Problem: not_found, also outside the areas; wrong_state where it is decided already.
    """

    def work(session: Session) -> None:
        uprn = lock_report(session, principal, reports, report_id)
        decide(session, service, principal, reports, report_id, decision=decision, **columns)
        record_facts(session, service, [], also_changed=[uprn])
        detail = {"uprn": uprn, "decision": decision} | ({"reason": reason} if reason else {})
        note_down(session, service, principal, reports, report_id, **detail)

    service.db.transact(work)


def lock_report(session: Session, principal: Principal, reports: Reports, report_id: str) -> str:
    """The UPRN that a report is of, whose street and lists are locked. Raises Problem as `review` does."""
    table = reports.table
    uprn = session.scalar(
        select(table.uprn)
        .join(Premises, Premises.uprn == table.uprn)
        .where(table.id == report_id, in_scope(principal, Premises.ward_code))
    )
    if uprn is None:
        raise no_such(reports.name, report_id)
    lock_premises(session, [uprn])
    state = session.scalar(select(table.state).where(table.id == report_id))
    if state not in reports.undecided:
        raise Problem("wrong_state", reports.decided, state=state)
    return uprn


def decide(
    session: Session,
    service: Service,
    principal: Principal,
    reports: Reports,
    report_id: str,
    *,
    decision: str,
    **columns: Any,
) -> None:
    """Write a decision down. Precondition: `lock_report`; the caller brings the lists up to date."""
    columns |= {
        "state": decision,
        "reviewed_by": principal.account_id,
        "reviewed_at": service.clock.now(),
    }
    session.execute(
        update(reports.table)
        .where(reports.table.id == report_id)
        .values(columns)
        .execution_options(synchronize_session=False)
    )


def note_down(
    session: Session, service: Service, principal: Principal, reports: Reports, report_id: str, **detail: Any
) -> None:
    """The decision's entry on the audit trail, the last step."""
    audit.record(
        session, service, principal, f"{reports.name}.review", f"{reports.name}:{report_id}", **detail
    )
