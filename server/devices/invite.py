"""One-time enrolment codes: a coordinator makes one for an officer, who types or scans it within 15 minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.devices.scope import require_account, require_whole_account
from server.devices.tables import EnrolmentCode
from server.staff.principals import today
from server.staff.tables import Account
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


def clear_codes(service: Service) -> int:
    """Delete codes that nobody used and that ran out a month ago; how many."""
    before = service.clock.now() - KEEP_UNUSED
    unused = delete(EnrolmentCode).where(EnrolmentCode.device_id.is_(None), EnrolmentCode.expires_at < before)
    return service.db.transact(lambda session: cast(CursorResult[Any], session.execute(unused)).rowcount)
