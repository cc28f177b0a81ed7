"""The optional questions about a person, which only that person answers; "prefer not to say" is always among them.

Ethnicity uses the police self-defined 18+1 codes (SDE; Home Office, based on the census of 2001 and 2011), with its
NS for "prefer not to say". The other lists follow the harmonised questions of the census of 2021, in short.
Officers never enter what they perceive.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.questionnaires import Choice

NOT_SAID = "not_said"


def _list(*rows: tuple[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, {"en": label}) for code, label in rows)


_PREFER_NOT = (NOT_SAID, "Prefer not to say")

LISTS: dict[str, tuple[Choice, ...]] = {
    "ethnicity": _list(
        ("W1", "White: British"),
        ("W2", "White: Irish"),
        ("W3", "White: Gypsy or Irish Traveller"),
        ("W9", "White: any other White background"),
        ("M1", "Mixed: White and Black Caribbean"),
        ("M2", "Mixed: White and Black African"),
        ("M3", "Mixed: White and Asian"),
        ("M9", "Mixed: any other Mixed or Multiple ethnic background"),
        ("A1", "Asian or Asian British: Indian"),
        ("A2", "Asian or Asian British: Pakistani"),
        ("A3", "Asian or Asian British: Bangladeshi"),
        ("A4", "Asian or Asian British: Chinese"),
        ("A9", "Asian or Asian British: any other Asian background"),
        ("B1", "Black or Black British: Caribbean"),
        ("B2", "Black or Black British: African"),
        ("B9", "Black or Black British: any other Black background"),
        ("O2", "Other: Arab"),
        ("O9", "Other: any other ethnic group"),
        ("NS", "Prefer not to say"),
    ),
    "age_band": _list(
        ("16_24", "16 to 24"),
        ("25_34", "25 to 34"),
        ("35_44", "35 to 44"),
        ("45_54", "45 to 54"),
        ("55_64", "55 to 64"),
        ("65_74", "65 to 74"),
        ("75_over", "75 or over"),
        _PREFER_NOT,
    ),
    "sex": _list(("female", "Female"), ("male", "Male"), ("other", "Another description"), _PREFER_NOT),
    "disability": _list(
        ("limited_a_lot", "Day-to-day activities limited a lot"),
        ("limited_a_little", "Day-to-day activities limited a little"),
        ("not_limited", "Not limited"),
        _PREFER_NOT,
    ),
    "first_language": _list(("english", "English"), ("other", "Another language"), _PREFER_NOT),
}
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
