"""The optional questions about a person, which only that person answers; "prefer not to say" is always among them.

The lists are in demographics.json, as data that Python and TypeScript read alike, with their labels by language.
Ethnicity uses the police self-defined 18+1 codes (SDE; Home Office, based on the census of 2001 and 2011), with its
NS for "prefer not to say". The other lists follow the harmonised questions of the census of 2021, in short.
Officers never enter what they perceive.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import msgspec

from sync.questionnaires import Choice

NOT_SAID = "not_said"
LISTS: dict[str, tuple[Choice, ...]] = msgspec.json.decode(
    resources.files("sync").joinpath("demographics.json").read_bytes(), type=dict[str, tuple[Choice, ...]]
)
_CODES = {name: frozenset(choice.code for choice in choices) for name, choices in LISTS.items()}


def problems(demographics: Mapping[str, str]) -> list[str]:
    """What does not stand in the lists, by the list's name alone, never by what was answered."""
    wrong = []
    for name, code in demographics.items():
        if name not in _CODES:
            wrong.append("A list is named that this version does not have.")
        elif code not in _CODES[name]:
            wrong.append(f"The answer for {name} is not in its list.")
    return wrong
