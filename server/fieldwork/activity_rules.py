"""What a house's facts add to the counts of visits by day: pure, the force's zone passed in.

A visit counts on the local day and in the slot of its corrected time, until it is withdrawn. A resident's registration
counts once, on the day it first stood; where that was at a visit, for the visit's campaign and officer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from server.fieldwork.stored import StoredFact
from sync.slots import local_date, slot_of

NOBODY = 0  # the account of a visit whose officer is unknown
NO_OUTCOME = ""  # the outcome of rows that count registrations
SUMS = ("visits", "first_visits", "first_ever", "registrations")  # the counts of a row, in order


class ActivityKey(NamedTuple):
    """Which row of a ward something counts in. `day` is an ISO date."""

    campaign_id: int
    day: str
    slot: str
    account_id: int
    outcome: str


Counts = dict[ActivityKey, list[int]]


def counted(facts: Iterable[StoredFact], tz: str) -> Counts:
    """What all facts of one house add to its ward's rows: SUMS by key. Order and repetition do not matter."""
    by_id = {one.fact.id: one for one in facts}
    withdrawn = {one.fact.withdraws for one in by_id.values() if one.fact.kind == "withdrawal"}
    in_order = sorted(by_id.values(), key=lambda one: (one.fact.at, one.fact.id))
    visits = [one for one in in_order if one.fact.kind == "visit" and one.fact.id not in withdrawn]
    found: Counts = defaultdict(lambda: [0] * len(SUMS))
    seen: set[int] = set()
    for one in visits:
        campaign = one.fact.campaign
        row = found[_key(one, tz, one.fact.outcome)]
        row[0] += 1
        row[1] += campaign not in seen
        row[2] += not seen
        seen.add(campaign)
    at_a_visit = {one.fact.at: one for one in visits}
    registered: set[str] = set()
    for one in in_order:
        if one.fact.kind == "registration" and one.fact.registered == "registered":
            if one.fact.resident not in registered:
                found[_key(at_a_visit.get(one.fact.at, one), tz, NO_OUTCOME)][3] += 1
            registered.add(one.fact.resident)
    return dict(found)


def difference(before: Mapping[ActivityKey, list[int]], after: Mapping[ActivityKey, list[int]]) -> Counts:
    """What has to be added to the rows that counted `before` so that they count `after`; no rows of zeros."""
    none = [0] * len(SUMS)
    found = {
        key: [new - old for old, new in zip(before.get(key, none), after.get(key, none), strict=True)]
        for key in before.keys() | after.keys()
    }
    return {key: sums for key, sums in found.items() if any(sums)}


def _key(one: StoredFact, tz: str, outcome: str) -> ActivityKey:
    at = one.fact.at
    return ActivityKey(
        one.fact.campaign, local_date(at, tz), slot_of(at, tz), one.account_id or NOBODY, outcome
    )
