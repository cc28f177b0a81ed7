"""One-time tickets: challenges of passkeys and states of single sign-on, handed out and taken back once.

Only a keyed hash is kept. A ticket is bound to what it is for, and to an account where it is made for one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from server.base.service import Service
from server.staff.tables import OneTimeTicket

LIFE = timedelta(minutes=5)


def issue(service: Service, kind: str, account_id: int | None = None) -> str:
    """A new ticket of a kind, for an account where one is named: 43 characters of base64url, good for five minutes."""
    ticket = secrets.token_urlsafe(32)
    row = {
        "hash": _hash(service, kind, ticket),
        "kind": kind,
        "account_id": account_id,
        "expires_at": service.clock.now() + LIFE,
    }
    service.db.transact(lambda session: session.execute(insert(OneTimeTicket).values(row)))
    return ticket


def take(session: Session, service: Service, kind: str, ticket: str, account_id: int | None = None) -> bool:
    """Take a ticket back: True once, for the kind and the account that it was made for, while it holds."""
    taken = delete(OneTimeTicket).where(
        OneTimeTicket.hash == _hash(service, kind, ticket),
        OneTimeTicket.account_id.is_not_distinct_from(account_id),
        OneTimeTicket.expires_at > service.clock.now(),
    )
    return session.connection().execute(taken).rowcount == 1


def forget_old(session: Session, service: Service) -> None:
    """Delete tickets that nobody brought back in time."""
    session.execute(delete(OneTimeTicket).where(OneTimeTicket.expires_at <= service.clock.now()))


def _hash(service: Service, kind: str, ticket: str) -> str:
    message = b"ticket\0" + kind.encode() + b"\0" + ticket.encode()
    return hmac.digest(service.keys.session_secret, message, hashlib.sha256).hex()
