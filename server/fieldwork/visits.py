"""What happened at a house: its visits, and what supervisors did about them, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.members import require_house
from server.fieldwork.tables import PremisesFact
from server.geography.scope import no_such
from server.staff.tables import Account

SHOWN = (
    "visit",
    "override",
    "lift",
    "address",
)  # a withdrawal shows on its visit; registrations are the residents'


@dataclass(frozen=True)
class FactView:
    """A visit or decision. `withdrawn` says when it was taken back, `body` holds its codes,
    `device` is its phone's name.
    """

    id: str
    kind: str
    campaign_id: int
    outcome: str
    account_id: int | None
    officer: str | None
    recorded_at: datetime
    corrected_at: datetime
    received_at: datetime
    body: dict[str, Any]
    withdrawn: datetime | None
    device: str | None = None


def house_facts(service: Service, principal: Principal, uprn: str, query: dict[str, Any]) -> PageResult:
    """The facts of a house (`query`: kind, campaign, and the page). Raises Problem("not_found") outside the areas."""

    def work(session: Session) -> PageResult:
        require_house(session, principal, uprn)
        statement = _facts(uprn)
        if query.get("kind"):
            statement = statement.where(PremisesFact.kind == query["kind"])
        if query.get("campaign"):
            statement = statement.where(PremisesFact.campaign_id == query["campaign"])
        keys: list[Any] = [PremisesFact.corrected_at.desc(), PremisesFact.id.desc()]
        page = paginate(session, statement, keys, query)
        return PageResult([_view(row) for row in page.rows], page.next)

    return service.db.read(work)


def read_visit(service: Service, principal: Principal, uprn: str, visit_id: str) -> FactView:
    """One visit of a house. Raises Problem("not_found"), also outside the principal's areas."""

    def work(session: Session) -> FactView:
        require_house(session, principal, uprn)
        statement = _facts(uprn).where(PremisesFact.id == visit_id, PremisesFact.kind == "visit")
        row = session.execute(statement).one_or_none()
        if row is None:
            raise no_such("visit", visit_id)
        return _view(row)

    return service.db.read(work)


def _view(row: Any) -> FactView:
    return FactView(*list(row)[: len(FactView.__match_args__)])


def _facts(uprn: str) -> Select[Any]:
    """The facts that are shown of a house, each as the members of FactView."""
    withdrawal = aliased(PremisesFact)
    first = (
        select(func.min(withdrawal.corrected_at))
        .where(
            withdrawal.uprn == PremisesFact.uprn,
            withdrawal.kind == "withdrawal",
            withdrawal.withdraws == PremisesFact.id,
        )
        .scalar_subquery()
    )
    return (
        select(
            PremisesFact.id,
            PremisesFact.kind,
            PremisesFact.campaign_id,
            PremisesFact.outcome,
            PremisesFact.account_id,
            Account.display_name,
            PremisesFact.recorded_at,
            PremisesFact.corrected_at,
            PremisesFact.received_at,
            PremisesFact.body,
            first,
            Device.name,
        )
        .outerjoin(Account, Account.id == PremisesFact.account_id)
        .outerjoin(Device, Device.id == PremisesFact.device_id)
        .where(PremisesFact.uprn == uprn, PremisesFact.kind.in_(SHOWN))
    )
