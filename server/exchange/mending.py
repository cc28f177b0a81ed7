"""What a supervisor reads before deciding on a held event: what mending it would do, by the reason it is held for."""

from __future__ import annotations

from sync.receipts import words

HOPELESS = frozenset(
    ("unknown_key", "unreadable", "not_authentic", "malformed", "empty", "same_id_other_bytes")
)
WORDS = {
    "not_held": "You answer for it that the officer was at this house, although it was on none of their lists. "
    "The visit then counts like any other. A house that does not exist stays held.",
    "unknown_outcome": "It is tried again: once the service knows the outcome, after an update, it counts.",
    "not_own_visit": "It is tried again. Only whoever made a visit withdraws it from a phone; a supervisor "
    "withdraws somebody else’s on the house’s page.",
    "unknown_questionnaire": "The visit counts already. The answers are tried again: they are kept once the "
    "questionnaire is there.",
    "wrong_answers": "The visit counts already. The answers are tried again, and held again while they do not fit.",
    "unknown_wording": "The visit counts already. The consent is tried again: it is kept once its wording is known.",
    "unknown_registration": "The visit counts already. The answers are tried again: they are kept once the "
    "registration that they belong to has come.",
    "withdrawn_person": "You decide that the consent given at the door holds, although the person has withdrawn "
    "since. Ask the person first; if in doubt, dismiss it.",
    "revoked_lost": "You answer for it that the officer recorded this, and not somebody who found the phone. "
    "It is then applied like any other.",
    "unsigned_export": "You answer for it that the file is genuine. It is then applied like any other.",
    "not_applied": "It is tried again. If it fails again, tell those who run the service: the event is kept.",
}
SAYS = {"not_held": "The address was on none of this officer’s lists, or is not known."}
CANNOT = "It cannot be mended. It can be dismissed, and is then kept with the reason that you give."


def why(reason: str) -> str:
    """Why it is held, as a supervisor reads it: receipts speak to the officer."""
    return SAYS.get(reason) or words(reason)


def what_mending_does(reason: str) -> str:
    """A sentence or two for the supervisor."""
    return WORDS.get(reason, CANNOT if reason in HOPELESS else "It is tried again.")
