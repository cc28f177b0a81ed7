"""Enrolment: a phone brings its public keys with a one-time code and becomes an officer's device.

The request is signed by the new signing key (proof of possession); the device's event key comes sealed to the
service. The same request again, by the same keys, gets the same answer: a lost reply strands nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.clock import milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.base.state import epoch_of
from server.devices.tables import Device, EnrolmentCode
from server.staff.tables import Account
from sync import codec, enrolment, envelope, journal, keys, signing
from sync.errors import BadSignature, DecodeError, MistypedCode, SyncError
from sync.events import PROTOCOL
from sync.exchange import EnrolReply, EnrolRequest, SealKey, ServiceCard

SERVICE_KEY_ID = "service"


@dataclass(frozen=True)
class Signed:
    """A reply of the service: its bytes, and the headers that sign them."""

    body: bytes
    headers: dict[str, str]


def service_card(service: Service) -> ServiceCard:
    """What anyone may read before enrolling: the service's public keys, epoch, time and name, signed."""
    kid, public = service.keys.seal_key_current
    return enrolment.make_card(
        service.keys.sign_key,
        seal_key=SealKey(kid, public),
        epoch=service.db.read(epoch_of),
        now=milliseconds(service.clock.now()),
        name=service.settings.force_name,
    )


def enrol(service: Service, *, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Signed:
    """Enrol a device and answer with what it keeps, signed and bound to the request.

    Problems: malformed_body, bad_signature, unknown_code, expired, conflict (a code or an id used by another
    device), wrong_version.
    """
    try:
        request = codec.decode_enrol_request(body)
    except DecodeError as error:
        raise Problem("malformed_body", str(error)) from None
    if request.protocol != PROTOCOL:
        raise Problem("wrong_version", f"This service enrols devices that speak protocol {PROTOCOL}.")
    number = _check_signature(request, method, path, headers, body)
    code_hash = _check_code(service, request)
    event_key = _open_event_key(service, request)
    now = service.clock.now()

    def work(session: Session) -> tuple[str, str]:
        code = _lock_code(session, code_hash)
        officer, active = session.execute(
            select(Account.display_name, Account.active).where(Account.id == code.account_id)
        ).one()
        epoch = epoch_of(session)
        if code.used_at is not None:
            _require_same_device(session, code, request)
            return officer, epoch
        if code.expires_at < now:
            raise Problem("expired", "This code has run out. Ask your coordinator for a new one.")
        if not active:
            raise Problem("wrong_state", "This account has been closed.")
        _insert_device(
            session,
            service,
            request,
            account_id=code.account_id,
            number=number,
            event_key=event_key,
            now=now,
        )
        session.execute(
            update(EnrolmentCode)
            .where(EnrolmentCode.hash == code_hash)
            .values(used_at=now, device_id=request.device)
        )
        principal = Principal(f"device:{request.device}", code.account_id, officer)
        audit.record(session, service, principal, "device.enrolled", f"account:{code.account_id}")
        return officer, epoch

    officer, epoch = service.db.transact(work)
    kid, public = service.keys.seal_key_current
    reply = EnrolReply(
        device=request.device,
        officer=officer,
        epoch=epoch,
        now=milliseconds(service.clock.now()),
        seal_key=SealKey(kid, public),
        verify_key=service.keys.verify_key_bytes,
        time_zone=service.settings.time_zone,
    )
    return sign(service, codec.encode(reply), headers)


def sign(service: Service, body: bytes, request_headers: Mapping[str, str]) -> Signed:
    """A reply (status 200) signed by the service and bound to the request's signature."""
    headers = signing.sign_reply(
        service.keys.sign_key,
        key_id=SERVICE_KEY_ID,
        status=200,
        body=body,
        request_signature=request_headers["Signature"],
    )
    return Signed(body, headers)


def _check_signature(
    request: EnrolRequest, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> int:
    try:
        key = keys.load_public(request.verify_key)
        keys.load_public(request.seal_key)
        signer = signing.verify_request(key, method=method, path=path, headers=headers, body=body)
    except BadSignature as error:
        raise Problem("bad_signature", str(error)) from None
    except SyncError as error:
        raise Problem("malformed_body", str(error)) from None
    if signer.key_id != request.device:
        raise Problem("bad_signature", "The request is signed in another device's name.")
    return signer.number


def _check_code(service: Service, request: EnrolRequest) -> str:
    try:
        code = enrolment.parse_code(request.code)
    except MistypedCode as error:
        raise Problem("unknown_code", str(error), group=error.group) from None
    if not enrolment.pinned(code, service.keys.verify_key_bytes):
        raise Problem("unknown_code", "This code was made by another service than this one.")
    return enrolment.stored_form(code)


def _open_event_key(service: Service, request: EnrolRequest) -> bytes:
    private = service.keys.seal_private(request.kid)
    try:
        if private is None:
            raise SyncError("The event key is sealed to a key that this service never had.")
        return envelope.open_event_key(
            request.event_key, device=request.device, kid=request.kid, private_key=private
        )
    except SyncError as error:
        raise Problem("malformed_body", str(error)) from None


def _lock_code(session: Session, code_hash: str) -> EnrolmentCode:
    code = session.scalar(
        select(EnrolmentCode).where(EnrolmentCode.hash == code_hash).with_for_update(of=EnrolmentCode)
    )
    if code is None:
        raise Problem("unknown_code", "This code is not known. Ask your coordinator for a new one.")
    return code


def _require_same_device(session: Session, code: EnrolmentCode, request: EnrolRequest) -> None:
    keys_held = session.execute(
        select(Device.verify_key, Device.seal_key).where(
            Device.id == code.device_id, Device.id == request.device, Device.state == "active"
        )
    ).one_or_none()
    if keys_held is None or tuple(map(bytes, keys_held)) != (request.verify_key, request.seal_key):
        raise Problem("conflict", "This code was used already. Ask your coordinator for a new one.")


def _insert_device(
    session: Session,
    service: Service,
    request: EnrolRequest,
    *,
    account_id: int,
    number: int,
    event_key: bytes,
    now: datetime,
) -> None:
    if session.scalar(select(Device.id).where(Device.id == request.device)) is not None:
        raise Problem("conflict", "There is a device with this id already. Start the enrolment again.")
    session.execute(
        insert(Device).values(
            id=request.device,
            account_id=account_id,
            name=request.name.replace("\0", "").strip() or "Phone",
            verify_key=request.verify_key,
            seal_key=request.seal_key,
            event_key_sealed=service.vault.seal(
                event_key, table="device", column="event_key_sealed", row=request.device
            ),
            state="active",
            number=number,
            seq=0,
            chain_hash=journal.chain_start(request.device),
            app=request.app.replace("\0", ""),
            waiting=0,
            enrolled_at=now,
        )
    )
