"""The kinds of time at which a door is knocked on, in the force's local time (DESIGN section 4, "Slots").

Weekdays have a morning (before 12:00), an afternoon (to 17:00) and an evening; Saturday and Sunday are one kind
each. Instants are milliseconds UTC; zones are IANA names. All local arithmetic is on the calendar, so that a day
of 23 or 25 hours is a day.
"""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sync.errors import SyncError

MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY = (
    "weekday_morning",
    "weekday_afternoon",
    "weekday_evening",
    "saturday",
    "sunday",
)
KINDS = (MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY)
WEEKEND = frozenset((SATURDAY, SUNDAY))

OPENS = time(9)  # no visit is promised before this, nor from CLOSES on
CLOSES = time(21)
NOON, FIVE = time(12), time(17)
_PARTS = {"morning": OPENS, "afternoon": NOON, "evening": FIVE}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_LATEST_MS = 7_258_118_400_000  # 2200-01-01: far enough, and safe for every calendar function
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=32)
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises SyncError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SyncError(f"There is no time zone called {name!r}; it should be like Europe/London.") from None


@lru_cache(maxsize=1024)  # a list's flags ask again and again for now, and for the few starts of slots
def local(at_ms: int, tz: str) -> datetime:
    """The local date and time of an instant, kept within 1970 to 2200."""
    return datetime.fromtimestamp(min(max(at_ms, 0), _LATEST_MS) / 1000, zone(tz))


def local_date(at_ms: int, tz: str) -> str:
    """The local date of an instant, as ISO text."""
    return local(at_ms, tz).date().isoformat()


@lru_cache(maxsize=1024)
def instant(day: date, at: time, tz: str) -> int:
    """The instant of a local date and time, in milliseconds UTC (the first of two in an autumn's double hour)."""
    return int(datetime.combine(day, at, zone(tz)).astimezone(UTC).timestamp()) * 1000


def slot_of(at_ms: int, tz: str) -> str:
    """The kind of slot that an instant falls in."""
    return _kind(local(at_ms, tz))


def _kind(when: datetime) -> str:
    day = when.weekday()
    if day >= 5:
        return SATURDAY if day == 5 else SUNDAY
    if when.hour < 12:
        return MORNING
    return AFTERNOON if when.hour < 17 else EVENING


def next_start(at_ms: int, tz: str, allowed: Container[str]) -> int:
    """The first instant from `at_ms` on, within visiting hours (09:00 to 21:00), whose slot kind is allowed.

    Raises SyncError when `allowed` holds no kind of slot.
    """
    when = local(at_ms, tz)
    if OPENS <= when.time() < CLOSES and _kind(when) in allowed:
        return at_ms
    for days in range(8):
        day = when.date() + timedelta(days=days)
        for at in (OPENS, NOON, FIVE):
            start = instant(day, at, tz)
            if start > at_ms and slot_of(start, tz) in allowed:
                return start
    raise SyncError("No kind of slot is allowed at all.")


def callback_start(day: str, part: str, tz: str) -> int | None:
    """When a callback agreed for an ISO date and a part of that day begins; None where the date is none.

    `part` is morning, afternoon, evening or HH:MM; anything else means any time of that day.
    """
    try:
        agreed = date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        agreed = None
    if agreed is None or not 2020 <= agreed.year < 2200:
        return None
    clock = _CLOCK.match(part)
    at = time(int(clock[1]), int(clock[2])) if clock else _PARTS.get(part, OPENS)
    return instant(agreed, at, tz)


def names_a_time(part: str) -> bool:
    """True when a callback's part of the day is one that `callback_start` knows."""
    return part in _PARTS or _CLOCK.match(part) is not None


def spoken_day(at_ms: int, tz: str) -> str:
    """A local date as an officer reads it: `Tue 14 May`."""
    when = local(at_ms, tz)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"


def spoken_time(at_ms: int, tz: str) -> str:
    """A local time as an officer reads it: `17:00`."""
    return local(at_ms, tz).strftime("%H:%M")
