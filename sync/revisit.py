"""Whether a house is to be called on again, when, and why in words: pure, and computed where it is shown.

`decide` takes the coverage state, the campaign's policy and the time; it never looks at a clock. Python and
TypeScript agree on it by sync/vectors/revisit.json. Source of the rules: DESIGN section 4; PROTOCOL.md, "Revisits".
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec

from sync.events import Milliseconds
from sync.fold import GONE
from sync.outcomes import Outcome, Table
from sync.outcomes import table as own_table
from sync.slots import (
    EVENING,
    KINDS,
    OPENS,
    WEEKEND,
    callback_start,
    instant,
    local_date,
    names_a_time,
    next_start,
    slot_of,
    spoken_day,
    spoken_time,
)
from sync.worklist import HouseState, Policy

Answer = Literal["yes", "no", "not_before"]
HOUR_MS = 3_600_000
# So long after the gap a kind of slot in which most answer is waited for, not longer.
BEST_WITHIN_MS = 72 * HOUR_MS
_TIMES = {1: "once", 2: "twice"}


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """The flag with its reason. `code` names the rule; `slot` is the kind of slot to go in (yes: that of now).

    `not_before_ms` is set for not_before alone.
    """

    answer: Answer
    code: str
    text: str
    not_before_ms: Milliseconds | None = None
    slot: str = ""


def decide(state: HouseState, policy: Policy, now_ms: int, tz: str, table: Table | None = None) -> Decision:
    """Whether to call, by the first rule that speaks: bars, a supervisor's word, promises, then what happened so far.

    `tz` is the force's IANA zone. An outcome that the table does not know (an older phone) is taken as one to revisit.
    """
    rows = own_table() if table is None else table
    return (
        _barred(state)
        or _overruled(state, now_ms, tz)
        or _ineligible(state, rows)
        or _promised(state, now_ms, tz)
        or _closed(state, policy)
        or _spoken_with(state, policy, now_ms, tz)
        or _tried(state, policy, now_ms, tz, rows)
    )


def _no(code: str, text: str) -> Decision:
    return Decision("no", code, text)


def _barred(state: HouseState) -> Decision | None:
    """What nobody may pass over, not even a supervisor's override: it takes a lift, with a reason."""
    if state.ineligible in GONE:
        return _no("retired", "No longer in the address file")
    if state.do_not_call:
        return _no("do_not_call", "Asked us never to call again")
    if state.unsafe:
        return _no("unsafe", "Unsafe: a supervisor reviews it first")
    return None


def _overruled(state: HouseState, now_ms: int, tz: str) -> Decision | None:
    """A supervisor's word stands above every rule that follows."""
    if state.override is None:
        return None
    why = f": {state.override.reason}" if state.override.reason else ""
    if state.override.revisit:
        return Decision(
            "yes", "override_yes", f"A supervisor asks for a visit{why}", slot=slot_of(now_ms, tz)
        )
    return _no("override_no", f"A supervisor said not to call{why}")


def _ineligible(state: HouseState, rows: Table) -> Decision | None:
    """No household to call on, as far as the last visit or the address file knows."""
    if state.eligible:
        return None
    row = rows.get(state.ineligible)
    return _no("ineligible", row.reason if row else "Not a home to call on")


def _promised(state: HouseState, now_ms: int, tz: str) -> Decision | None:
    """A callback that was agreed at the door stands above gap, attempts and registration."""
    start = callback_start(state.callback_date, state.callback_slot, tz) if state.callback_date else None
    if start is None:
        return None
    when = f"Callback agreed for {spoken_day(start, tz)}"
    if names_a_time(state.callback_slot):
        when += f", {spoken_time(start, tz)}"
    if now_ms < start:
        return Decision("not_before", "callback_later", when, start, slot_of(start, tz))
    overdue = local_date(now_ms, tz) > state.callback_date
    return Decision(
        "yes", "callback_due", when + (", overdue" if overdue else ", now due"), slot=slot_of(now_ms, tz)
    )


def _closed(state: HouseState, policy: Policy) -> Decision | None:
    """Registered or refused: done for this campaign."""
    if state.registered == "registered" and not policy.revisit_registered:
        return _no("registered", "Registered, this campaign does not revisit")
    if state.refused and state.settled:
        return _no("refused", "Not interested, done for this campaign")
    return None


def _spoken_with(state: HouseState, policy: Policy, now_ms: int, tz: str) -> Decision | None:
    """Spoken with: done, unless the policy calls again after some days; tries made since then count as tries."""
    if not state.settled:
        return None
    if not policy.call_again_days:
        return _no("contacted", "Spoken with, done for this campaign")
    day = date.fromisoformat(local_date(state.contacted_at, tz)) + timedelta(days=policy.call_again_days)
    start = instant(day, OPENS, tz)
    if now_ms < start:
        text = f"Spoken with, may be called on again from {spoken_day(start, tz)}"
        return Decision("not_before", "call_again_later", text, start, slot_of(start, tz))
    if state.last_at <= state.contacted_at:
        text = f"Spoken with on {spoken_day(state.contacted_at, tz)}, may be called on again"
        return Decision("yes", "call_again", text, slot=slot_of(now_ms, tz))
    return None


def _tried(state: HouseState, policy: Policy, now_ms: int, tz: str, rows: Table) -> Decision:
    """Not reached yet: how often tried, when last, and at which kinds of time."""
    if state.attempts == 0:
        return Decision("yes", "not_visited", _first_words(state), slot=slot_of(now_ms, tz))
    row = rows.get(state.last_outcome)
    if state.attempts >= policy.most_attempts:
        return _no("attempts_used", f"Tried {_times(state.attempts)}, no more attempts in this campaign")
    allowed = _allowed_slots(state, policy, row, tz)
    rested = state.last_at + policy.least_gap_hours * HOUR_MS
    best = _best_of(allowed, policy, max(now_ms, rested), rested + BEST_WITHIN_MS, tz)
    slot = slot_of(now_ms, tz)
    so_far = _words_so_far(state, row)
    if now_ms >= rested and slot in (best or allowed):
        return Decision("yes", "revisit", f"{so_far}, try again", slot=slot)
    start = next_start(max(now_ms, rested), tz, best or allowed)
    code = "gap" if now_ms < rested else "best_slot" if slot in allowed else "slot"
    if local_date(start, tz) == local_date(now_ms, tz):
        when = f"after {spoken_time(start, tz)}"
    else:
        when = f"from {spoken_day(start, tz)}, {spoken_time(start, tz)}"
    why = ": most answer then here" if best else ""
    return Decision("not_before", code, f"{so_far}, try {when}{why}", start, slot_of(start, tz))


def _best_of(allowed: frozenset[str], policy: Policy, from_ms: int, until_ms: int, tz: str) -> frozenset[str]:
    """Those of the allowed kinds in which most answer here, where one begins by `until_ms`; else none.

    `until_ms` stands fixed from the last attempt on, so that the time once named is kept, and a street that is only
    ever walked at other times waits no longer than that.
    """
    best = allowed & frozenset(policy.best_slots)
    if not best or from_ms > until_ms or next_start(from_ms, tz, best) > until_ms:
        return frozenset()
    return best


def _allowed_slots(state: HouseState, policy: Policy, row: Outcome | None, tz: str) -> frozenset[str]:
    """The kinds of slot open to the next attempt.

    The last attempts are kept for the evening and the weekend that were never tried; otherwise a household that
    did not answer is tried at a kind of time not tried yet, or, when all were, at another one than the last.
    """
    tried = frozenset(state.slots)
    missing: list[frozenset[str]] = []
    if policy.need_evening and EVENING not in tried:
        missing.append(frozenset((EVENING,)))
    if policy.need_weekend and not tried & WEEKEND:
        missing.append(WEEKEND)
    if missing and policy.most_attempts - state.attempts <= len(missing):
        return frozenset().union(*missing)
    kinds = frozenset(KINDS)
    if row is None or not row.another_slot:
        return kinds
    return (kinds - tried) or (kinds - {slot_of(state.last_at, tz)})


def _times(count: int) -> str:
    return _TIMES.get(count, f"{count} times")


def _first_words(state: HouseState) -> str:
    if state.registered == "registered":
        return "Registered, this campaign revisits"
    if state.visited:
        return "May be called on again"
    return "Not visited yet in this campaign"


def _words_so_far(state: HouseState, row: Outcome | None) -> str:
    last = row.reason if row else "Not reached"
    if row is not None and "language" in row.needs and state.language:
        last += f" ({state.language})"
    return last if state.attempts == 1 else f"Tried {_times(state.attempts)}, last: {last}"
