"""When a campaign is to be warned of and archived, and until when its lists may run: pure, the time passed in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

WARN_DAYS = 7
LEAST_WARNING = timedelta(days=1)

Step = Literal["", "warn", "archive"]


class CampaignWarning(NamedTuple):
    """What a campaign's owner is to know: a code, and a sentence that says what to do."""

    code: str
    text: str


def step_due(*, state: str, ends_on: date, warned_at: datetime | None, now: datetime, zone: ZoneInfo) -> Step:
    """What the worker is to do with a campaign now.

    Its owner is warned WARN_DAYS before its last day; it is archived once that day is over, but never within
    LEAST_WARNING of the warning (the worker may have been down).
    """
    if state != "active":
        return ""
    today = now.astimezone(zone).date()
    if warned_at is None:
        return "warn" if today > ends_on - timedelta(days=WARN_DAYS) else ""
    return "archive" if today > ends_on and now - warned_at >= LEAST_WARNING else ""


def warnings_of(
    *, state: str, ends_on: date, warned_at: datetime | None, now: datetime, zone: ZoneInfo
) -> list[CampaignWarning]:
    """What a coordinator sees of the worker's warning."""
    if state != "active" or warned_at is None:
        return []
    days = (ends_on - now.astimezone(zone).date()).days
    if days < 0:
        when = f"ended on {ends_on.isoformat()} and is about to be archived"
    elif days == 0:
        when = "ends today"
    else:
        when = f"ends on {ends_on.isoformat()}, in {days} day{'' if days == 1 else 's'}"
    return [CampaignWarning("ending", f"This campaign {when}: set a later end date, or let it be archived.")]


def last_moment(ends_on: date, zone: ZoneInfo) -> datetime:
    """The end of a campaign's last day, local time: no list of it runs longer."""
    return datetime.combine(ends_on + timedelta(days=1), time(), zone)


def list_end(*, now: datetime, hours: int, ends_on: date, zone: ZoneInfo) -> datetime:
    """When a list that is given out now for so many hours ends: with its campaign at the latest."""
    return min(now + timedelta(hours=hours), last_moment(ends_on, zone))
