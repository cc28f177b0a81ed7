"""One-time enrolment codes: a coordinator makes one for an officer, who types or scans it within 15 minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, true
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require, sees_whole_force
from server.base.problems import Problem
from server.base.service import Service
from server.devices.scope import accounts_in_scope, in_force, require_account, require_whole_account
from server.devices.tables import EnrolmentCode
from server.geography.scope import paths_below
from server.geography.tables import Area
from server.staff.principals import today
from server.staff.tables import Account, AreaGrant
from sync import enrolment

KEEP_UNUSED = timedelta(days=30)


@dataclass(frozen=True)
class MadeCode:
    """A code that is shown once: as text, and as a link that a QR code carries."""

    code: str
    link: str
    account_id: int
    officer: str
    expires_at: datetime


def make_code(service: Service, principal: Principal, account_id: int) -> MadeCode:
    """A new code for one officer. Problems: not_found outside the principal's areas, wrong_state for a leaver."""
    require(principal, "device.enrol")
    code = enrolment.new_code(service.keys.verify_key_bytes)
    now = service.clock.now()
    expires_at = now + timedelta(minutes=service.settings.enrolment_minutes)
    on = today(service)

    def work(session: Session) -> str:
        officer = require_account(session, principal, account_id, on)
        require_whole_account(session, principal, account_id, on)
        if not session.scalar(select(Account.active).where(Account.id == account_id)):
            raise Problem("wrong_state", f"{officer} has left; a device cannot be enrolled for a leaver.")
        session.execute(
            insert(EnrolmentCode).values(
                hash=enrolment.stored_form(code),
                account_id=account_id,
                created_by=principal.account_id,
                created_at=now,
                expires_at=expires_at,
            )
        )
        audit.record(session, service, principal, "device.code_made", f"account:{account_id}")
        return officer

    officer = service.db.transact(work)
    return MadeCode(
        code=enrolment.format_code(code),
        link=enrolment.link(service.settings.public_url, code),
        account_id=account_id,
        officer=officer,
        expires_at=expires_at,
    )


def enrollable(service: Service, principal: Principal) -> list[tuple[int, str, str]]:
    """(id, name, collar number) of those whose phone the principal may enrol, by name: nobody who has left.

    Whoever has an area besides that the principal does not see is not among them.
    """
    require(principal, "device.enrol")
    on = today(service)
    beyond = ~true() if sees_whole_force(principal) else ~paths_below(principal.areas)
    outside = (
        select(AreaGrant.account_id).join(Area, Area.code == AreaGrant.area_code).where(in_force(on), beyond)
    )
    found = (
        select(Account.id, Account.display_name, Account.collar_number)
        .where(Account.active, accounts_in_scope(principal, Account.id, on), Account.id.not_in(outside))
        .where(Account.id.in_(select(AreaGrant.account_id).where(in_force(on))))
        .order_by(Account.display_name, Account.id)
    )
    rows = service.db.read(lambda session: session.execute(found).all())
    return [(row.id, row.display_name, row.collar_number) for row in rows]


def clear_codes(service: Service) -> int:
    """Delete codes that nobody used and that ran out a month ago; how many."""
    before = service.clock.now() - KEEP_UNUSED
    unused = delete(EnrolmentCode).where(EnrolmentCode.device_id.is_(None), EnrolmentCode.expires_at < before)
    return service.db.transact(lambda session: cast(CursorResult[Any], session.execute(unused)).rowcount)
