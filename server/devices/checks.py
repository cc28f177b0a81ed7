"""What must always be true of devices."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.base.vault import VaultError
from server.devices.tables import Device, EnrolmentCode
from sync.errors import SyncError
from sync.keys import EVENT_KEY_BYTES, load_public


def device_keys_usable(service: Service) -> list[str]:
    """Every device's public keys are points on the curve, and its event key opens."""

    def work(session: Session) -> list[str]:
        found = []
        for row in session.execute(
            select(Device.id, Device.verify_key, Device.seal_key, Device.event_key_sealed)
        ):
            try:
                load_public(bytes(row.verify_key))
                load_public(bytes(row.seal_key))
                key = service.vault.open_bytes(
                    row.event_key_sealed, table="device", column="event_key_sealed", row=row.id
                )
                if len(key) != EVENT_KEY_BYTES:
                    found.append(f"device {row.id}: its event key has {len(key)} bytes")
            except (SyncError, VaultError) as error:
                found.append(f"device {row.id}: {error}")
        return found

    return service.db.read(work)


def codes_used_once(service: Service) -> list[str]:
    """A used code names its device, an unused one none; no device came from two codes, nor for another officer."""

    def work(session: Session) -> list[str]:
        found, seen = [], set()
        for code, owner in session.execute(
            select(EnrolmentCode, Device.account_id).outerjoin(Device, Device.id == EnrolmentCode.device_id)
        ):
            if (code.used_at is None) != (code.device_id is None):
                found.append(f"a code for account {code.account_id} is used by half")
            if code.device_id is None:
                continue
            if owner != code.account_id:
                found.append(f"device {code.device_id} is not of the officer whom its code was made for")
            if code.device_id in seen:
                found.append(f"device {code.device_id} was enrolled by two codes")
            seen.add(code.device_id)
        return found

    return service.db.read(work)


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("device keys are usable", device_keys_usable),
    ("enrolment codes were used once", codes_used_once),
]
