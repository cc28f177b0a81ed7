"""Suite 1: HPKE base mode over padded, deflated bytes. What envelope, enrolment and worklist packages share.

HPKE (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one shot, empty AAD. A sealed thing is
`enc` (65 bytes) followed by the ciphertext with its tag (16 bytes). What it belongs to goes into `info`.
"""

from __future__ import annotations

import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sync.errors import Malformed, Unreadable

OVERHEAD_BYTES = 65 + 16
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal(plain: bytes, public: ec.EllipticCurvePublicKey, info: bytes) -> bytes:
    """`plain` sealed to a public key and bound to `info`."""
    return _SUITE.encrypt(plain, public, info=info)


def unseal(sealed: bytes, private: ec.EllipticCurvePrivateKey, info: bytes) -> bytes:
    """What `seal` sealed. Raises Unreadable for another key, another info, or any change to the bytes."""
    if len(sealed) < OVERHEAD_BYTES:
        raise Unreadable("It is too short to be sealed by suite 1.")
    try:
        return _SUITE.decrypt(sealed, private, info=info)
    except (InvalidTag, ValueError):
        raise Unreadable("It does not open with this key.") from None


def deflate(plain: bytes, level: int) -> bytes:
    """Raw deflate (RFC 1951), without a header or checksum: the seal checks."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(plain) + packer.flush()


def inflate(packed: bytes, most_bytes: int) -> bytes:
    """What `deflate` packed. Raises Malformed for anything else, or for more than `most_bytes` of it."""
    unpacker = zlib.decompressobj(-15)
    try:
        plain = unpacker.decompress(packed, most_bytes + 1)
    except zlib.error:
        raise Malformed("What is sealed is no deflate stream.") from None
    if len(plain) > most_bytes:
        raise Malformed(f"What is sealed unfolds to more than {most_bytes} bytes.")
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("What is sealed is cut short, or holds more than one deflate stream.")
    return plain
