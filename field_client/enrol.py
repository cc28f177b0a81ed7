"""Enrolment: from a one-time code to a device of one officer, with keys that never leave this store.

The code pins the service's signing key, so nothing that a stranger in between says is believed. The new keys are
kept before the request leaves: when the reply is lost, or this process is killed, the same code tried again sends
the same keys, and the service gives the same answer.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from field_client import outbox
from field_client.clock import Clock, see
from field_client.exchange import check_answer, next_number, signed_send
from field_client.lockbox import LEAST_PASSPHRASE, KeyCost
from field_client.problems import NotReached, NotTrusted, Refused
from field_client.store import Store
from field_client.transport import Transport
from sync import codec, enrolment, envelope, keys
from sync.enrolment import EnrolmentCode
from sync.errors import SyncError
from sync.exchange import EnrolReply, EnrolRequest, ServiceCard

CARD_PATH = "/api/exchange/card"
ENROL_PATH = "/api/exchange/enrolments"


@dataclass(frozen=True)
class Enrolled:
    """Who this device is for, and its id."""

    officer: str
    device: str


def enrol(
    store: Store,
    transport: Transport,
    clock: Clock,
    *,
    code: EnrolmentCode,
    passphrase: str,
    url: str,
    name: str,
    app: str,
    authority: str = "",
    cost: KeyCost | None = None,
) -> Enrolled:
    """Make this store an officer's device. Raises Refused, NotReached or NotTrusted; then it can be tried again."""
    _check_store(store)
    require_passphrase(passphrase)
    card = _read_card(transport, code)
    if store.state == "enrolling" and store.get("enrolment") == enrolment.stored_form(code):
        store.unlock(passphrase)
    else:
        _make_keys(store, code, passphrase, cost or KeyCost())
    reply = _ask(store, transport, clock, card=card, code=code, name=name, app=app)
    with store.writing("enrolled") as db:
        store.put_secret(db, "officer", reply.officer.encode())
        store.put_seen(db, see(reply.now, clock))
        store.put(
            db,
            state="active",
            enrolment=None,
            epoch=reply.epoch,
            time_zone=reply.time_zone,
            service_key=reply.verify_key,
            seal_kid=reply.seal_key.kid,
            seal_public=reply.seal_key.public,
            url=url,
            authority=authority,
        )
    return Enrolled(reply.officer, store.device)


def _check_store(store: Store) -> None:
    if store.state == "active":
        raise Refused("This store is enrolled already. Choose another place with --home for another officer.")
    if store.state not in ("", "enrolling") or outbox.counts(store).unsent:
        raise Refused("This store belongs to a device that was wiped. Enrol in another place with --home.")


def _read_card(transport: Transport, code: EnrolmentCode) -> ServiceCard:
    answer = transport.send("GET", CARD_PATH, {}, b"")
    try:
        card = codec.decode_service_card(answer.body) if answer.status == 200 else None
    except SyncError:
        card = None
    if card is None:
        raise NotReached(
            "What answered there is not a Doorstep service. Check the address, and the connection."
        )
    try:
        enrolment.check_card(card, code)
    except SyncError:
        raise NotTrusted(
            "The service at this address is not the one that made the code. Check the address; nothing was sent."
        ) from None
    return card


def require_passphrase(passphrase: str) -> None:
    """Raise Refused for one that is too short to choose."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Refused(f"Choose a passphrase of at least {LEAST_PASSPHRASE} characters; three words do well.")


def _make_keys(store: Store, code: EnrolmentCode, passphrase: str, cost: KeyCost) -> None:
    """New keys in the store, before anything of them leaves it."""
    store.begin(passphrase, cost)
    with store.writing("enrolling") as db:
        store.put_slot(db)
        store.put_secret(db, "seal_private", keys.private_bytes(keys.generate_private()))
        store.put_secret(db, "event_key", keys.new_event_key())
        store.put(
            db,
            state="enrolling",
            device=str(uuid.UUID(int=store.random.getrandbits(128), version=4)),
            enrolment=enrolment.stored_form(code),
            sign_private=keys.private_bytes(keys.generate_private()),
            tries=0,
        )


def _ask(
    store: Store,
    transport: Transport,
    clock: Clock,
    *,
    card: ServiceCard,
    code: EnrolmentCode,
    name: str,
    app: str,
) -> EnrolReply:
    sign_private = keys.load_private(store.get("sign_private"))
    seal_private = keys.load_private(store.secret("seal_private"))
    request = EnrolRequest(
        code=enrolment.format_code(code),
        device=store.device,
        name=name[:100],
        verify_key=keys.public_bytes(sign_private),
        seal_key=keys.public_bytes(seal_private),
        event_key=envelope.seal_event_key(
            store.secret("event_key"), device=store.device, service_key=card.seal_key
        ),
        kid=card.seal_key.kid,
        now=clock.now_ms(),
        app=app,
    )
    number = next_number(store, clock)
    answer, signature = signed_send(store, transport, number, ENROL_PATH, codec.encode(request))
    check_answer(answer, card.verify_key, signature)
    try:
        reply = codec.decode_enrol_reply(answer.body)
    except SyncError:
        raise NotTrusted(
            "The service's answer cannot be read: update doorstep-field, then try again."
        ) from None
    if reply.device != store.device or reply.verify_key != card.verify_key:
        raise NotTrusted("The service answered for another device. Ask your coordinator for a new code.")
    return reply
