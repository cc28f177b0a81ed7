"""Events sealed to the service at the moment they are recorded; the device itself cannot read them back.

The layout is in PROTOCOL.md, "Events": HPKE over
    01 | HMAC-SHA256 (32) | length of packed, big-endian (4) | packed | zeros up to the bucket
where packed is the deflated JSON of the body and the HMAC, under the device's event key, covers `info` and packed.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from sync.errors import Malformed, NotAuthentic, SyncError, TooLarge, Unreadable, path_of
from sync.events import PROTOCOL, Envelope, EventBody
from sync.exchange import SealKey
from sync.keys import EVENT_KEY_BYTES, load_public
from sync.sealing import deflate, inflate, seal, unseal

LEAST_BUCKET_BYTES = 1024  # fits a visit with two registrations and a questionnaire's answers
MOST_BUCKET_BYTES = 64 * 1024
MOST_BODY_BYTES = 256 * 1024
_FORMAT = b"\x01"
_START = 1 + 32 + 4
_DEFLATE_LEVEL = 6
_DECODER = msgspec.json.Decoder(EventBody)
_ENCODER = msgspec.json.Encoder()


def event_info(event_id: str, device: str, kid: str, protocol: int = PROTOCOL) -> bytes:
    """The HPKE info of an event: what an envelope's bytes are bound to. seq and prev are not yet known at sealing."""
    return f"doorstep/1 event\n{protocol}\n{event_id}\n{device}\n{kid}\n".encode()


def seal_event(
    body: EventBody, *, event_id: str, device: str, service_key: SealKey, event_key: bytes
) -> bytes:
    """The sealed bytes of an event, for Envelope.sealed. Raises TooLarge past the largest bucket (64 KiB)."""
    info = event_info(event_id, device, service_key.kid)
    packed = deflate(_ENCODER.encode(body), _DEFLATE_LEVEL)
    mac = hmac.digest(event_key, info + packed, "sha256")
    plain = b"".join((_FORMAT, mac, len(packed).to_bytes(4, "big"), packed))
    return seal(plain.ljust(_bucket(len(plain)), b"\0"), load_public(service_key.public), info)


def _bucket(length: int) -> int:
    """The least of 1024, 2048, 4096 … 65536 bytes that holds `length`."""
    bucket = LEAST_BUCKET_BYTES
    while bucket < length:
        bucket *= 2
    if bucket > MOST_BUCKET_BYTES:
        raise TooLarge("This record is too long to send: shorten the notes or the free-text answers.")
    return bucket


def open_event(
    envelope: Envelope, device: str, private_key: ec.EllipticCurvePrivateKey, event_key: bytes
) -> EventBody:
    """The body of an event that `device` sent, opened with the service key that `envelope.kid` names.

    Raises Unreadable (does not open), NotAuthentic (not made under the device's event key) or Malformed (what is
    inside is no event, or holds U+0000, which no database keeps); each has a `reason` for the receipt.
    """
    if envelope.protocol != PROTOCOL:
        raise Unreadable(f"It speaks protocol {envelope.protocol}.")
    info = event_info(envelope.id, device, envelope.kid)
    plain = unseal(envelope.sealed, private_key, info)
    if plain[:1] != _FORMAT or len(plain) < _START:
        raise Malformed("What is sealed is not laid out as an event.")
    length = int.from_bytes(plain[33:_START], "big")
    packed, padding = plain[_START : _START + length], plain[_START + length :]
    if len(packed) != length or padding.strip(b"\0"):
        raise Malformed("What is sealed has a wrong length.")
    if not hmac.compare_digest(plain[1:33], hmac.digest(event_key, info + packed, "sha256")):
        raise NotAuthentic("It was not recorded with this device's event key.")
    return decode_body(inflate(packed, MOST_BODY_BYTES))


def decode_body(plain: bytes) -> EventBody:
    """The event body of JSON bytes. Raises Malformed, naming where, never what stands there."""
    try:
        body = _DECODER.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Malformed(
            f"The event's body is not as the protocol says (at {path_of(error) or '$'})."
        ) from None
    if b"\\u0000" in plain and holds_nul(msgspec.to_builtins(body)):
        raise Malformed("The event's body holds the character U+0000.")
    return body


def holds_nul(value: object) -> bool:
    """True when any text of a decoded JSON value holds U+0000."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, (list, tuple)) and any(holds_nul(part) for part in value)


def envelope_hash(envelope: Envelope) -> str:
    """The identity of an envelope's bytes and the next envelope's `prev`: hex SHA-256 over header and sealed."""
    head = f"doorstep/1 envelope\n{envelope.protocol}\n{envelope.id}\n{envelope.seq}\n{envelope.prev}\n{envelope.kid}\n"
    return hashlib.sha256(head.encode("utf-8", "surrogatepass") + envelope.sealed).hexdigest()


def _event_key_info(device: str, kid: str) -> bytes:
    return f"doorstep/1 event-key\n{device}\n{kid}\n".encode()


def seal_event_key(event_key: bytes, *, device: str, service_key: SealKey) -> bytes:
    """A new device's event key sealed to the service, for EnrolRequest.event_key."""
    if len(event_key) != EVENT_KEY_BYTES:
        raise SyncError(f"An event key has {EVENT_KEY_BYTES} bytes.")
    return seal(event_key, load_public(service_key.public), _event_key_info(device, service_key.kid))


def open_event_key(sealed: bytes, *, device: str, kid: str, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The event key that a device sealed when it enrolled. Raises Unreadable or Malformed."""
    event_key = unseal(sealed, private_key, _event_key_info(device, kid))
    if len(event_key) != EVENT_KEY_BYTES:
        raise Malformed(f"An event key has {EVENT_KEY_BYTES} bytes.")
    return event_key
