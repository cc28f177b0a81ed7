"""The key of the registration tokens (QR codes) of one worklist; what a token is worth stands in self_registration."""

from __future__ import annotations

from server.base.service import Service

LABEL = "registration-token"


def token_key(service: Service, worklist_id: int) -> bytes:
    """32 bytes bound to one list, the same every time: sealed into its package, never stored."""
    return service.keys.derive(LABEL, str(worklist_id))
