"""Signing in and out: a session cookie for browsers, a short-lived bearer token for programs.

Only a keyed hash of either is stored. A session's CSRF token is derived from the cookie's value, so a page that was
loaded again can ask for it and nothing more needs keeping.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.staff import passwords, throttle
from server.staff.principals import principal_of
from server.staff.tables import Account, SignIn

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """What a successful sign-in hands out. `token` is shown once and never kept."""

    token: str
    csrf_token: str
    known_token: str
    expires_at: datetime
    principal: Principal


def sign_in(
    service: Service, *, username: str, password: str, address: str, kind: str, known: str = ""
) -> SignedIn:
    """Sign in with a username and password. kind: session | token; known: the browser's token of an
    earlier sign-in, if it has one.

    Problem("sign_in_failed") says not whether the name, the password or the account is at fault;
    Problem("too_many_requests") while the throttle makes this address wait.
    """
    username = folded(username)
    counted = throttle.counted_by(service, username, address, known)
    service.db.transact(lambda session: throttle.book_try(session, service, counted))
    found = service.db.read(
        lambda session: session.execute(
            select(Account.id, Account.password_hash).where(Account.username == username, Account.active)
        ).one_or_none()
    )
    if not passwords.is_right(found.password_hash if found else None, password) or found is None:
        service.db.transact(
            lambda session: audit.record(
                session, service, PUBLIC, "sign_in.failed", f"account:{found.id}" if found else "account:none"
            )
        )
        raise Problem("sign_in_failed", "The username or password is not right.")
    token = secrets.token_urlsafe(32)
    settings = service.settings
    life = (
        timedelta(hours=settings.session_hours)
        if kind == "session"
        else timedelta(minutes=settings.token_minutes)
    )
    expires_at = service.clock.now() + life

    def work(session: Session) -> Principal:
        throttle.note_success(session, counted)
        principal = principal_of(session, service, found.id)
        if principal is None:
            raise Problem("sign_in_failed", "The username or password is not right.")
        now = service.clock.now()
        row = {"hash": _hash(service, token), "kind": kind, "account_id": found.id}
        session.execute(
            insert(SignIn).values(row | {"created_at": now, "seen_at": now, "expires_at": expires_at})
        )
        audit.record(session, service, principal, f"sign_in.{kind}", principal.actor)
        return principal

    principal = service.db.transact(work)
    known = known if throttle.is_known(service, username, known) else throttle.known_token(service, username)
    return SignedIn(token, csrf_token_of(service, token), known, expires_at, principal)


def sign_out(service: Service, principal: Principal, token: str) -> None:
    """End one sign-in; ending it again does nothing."""

    def work(session: Session) -> None:
        session.execute(delete(SignIn).where(SignIn.hash == _hash(service, token)))
        audit.record(session, service, principal, "sign_out", principal.actor)

    service.db.transact(work)


def principal_by(service: Service, token: str, kind: str) -> Principal | None:
    """Who holds this cookie value or bearer token; None where it is unknown, expired, idle too long, or a leaver's."""
    now = service.clock.now()
    hashed = _hash(service, token)
    idle_since = now - timedelta(minutes=service.settings.session_idle_minutes)

    def look(session: Session) -> tuple[Principal | None, datetime | None]:
        found = session.execute(
            select(SignIn.account_id, SignIn.seen_at).where(
                SignIn.hash == hashed,
                SignIn.kind == kind,
                SignIn.expires_at > now,
                or_(SignIn.kind == "token", SignIn.seen_at > idle_since),
            )
        ).one_or_none()
        if found is None:
            return None, None
        return principal_of(session, service, found.account_id), found.seen_at

    principal, seen_at = service.db.read(look)
    if principal is not None and seen_at is not None and now - seen_at > SEEN_EVERY:
        seen = update(SignIn).where(SignIn.hash == hashed).values(seen_at=now)
        service.db.transact(lambda session: session.execute(seen))
    return principal


def end_all(session: Session, account_id: int) -> None:
    """End every sign-in of an account: after a change of password or role, or when somebody leaves."""
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))


def forget_expired(service: Service) -> dict[str, int]:
    """Delete sign-ins that have ended and counts that no longer matter; a job of the worker."""

    def work(session: Session) -> dict[str, int]:
        ended = delete(SignIn).where(SignIn.expires_at < service.clock.now())
        sign_ins = session.connection().execute(ended).rowcount
        return {"sign_ins": sign_ins, "failures": throttle.forget_old(session, service)}

    return service.db.transact(work)


def csrf_token_of(service: Service, token: str) -> str:
    """The CSRF token that goes with a session cookie's value."""
    return hmac.digest(service.keys.session_secret, b"csrf\0" + token.encode(), hashlib.sha256).hex()


def folded(username: str) -> str:
    """A username as it is compared: NFKC, lower case, without space around it."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def _hash(service: Service, token: str) -> str:
    return hmac.digest(service.keys.session_secret, b"sign-in\0" + token.encode(), hashlib.sha256).hex()
