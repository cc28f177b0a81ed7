"""Makes the Principal of an account: its roles' permissions and the areas granted to it today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.base.access import EVERYWHERE, Principal
from server.base.service import Service
from server.geography.tables import Area
from server.staff.roles import EVERYWHERE_ROLES, permissions_of
from server.staff.tables import Account, AreaGrant, RoleGrant


def principal_of(session: Session, service: Service, account_id: int) -> Principal | None:
    """The principal of an account that is active, with what is granted today (the force's date); None otherwise."""
    name = session.scalar(select(Account.display_name).where(Account.id == account_id, Account.active))
    if name is None:
        return None
    roles = frozenset(session.scalars(select(RoleGrant.role).where(RoleGrant.account_id == account_id)))
    areas = (EVERYWHERE,) if roles & EVERYWHERE_ROLES else granted_paths(session, account_id, today(service))
    return Principal(f"account:{account_id}", account_id, name, roles, permissions_of(roles), areas)


def granted_paths(session: Session, account_id: int, on: date) -> tuple[str, ...]:
    """The paths of the areas granted to an account on a day, sorted."""
    granted = (
        select(Area.path)
        .join(AreaGrant, AreaGrant.area_code == Area.code)
        .where(
            AreaGrant.account_id == account_id,
            or_(AreaGrant.starts_on.is_(None), AreaGrant.starts_on <= on),
            or_(AreaGrant.ends_on.is_(None), AreaGrant.ends_on >= on),
        )
    )
    return tuple(sorted(session.scalars(granted)))


def today(service: Service) -> date:
    """The date now where the force is."""
    return service.clock.now().astimezone(service.zone).date()
