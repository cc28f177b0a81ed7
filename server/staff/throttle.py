"""Slows down guesses at passwords, and locks nobody else out.

Tries are counted per (username, address): after five that failed, each next one waits twice as long, up to a quarter of
an hour, and only whoever guesses from that address feels it. A second count per address slows a guesser who goes
through many usernames. A browser that has signed in before holds a token bound to that username; its tries are counted
apart, so that a guesser in a station does not shut out the colleagues beside (OWASP's "device cookies"). Addresses and
usernames are kept as keyed hashes only.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from server.base.db import insert_missing
from server.base.problems import Problem
from server.base.service import Service
from server.staff.tables import SignInFailure

FREE_TRIES = 5
FREE_TRIES_PER_ADDRESS = 30
LONGEST_WAIT = timedelta(minutes=15)
FORGET_AFTER = timedelta(days=1)

Counted = tuple[str, int]


def wait_after(failures: int, free: int) -> timedelta:
    """How long to wait after so many failures in a row: nothing up to `free`, then 1 s, 2 s, 4 s, … 15 min."""
    if failures < free:
        return timedelta(0)
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free, 20)))


def book_try(session: Session, service: Service, counted: list[Counted]) -> None:
    """Count a try as failed before it is judged, so that many at once cannot slip through.

    Problem("too_many_requests") with `retry_after` (whole seconds) while there is still waiting to do.
    """
    now = service.clock.now()
    insert_missing(session, SignInFailure, [{"key": key, "count": 0, "last_at": now} for key, _ in counted])
    for key, free in counted:
        row = session.execute(
            select(SignInFailure.count.label("failures"), SignInFailure.last_at)
            .where(SignInFailure.key == key)
            .with_for_update()
        ).one()
        failures = 0 if now - row.last_at > FORGET_AFTER else row.failures
        left = row.last_at + wait_after(failures, free) - now
        if left > timedelta(0) and failures:
            seconds = int(left.total_seconds()) + 1
            raise Problem("too_many_requests", f"Try again in {seconds} seconds.", retry_after=seconds)
        booked = update(SignInFailure).where(SignInFailure.key == key)
        session.execute(booked.values(count=failures + 1, last_at=now))


def note_success(session: Session, counted: list[Counted]) -> None:
    """Take a booked try back: the username's own count starts anew, the address's is as before."""
    own, *place = (key for key, _ in counted)
    session.execute(delete(SignInFailure).where(SignInFailure.key == own))
    for key in place:
        lowered = update(SignInFailure).where(SignInFailure.key == key, SignInFailure.count > 0)
        session.execute(lowered.values(count=SignInFailure.count - 1))


def forget_old(session: Session, service: Service) -> int:
    """Delete counts that no longer matter; how many."""
    old = delete(SignInFailure).where(SignInFailure.last_at < service.clock.now() - FORGET_AFTER)
    return session.connection().execute(old).rowcount


def counted_by(service: Service, username: str, address: str, known: str) -> list[Counted]:
    """What a try counts against, each with its free tries; `known` is the token of a browser known for the username."""
    secret = service.keys.derive("sign-in throttle")

    def keyed(*parts: str) -> str:
        return hmac.digest(secret, "\0".join(parts).encode(), hashlib.sha256).hex()

    if is_known(service, username, known):
        return [(keyed("known", known), FREE_TRIES)]
    place = network_of(address)
    return [(keyed("pair", username, place), FREE_TRIES), (keyed("place", place), FREE_TRIES_PER_ADDRESS)]


def counted_for_codes(service: Service, username: str, known: str) -> list[Counted]:
    """What a code of a second factor counts against: the account, wherever it is tried from, since whoever tries knows
    the password already; a browser that is known for the username is counted apart, and not shut out by the others."""
    secret = service.keys.derive("sign-in throttle")
    place = f"known\0{known}" if is_known(service, username, known) else ""
    return [(hmac.digest(secret, f"code\0{username}\0{place}".encode(), hashlib.sha256).hex(), FREE_TRIES)]


def counted_for_passkeys(service: Service, address: str) -> list[Counted]:
    """What an answer of a passkey counts against: where it comes from. It cannot be
    guessed, but the audit trail could be filled."""
    secret = service.keys.derive("sign-in throttle")
    message = f"passkey\0{network_of(address)}".encode()
    return [(hmac.digest(secret, message, hashlib.sha256).hex(), FREE_TRIES_PER_ADDRESS)]


def known_token(service: Service, username: str) -> str:
    """A new token that tells this browser apart at its next sign-in under the username; it opens nothing."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_mac(service, username, nonce)}"


def is_known(service: Service, username: str, token: str) -> bool:
    """True for a token of `known_token` for this username."""
    nonce, _, mac = token.partition(".")
    return bool(nonce) and hmac.compare_digest(mac.encode(), _mac(service, username, nonce).encode())


def _mac(service: Service, username: str, nonce: str) -> str:
    return service.keys.derive("known browser", username, nonce).hex()


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which one guesser has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
