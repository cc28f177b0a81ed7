"""An outbox as a file, carried by hand from a phone without a connection and signed by the device."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from sync.envelope import envelope_hash
from sync.errors import BadSignature
from sync.events import Envelope
from sync.exchange import OutboxFile
from sync.keys import sign_raw, verify_raw


def make_export(
    private_key: ec.EllipticCurvePrivateKey, *, device: str, now: int, events: Sequence[Envelope]
) -> bytes:
    """The file (JSON) of these envelopes, signed with the device's signing key."""
    signature = sign_raw(private_key, _signed_text(device, now, events))
    return msgspec.json.encode(OutboxFile(device, now, list(events), signature))


def verify_export(public_key: ec.EllipticCurvePublicKey, file: OutboxFile) -> None:
    """Returns when the device with this key signed the file. Raises BadSignature; its events are then held."""
    if not verify_raw(public_key, file.signature, _signed_text(file.device, file.exported_at, file.events)):
        raise BadSignature("signature", "This device did not sign the outbox file as it is.")


def _signed_text(device: str, exported_at: int, events: Sequence[Envelope]) -> bytes:
    """What is signed: label, device, time, and the SHA-256 over the hashes of the envelopes in the file's order."""
    digest = hashlib.sha256("".join(map(envelope_hash, events)).encode()).hexdigest()
    return f"doorstep/1 outbox\n{device}\n{exported_at}\n{digest}\n".encode()
