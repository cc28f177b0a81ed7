"""P-256 key pairs as raw bytes: 65-byte uncompressed public points, 32-byte private numbers.

The same two forms stand on the wire, in the key ring and in the client's store. Loading checks that a point
lies on the curve; loaded keys are kept, because a load costs as much as half an opening.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync.errors import SyncError

PUBLIC_BYTES = 65
PRIVATE_BYTES = 32
EVENT_KEY_BYTES = 32
_COORDINATE_BYTES = 32
_CURVE = ec.SECP256R1()
_ECDSA = ec.ECDSA(hashes.SHA256())


def generate_private() -> ec.EllipticCurvePrivateKey:
    """A new P-256 private key from the system's randomness."""
    return ec.generate_private_key(_CURVE)


def private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private number as 32 bytes, big-endian."""
    return key.private_numbers().private_value.to_bytes(PRIVATE_BYTES, "big")


def public_bytes(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """The public point as 65 bytes: 04, x, y (SEC 1, uncompressed)."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@lru_cache(maxsize=64)
def load_private(raw: bytes) -> ec.EllipticCurvePrivateKey:
    """The key of 32 private bytes. Raises SyncError when they are no P-256 private number.

    The key stays in memory; a device that locks drops it with `load_private.cache_clear()`.
    """
    if len(raw) != PRIVATE_BYTES:
        raise SyncError(f"A private key has {PRIVATE_BYTES} bytes, not {len(raw)}.")
    try:
        return ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE)
    except ValueError:
        raise SyncError("These bytes are no P-256 private key.") from None


@lru_cache(maxsize=4096)
def load_public(raw: bytes) -> ec.EllipticCurvePublicKey:
    """The key of 65 public bytes. Raises SyncError when they are no uncompressed point on P-256."""
    if len(raw) != PUBLIC_BYTES or raw[0] != 4:
        raise SyncError(f"A public key is an uncompressed point of {PUBLIC_BYTES} bytes.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw)
    except ValueError:
        raise SyncError("These bytes are no point on P-256.") from None


def new_kid(public: bytes) -> str:
    """The name of a service key: the first 16 hex digits of the SHA-256 of its public bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def new_event_key() -> bytes:
    """A new device's HMAC key for events: 32 random bytes."""
    return os.urandom(EVENT_KEY_BYTES)


def new_id() -> str:
    """A new identity (UUIDv4, lower case) for an event, a registration or a device."""
    return str(uuid.uuid4())


def sign_raw(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    """An ECDSA P-256 SHA-256 signature as 64 bytes, r then s (as WebCrypto and RFC 9421 have it)."""
    r, s = decode_dss_signature(key.sign(text, _ECDSA))
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def verify_raw(key: ec.EllipticCurvePublicKey, signature: bytes, text: bytes) -> bool:
    """True when `signature` (64 bytes, r then s) is this key's over `text`."""
    if len(signature) != 2 * _COORDINATE_BYTES:
        return False
    r, s = (
        int.from_bytes(half, "big") for half in (signature[:_COORDINATE_BYTES], signature[_COORDINATE_BYTES:])
    )
    try:
        key.verify(encode_dss_signature(r, s), text, _ECDSA)
    except InvalidSignature:
        return False
    return True
