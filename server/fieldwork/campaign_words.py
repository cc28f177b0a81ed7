"""A campaign's history in words: what each field is called, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

DONE = {
    "create": "Made as a draft",
    "edit": "Changed",
    "activate": "Started",
    "warn": "Its owner was warned that it ends soon",
    "archive": "Archived",
    "unarchive": "Brought back",
}
CALLED = {
    "name": "Name",
    "purpose": "Purpose",
    "owner_id": "Owner",
    "questionnaire_id": "Survey",
    "starts_on": "First day",
    "ends_on": "Last day",
    "policy.revisit_registered": "Call on registered houses",
    "policy.most_attempts": "Most attempts",
    "policy.need_evening": "One attempt in the evening",
    "policy.need_weekend": "One attempt at a weekend",
    "policy.least_gap_hours": "Hours between attempts",
    "policy.call_again_days": "Days until a house is called on again",
    "streets": "Streets chosen by hand",
    "houses": "Houses chosen one by one",
    "copy_of": "Copy of",
}


def told(changes: Mapping[str, list[Any]]) -> list[str]:
    """One line for each field: "Last day: 1 May 2027 → 8 May 2027", "Areas: added Avenue; let go Bricknell"."""
    return [_line(name, *pair) for name, pair in changes.items()]


def _line(name: str, before: Any, after: Any) -> str:
    if name == "areas":
        added, gone = sorted(set(after) - set(before)), sorted(set(before) - set(after))
        parts = [f"added {', '.join(added)}"] if added else []
        parts += [f"let go {', '.join(gone)}"] if gone else []
        return f"Areas: {'; '.join(parts)}"
    called = CALLED.get(name, name)
    if name == "copy_of":
        return f"{called} “{after}”"
    return f"{called}: {_words(name, before)} → {_words(name, after)}"


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ("starts_on", "ends_on") and isinstance(value, str):
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if value else "none"
