"""A device as an exchange needs it: read before its signature is checked, then claimed under its row lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.base.tables import ServiceState
from server.devices.tables import Device
from server.staff.tables import Account

EPOCH = "epoch"
MOST_WAITING = 2**31 - 1

_D, _A, _S = table_of(Device), table_of(Account), table_of(ServiceState)
_KNOWN = Prepared(
    select(
        _D.c.id,
        _D.c.account_id,
        _D.c.verify_key,
        _D.c.seal_key,
        _D.c.event_key_sealed,
        _D.c.state,
        _A.c.display_name,
        _A.c.active,
        select(_S.c.value).where(_S.c.name == EPOCH).scalar_subquery().label(EPOCH),
    )
    .join(_A, _A.c.id == _D.c.account_id)
    .where(_D.c.id == bindparam("device_id"))
)
_CLAIM = Prepared(
    update(_D)
    .where(_D.c.id == bindparam("device_id"), _D.c.number < bindparam("new_number"))
    .values(
        number=bindparam("new_number"),
        waiting=bindparam("new_waiting"),
        app=bindparam("new_app"),
        seen_at=bindparam("new_seen_at"),
    )
    .returning(_D.c.state, _D.c.seq, _D.c.chain_hash)
)


@dataclass(frozen=True)
class KnownDevice:
    """`officer` is the account's display name, `epoch` the service's; `state` may be older than the claim's."""

    id: str
    account_id: int
    verify_key: bytes
    seal_key: bytes
    event_key_sealed: bytes
    state: str
    officer: str
    officer_active: bool
    epoch: str


@dataclass(frozen=True)
class Claim:
    """What the device's row says once it is locked: state, and the end of the chain of its events."""

    state: str
    seq: int
    chain_hash: str


def read_device(session: Session, device_id: str) -> KnownDevice | None:
    """The device with this id, or None. Takes no lock."""
    row = _KNOWN.row(session, device_id=device_id)
    if row is None:
        return None
    return KnownDevice(
        id=row.id,
        account_id=row.account_id,
        verify_key=bytes(row.verify_key),
        seal_key=bytes(row.seal_key),
        event_key_sealed=bytes(row.event_key_sealed),
        state=row.state,
        officer=row.display_name,
        officer_active=row.active,
        epoch=row.epoch or "",
    )


def open_event_key(service: Service, device: KnownDevice) -> bytes:
    """The device's HMAC key for events (32 bytes). Raises VaultError where the key ring lost its key."""
    return service.vault.open_bytes(
        device.event_key_sealed, table="device", column="event_key_sealed", row=device.id
    )


def claim(
    session: Session, device_id: str, *, number: int, waiting: int, app: str, seen_at: datetime
) -> Claim | None:
    """Take a request number, which locks the device's row; None where the number is not above the last one taken."""
    row = _CLAIM.row(
        session,
        device_id=device_id,
        new_number=number,
        new_waiting=min(waiting, MOST_WAITING),
        new_app=app.replace("\0", ""),
        new_seen_at=seen_at,
    )
    return None if row is None else Claim(row.state, row.seq, row.chain_hash)


def lock_device(session: Session, device_id: str) -> Claim:
    """Lock the device's row without taking a number, for what comes in by hand."""
    row = session.execute(
        select(Device.state, Device.seq, Device.chain_hash)
        .where(Device.id == device_id)
        .with_for_update(key_share=True)
    ).one()
    return Claim(row.state, row.seq, row.chain_hash)
