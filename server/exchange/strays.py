"""What came among events and is no envelope: nobody sealed its JSON, so it is sealed to the service before it is kept.

It lies in the journal like an event, under the id of one of the service's seal keys, which are never dropped.
"""

from __future__ import annotations

from server.base.service import Service
from sync.errors import Unreadable
from sync.keys import load_public
from sync.sealing import seal, unseal


def seal_stray(service: Service, device_id: str, digest: str, raw: bytes) -> tuple[str, bytes]:
    """The id of the key, and the sealed bytes, bound to the device and to the hash that it was receipted under."""
    kid, public = service.keys.seal_key_current
    return kid, seal(raw, load_public(public), _info(device_id, digest, kid))


def open_stray(service: Service, device_id: str, digest: str, kid: str, sealed: bytes) -> bytes:
    """The JSON as it came. Raises sync.errors.Unreadable."""
    private = service.keys.seal_private(kid)
    if private is None:
        raise Unreadable("The key that it was sealed to is gone.")
    return unseal(sealed, private, _info(device_id, digest, kid))


def _info(device_id: str, digest: str, kid: str) -> bytes:
    return f"doorstep/1 stray\n{device_id}\n{digest}\n{kid}\n".encode()
