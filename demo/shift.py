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

from server.practice import people
from server.practice.doors import ANSWERED, AT_HOME, UNANSWERED
from sync.slots import slot_of

HAZARDS = (
    ("dog", "Large dog loose behind the side gate; it came at the door."),
    ("threat", "Occupant shouted threats through the door; call in pairs."),
    ("structure", "The front steps are broken and there is no light."),
)
REGISTER, ANSWER = 0.42, 0.6  # of those spoken with
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


def knock(uprn: str, at: datetime, zone: str, answers: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """What happens at one door, as one line of a `doorstep-field run` script.

    `answers` is the questionnaire as the choices of each question (`choices_of`), for those who have time to answer.
    """
    slot = slot_of(int(at.timestamp() * 1000), zone)
    shares = ANSWERED if dice.random() < AT_HOME[slot] else UNANSWERED
    outcome = dice.choices(list(shares), list(shares.values()))[0]
    visit: dict[str, Any] = {"command": "visit", "house": uprn, "outcome": outcome, "at": at.isoformat()}
    if outcome == "callback":
        visit["callback"] = (at + timedelta(days=dice.choice((1, 1, 2)))).date().isoformat()
        visit["slot"] = dice.choice(("morning", "afternoon", "evening"))
    elif outcome == "language":
        visit["language"] = dice.choice(("pl", "ro", "ar", "ku"))
    elif outcome == "unsafe":
        visit["hazard"], visit["hazard_text"] = dice.choice(HAZARDS)
    elif outcome == "no_access":
        visit["note"] = "Entry phone by the left-hand door; ring the last bell."
    elif outcome == "spoke":
        said = _said(answers, dice)
        if said:
            visit["answers"] = said
    return visit


def choices_of(questionnaire: dict[str, Any]) -> dict[str, Any]:
    """The questions of a questionnaire document that offer choices: code → the document's question."""
    return {question["code"]: question for question in questionnaire["questions"] if question.get("choices")}


def next_time(at: datetime, dice: random.Random) -> datetime:
    """When the officer stands at the next door."""
    return at + timedelta(minutes=dice.uniform(*MINUTES_A_DOOR))


def _said(questions: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if dice.random() < REGISTER:
        agrees = {
            "messages": dice.random() < 0.9,
            "surveys": dice.random() < 0.75,
            "groups": dice.random() < 0.3,
        }
        said["registrations"] = [people.resident(dice) | {"consents": agrees}]
    if dice.random() < ANSWER:
        said["survey"] = {
            "choices": {code: _chosen(one, dice) for code, one in questions.items() if _asked(one)}
        }
    return said


def _asked(question: dict[str, Any]) -> bool:
    return not question.get("show_if")


def _chosen(question: dict[str, Any], dice: random.Random) -> list[str]:
    """One choice, or up to two where several are allowed; the first ones come up more often, as on a real street."""
    codes = [choice["code"] for choice in question["choices"] if not choice.get("alone")]
    weights = [1 / place for place in range(1, len(codes) + 1)]
    count = dice.choice((1, 2)) if question["kind"] == "many" else 1
    return sorted(set(dice.choices(codes, weights, k=count)))
