"""Why a street stands where it stands, in sentences that a coordinator reads to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.targeting.catalogue import BY_NAME

MOST_SENTENCES = 4


def explain(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence for each part that adds something, the greatest first (equal ones in the catalogue's order)."""
    adding = [part for part in parts if part["contribution"] > 0]
    adding.sort(key=lambda part: -part["contribution"])
    return [_sentence(part) for part in adding[:MOST_SENTENCES]]


def _sentence(part: Mapping[str, Any]) -> str:
    indicator = BY_NAME[part["name"]]
    if not indicator.concern:
        return f"{indicator.label}: {part['count']} of {part['n']}."
    if part["n"] is None:
        return f"{indicator.label}: too few answers here; scored by the {_percent(part['shrunk'])} of the area around."
    return f"{indicator.label}: named by {part['count']} of {part['n']} who answered."


def _percent(share: float) -> str:
    return f"{share:.0%}"
