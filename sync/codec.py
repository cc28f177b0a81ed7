"""The messages of the wire as JSON, in and out. Every decoder raises DecodeError, and nothing else."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from sync.envelope import holds_nul
from sync.errors import DecodeError
from sync.events import PROTOCOL, Envelope, EventId
from sync.exchange import (
    EnrolReply,
    EnrolRequest,
    ExchangeReply,
    ExchangeRequest,
    OutboxFile,
    ServiceCard,
)

Message = TypeVar("Message")


class _LooseRequest(ExchangeRequest, frozen=True, omit_defaults=True):
    """A request whose events are looked at one by one."""

    events: list[msgspec.Raw] = msgspec.field(default_factory=list)  # type: ignore[assignment]


class _Named(msgspec.Struct, frozen=True):
    id: EventId


class _LooseFile(OutboxFile, frozen=True):
    events: list[msgspec.Raw]  # type: ignore[assignment]


_ENCODER = msgspec.json.Encoder()
_REQUEST = msgspec.json.Decoder(ExchangeRequest)
_LOOSE_REQUEST = msgspec.json.Decoder(_LooseRequest)
_FILE = msgspec.json.Decoder(OutboxFile)
_LOOSE_FILE = msgspec.json.Decoder(_LooseFile)
_ENVELOPE = msgspec.json.Decoder(Envelope)
_REPLY = msgspec.json.Decoder(ExchangeReply)
_ENROL_REQUEST = msgspec.json.Decoder(EnrolRequest)
_ENROL_REPLY = msgspec.json.Decoder(EnrolReply)
_CARD = msgspec.json.Decoder(ServiceCard)
_ID = msgspec.json.Decoder(_Named)
_FAULTS = (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError)
_MOST_EVENTS = 500
_MOST_FILED = 20_000


def encode(message: msgspec.Struct) -> bytes:
    """A message as the bytes to send (UTF-8 JSON, no white space, members in the order of PROTOCOL.md)."""
    return _ENCODER.encode(message)


def decode_exchange_request(raw: bytes) -> ExchangeRequest:
    """An exchange request. One event that is no envelope does not spoil the others: it becomes one to be held.

    Such an event has seq 0, no prev and no kid, and its own JSON text as `sealed`; its id where it names a proper one.
    """
    try:
        return _without_nul(_REQUEST.decode(raw), raw)
    except _FAULTS as error:
        strict = error
    try:
        loose = _LOOSE_REQUEST.decode(raw)
    except _FAULTS:
        raise DecodeError.of(strict) from None
    if len(loose.events) > _MOST_EVENTS:
        raise DecodeError(f"An exchange carries at most {_MOST_EVENTS} events", "$.events")
    plain = {name: getattr(loose, name) for name in ExchangeRequest.__struct_fields__ if name != "events"}
    return _without_nul(ExchangeRequest(**plain, events=[_envelope(event) for event in loose.events]), raw)


def decode_outbox_file(raw: bytes) -> OutboxFile:
    """An outbox carried by hand; single events as in decode_exchange_request."""
    try:
        return _FILE.decode(raw)
    except _FAULTS as error:
        strict = error
    try:
        loose = _LOOSE_FILE.decode(raw)
    except _FAULTS:
        raise DecodeError.of(strict) from None
    if len(loose.events) > _MOST_FILED:
        raise DecodeError(f"An outbox file carries at most {_MOST_FILED} events", "$.events")
    events = [_envelope(event) for event in loose.events]
    return OutboxFile(loose.device, loose.exported_at, events, loose.signature, loose.protocol)


def decode_exchange_reply(raw: bytes) -> ExchangeReply:
    """What the service answered; verify its signature first."""
    return _decode(_REPLY, raw)


def decode_enrol_request(raw: bytes) -> EnrolRequest:
    """A device's request to enrol."""
    return _without_nul(_decode(_ENROL_REQUEST, raw), raw)


def decode_enrol_reply(raw: bytes) -> EnrolReply:
    """What the service answered to a device that enrols."""
    return _decode(_ENROL_REPLY, raw)


def decode_service_card(raw: bytes) -> ServiceCard:
    """What the service shows before enrolment; its key is to be checked against the code's pin."""
    return _decode(_CARD, raw)


def _decode(decoder: msgspec.json.Decoder[Message], raw: bytes) -> Message:
    try:
        return decoder.decode(raw)
    except _FAULTS as error:
        raise DecodeError.of(error) from None


def _without_nul(message: Message, raw: bytes) -> Message:
    """The message, unless it holds U+0000 in a member other than an event, where it would break the database."""
    if b"\\u0000" in raw and holds_nul(msgspec.to_builtins(message)):
        raise DecodeError("No text may hold the character U+0000")
    return message


def _envelope(event: msgspec.Raw) -> Envelope:
    try:
        return _ENVELOPE.decode(event)
    except _FAULTS:
        return Envelope(id=_id_of(event), seq=0, prev="", kid="", sealed=bytes(event), protocol=PROTOCOL)


def _id_of(event: msgspec.Raw) -> str:
    """The id that a broken event names, when it is a proper one; else none."""
    try:
        return _ID.decode(event).id
    except _FAULTS:
        return ""
