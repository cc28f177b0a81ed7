"""The coverage of one premises as a pure fold over its facts (DESIGN section 4).

Facts are taken in order of corrected time, then id, whatever order they arrived in. A withdrawal takes away the
visit that it names, wherever either stands; it takes away nothing else, and cannot itself be withdrawn. Facts of
other campaigns count as far as they bind everybody: a wish not to be called on, a danger, a house that is none, a
language. Registration marks, lifts and address changes bind all campaigns.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Literal

import msgspec

from sync.events import Milliseconds
from sync.outcomes import Outcome, Table
from sync.outcomes import table as own_table
from sync.slots import callback_start, slot_of
from sync.worklist import HouseState, Override, Policy

FactKind = Literal["visit", "withdrawal", "lift", "override", "registration", "address"]
Mark = Literal["none", "unconfirmed", "partial", "registered", "opted_out"]
GONE = frozenset(("retired", "split"))  # address states that end a premises
MARKS = ("registered", "unconfirmed", "partial", "opted_out")  # the best that any resident has is the house's
COUNTERS = (
    "premises",
    "eligible",
    "visited",
    "informed",
    "contacted",
    "registered",
    "refused",
    "outstanding",
)


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact about one premises; `at` is corrected time, `campaign` 0 is "no campaign" (it binds all).

    visit: outcome, callback_date and callback_slot, language. withdrawal: withdraws (the id of a visit).
    lift: lifts (do_not_call | unsafe | ineligible). override: revisit (None clears) and reason.
    registration: resident (any stable pseudonym) and registered (that resident's mark from now on).
    address: address_status (live | retired | split).
    """

    id: str
    kind: FactKind
    at: Milliseconds
    campaign: int = 0
    outcome: str = ""
    withdraws: str = ""
    lifts: str = ""
    callback_date: str = ""
    callback_slot: str = ""
    language: str = ""
    resident: str = ""
    registered: str = ""
    revisit: bool | None = None
    address_status: str = ""
    reason: str = ""


class _Folding:
    """The state on its way: plain members, because a frozen struct for each fact would cost more than the fold."""

    def __init__(self, campaign: int, tz: str, table: Table) -> None:
        self.campaign, self.tz, self.table = campaign, tz, table
        self.gone = ""
        self.ineligible = ""
        self.do_not_call = self.unsafe = False
        self.attempts = 0
        self.slots: tuple[str, ...] = ()
        self.visited = self.informed = self.contacted = self.refused = self.settled = False
        self.reached_last = False
        self.last_outcome = ""
        self.last_at = self.contacted_at = 0
        self.callback = ("", "")
        self.language = ""
        self.override: Override | None = None
        self.marks: dict[str, str] = {}

    def visit(self, fact: Fact) -> None:
        outcome = self.table[fact.outcome]
        self._bind(fact, outcome)
        if self.campaign in (0, fact.campaign):
            self._count(fact, outcome)

    def _bind(self, fact: Fact, outcome: Outcome) -> None:
        """What a visit of any campaign says of the house for every campaign."""
        if outcome.ineligible:
            self.ineligible = outcome.code
        elif outcome.home:
            self.ineligible = ""
        if outcome.standing and outcome.next == "never":
            self.do_not_call = True
        if outcome.standing and outcome.next == "stop" and not outcome.ineligible:
            self.unsafe = True
        if fact.language:
            self.language = fact.language

    def _count(self, fact: Fact, outcome: Outcome) -> None:
        """What a visit of this campaign says of the house for this campaign."""
        if self.reached_last:
            self._start_afresh()
        slot = slot_of(fact.at, self.tz)
        self.attempts += 1
        if slot not in self.slots:
            self.slots = (*self.slots, slot)
        self.visited |= outcome.visited
        self.informed |= outcome.informed
        self.contacted |= outcome.contacted
        self.reached_last = outcome.reaches
        if outcome.reaches:
            self.refused = outcome.refused
            self.settled = outcome.next in ("done", "never")
        if outcome.contacted:
            self.contacted_at = fact.at
        agreed = outcome.next == "revisit_at" and callback_start(
            fact.callback_date, fact.callback_slot, self.tz
        )
        self.callback = (fact.callback_date, fact.callback_slot) if agreed else ("", "")
        self.last_outcome, self.last_at = outcome.code, fact.at
        if self.override is not None and self.override.revisit:
            self.override = None

    def _start_afresh(self) -> None:
        self.attempts, self.slots, self.reached_last = 0, (), False

    def lift(self, fact: Fact) -> None:
        if fact.lifts == "do_not_call" and self.do_not_call:
            self.do_not_call = self.refused = self.settled = False
            self._start_afresh()
        elif fact.lifts == "unsafe":
            self.unsafe = False
        elif fact.lifts == "ineligible":
            self.ineligible = ""

    def overrule(self, fact: Fact) -> None:
        if self.campaign in (0, fact.campaign) or fact.campaign == 0:
            self.override = None if fact.revisit is None else Override(fact.revisit, fact.reason)

    def address(self, fact: Fact) -> None:
        self.gone = fact.address_status if fact.address_status in GONE else ""
        self.ineligible = ""

    def registration(self, fact: Fact) -> None:
        self.marks[fact.resident] = fact.registered

    def resume(self, state: HouseState) -> None:
        """Stand where an earlier fold ended, as far as its state tells."""
        row = self.table.get(state.last_outcome)
        self.gone = state.ineligible if state.ineligible in GONE else ""
        self.ineligible = "" if self.gone else state.ineligible
        self.do_not_call, self.unsafe = state.do_not_call, state.unsafe
        self.attempts, self.slots = state.attempts, state.slots
        self.visited, self.informed, self.contacted = state.visited, state.informed, state.contacted
        self.refused, self.settled = state.refused, state.settled
        self.reached_last = state.attempts > 0 and row is not None and row.reaches
        self.last_outcome, self.last_at, self.contacted_at = (
            state.last_outcome,
            state.last_at,
            state.contacted_at,
        )
        self.callback = (state.callback_date, state.callback_slot)
        self.language, self.override = state.language, state.override
        self.marks = {"": state.registered}

    def state(self) -> HouseState:
        held = set(self.marks.values())
        ineligible = self.gone or self.ineligible
        return HouseState(
            eligible=not ineligible,
            ineligible=ineligible,
            do_not_call=self.do_not_call,
            unsafe=self.unsafe,
            attempts=self.attempts,
            slots=self.slots,
            visited=self.visited,
            informed=self.informed,
            contacted=self.contacted,
            refused=self.refused,
            settled=self.settled,
            registered=next((mark for mark in MARKS if mark in held), "none"),
            last_outcome=self.last_outcome,
            last_at=self.last_at,
            contacted_at=self.contacted_at,
            callback_date=self.callback[0],
            callback_slot=self.callback[1],
            language=self.language,
            override=self.override,
        )


_IN_ORDER = attrgetter("at", "id")
_STEPS = {
    "visit": _Folding.visit,
    "lift": _Folding.lift,
    "override": _Folding.overrule,
    "address": _Folding.address,
    "registration": _Folding.registration,
}


def fold(facts: Iterable[Fact], campaign: int, tz: str, table: Table | None = None) -> HouseState:
    """The state of one premises in one campaign (0: all campaigns together), from all its facts of all campaigns.

    The order and repetition of facts do not matter. Raises UnknownOutcome for a visit that the table does not know
    (the service holds such an event, so that none becomes a fact).
    """
    return _take(_Folding(campaign, tz, own_table() if table is None else table), facts)


def fold_onto(
    state: HouseState, facts: Iterable[Fact], campaign: int, tz: str, table: Table | None = None
) -> HouseState:
    """A state with further facts after it: what a phone shows, which holds the service's state and not its facts.

    The same steps as `fold`, taken as later than everything in `state`; equal to folding all facts at once when they
    are. A withdrawal takes away a visit among `facts`; one of a visit inside `state` changes nothing until the
    service's next answer. Raises UnknownOutcome for a visit that the table does not know.
    """
    folding = _Folding(campaign, tz, own_table() if table is None else table)
    folding.resume(state)
    return _take(folding, facts)


def _take(folding: _Folding, facts: Iterable[Fact]) -> HouseState:
    by_id = {fact.id: fact for fact in facts}
    withdrawn = {fact.withdraws for fact in by_id.values() if fact.kind == "withdrawal"}
    for fact in sorted(by_id.values(), key=_IN_ORDER):
        step = _STEPS.get(fact.kind)
        if step is not None and not (fact.kind == "visit" and fact.id in withdrawn):
            step(folding, fact)
    return folding.state()


def counts(state: HouseState, policy: Policy | None = None) -> dict[str, int]:
    """What one house adds to the counters of its street and ward: 0 or 1 each, in the order of COUNTERS.

    A retired or split premises counts nowhere; an ineligible one in `premises` alone, so that every share of
    `eligible` stays within 100 %. visited ⊇ informed ⊇ contacted, and informed ⊇ refused, eligible ⊇ all of them.
    outstanding: an eligible house that is still owed a visit: nobody's last word has closed it, it is not registered
    (unless the policy revisits those), nobody asked never to be called on, it is not unsafe; or a supervisor wants
    it revisited, and not where one said not to. It does not depend on the time of day, nor on attempts used up: a
    house that was never reached stays a gap.
    """
    if state.ineligible in GONE:
        return dict.fromkeys(COUNTERS, 0)
    eligible = state.eligible
    registered = state.registered == "registered"
    closed = state.settled or (registered and not (policy is not None and policy.revisit_registered))
    owed = (not closed) if state.override is None else state.override.revisit
    return {
        "premises": 1,
        "eligible": int(eligible),
        "visited": int(eligible and state.visited),
        "informed": int(eligible and state.informed),
        "contacted": int(eligible and state.contacted),
        "registered": int(eligible and registered),
        "refused": int(eligible and state.refused),
        "outstanding": int(eligible and owed and not state.do_not_call and not state.unsafe),
    }
