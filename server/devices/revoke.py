"""Revoking a device: lost (its events are held, it is told to wipe) or leaver (drained first, then wiped)."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.staff.principals import today

Kind = Literal["lost", "leaver"]

# What a device may become from what it is: a leaver's phone can be lost on the way back; a lost one stays lost.
MAY_BECOME: dict[str, tuple[Kind, ...]] = {
    "active": ("lost", "leaver"),
    "leaver": ("lost",),
    "wiped": ("lost",),
    "lost": (),
}


def revoke(service: Service, principal: Principal, device_id: str, kind: Kind) -> None:
    """Revoke a device for good. Problems: not_found outside the principal's areas, wrong_state when it is already."""
    require(principal, "device.revoke")
    now = service.clock.now()
    on = today(service)

    def work(session: Session) -> None:
        state = session.scalar(
            select(Device.state)
            .where(Device.id == device_id, accounts_in_scope(principal, Device.account_id, on))
            .with_for_update(key_share=True)
        )
        if state is None:
            raise Problem("not_found", "There is no such device in your areas.", outside_area=True)
        if kind not in MAY_BECOME[state]:
            raise Problem("wrong_state", f"This device is {state} already; it cannot be revoked as {kind}.")
        session.execute(update(Device).where(Device.id == device_id).values(state=kind, revoked_at=now))
        audit.record(session, service, principal, "device.revoked", f"device:{device_id}", kind=kind)

    service.db.transact(work)


def mark_wiped(session: Session, device_id: str) -> None:
    """Note that a leaver's device has sent all it had and was told to wipe."""
    session.execute(update(Device).where(Device.id == device_id).values(state="wiped"))
