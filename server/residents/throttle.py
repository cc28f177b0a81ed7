"""Slows down whoever tries a public route again and again. Addresses are kept as keyed hashes, and not for long.

A caller is an address, or an IPv6 /64: a household has that many addresses, and so has a guesser.
"""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from server.base.clock import from_milliseconds, milliseconds
from server.base.db import insert_missing
from server.base.problems import Problem
from server.base.service import Service
from server.residents.tables import PublicTry
from server.staff.throttle import network_of


@dataclass(frozen=True)
class Limit:
    """So many tries of a route for one caller in each window."""

    route: str
    most: int
    window: timedelta = timedelta(hours=1)


REGISTRATIONS = Limit("registrations", 30)
LINKS = Limit("links", 120)
LOOK_UPS = Limit("look-ups", 300)
OFFICER_CHECKS = Limit("officer-checks", 30)


def count_try(service: Service, limit: Limit, caller: str) -> None:
    """Count a try by a caller (an address). Problem("too_many_requests") with `retry_after` past the limit.

    It is counted in its own transaction, so a try that fails afterwards is counted too.
    """
    now_ms, window_ms = milliseconds(service.clock.now()), limit.window // timedelta(milliseconds=1)
    window = now_ms // window_ms
    message = f"{limit.route}\0{network_of(caller)}\0{window}".encode()
    key = hmac.digest(service.keys.derive("public-try"), message, "sha256").hex()
    expires_at = from_milliseconds((window + 1) * window_ms)

    def work(session: Session) -> int:
        insert_missing(session, PublicTry, [{"key": key, "count": 0, "expires_at": expires_at}])
        counted = update(PublicTry).where(PublicTry.key == key).values(count=PublicTry.count + 1)
        return session.execute(counted.returning(PublicTry.count)).scalar_one()

    if service.db.transact(work) > limit.most:
        seconds = (expires_at - service.clock.now()) // timedelta(seconds=1) + 1
        raise Problem("too_many_requests", f"Try again in {seconds} seconds.", retry_after=seconds)


def forget_tries(session: Session, service: Service) -> int:
    """Delete the counts of windows that are over; how many."""
    gone = delete(PublicTry).where(PublicTry.expires_at <= service.clock.now()).returning(PublicTry.key)
    return len(session.execute(gone).all())


class Pace:
    """Counts tries in the memory of one process, for routes that only read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = 0
        self._tries: Counter[str] = Counter()

    def count(self, service: Service, limit: Limit, caller: str) -> None:
        """Count a try. Problem("too_many_requests") with `retry_after` past the limit of this window."""
        now_ms, window_ms = milliseconds(service.clock.now()), limit.window // timedelta(milliseconds=1)
        window, caller = now_ms // window_ms, network_of(caller)
        with self._lock:
            if window != self._window:
                self._window = window
                self._tries.clear()
            self._tries[caller] += 1
            tries = self._tries[caller]
        if tries > limit.most:
            seconds = ((window + 1) * window_ms - now_ms) // 1000 + 1
            raise Problem("too_many_requests", f"Try again in {seconds} seconds.", retry_after=seconds)
