"""The one request of a device: checked, taken in by one transaction, answered from one snapshot, signed.

Receipts are what the committed transaction returned. Lists are read and sealed after the commit; should that fail, the
receipts go out all the same, because nothing else lets an event leave an outbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from prometheus_client import Counter as Metric
from sqlalchemy.orm import Session

from server.base.clock import milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.devices.enrol import Signed, sign
from server.devices.guide import note_guide
from server.devices.known import Claim, KnownDevice, claim, read_device
from server.devices.revoke import mark_wiped
from server.exchange.arrivals import Batch, arrive
from server.exchange.pack import Packed, pack
from server.exchange.take_in import Intake
from sync import codec, keys, signing
from sync.errors import BadSignature, DecodeError
from sync.events import PROTOCOL
from sync.exchange import ExchangeReply, ExchangeRequest, Receipt, SealKey

OLDEST_PROTOCOL = max(1, PROTOCOL - 2)

Revoked = Literal["", "lost", "leaver"]

log = structlog.get_logger(__name__)

RECEIPTS = Metric("doorstep_event_receipts", "Receipts given to devices", ["status", "reason"])


@dataclass(frozen=True)
class Taken:
    """What the transaction committed: a receipt for each envelope, and how the device stands."""

    receipts: list[Receipt]
    revoked: Revoked


def exchange(service: Service, *, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Signed:
    """Take in a device's events and answer with receipts and sealed changes.

    Problems: bad_signature (also for an unknown device), malformed_body, wrong_version, replayed.
    """
    with service.keys.steady():
        return _exchange(service, method, path, headers, body)


def _exchange(service: Service, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Signed:
    device, request = _authentic(service, method, path, headers, body)
    received_at = service.clock.now()
    offset = milliseconds(received_at) - request.now
    batch = Batch([arrive(envelope) for envelope in request.events], received_at, offset)
    intake = Intake(service, device, batch)

    def work(session: Session) -> Taken:
        claimed = claim(
            session,
            device.id,
            number=request.number,
            waiting=request.waiting,
            app=request.app,
            seen_at=received_at,
        )
        if claimed is None:
            raise Problem("replayed", "Send it again under a higher request number.")
        if request.guide:
            note_guide(session, device.id, request.guide, received_at)
        receipts = intake.take(session, claimed)
        revoked = _revoked(device, claimed)
        if claimed.state == "leaver" and request.waiting == 0 and not request.have:
            mark_wiped(session, device.id)
        return Taken(receipts, revoked)

    taken = service.db.transact(work)
    _count(taken.receipts)
    packed = Packed([], [], False)
    if not taken.revoked:
        packed = _pack(service, device, request, has_receipts=bool(taken.receipts))
    return sign(service, codec.encode(_reply(service, device, request, taken, packed)), headers)


def _authentic(
    service: Service, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[KnownDevice, ExchangeRequest]:
    """The device that signed this very request, and what it asks."""
    try:
        signer = signing.read_signer(headers)
        device = service.db.read(lambda session: read_device(session, signer.key_id))
        if device is None:
            raise BadSignature("signature", "No device that is enrolled here made this signature.")
        signing.verify_request(
            keys.load_public(device.verify_key), method=method, path=path, headers=headers, body=body
        )
    except BadSignature as error:
        raise Problem("bad_signature", str(error)) from None
    try:
        request = codec.decode_exchange_request(body)
    except DecodeError as error:
        raise Problem("malformed_body", str(error)) from None
    if request.number != signer.number:
        raise Problem("bad_signature", "The request's number is not the one that was signed.")
    if not OLDEST_PROTOCOL <= request.protocol <= PROTOCOL:
        raise Problem(
            "wrong_version", f"This service speaks versions {OLDEST_PROTOCOL} to {PROTOCOL} of the exchange."
        )
    return device, request


def _revoked(device: KnownDevice, claimed: Claim) -> Revoked:
    """How the device stands; an officer whose account is closed is a leaver, whatever the device's row says."""
    if claimed.state == "lost":
        return "lost"
    return "" if claimed.state == "active" and device.officer_active else "leaver"


def _count(receipts: Sequence[Receipt]) -> None:
    for (status, reason), count in Counter((one.status, one.reason) for one in receipts).items():
        RECEIPTS.labels(status, reason).inc(count)


def _pack(service: Service, device: KnownDevice, request: ExchangeRequest, *, has_receipts: bool) -> Packed:
    try:
        return pack(service, device, request)
    except Exception as error:
        if not has_receipts:
            raise
        log.error("lists_not_packed", device=device.id, error=type(error).__name__)
        return Packed([], [], True)


def _reply(
    service: Service, device: KnownDevice, request: ExchangeRequest, taken: Taken, packed: Packed
) -> ExchangeReply:
    kid, public = service.keys.seal_key_current
    return ExchangeReply(
        now=milliseconds(service.clock.now()),
        epoch=device.epoch,
        receipts=taken.receipts,
        changes=packed.changes,
        recalled=packed.recalled,
        revoked=taken.revoked,
        more=packed.more,
        seal_key=SealKey(kid, public) if request.kid != kid and not taken.revoked else None,
    )
