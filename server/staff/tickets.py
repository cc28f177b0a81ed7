"""One-time tickets: challenges of passkeys and states of single sign-on, handed out and taken back once.

A ticket carries its own end and a keyed seal over what it is for, so handing one out writes nothing: whoever asks for
many fills no table. One that comes back is noted by its hash until its time is over, and does not come back again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.base.clock import from_milliseconds, milliseconds
from server.base.db import insert_missing
from server.base.service import Service
from server.staff.tables import OneTimeTicket

LIFE = timedelta(minutes=5)
END_BYTES, NONCE_BYTES, SEAL_BYTES = 8, 16, 16


def issue(service: Service, kind: str, account_id: int | None = None) -> str:
    """A new ticket of a kind, for an account where one is named: 54 characters of base64url, good for five minutes."""
    end = milliseconds(service.clock.now() + LIFE).to_bytes(END_BYTES, "big")
    body = end + secrets.token_bytes(NONCE_BYTES)
    sealed = body + _seal(service, kind, account_id, body)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def take(session: Session, service: Service, kind: str, ticket: str, account_id: int | None = None) -> bool:
    """Take a ticket back: True once, for the kind and the account that it was made for, while it holds."""
    try:
        sealed = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return False
    body, seal = sealed[: END_BYTES + NONCE_BYTES], sealed[END_BYTES + NONCE_BYTES :]
    if not hmac.compare_digest(seal, _seal(service, kind, account_id, body)):
        return False
    expires_at = from_milliseconds(int.from_bytes(body[:END_BYTES], "big"))
    if expires_at <= service.clock.now():
        return False
    row = {"hash": hashlib.sha256(body).hexdigest(), "kind": kind, "account_id": account_id}
    return insert_missing(session, OneTimeTicket, [row | {"expires_at": expires_at}]) == 1


def forget_old(session: Session, service: Service) -> None:
    """Delete what was noted of tickets whose time is over."""
    session.execute(delete(OneTimeTicket).where(OneTimeTicket.expires_at <= service.clock.now()))


def _seal(service: Service, kind: str, account_id: int | None, body: bytes) -> bytes:
    message = f"ticket\0{kind}\0{account_id}\0".encode() + body
    return hmac.digest(service.keys.session_secret, message, hashlib.sha256)[:SEAL_BYTES]
