"""What a person has consented to, and whether a consent that comes late may stand (DESIGN section 4). Pure.

Consent is opt-in per purpose. A "yes" counts from the instant no earlier than which it was surely recorded, a "no" from
the time it was given: so a "yes" holds over a "no" only where it is provably later, in whatever order they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

SURVEYS = "surveys"  # the purpose (of sync.consents.PURPOSES) that asks for survey rounds
BY_THE_PERSON = frozenset(("link", "staff"))  # a "no" given so is always a withdrawal, never a mere refusal
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ConsentMark:
    """One consent given (or refused, or withdrawn) for one purpose; `how` and `proved_at` as in the table Consent."""

    id: str
    purpose: str
    given: bool
    at: datetime
    how: str
    wording: str = ""
    proved_at: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """A "no": when it was given. A "yes": the earliest that it can have been given."""
        return (self.proved_at or LONG_AGO) if self.given else self.at


def standing(marks: Iterable[ConsentMark]) -> dict[str, ConsentMark]:
    """The mark that holds for each purpose that was ever asked; at one instant a "no" holds over a "yes"."""
    held: dict[str, ConsentMark] = {}
    for mark in sorted(marks, key=lambda mark: (mark.counts_from, not mark.given, mark.at, mark.id)):
        held[mark.purpose] = mark
    return held


def given(marks: Iterable[ConsentMark]) -> frozenset[str]:
    """The purposes that the person consents to."""
    return frozenset(purpose for purpose, mark in standing(marks).items() if mark.given)


def withdrawals(marks: Iterable[ConsentMark]) -> dict[str, datetime]:
    """Purposes whose consent is withdrawn, and since when.

    A "no" that holds is a withdrawal where the person gave it unasked (by their preferences link, or by calling the
    force), or where a "yes" came before it; a "no" at a first registration is a refusal.
    """
    marks = list(marks)
    said_yes = {(mark.purpose, mark.at) for mark in marks if mark.given}
    return {
        purpose: mark.at
        for purpose, mark in standing(marks).items()
        if not mark.given
        and (mark.how in BY_THE_PERSON or any(other == purpose and at <= mark.at for other, at in said_yes))
    }


def is_later(proved_at: datetime | None, than: datetime | None) -> bool:
    """True where something recorded no earlier than `proved_at` is provably later; None proves nothing."""
    return than is None or (proved_at is not None and proved_at > than)


def refused_since(marks: Iterable[ConsentMark], wanted: Iterable[str], *, opted_out: bool) -> datetime | None:
    """The latest "no" that a registration giving `wanted` must be later than, or None.

    For a person who opted out every withdrawal stands against it: to register again is itself to come back.
    """
    marks = list(marks)
    held = standing(marks)
    against = [held[purpose].at for purpose in wanted if purpose in held and not held[purpose].given]
    if opted_out:
        against += withdrawals(marks).values()
    return max(against, default=None)


def has_opted_out(marks: Iterable[ConsentMark]) -> bool:
    """True where nothing is consented to any more and at least one purpose was withdrawn."""
    marks = list(marks)
    return not given(marks) and bool(withdrawals(marks))
