"""When a delivery is tried again, and when no more. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
)  # after the first, second, … try that failed
MOST_TRIES = len(WAITS) + 1
CLAIM = timedelta(minutes=10)  # a worker that has not said within this what came of it has died

SENT, FAILED, GIVEN_UP, QUEUED = "sent", "failed", "given_up", "queued"


@dataclass(frozen=True)
class Outcome:
    """What came of a try. `error` is a code, "" where it was taken; `for_good`: trying again would be refused again."""

    error: str = ""
    for_good: bool = False


@dataclass(frozen=True)
class Next:
    """The state that a delivery goes into; `at`: when it is tried again, where it is queued."""

    state: str
    at: datetime | None = None


def after_try(outcome: Outcome, *, tries: int, not_after: datetime, now: datetime) -> Next:
    """What becomes of a delivery after its `tries`th try (the first is 1)."""
    if not outcome.error:
        return Next(SENT)
    if outcome.for_good:
        return Next(FAILED)
    at = now + WAITS[min(tries, len(WAITS)) - 1]
    if tries >= MOST_TRIES or at > not_after:
        return Next(GIVEN_UP)
    return Next(QUEUED, at)
