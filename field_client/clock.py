"""The device's own clocks, and the service's time as this device can best estimate it.

A wall clock may be days wrong; a monotonic one counts truly but only until the machine restarts. Both come in
from outside, so that a test or the simulator can set them wrong (DESIGN section 5, "Clocks").
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sync.events import EventClock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What the client asks of a device's clocks. All times are milliseconds."""

    def now_ms(self) -> int:
        """The wall clock, since 1970-01-01T00:00Z; may be wrong."""

    def ticks_ms(self) -> int:
        """A count that never goes back while `boot` stays the same."""

    def boot(self) -> str:
        """Names the run of the monotonic clock; "" where ticks cannot be compared between processes."""


class DeviceClock:
    """This machine's clocks. Ticks go on while it sleeps, and can be compared between processes on Linux."""

    def __init__(self) -> None:
        try:
            self._boot = _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            self._boot = ""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def ticks_ms(self) -> int:
        source = getattr(time, "CLOCK_BOOTTIME", None)
        return (time.monotonic_ns() if source is None else time.clock_gettime_ns(source)) // 1_000_000

    def boot(self) -> str:
        return self._boot


@dataclass
class SetClock:
    """A clock that stands where it is put: for tests, the simulator and demonstrations.

    `skew_ms` is how far the wall clock is out; ticks are true. `restart` is what a reboot does to the ticks.
    """

    true_ms: int
    skew_ms: int = 0
    booted_ms: int = 0
    run: str = "set"

    def now_ms(self) -> int:
        return self.true_ms + self.skew_ms

    def ticks_ms(self) -> int:
        return self.true_ms - self.booted_ms

    def boot(self) -> str:
        return self.run

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.true_ms += ms

    def put(self, ms: int) -> None:
        """Jump to an instant."""
        self.true_ms = ms

    def restart(self, run: str) -> None:
        """Start the monotonic clock from 0 again under another name, as a reboot does."""
        self.booted_ms, self.run = self.true_ms, run


@dataclass(frozen=True)
class Seen:
    """The service's time in the last reply that was verified, and this device's clocks at that moment."""

    service_ms: int
    device_ms: int
    ticks_ms: int
    boot: str


def see(service_ms: int, clock: Clock) -> Seen:
    """Note the service's time against this device's clocks, now."""
    return Seen(service_ms, clock.now_ms(), clock.ticks_ms(), clock.boot())


def _ticks_since(seen: Seen, clock: Clock) -> int | None:
    if not seen.boot or clock.boot() != seen.boot or clock.ticks_ms() < seen.ticks_ms:
        return None
    return clock.ticks_ms() - seen.ticks_ms


def event_clock(seen: Seen | None, clock: Clock) -> EventClock:
    """The three clocks that go into an event that is recorded now."""
    if seen is None:
        return EventClock(recorded_at=clock.now_ms())
    return EventClock(
        recorded_at=clock.now_ms(), service_seen=seen.service_ms, ticks=_ticks_since(seen, clock)
    )


def service_time(seen: Seen | None, clock: Clock) -> int:
    """The service's time now, as well as this device can tell, in milliseconds UTC.

    By ticks where they still count; after a restart by the wall clock, put right by how far it was out when the
    service was last heard, and never earlier than that.
    """
    if seen is None:
        return clock.now_ms()
    ticks = _ticks_since(seen, clock)
    if ticks is not None:
        return seen.service_ms + ticks
    return max(seen.service_ms, clock.now_ms() + seen.service_ms - seen.device_ms)


def read_instant(text: str) -> int:
    """An ISO date and time as milliseconds UTC; without an offset it is taken as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
