"""What can be wrong with a visit that is typed in from paper, and what it says once it is right: pure.

Registrations are not typed in: consent is asked for in words that the phone shows in their current version, and the
household's own entries are its own to make. Paper carries neither, so a household that wants to register gets a card.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sync.outcomes import Outcome, Table

TYPED = UUID("5f0c8a52-7d0e-4b5e-9a66-0d6c1e1f7c11")
"""The namespace of typed visits' ids: the same list, house, minute and outcome are the same visit at every sending."""
PARTS_OF_DAY = ("", "morning", "afternoon", "evening")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
MOST_NOTE = 2_000
MOST_CALLBACK_DAYS = 366
OTHER_HAZARD = "other"


@dataclass(frozen=True)
class TypedVisit:
    """A row of the entry form. Day and time are local, as on the paper; None where nothing was typed."""

    uprn: str
    outcome: str
    day: date | None
    at: time | None
    callback_day: date | None = None
    callback_part: str = ""
    language: str = ""
    note: str = ""


class Window(NamedTuple):
    """When a list's visits can have been made: from when it was given out until now; and the force's zone."""

    opened: datetime
    now: datetime
    zone: ZoneInfo


def moment_of(visit: TypedVisit, zone: ZoneInfo) -> datetime | None:
    """When the visit was made (UTC, whole minutes); None where day or time is missing."""
    if visit.day is None or visit.at is None:
        return None
    return datetime.combine(visit.day, visit.at.replace(second=0, microsecond=0), zone).astimezone(UTC)


def wrong_with(visit: TypedVisit, window: Window, outcomes: Table) -> dict[str, str]:
    """What is wrong, by the form's field: a sentence each; empty where it can be entered."""
    row = outcomes.get(visit.outcome)
    if row is None:
        return {"outcome": "Choose what the visit came to."}
    return _wrong_time(visit, window) | _wrong_callback(visit, row) | _wrong_words(visit, row)


def id_of(worklist_id: int, visit: TypedVisit, moment: datetime) -> str:
    """The id of the visit's fact."""
    return str(uuid5(TYPED, f"{worklist_id}:{visit.uprn}:{moment:%Y-%m-%dT%H:%M}:{visit.outcome}"))


def _wrong_time(visit: TypedVisit, window: Window) -> dict[str, str]:
    moment = moment_of(visit, window.zone)
    if moment is None:
        return {"at": "Enter the day and the time that stand on the paper."}
    if moment > window.now:
        return {"at": "This is still to come: check the day and the time."}
    if moment < window.opened - timedelta(minutes=1):
        given = window.opened.astimezone(window.zone)
        return {"at": f"The list was given out later, on {given:%-d %B at %H:%M}."}
    return {}


def _wrong_callback(visit: TypedVisit, row: Outcome) -> dict[str, str]:
    if "callback" not in row.needs:
        if visit.callback_day or visit.callback_part:
            return {"callback": "Only a visit that agreed to come back has a day for it."}
        return {}
    if visit.callback_day is None:
        return {"callback": "Enter the day agreed for coming back."}
    if visit.callback_part not in PARTS_OF_DAY:
        return {"callback": "Choose morning, afternoon or evening, or leave it open."}
    if visit.day and not 0 <= (visit.callback_day - visit.day).days <= MOST_CALLBACK_DAYS:
        return {"callback": "The day agreed is on the day of the visit or after it, within a year."}
    return {}


def _wrong_words(visit: TypedVisit, row: Outcome) -> dict[str, str]:
    wrong = {}
    if "language" in row.needs and not visit.language:
        wrong["language"] = "Enter the language, or und where it is not known."
    elif visit.language and not LANGUAGE.match(visit.language):
        wrong["language"] = "Enter the language's code, such as pl for Polish."
    if len(visit.note) > MOST_NOTE:
        wrong["note"] = f"Shorten the note to {MOST_NOTE:,} characters."
    elif not visit.note.strip() and {"note", "hazard"} & set(row.needs):
        wrong["note"] = "Say for the next officer what the matter was."
    return wrong
