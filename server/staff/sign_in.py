"""Signing in and out: a session cookie for browsers, a short-lived bearer token for programs.

Only a keyed hash of either is stored. A session's CSRF token is derived from the cookie's value, so a page that was
loaded again can ask for it and nothing more needs keeping. In a browser one signs in by steps: the right password gives
a half sign-in where a second factor is still to come, which lives five minutes and opens nothing; each step up gives
another token and ends the one before.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.staff import factors, passwords, throttle, tickets
from server.staff.principals import principal_of
from server.staff.tables import Account, SignIn

SEEN_EVERY = timedelta(minutes=1)
TOLD_FOR = timedelta(days=1)  # after its end, so that a page can say why somebody was signed out
HALF_LIFE = timedelta(minutes=5)
FRESH = timedelta(minutes=15)
SSO, SSO_ANEW = "sso", "sso+anew"  # came through the single sign-on; proved it there once more
ACCESS_SCOPE = frozenset({"coverage.read"})
WRONG = ("sign_in_failed", "The username or password is not right.")


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in from: the address (never kept), a family of browsers to show, its token of an earlier
    sign-in, and the cookie it has now, which the new sign-in replaces."""

    address: str
    family: str = ""
    known: str = ""
    ends: str = ""


@dataclass(frozen=True)
class SignedIn:
    """What a successful sign-in hands out. `token` is shown once and never kept; kind "half": a code is to come."""

    token: str
    csrf_token: str
    known_token: str
    expires_at: datetime
    principal: Principal
    kind: str = "session"


@dataclass(frozen=True)
class Half:
    """A half sign-in. needs: code | setup (no factor yet, and the force requires one)."""

    account_id: int
    username: str
    needs: str


def sign_in(
    service: Service,
    *,
    username: str,
    password: str,
    address: str,
    kind: str,
    known: str = "",
    code: str = "",
) -> SignedIn:
    """Sign in at once with a username and password, and a code where the account has a second factor: for programs.

    kind: session | token; known: the browser's token of an earlier sign-in, if it has one. Problem("sign_in_failed")
    says not whether the name, the password or the account is at fault; Problem("code_needed") and
    Problem("code_wrong"): the password was right; Problem("setup_needed"): a second factor is to be set up in the
    console first; Problem("too_many_requests") while the throttle makes this address wait.
    """
    browser, username = Browser(address, known=known), folded(username)
    account_id = _prove_password(service, username, password, browser)
    needed = service.db.read(lambda session: factors.needed_by(session, service, account_id))
    if needed == "setup":
        raise Problem("setup_needed", "Sign in at /console first: a second factor is set up there.")
    if not needed:
        return issue(service, account_id, browser, kind=kind, by="password")
    if not code:
        raise Problem("code_needed", "Send the code that your authenticator app shows now.")
    by = _prove_code(service, account_id, username, code, browser)
    return issue(service, account_id, browser, kind=kind, by=f"password+{by}")


def begin(service: Service, *, username: str, password: str, browser: Browser) -> SignedIn:
    """The first step in a browser: a session, or a half sign-in where a second factor is still to come.

    Problem("sign_in_failed") and Problem("too_many_requests") as `sign_in`.
    """
    username = folded(username)
    account_id = _prove_password(service, username, password, browser)
    needed = service.db.read(lambda session: factors.needed_by(session, service, account_id))
    kind = "half" if needed else "session"
    return issue(service, account_id, browser, kind=kind, by="password")


def half_by(service: Service, token: str) -> Half | None:
    """The half sign-in behind a cookie's value; None where it is over or never was."""

    def look(session: Session) -> Half | None:
        found = session.execute(
            select(SignIn.account_id, Account.username)
            .join(Account, Account.id == SignIn.account_id)
            .where(
                SignIn.hash == hash_of(service, token),
                SignIn.kind == "half",
                SignIn.expires_at > service.clock.now(),
                Account.active,
            )
        ).one_or_none()
        if found is None:
            return None
        return Half(
            found.account_id, found.username, factors.needed_by(session, service, found.account_id) or "code"
        )

    return service.db.read(look)


def finish(service: Service, token: str, code: str, browser: Browser) -> SignedIn:
    """The second step: a session for the half sign-in's token and a code that holds (or a recovery code).

    Problem("expired") where the half sign-in is over, Problem("code_wrong"), Problem("too_many_requests").
    """
    half = half_by(service, token)
    if half is None or half.needs != "code":
        raise over()
    by = _prove_code(service, half.account_id, half.username, code, browser)
    return issue(service, half.account_id, browser, kind="session", by=f"password+{by}", half=token)


def set_up(service: Service, token: str, code: str, browser: Browser) -> tuple[SignedIn, list[str]]:
    """A session, and ten recovery codes, for a half sign-in whose owner sets up the factor that the force requires.

    `code` is the first of the authenticator app. Problem("code_wrong"), Problem("expired") where it is over.
    """
    half = half_by(service, token)
    if half is None or half.needs != "setup":
        raise over()
    principal = service.db.read(lambda session: principal_of(session, service, half.account_id))
    if principal is None:
        raise over()
    made = factors.confirm_code_key(service, principal, code)
    done = issue(service, half.account_id, browser, kind="session", by="password+code", half=token)
    return done, made


def issue(
    service: Service,
    account_id: int,
    browser: Browser,
    *,
    kind: str,
    by: str,
    half: str = "",
    began: datetime | None = None,
) -> SignedIn:
    """A new sign-in of an account whose owner has proved who they are, in place of the one the browser had.

    `half`: the half sign-in that this completes; Problem("expired") where another try has completed it already.
    `began`: when they proved it, where that was earlier.
    """
    token = secrets.token_urlsafe(32)
    now = service.clock.now()
    began = began or now
    expires_at = began + life_of(service, kind)

    def work(session: Session) -> tuple[Principal, str]:
        if half and not _end(session, service, half):
            raise over()
        _end(session, service, browser.ends)
        principal = principal_of(session, service, account_id)
        if principal is None:
            raise Problem(*WRONG)
        row = {
            "hash": hash_of(service, token),
            "kind": kind,
            "account_id": account_id,
            "expires_at": expires_at,
        }
        row |= {"created_at": began, "seen_at": now, "by": by, "browser": browser.family}
        session.execute(insert(SignIn).values(row))
        audit.record(session, service, principal, f"sign_in.{kind}", principal.actor, by=by)
        return principal, session.scalars(select(Account.username).where(Account.id == account_id)).one()

    principal, username = service.db.transact(work)
    known = browser.known
    if kind != "half" and not throttle.is_known(service, username, known):
        known = throttle.known_token(service, username)
    return SignedIn(token, csrf_token_of(service, token), known, expires_at, principal, kind)


def life_of(service: Service, kind: str) -> timedelta:
    """How long a sign-in of a kind lives at most."""
    if kind == "half":
        return HALF_LIFE
    if kind == "token":
        return timedelta(minutes=service.settings.token_minutes)
    return timedelta(hours=service.settings.session_hours)


def sign_out(service: Service, principal: Principal, token: str) -> None:
    """End one sign-in; ending it again does nothing."""

    def work(session: Session) -> None:
        session.execute(delete(SignIn).where(SignIn.hash == hash_of(service, token)))
        audit.record(session, service, principal, "sign_out", principal.actor)

    service.db.transact(work)


def principal_by(service: Service, token: str, *kinds: str, counts: bool = True) -> Principal | None:
    """Who holds this cookie value or bearer token; None where it is unknown, expired, idle too long, or a leaver's.

    `counts`: false for what a page does by itself, which is no sign of life of whoever sits before it.
    An access token's principal may read coverage and nothing else, whatever its owner may.
    """
    now = service.clock.now()
    hashed = hash_of(service, token)
    idle_since = now - timedelta(minutes=service.settings.session_idle_minutes)

    def look(session: Session) -> tuple[Principal | None, Any]:
        found = session.execute(
            select(SignIn.account_id, SignIn.seen_at, SignIn.kind).where(
                SignIn.hash == hashed,
                SignIn.kind.in_(kinds),
                SignIn.expires_at > now,
                or_(SignIn.kind != "session", SignIn.seen_at > idle_since),
            )
        ).one_or_none()
        if found is None:
            return None, None
        principal = principal_of(session, service, found.account_id)
        if principal is not None and found.kind == "access":
            principal = replace(
                principal, roles=frozenset(), permissions=principal.permissions & ACCESS_SCOPE, limited=True
            )
        return principal, found

    principal, found = service.db.read(look)
    if counts and principal is not None and found is not None and now - found.seen_at > SEEN_EVERY:
        seen = update(SignIn).where(SignIn.hash == hashed).values(seen_at=now)
        service.db.transact(lambda session: session.execute(seen))
    return principal


def began_at(service: Service, token: str) -> datetime | None:
    """When the owner of a session proved who they are; None where there is no such session."""
    statement = select(SignIn.created_at).where(
        SignIn.hash == hash_of(service, token), SignIn.kind == "session"
    )
    return service.db.read(lambda session: session.scalar(statement))


def is_fresh(service: Service, principal: Principal, token: str) -> bool:
    """True within a quarter of an hour of signing in, when factors and access tokens may be changed.

    `token` is to be the principal's own session. Single sign-on may let a browser through in which nobody proves
    anything: that counts only where it was asked to make sure anew.
    """
    statement = select(SignIn.hash).where(
        SignIn.hash == hash_of(service, token),
        SignIn.kind == "session",
        SignIn.account_id == principal.account_id,
        SignIn.created_at > service.clock.now() - FRESH,
        SignIn.by != SSO,
    )
    return service.db.read(lambda session: session.scalar(statement)) is not None


def why_ended(service: Service, token: str) -> str:
    """Why a cookie opens nothing any more: "idle", "longest" (the time-outs of the settings) or "ended"."""
    statement = select(SignIn.seen_at, SignIn.expires_at).where(
        SignIn.hash == hash_of(service, token), SignIn.kind == "session"
    )
    found = service.db.read(lambda session: session.execute(statement).one_or_none())
    if found is None:
        return "ended"
    return "longest" if found.expires_at <= service.clock.now() else "idle"


def end_all(session: Session, account_id: int) -> None:
    """End every sign-in of an account: after a change of password or role, or when somebody leaves."""
    session.execute(delete(SignIn).where(SignIn.account_id == account_id))


def forget_expired(service: Service) -> dict[str, int]:
    """Delete sign-ins that have ended and counts that no longer matter; a job of the worker."""

    def work(session: Session) -> dict[str, int]:
        ended = delete(SignIn).where(SignIn.expires_at < service.clock.now() - TOLD_FOR)
        sign_ins = session.connection().execute(ended).rowcount
        tickets.forget_old(session, service)
        return {"sign_ins": sign_ins, "failures": throttle.forget_old(session, service)}

    return service.db.transact(work)


def csrf_token_of(service: Service, token: str) -> str:
    """The CSRF token that goes with a session cookie's value."""
    return hmac.digest(service.keys.session_secret, b"csrf\0" + token.encode(), hashlib.sha256).hex()


def folded(username: str) -> str:
    """A username as it is compared: NFKC, lower case, without space around it."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def hash_of(service: Service, token: str) -> str:
    """The keyed hash under which a cookie's value or a bearer token is kept."""
    return hmac.digest(service.keys.session_secret, b"sign-in\0" + token.encode(), hashlib.sha256).hex()


def over() -> Problem:
    """What is told where a sign-in took too long between its steps."""
    return Problem("expired", "Signing in took too long: begin again.")


def _prove_password(service: Service, username: str, password: str, browser: Browser) -> int:
    """The id of the active account with this password; each try is counted before it is judged."""
    counted = throttle.counted_by(service, username, browser.address, browser.known)
    service.db.transact(lambda session: throttle.book_try(session, service, counted))
    found = service.db.read(
        lambda session: session.execute(
            select(Account.id, Account.password_hash).where(Account.username == username, Account.active)
        ).one_or_none()
    )
    if not passwords.is_right(found.password_hash if found else None, password) or found is None:
        _note_failure(service, "sign_in.failed", f"account:{found.id}" if found else "account:none")
        raise Problem(*WRONG)
    service.db.transact(lambda session: throttle.note_success(session, counted))
    return int(found.id)


def _prove_code(service: Service, account_id: int, username: str, code: str, browser: Browser) -> str:
    """Use up a code of an account: "code" or "recovery". Only who has the password can make its owner wait here."""
    counted = throttle.counted_for_codes(service, username, browser.known)
    service.db.transact(lambda session: throttle.book_try(session, service, counted))

    def work(session: Session) -> str | None:
        by = factors.use_code(session, service, account_id, code)
        if by is not None:
            throttle.note_success(session, counted)
        return by

    by = service.db.transact(work)
    if by is None:
        _note_failure(service, "sign_in.code_failed", f"account:{account_id}")
        raise factors.wrong_code()
    return by


def _note_failure(service: Service, action: str, target: str) -> None:
    service.db.transact(lambda session: audit.record(session, service, PUBLIC, action, target))


def _end(session: Session, service: Service, token: str) -> bool:
    if not token:
        return False
    ended = delete(SignIn).where(SignIn.hash == hash_of(service, token), SignIn.kind.in_(("session", "half")))
    return session.connection().execute(ended).rowcount == 1
