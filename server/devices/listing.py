"""What a coordinator sees of devices: whose, when they last synced, what waits on them, and breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.devices.scope import accounts_in_scope
from server.devices.tables import ChainFinding, Device
from server.staff.principals import today
from server.staff.tables import Account

MOST_FINDINGS = 200


@dataclass(frozen=True)
class DeviceView:
    """A device as staff see it. `waiting` is what it last told; `breaks` counts open gaps, and forks."""

    id: str
    account_id: int
    officer: str
    name: str
    state: str
    app: str
    enrolled_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None
    waiting: int
    events: int
    breaks: int
    guide: str
    guide_at: datetime | None
    findings: Sequence[RowMapping] = ()


_BREAKS = (
    select(func.count())
    .select_from(ChainFinding)
    .where(ChainFinding.device_id == Device.id, ChainFinding.filled_at.is_(None))
    .scalar_subquery()
)


def list_devices(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of DeviceView within the principal's areas, by officer.

    Filters: `state`, `account_id`, `quiet_days` (active, and not synced for so many days), `broken` (gaps or forks).
    """
    require(principal, "device.read")
    now = service.clock.now()

    def work(session: Session) -> PageResult:
        statement = _visible(principal, today(service))
        if query.get("state"):
            statement = statement.where(Device.state == query["state"])
        if query.get("account_id") is not None:
            statement = statement.where(Device.account_id == query["account_id"])
        if query.get("quiet_days"):
            statement = statement.where(is_quiet(now - timedelta(days=query["quiet_days"])))
        if query.get("broken"):
            statement = statement.where(_BREAKS > 0)
        page = paginate(session, statement, [Account.display_name, Device.id], query)
        return PageResult([_view(row) for row in page.rows], page.next)

    return service.db.read(work)


def read_device_view(service: Service, principal: Principal, device_id: str) -> DeviceView:
    """One device with its gaps and forks, the latest first. Raises Problem("not_found") outside the areas."""
    require(principal, "device.read")

    def work(session: Session) -> DeviceView:
        row = session.execute(_visible(principal, today(service)).where(Device.id == device_id)).one_or_none()
        if row is None:
            raise Problem("not_found", "There is no such device in your areas.", outside_area=True)
        return _view(row, _findings(session, device_id))

    return service.db.read(work)


def is_quiet(since: datetime) -> ColumnElement[bool]:
    """True in SQL for active devices that were not heard of since then."""
    return and_(Device.state == "active", func.coalesce(Device.seen_at, Device.enrolled_at) < since)


def broken_devices() -> Select[str]:
    """The ids of devices with open gaps, or forks."""
    return select(ChainFinding.device_id).where(ChainFinding.filled_at.is_(None))


def officers_with_devices(service: Service, principal: Principal) -> list[tuple[int, str]]:
    """(account id, name) of officers in the principal's areas who have or had a device, by name."""
    require(principal, "device.read")
    holders = (
        select(Account.id, Account.display_name)
        .where(
            Account.id.in_(select(Device.account_id)),
            accounts_in_scope(principal, Account.id, today(service)),
        )
        .order_by(Account.display_name, Account.id)
    )
    return [(row.id, row.display_name) for row in service.db.read(lambda s: s.execute(holders).all())]


def _visible(principal: Principal, on: date) -> Select[Any]:
    return (
        select(Device, Account.display_name, _BREAKS.label("breaks"))
        .join(Account, Account.id == Device.account_id)
        .where(accounts_in_scope(principal, Device.account_id, on))
    )


def _view(row: Any, findings: Sequence[RowMapping] = ()) -> DeviceView:
    device: Device = row.Device
    return DeviceView(
        id=device.id,
        account_id=device.account_id,
        officer=row.display_name,
        name=device.name,
        state=device.state,
        app=device.app,
        enrolled_at=device.enrolled_at,
        seen_at=device.seen_at,
        revoked_at=device.revoked_at,
        waiting=device.waiting,
        events=device.seq,
        breaks=row.breaks,
        guide=device.guide,
        guide_at=device.guide_at,
        findings=findings,
    )


def _findings(session: Session, device_id: str) -> list[RowMapping]:
    rows = session.execute(
        select(
            ChainFinding.kind,
            ChainFinding.seq,
            ChainFinding.expected,
            ChainFinding.found,
            ChainFinding.seen_at,
            ChainFinding.filled_at,
        )
        .where(ChainFinding.device_id == device_id)
        .order_by(ChainFinding.id.desc())
        .limit(MOST_FINDINGS)
    )
    return list(rows.mappings().all())
