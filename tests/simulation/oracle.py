"""What really happened, and a naive reckoning of what follows from it: nothing of `sync.fold` is used here.

Everything is written out of the rules as people read them (DESIGN section 4), one question at a time over a plain
list, so that a mistake in the fold and one in here are unlikely to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

INFORMS = {"spoke", "callback", "not_interested", "do_not_call", "no_reply_card"}
CONTACTS = {"spoke", "callback"}
REFUSES = {"not_interested", "do_not_call"}
REACHES = CONTACTS | REFUSES
CLOSES = {"spoke", "not_interested", "do_not_call"}
INELIGIBLE = {"vacant", "not_a_home", "not_found"}
MEETS = REACHES | {"not_responsible", "language"}
OUTCOMES = sorted(INFORMS | INELIGIBLE | MEETS | {"no_reply", "no_access", "unsafe"})


@dataclass
class Happened:
    """One thing that happened to one house.

    kind: visit | withdrawal | lift | override | registration | erasure | address.
    An erasure `withdraws` a registration.

    `at` is true time where it can be known, else what the rules for clocks make of it (ms); None until it is known.
    """

    id: str
    kind: str
    uprn: str
    at: int | None
    campaign: int = 0
    outcome: str = ""
    withdraws: str = ""
    lifts: str = ""
    revisit: bool | None = None
    status: str = ""


@dataclass
class Recorded:
    """One event that a phone kept: what it says happened, and the clocks at that moment.

    `counted` is false while it may still be undone.
    """

    id: str
    device: str
    uprn: str
    campaign: int
    true_ms: int
    wall_ms: int
    seen_ms: int
    ticks_count: bool
    things: list[Happened] = field(default_factory=list)
    answered: bool = False

    def settle(self, received_ms: int, request_wall_ms: int) -> None:
        """Say when it happened, once it is known when and by which request it first reached the service.

        While the phone has not been restarted since it last heard the service, its count of time is true. After that
        only its wall clock is left, put right by how wrong it was when it sent; never before it heard the service,
        nor after it was received.
        """
        at = self.true_ms
        if not self.ticks_count:
            at = min(max(self.wall_ms + received_ms - request_wall_ms, self.seen_ms), received_ms)
        for thing in self.things:
            thing.at = at


@dataclass(frozen=True)
class Reckoned:
    """What should stand for one house in one campaign."""

    premises: int
    eligible: int
    visited: int
    informed: int
    contacted: int
    registered: int
    refused: int
    outstanding: int
    do_not_call: bool
    unsafe: bool
    attempts: int
    last_outcome: str
    last_at: int

    def counters(self) -> tuple[int, ...]:
        """The eight figures that streets and wards add up."""
        return (
            self.premises,
            self.eligible,
            self.visited,
            self.informed,
            self.contacted,
            self.registered,
            self.refused,
            self.outstanding,
        )


def reckon(things: Iterable[Happened], campaign: int) -> Reckoned:
    """What should stand for a house in a campaign (0: all together), from everything that happened to it."""
    listed = sorted((one for one in things if one.at is not None), key=lambda one: (one.at, one.id))
    gone_visits = {one.withdraws for one in listed if one.kind == "withdrawal"}
    listed = [one for one in listed if not (one.kind == "visit" and one.id in gone_visits)]
    mine = [one for one in listed if one.kind == "visit" and campaign in (0, one.campaign)]
    retired = _last(listed, lambda one: one.kind == "address", lambda one: one.status == "retired")
    ineligible = _last(
        listed,
        lambda one: (
            (one.kind == "visit" and one.outcome in INELIGIBLE | MEETS)
            or (one.kind == "lift" and one.lifts == "ineligible")
            or one.kind == "address"
        ),
        lambda one: one.outcome in INELIGIBLE,
    )
    do_not_call = _barred(listed, "do_not_call")
    unsafe = _barred(listed, "unsafe")
    erased = {one.withdraws for one in listed if one.kind == "erasure"}
    registered = any(one.kind == "registration" and one.id not in erased for one in listed)
    pardon = _last_pardon(listed)
    reaching = [one for one in mine if one.outcome in REACHES]
    word = reaching[-1] if reaching and _after(reaching[-1], pardon) else None
    closed = registered or (word is not None and word.outcome in CLOSES)
    wish = _wish(listed, mine, campaign)
    owed = (not closed) if wish is None else wish
    eligible = not ineligible
    here = not retired
    return Reckoned(
        premises=int(here),
        eligible=int(here and eligible),
        visited=int(here and eligible and bool(mine)),
        informed=int(here and eligible and any(one.outcome in INFORMS for one in mine)),
        contacted=int(here and eligible and any(one.outcome in CONTACTS for one in mine)),
        registered=int(here and eligible and registered),
        refused=int(here and eligible and word is not None and word.outcome in REFUSES),
        outstanding=int(here and eligible and owed and not do_not_call and not unsafe),
        do_not_call=do_not_call,
        unsafe=unsafe,
        attempts=_attempts(mine, pardon),
        last_outcome=mine[-1].outcome if mine else "",
        last_at=(mine[-1].at or 0) if mine else 0,
    )


def _after(one: Happened, other: Happened | None) -> bool:
    return other is None or (one.at or 0, one.id) > (other.at or 0, other.id)


def _last(listed: list[Happened], speaks, says) -> bool:  # type: ignore[no-untyped-def]
    """What the last of the things that speak of a question says to it; False where none speaks."""
    speaking = [one for one in listed if speaks(one)]
    return bool(speaking) and says(speaking[-1])


def _barred(listed: list[Happened], why: str) -> bool:
    return _last(
        listed,
        lambda one: (one.kind == "visit" and one.outcome == why) or (one.kind == "lift" and one.lifts == why),
        lambda one: one.kind == "visit",
    )


def _last_pardon(listed: list[Happened]) -> Happened | None:
    """The last lift of a do-not-call that lifted one: with it the house begins afresh."""
    found = None
    for place, one in enumerate(listed):
        if one.kind == "lift" and one.lifts == "do_not_call" and _barred(listed[:place], "do_not_call"):
            found = one
    return found


def _wish(listed: list[Happened], mine: list[Happened], campaign: int) -> bool | None:
    """A supervisor's word on revisiting that still holds: a wish to revisit is spent by the next visit."""
    words = [
        one for one in listed if one.kind == "override" and (campaign == 0 or one.campaign in (0, campaign))
    ]
    if not words:
        return None
    spent = words[-1].revisit and any(_after(visit, words[-1]) for visit in mine)
    return None if spent else words[-1].revisit


def _attempts(mine: list[Happened], pardon: Happened | None) -> int:
    """Knocks since the house last had its say (that knock is the last of the run before)."""
    run = 0
    for place, visit in enumerate(mine):
        fresh = place > 0 and mine[place - 1].outcome in REACHES
        pardoned = (
            pardon is not None
            and _after(visit, pardon)
            and (place == 0 or not _after(mine[place - 1], pardon))
        )
        run = 1 if fresh or pardoned else run + 1
    if pardon is not None and mine and not _after(mine[-1], pardon):
        return 0
    return run
