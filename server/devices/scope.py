"""Whose devices a principal sees: those of officers whose granted areas lie within the principal's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.base.access import Principal, require_area, sees_whole_force
from server.geography.scope import no_such, paths_below
from server.geography.tables import Area
from server.staff.tables import Account, AreaGrant


def accounts_in_scope(
    principal: Principal, account_column: ColumnElement[Any] | InstrumentedAttribute[Any], on: date
) -> ColumnElement[bool]:
    """True in SQL for accounts with a grant, in force on that day, of an area at or below one of the principal's."""
    if sees_whole_force(principal):
        return true()
    return account_column.in_(_grants(on).where(paths_below(principal.areas)))


def require_account(session: Session, principal: Principal, account_id: int, on: date) -> str:
    """The account's name, where the principal sees it. Raises Problem("not_found") for those it doesn't."""
    name = session.scalar(
        select(Account.display_name).where(
            Account.id == account_id, accounts_in_scope(principal, Account.id, on)
        )
    )
    if name is None:
        raise no_such("account", account_id)
    return name


def require_whole_account(session: Session, principal: Principal, account_id: int, on: date) -> None:
    """Raise Problem("forbidden") unless the principal sees every area granted to the account.

    Whoever can put a device in an account's name reads that officer's lists: one shared area is not enough.
    """
    for path in session.scalars(
        select(Area.path).join(AreaGrant).where(AreaGrant.account_id == account_id, in_force(on))
    ):
        require_area(principal, path)


def in_force(on: date) -> ColumnElement[bool]:
    """True in SQL for area grants that hold on this day (both ends included)."""
    return and_(
        or_(AreaGrant.starts_on.is_(None), AreaGrant.starts_on <= on),
        or_(AreaGrant.ends_on.is_(None), AreaGrant.ends_on >= on),
    )


def _grants(on: date) -> Select[int]:
    return select(AreaGrant.account_id).join(Area, Area.code == AreaGrant.area_code).where(in_force(on))
