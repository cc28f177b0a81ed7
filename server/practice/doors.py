"""What happens at the doors of the practice instance: invented shares of outcomes, by seed. Pure.

The shares lie within what door-knocking studies report (a third to a half of first calls answered, more in the evening
and at weekends); they are there to make pages look as they would, and are no figures of the product.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sync.slots import slot_of

AT_HOME = {
    "weekday_morning": 0.34,
    "weekday_afternoon": 0.38,
    "weekday_evening": 0.55,
    "saturday": 0.50,
    "sunday": 0.48,
}
ANSWERED = {
    "spoke": 0.66,
    "not_interested": 0.14,
    "callback": 0.06,
    "not_responsible": 0.07,
    "language": 0.04,
    "do_not_call": 0.03,
}
UNANSWERED = {
    "no_reply_card": 0.62,
    "no_reply": 0.27,
    "no_access": 0.06,
    "vacant": 0.025,
    "not_a_home": 0.008,
    "not_found": 0.007,
    "unsafe": 0.01,
}
STARTS = (time(9, 30), time(13, 0), time(16, 30))


@dataclass(frozen=True)
class Knock:
    """A visit at one house: when, what came of it, and what goes with a call-back or a language."""

    uprn: str
    at: datetime
    outcome: str
    body: dict[str, str]


def shift(uprns: list[str], day: date, officer: int, zone: ZoneInfo, dice: random.Random) -> list[Knock]:
    """One officer's shift on a day: these houses one after the other, a few minutes apart."""
    at = datetime.combine(day, STARTS[(officer + day.toordinal()) % len(STARTS)], zone)
    knocks = []
    for uprn in uprns:
        at += timedelta(minutes=dice.uniform(1.5, 4.5))
        knocks.append(_knock(uprn, at, str(zone), dice))
    return knocks


def _knock(uprn: str, at: datetime, zone: str, dice: random.Random) -> Knock:
    is_home = dice.random() < AT_HOME[slot_of(int(at.timestamp() * 1000), zone)]
    shares = ANSWERED if is_home else UNANSWERED
    outcome = dice.choices(list(shares), list(shares.values()))[0]
    body: dict[str, str] = {}
    if outcome == "callback":
        body["callback_date"] = (at + timedelta(days=dice.choice((1, 2, 3)))).date().isoformat()
        body["callback_slot"] = dice.choice(("morning", "afternoon", "evening"))
    elif outcome == "language":
        body["language"] = dice.choice(("pl", "ro", "ar", "ku"))
    return Knock(uprn, at, outcome, body)
