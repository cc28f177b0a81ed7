"""When a campaign is warned of and archived, and when its lists end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.fieldwork.rules import last_moment, list_end, step_due, warnings_of

ZONE = ZoneInfo("Europe/London")
ENDS = date(2026, 3, 20)


def at(day: int, hour: int = 12, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "warned_at", "step"),
    [
        (at(13), None, ""),
        (at(14), None, "warn"),
        (at(20), at(14), ""),
        (at(21, 1), at(14), "archive"),
        (at(25), None, "warn"),
        (at(25), at(25, 11), ""),
        (at(26), at(25, 11), "archive"),
    ],
)
def test_an_owner_is_warned_a_week_before_and_never_less_than_a_day_before_it_is_archived(
    now: datetime, warned_at: datetime | None, step: str
) -> None:
    assert step_due(state="active", ends_on=ENDS, warned_at=warned_at, now=now, zone=ZONE) == step


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_only_an_active_campaign_is_warned_of(state: str) -> None:
    assert step_due(state=state, ends_on=ENDS, warned_at=None, now=at(30), zone=ZONE) == ""
    assert warnings_of(state=state, ends_on=ENDS, warned_at=at(14), now=at(15), zone=ZONE) == []


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (at(15), "ends on 2026-03-20, in 5 days"),
        (at(19), "in 1 day:"),
        (at(20), "ends today"),
        (at(22), "ended on"),
    ],
)
def test_a_warning_says_when_the_campaign_ends(now: datetime, words: str) -> None:
    (warning,) = warnings_of(state="active", ends_on=ENDS, warned_at=at(14), now=now, zone=ZONE)
    assert words in warning.text


def test_a_list_ends_with_its_campaign_at_the_latest() -> None:
    assert list_end(now=at(10), hours=72, ends_on=ENDS, zone=ZONE) == at(13)
    assert list_end(now=at(20), hours=72, ends_on=ENDS, zone=ZONE) == at(21, 0)


def test_the_last_day_ends_at_midnight_local_time() -> None:
    assert last_moment(date(2026, 7, 1), ZONE).astimezone(UTC) == at(1, 23, month=7)
    assert last_moment(date(2026, 3, 28), ZONE) - last_moment(date(2026, 3, 27), ZONE) == timedelta(days=1)
