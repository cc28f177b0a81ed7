"""Takes in an outbox that was carried by hand: a file that the device wrote and signed.

Whoever brings it need not be trusted. Where the signature is not the device's, every event that is new is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.devices.known import KnownDevice, lock_device, read_device
from server.devices.scope import accounts_in_scope
from server.exchange.arrivals import UNSIGNED, Batch, arrive
from server.exchange.take_in import Intake
from server.staff.principals import today
from server.staff.tables import Account
from sync import codec, export, keys
from sync.errors import BadSignature, DecodeError
from sync.exchange import OutboxFile, Receipt

BATCH = 500


@dataclass(frozen=True)
class Ingested:
    """What came of a file: whose it is, whether the device signed it, and how many events by status."""

    device_id: str
    officer: str
    signed: bool
    by_status: dict[str, int]


def ingest(service: Service, principal: Principal, raw: bytes) -> Ingested:
    """Take in an outbox file. Problems: malformed_body, not_found for a device of nobody in the principal's areas."""
    require(principal, "held.mend")
    try:
        file = codec.decode_outbox_file(raw)
    except DecodeError as error:
        raise Problem("malformed_body", f"This is no outbox file. {error}") from None
    device = service.db.read(lambda session: _device_of(session, service, principal, file))
    signed = _is_signed(device, file)
    counted: Counter[str] = Counter()
    for start in range(0, len(file.events), BATCH):
        arrivals = [arrive(envelope) for envelope in file.events[start : start + BATCH]]
        # How far the device's clock was out when it wrote the file is not known: its offset is taken as none.
        batch = Batch(arrivals, service.clock.now(), 0, "" if signed else UNSIGNED)
        intake = Intake(service, device, batch, by=principal)
        counted.update(receipt.status for receipt in service.db.transact(_take(intake, device)))
    return Ingested(device.id, device.officer, signed, dict(counted))


def _device_of(session: Session, service: Service, principal: Principal, file: OutboxFile) -> KnownDevice:
    device = read_device(session, file.device)
    if device is not None:
        seen = accounts_in_scope(principal, Account.id, today(service))
        if session.scalar(select(Account.id).where(Account.id == device.account_id, seen)) is not None:
            return device
    sentence = f"No device {file.device} is enrolled here by an officer of your areas."
    raise Problem("not_found", sentence, outside_area=True)


def _take(intake: Intake, device: KnownDevice) -> Callable[[Session], list[Receipt]]:
    return lambda session: intake.take(session, lock_device(session, device.id))


def _is_signed(device: KnownDevice, file: OutboxFile) -> bool:
    try:
        export.verify_export(keys.load_public(device.verify_key), file)
    except BadSignature:
        return False
    return True
