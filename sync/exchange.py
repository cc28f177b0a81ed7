"""The one request of a device: events up; receipts and sealed changes down. Bodies only, no I/O.

JSON on the wire; bytes are standard base64 with padding. See PROTOCOL.md, "Exchange".
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sync.events import MOST, PROTOCOL, DeviceId, Envelope, KeyId, Milliseconds, Number

ReceiptStatus = Literal["applied", "duplicate", "held", "rejected"]


class Have(msgspec.Struct, frozen=True, omit_defaults=True):
    """A worklist that the client holds: its version and the digest of the whole list at that version.

    `extras` is the mark that came with the list (WorklistBody.extras), sent back as it stands: where it is still the
    service's, changes leave campaign, outcomes, questionnaires, officer and token key out. A locked client sends "".
    """

    worklist: Number
    version: Number
    digest: Annotated[str, msgspec.Meta(max_length=64)] = ""
    extras: Annotated[str, msgspec.Meta(max_length=64)] = ""


class ExchangeRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a device sends. `number` only ever grows; `kid` is the service key that it seals events to.

    `guide` is the version of the guide for new officers that was read to its end on this device, until a reply to it.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    now: Milliseconds
    epoch: Annotated[str, msgspec.Meta(max_length=64)]
    events: Annotated[list[Envelope], msgspec.Meta(max_length=500)] = []
    have: Annotated[list[Have], msgspec.Meta(max_length=200)] = []
    waiting: Number = 0
    kid: Annotated[str, msgspec.Meta(max_length=40)] = ""
    app: Annotated[str, msgspec.Meta(max_length=40)] = ""
    guide: Annotated[str, msgspec.Meta(max_length=20)] = ""
    protocol: Number = PROTOCOL


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """The service stored the bytes of event `id` whose envelope hash is `hash`; what it did with them is `status`.

    `worklist`/`version` name the list version that shows it (0 when none does). `reason` is a code of
    sync.receipts.REASONS, for held and rejected, and for applied events from a recalled or expired list.
    """

    id: str
    hash: str
    status: ReceiptStatus
    reason: str = ""
    worklist: int = 0
    version: int = 0


class Package(msgspec.Struct, frozen=True):
    """A sealed worklist, full or delta. `header` is the exact JSON text that goes into the HPKE info."""

    header: str
    body: bytes


class Recalled(msgspec.Struct, frozen=True):
    """A list that this device must delete: recalled, expired, or no longer its officer's."""

    worklist: int
    reason: Literal["recalled", "expired", "closed"]


class SealKey(msgspec.Struct, frozen=True):
    """The service's current HPKE public key for events (65-byte uncompressed P-256 point)."""

    kid: str
    public: bytes


class ExchangeReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the service answers, signed and bound to the request's signature.

    `more` asks the client to exchange again at once (lists left over for size). `wipe` is set for revoked devices.
    """

    now: Milliseconds
    epoch: str
    receipts: list[Receipt] = []
    changes: list[Package] = []
    recalled: list[Recalled] = []
    revoked: Literal["", "lost", "leaver"] = ""
    more: bool = False
    seal_key: SealKey | None = None
    protocol: int = PROTOCOL


class EnrolRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device's public keys and its event key (sealed to the service), sent with the one-time code, signed."""

    code: Annotated[str, msgspec.Meta(max_length=80)]
    device: DeviceId
    name: Annotated[str, msgspec.Meta(max_length=100)]
    verify_key: Annotated[bytes, msgspec.Meta(min_length=65, max_length=65)]
    seal_key: Annotated[bytes, msgspec.Meta(min_length=65, max_length=65)]
    event_key: Annotated[bytes, msgspec.Meta(max_length=200)]
    kid: KeyId
    now: Milliseconds
    app: Annotated[str, msgspec.Meta(max_length=40)] = ""
    protocol: Number = PROTOCOL


class EnrolReply(msgspec.Struct, frozen=True):
    """What an enrolled device keeps: who it is for, the service's keys, epoch and time."""

    device: str
    officer: str
    epoch: str
    now: Milliseconds
    seal_key: SealKey
    verify_key: bytes
    time_zone: str


class ServiceCard(msgspec.Struct, frozen=True):
    """What anyone may read before enrolling: the service's keys, epoch, time and name.

    `verify_key` is checked against the code's pin and `signature` against `verify_key` (sync.enrolment.check_card),
    before anything is sealed to `seal_key`: else whoever opens TLS could put a key of their own there.
    """

    verify_key: Annotated[bytes, msgspec.Meta(min_length=65, max_length=65)]
    seal_key: SealKey
    epoch: Annotated[str, msgspec.Meta(max_length=64)]
    now: Milliseconds
    name: Annotated[str, msgspec.Meta(max_length=100)] = "Doorstep"
    signature: bytes = b""
    protocol: Number = PROTOCOL


class OutboxFile(msgspec.Struct, frozen=True):
    """An outbox carried by hand (a phone without a connection): signed by the device over everything but `signature`.

    Whoever brings it in need not be trusted; one whose signature fails is held, event by event.
    """

    device: DeviceId
    exported_at: Milliseconds
    events: Annotated[list[Envelope], msgspec.Meta(max_length=20_000)]
    signature: bytes
    protocol: Number = PROTOCOL
