"""Time comes in from outside: the system's clock in service, a clock that is set in tests, simulator and demo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Answers the time now, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock, moved by a span: a demonstration lives through its days in minutes."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        """The machine's time plus the span, aware, in UTC."""
        return datetime.now(UTC) + self._by


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def now(self) -> datetime:
        """The time it was last set or advanced to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to an instant, also backwards; refuses a naive time with ValueError."""
        if now.tzinfo is None:
            raise ValueError("a clock is set to a time with its zone; got a naive datetime")
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move by a span."""
        self._now += by


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z, rounded down; refuses a naive time with ValueError."""
    if instant.tzinfo is None:
        raise ValueError("milliseconds are of a time with its zone; got a naive datetime")
    return (instant - EPOCH) // MILLISECOND


def from_milliseconds(ms: int) -> datetime:
    """The instant (UTC) that many milliseconds after 1970-01-01T00:00Z."""
    return EPOCH + ms * MILLISECOND
