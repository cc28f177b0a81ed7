"""Houses where nobody calls because somebody there asked for that: listed for supervisors, who alone may lift it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.members import require_house
from server.fieldwork.tables import EVERY_CAMPAIGN, Campaign, Coverage, PremisesFact
from server.geography.scope import in_scope
from server.geography.tables import Premises, Street
from server.staff.tables import Account
from sync import outcomes


@dataclass(frozen=True)
class Wish:
    """A house that is not to be called at: since when, and who recorded it in which campaign (None, "" not known)."""

    uprn: str
    address: str
    street: str
    since: datetime | None
    officer: str
    campaign: str


def wish_codes() -> list[str]:
    """The outcomes after which nobody calls again, in any campaign."""
    return [one.code for one in outcomes.table() if one.standing and one.next == "never"]


def stands() -> ColumnElement[bool]:
    """True in SQL for coverage rows (of all campaigns together) of houses with such a wish."""
    return and_(
        text("coverage.standing AND coverage.campaign_id = 0"),  # as the partial index has it, word for word
        Coverage.state["do_not_call"].as_boolean().is_(True),
    )


def list_wishes(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of Wish in the principal's areas, by street."""
    require(principal, "visit.read")

    def work(session: Session) -> PageResult:
        statement = _houses(principal)
        page = paginate(session, statement, [Street.name, Premises.usrn, Premises.uprn], query)
        return PageResult(_wishes(session, page.rows), page.next)

    return service.db.read(work)


def read_wish(service: Service, principal: Principal, uprn: str) -> Wish | None:
    """The wish at a house; None where none stands. Raises Problem("not_found") outside the principal's areas."""
    require(principal, "visit.read")

    def work(session: Session) -> Wish | None:
        require_house(session, principal, uprn)
        rows = session.execute(_houses(principal).where(Premises.uprn == uprn)).all()
        return next(iter(_wishes(session, rows)), None)

    return service.db.read(work)


def recent_wishes(principal: Principal, since: datetime) -> Select[int, datetime]:
    """(how many houses, the oldest moment) of wishes that stand and came in since then: for the inbox."""
    ours = or_(
        PremisesFact.campaign_id == EVERY_CAMPAIGN, PremisesFact.campaign_id.in_(select(Campaign.id))
    )  # names every campaign, so that the index by campaign and time serves
    return (
        select(func.count(PremisesFact.uprn.distinct()), func.min(PremisesFact.received_at))
        .join(Premises, Premises.uprn == PremisesFact.uprn)
        .join(Coverage, Coverage.uprn == PremisesFact.uprn)
        .where(
            ours,
            PremisesFact.received_at >= since,
            PremisesFact.outcome.in_(wish_codes()),
            stands(),
            in_scope(principal, Premises.ward_code),
        )
    )


def _houses(principal: Principal) -> Select[str, str, str]:
    return (
        select(Premises.uprn, Premises.address, Street.name)
        .join(Street, Street.usrn == Premises.usrn)
        .where(
            Premises.uprn.in_(select(Coverage.uprn).where(stands())), in_scope(principal, Premises.ward_code)
        )
    )


def _wishes(session: Session, rows: Any) -> list[Wish]:
    told = session.execute(
        select(
            PremisesFact.uprn,
            PremisesFact.corrected_at,
            Account.display_name,
            Campaign.name,
        )
        .outerjoin(Account, Account.id == PremisesFact.account_id)
        .outerjoin(Campaign, Campaign.id == PremisesFact.campaign_id)
        .where(
            among(PremisesFact.uprn, [row.uprn for row in rows]),
            PremisesFact.kind == "visit",
            PremisesFact.outcome.in_(wish_codes()),
        )
        .order_by(PremisesFact.corrected_at)
    )
    last = {row.uprn: row for row in told}
    return [_wish(row, last.get(row.uprn)) for row in rows]


def _wish(row: Any, visit: Any) -> Wish:
    if visit is None:
        return Wish(row.uprn, row.address, row.name, None, "", "")
    return Wish(
        row.uprn, row.address, row.name, visit.corrected_at, visit.display_name or "", visit.name or ""
    )
