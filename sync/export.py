"""An outbox as a file, carried by hand from a phone without a connection and signed by the device."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from sync.envelope import envelope_hash
from sync.errors import BadSignature
from sync.events import Envelope
from sync.exchange import OutboxFile

_COORDINATE_BYTES = 32
_ECDSA = ec.ECDSA(hashes.SHA256())


def make_export(
    private_key: ec.EllipticCurvePrivateKey, *, device: str, now: int, events: Sequence[Envelope]
) -> bytes:
    """The file (JSON) of these envelopes, signed with the device's signing key."""
    r, s = decode_dss_signature(private_key.sign(_signed_text(device, now, events), _ECDSA))
    signature = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    return msgspec.json.encode(OutboxFile(device, now, list(events), signature))


def verify_export(public_key: ec.EllipticCurvePublicKey, file: OutboxFile) -> None:
    """Returns when the device with this key signed the file. Raises BadSignature; its events are then held."""
    if len(file.signature) != 2 * _COORDINATE_BYTES:
        raise BadSignature("malformed", "The outbox file's signature has a wrong length.")
    r, s = (int.from_bytes(half, "big") for half in (file.signature[:32], file.signature[32:]))
    try:
        public_key.verify(
            encode_dss_signature(r, s), _signed_text(file.device, file.exported_at, file.events), _ECDSA
        )
    except InvalidSignature:
        raise BadSignature("signature", "This device did not sign the outbox file as it is.") from None


def _signed_text(device: str, exported_at: int, events: Sequence[Envelope]) -> bytes:
    """What is signed: label, device, time, and the SHA-256 over the hashes of the envelopes in the file's order."""
    digest = hashlib.sha256("".join(map(envelope_hash, events)).encode()).hexdigest()
    return f"doorstep/1 outbox\n{device}\n{exported_at}\n{digest}\n".encode()
