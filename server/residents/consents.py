"""What a person has consented to, and whether a consent that comes late may stand (DESIGN section 4). Pure.

Consent is opt-in per purpose. The latest mark of a purpose by (at, id) holds. A consent beats a withdrawal or an
erasure only where it is provably later: `proved_at` is the instant no earlier than which it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MESSAGES, SURVEYS, GROUPS = PURPOSES = ("messages", "surveys", "groups")
BY_THE_PERSON = frozenset(("link", "staff"))  # a "no" given so is always a withdrawal, never a mere refusal


@dataclass(frozen=True)
class ConsentMark:
    """One consent given (or refused, or withdrawn) for one purpose; `how` as in the table Consent."""

    id: str
    purpose: str
    given: bool
    at: datetime
    how: str
    wording: str = ""


def standing(marks: Iterable[ConsentMark]) -> dict[str, ConsentMark]:
    """The mark that holds for each purpose that was ever asked."""
    held: dict[str, ConsentMark] = {}
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.id)):
        held[mark.purpose] = mark
    return held


def given(marks: Iterable[ConsentMark]) -> frozenset[str]:
    """The purposes that the person consents to."""
    return frozenset(purpose for purpose, mark in standing(marks).items() if mark.given)


def withdrawals(marks: Iterable[ConsentMark]) -> dict[str, datetime]:
    """Purposes whose consent is withdrawn, and since when.

    A "no" is a withdrawal where the person gave it unasked (by their preferences link, or by calling the force), or
    where a "yes" stood before it; a "no" at a first registration is a refusal, which a later "yes" may follow.
    """
    found: dict[str, datetime] = {}
    said_yes: set[str] = set()
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.id)):
        if mark.given:
            said_yes.add(mark.purpose)
            found.pop(mark.purpose, None)
        elif mark.how in BY_THE_PERSON or mark.purpose in said_yes:
            found[mark.purpose] = mark.at
    return found


def is_later(proved_at: datetime | None, than: datetime | None) -> bool:
    """True where something recorded no earlier than `proved_at` is provably later; None proves nothing."""
    return than is None or (proved_at is not None and proved_at > than)


def withdrawn_against(
    marks: Iterable[ConsentMark], wanted: Iterable[str], *, opted_out: bool
) -> datetime | None:
    """The latest withdrawal that stands against a registration which gives `wanted`, or None.

    For a person who opted out every withdrawal stands against it: to register again is itself to come back.
    """
    found = withdrawals(marks)
    against = (
        list(found.values()) if opted_out else [found[purpose] for purpose in wanted if purpose in found]
    )
    return max(against, default=None)


def has_opted_out(marks: Iterable[ConsentMark]) -> bool:
    """True where nothing is consented to any more and at least one purpose was withdrawn."""
    marks = list(marks)
    return not given(marks) and bool(withdrawals(marks))
