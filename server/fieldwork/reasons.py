"""Why a supervisor or coordinator decided something: codes with their words, one table for each kind of decision.

A reason is chosen, never typed: it travels to phones and lies readable in the database, where no free text may be.
"""

from __future__ import annotations

from server.base.problems import Problem

REASONS: dict[str, dict[str, str]] = {
    "override": {
        "resident_asked": "the resident asked for a visit",
        "resident_asked_not": "the resident asked for no further visit",
        "wrong_outcome": "the last outcome was recorded by mistake",
        "incident_nearby": "something happened nearby",
        "vulnerable": "somebody here needs particular care",
        "ongoing_inquiry": "an inquiry is under way",
        "new_occupier": "somebody else lives here now",
        "operational": "the local team decided it",
    },
    "lift": {
        "resident_asked": "the resident asked to be called on again",
        "new_occupier": "somebody else lives here now",
        "wrong_outcome": "it was recorded by mistake",
        "danger_over": "the hazard is over",
        "address_checked": "the address was checked",
    },
    "withdrawal": {
        "wrong_house": "it was recorded at the wrong house",
        "wrong_outcome": "the outcome was recorded by mistake",
        "twice": "it was recorded twice",
        "not_made": "the visit was not made",
    },
    "note": {
        "address_right": "the address is right as it is",
        "no_longer": "it no longer holds",
        "twice": "it was noted twice",
        "not_ours": "it is not for us to change",
    },
    "recall": {
        "officer_away": "the officer is away",
        "reallocated": "the streets go to somebody else",
        "finished": "the streets are finished",
        "mistake": "it was allocated by mistake",
        "device_lost": "the device is lost",
        "archived": "the campaign was archived",
        "address_moved": "the address file has moved these houses",
        "not_granted": "the officer is no longer granted the area",
    },
}


def words(kind: str, code: str) -> str:
    """A reason in words; a code that is no longer in the table stands for itself."""
    return REASONS[kind].get(code, code)


def require_reason(kind: str, code: str) -> str:
    """The code, where it is one of its kind. Raises Problem("unknown_code") that names those there are."""
    if code not in REASONS[kind]:
        known = ", ".join(REASONS[kind])
        raise Problem("unknown_code", f"There is no such reason; use one of: {known}.", where="reason")
    return code
