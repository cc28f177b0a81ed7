"""The outbox files that were handed in: who brought which device's, when, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, require
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.exchange.ingest import Ingested, ingest
from server.exchange.tables import HandIn
from server.staff.principals import today
from server.staff.tables import Account


@dataclass(frozen=True)
class HandInView:
    """A file that was handed in. `by` is the name of who brought it, "" where it was by command."""

    id: int
    at: datetime
    by: str
    device_id: str
    officer: str
    signed: bool
    events: int
    by_status: Mapping[str, int]


def hand_in(service: Service, principal: Principal, raw: bytes) -> Ingested:
    """Take in an outbox file and note that it was brought. Raises Problem as `ingest` does; then nothing is noted."""
    done = ingest(service, principal, raw)
    row = {
        "at": service.clock.now(),
        "by_account_id": principal.account_id,
        "device_id": done.device_id,
        "signed": done.signed,
        "events": sum(done.by_status.values()),
        "by_status": done.by_status,
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    service.db.transact(lambda session: session.execute(insert(HandIn).values(row)))
    return done


def list_hand_ins(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of HandInView of devices of officers in the principal's areas, the latest first."""
    require(principal, "held.read")
    officer, bringer = aliased(Account), aliased(Account)

    def work(session: Session) -> PageResult:
        statement = (
            select(HandIn, officer.display_name.label("officer"), bringer.display_name.label("by"))
            .join(Device, Device.id == HandIn.device_id)
            .join(officer, officer.id == Device.account_id)
            .outerjoin(bringer, bringer.id == HandIn.by_account_id)
            .where(accounts_in_scope(principal, Device.account_id, today(service)))
        )
        page = paginate(session, statement, [HandIn.at.desc(), HandIn.id.desc()], query)
        return PageResult([_view(row) for row in page.rows], page.next)

    return service.db.read(work)


def _view(row: Any) -> HandInView:
    one: HandIn = row.HandIn
    return HandInView(
        one.id, one.at, row.by or "", one.device_id, row.officer, one.signed, one.events, one.by_status
    )
