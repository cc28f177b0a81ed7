"""How the demonstration's officers spend a shift: which door next, and what happens there. Pure, by seed.

Shares of outcomes are invented, within what door-knocking studies report (contact at a third to a half of first
calls, more in the evening and at weekends); they are inputs of a story, never figures of the product.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

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
HAZARDS = (
    ("dog", "Large dog loose behind the side gate; it came at the door."),
    ("threat", "Occupant shouted threats through the door; call in pairs."),
    ("structure", "The front steps are broken and there is no light."),
)
MINUTES_A_DOOR = (1.5, 5.5)


@dataclass(frozen=True)
class Shift:
    """One officer's shift on one day: when it starts, and how many doors."""

    starts_at: datetime
    doors: int


def shifts(days: list[date], officer: int, doors: int, zone: ZoneInfo) -> list[Shift]:
    """The shifts of one officer: mornings and evenings in turn, so that each house is tried in another slot."""
    starts = (time(9, 30), time(13, 0), time(16, 0))
    return [
        Shift(datetime.combine(day, starts[(officer + index) % len(starts)], zone), doors)
        for index, day in enumerate(days)
    ]


def choose_doors(houses: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The houses to call at next, in walking order: never-visited ones and those whose revisit flag says yes."""
    return [house for house in houses if house["flag"] == "yes"][:count]


def knock(
    house: dict[str, Any], at: datetime, slot: str, questionnaire: dict[str, Any] | None, dice: random.Random
) -> dict[str, Any]:
    """What happens at one door, as one command of `doorstep-field run`."""
    at_home = dice.random() < AT_HOME[slot]
    shares = ANSWERED if at_home else UNANSWERED
    outcome = dice.choices(list(shares), list(shares.values()))[0]
    visit: dict[str, Any] = {"do": "visit", "house": house["uprn"], "outcome": outcome, "at": at.isoformat()}
    if outcome == "callback":
        visit["callback"] = {"date": (at + timedelta(days=dice.choice((1, 1, 2)))).date().isoformat()}
        visit["callback"]["slot"] = dice.choice(("morning", "afternoon", "evening"))
    elif outcome == "language":
        visit["language"] = dice.choice(("pl", "ro", "ar", "ku"))
    elif outcome == "unsafe":
        kind, text = dice.choice(HAZARDS)
        visit["hazard"] = {"kind": kind, "text": text}
    elif outcome in ("not_a_home", "not_found"):
        visit["address_note"] = {"kind": outcome, "text": "Checked with the neighbour."}
    return visit


def next_time(at: datetime, dice: random.Random) -> datetime:
    """When the officer stands at the next door."""
    return at + timedelta(minutes=dice.uniform(*MINUTES_A_DOOR))
