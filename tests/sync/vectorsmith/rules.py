"""Cases of slots, clocks, outcomes with their counters, and the fold; what must come out is stated by hand."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

from typing import Any

import msgspec

from sync.clock import corrected_at
from sync.events import EventClock
from sync.fold import COUNTERS, Fact, counts, fold
from sync.outcomes import as_wire, table
from sync.slots import KINDS, callback_start, next_start, slot_of
from sync.worklist import Policy
from tests.sync.vectorsmith.shared import LONDON, at, case, must, vectors

MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY = KINDS


def slots() -> dict[str, Any]:
    """Kinds of slot, the next start of one, and starts of callbacks, around days of 23 and 25 hours."""
    cases: list[dict[str, Any]] = []
    for local, tz, kind in (
        ("2026-03-02 00:00", LONDON, MORNING),
        ("2026-03-02 11:59", LONDON, MORNING),
        ("2026-03-02 12:00", LONDON, AFTERNOON),
        ("2026-03-02 16:59", LONDON, AFTERNOON),
        ("2026-03-02 17:00", LONDON, EVENING),
        ("2026-03-06 23:59", LONDON, EVENING),
        ("2026-03-07 00:00", LONDON, SATURDAY),
        ("2026-03-07 19:00", LONDON, SATURDAY),
        ("2026-03-08 23:59", LONDON, SUNDAY),
        ("2026-03-29 00:59Z", LONDON, SUNDAY),
        ("2026-03-29 01:00Z", LONDON, SUNDAY),
        ("2026-03-30 16:00Z", LONDON, EVENING),
        ("2026-03-30 22:59Z", LONDON, EVENING),
        ("2026-03-30 23:00Z", LONDON, MORNING),
        ("2026-10-25 00:30Z", LONDON, SUNDAY),
        ("2026-10-26 16:30Z", LONDON, AFTERNOON),
        ("2026-10-26 17:00Z", LONDON, EVENING),
        ("2026-03-06 23:30Z", "Pacific/Auckland", SATURDAY),
        ("2026-03-06 17:00Z", "America/New_York", AFTERNOON),
    ):
        found = slot_of(at(local, tz), tz)
        must(f"slot {local} {tz}", kind, found)
        cases.append(case(f"kind at {local} {tz}", of="slot_of", at=at(local, tz), tz=tz, expect=found))
    weekend = [SATURDAY, SUNDAY]
    for local, allowed, start in (
        ("2026-03-02 10:00", [MORNING], "2026-03-02 10:00"),
        ("2026-03-02 05:00", [MORNING], "2026-03-02 09:00"),
        ("2026-03-02 10:00", [AFTERNOON], "2026-03-02 12:00"),
        ("2026-03-02 10:00", [EVENING], "2026-03-02 17:00"),
        ("2026-03-02 18:00", [MORNING], "2026-03-03 09:00"),
        ("2026-03-02 21:00", [EVENING], "2026-03-03 17:00"),
        ("2026-03-02 20:59", [EVENING], "2026-03-02 20:59"),
        ("2026-03-02 10:00", weekend, "2026-03-07 09:00"),
        ("2026-03-08 21:30", weekend, "2026-03-14 09:00"),
        ("2026-03-06 22:00", list(KINDS), "2026-03-07 09:00"),
        ("2026-03-07 10:00", [SATURDAY], "2026-03-07 10:00"),
        ("2026-03-07 22:00", [SATURDAY], "2026-03-14 09:00"),
        ("2026-03-28 22:00", [SUNDAY], "2026-03-29 08:00Z"),
        ("2026-10-24 22:00", [SUNDAY], "2026-10-25 09:00Z"),
        ("2026-03-27 18:00", [MORNING], "2026-03-30 08:00Z"),
    ):
        found_ms = next_start(at(local), LONDON, allowed)
        must(f"next {local} {allowed}", at(start), found_ms)
        name = f"next of {' '.join(allowed)} from {local}"
        cases.append(case(name, of="next_start", at=at(local), tz=LONDON, allowed=allowed, expect=found_ms))
    for day, part, expected in (
        ("2026-03-10", "morning", "2026-03-10 09:00"),
        ("2026-03-10", "afternoon", "2026-03-10 12:00"),
        ("2026-03-10", "evening", "2026-03-10 17:00"),
        ("2026-03-10", "14:30", "2026-03-10 14:30"),
        ("2026-03-10", "24:00", "2026-03-10 09:00"),
        ("2026-03-10", "", "2026-03-10 09:00"),
        ("2026-03-10", "teatime", "2026-03-10 09:00"),
        ("2026-03-29", "morning", "2026-03-29 08:00Z"),
        ("2026-10-25", "evening", "2026-10-25 17:00Z"),
        ("2026-10-25", "01:30", "2026-10-25 00:30Z"),
        ("2026-03-29", "01:30", "2026-03-29 01:30Z"),
        ("2026-02-30", "evening", None),
        ("1999-12-31", "evening", None),
        ("2200-01-01", "evening", None),
        ("2026-3-1", "evening", None),
    ):
        found_start = callback_start(day, part, LONDON)
        must(f"callback {day} {part}", at(expected) if expected else None, found_start)
        name = f"callback on {day} {part or 'any time'}"
        cases.append(case(name, of="callback_start", date=day, part=part, tz=LONDON, expect=found_start))
    return vectors("Slots: slot_of, next_start, callback_start. Instants are ms UTC.", cases)


def clocks() -> dict[str, Any]:
    """Corrected time by service time seen and ticks, or by the offset at the request, kept within bounds."""
    seen, now = at("2026-03-02 09:00"), at("2026-03-02 18:00")
    hour, day = 3_600_000, 86_400_000
    rows: list[tuple[str, EventClock, int, int, int]] = [
        ("ticks count from the service time seen", EventClock(5, seen, 2 * hour), now, now, seen + 2 * hour),
        (
            "a clock a day fast does not matter with ticks",
            EventClock(now + day, seen, hour),
            now + day,
            now,
            seen + hour,
        ),
        ("no ticks: own clock, right", EventClock(now - hour, seen), now, now, now - hour),
        ("no ticks: own clock a day fast", EventClock(now + day - hour, seen), now + day, now, now - hour),
        ("no ticks: own clock a day slow", EventClock(now - day - hour, seen), now - day, now, now - hour),
        ("never before the service time seen", EventClock(seen - hour, seen), now, now, seen),
        ("never after it was received", EventClock(now + hour, seen), now, now, now),
        ("ticks past receipt are cut", EventClock(now, seen, 30 * day), now, now, now),
        ("seen later than received: received wins", EventClock(now, now + day, hour), now, now, now),
        ("nothing seen: own clock with offset", EventClock(now - 2 * hour), now, now, now - 2 * hour),
        ("nothing seen, ticks alone mean nothing", EventClock(now - hour, None, 77), now, now, now - hour),
        ("nothing seen and a clock at its factory date", EventClock(0), day, now, now - day),
        ("never before there was a Doorstep", EventClock(-(2**53) + 1), now, now, at("2020-01-01 00:00Z")),
        ("zero ticks are ticks", EventClock(now + day, seen, 0), now, now, seen),
    ]
    cases = []
    for name, clock, request_now, received, expected in rows:
        found = corrected_at(clock, request_now, received)
        must(name, expected, found)
        cases.append(
            case(
                name,
                clock=msgspec.to_builtins(clock),
                request_now=request_now,
                received_at=received,
                expect=found,
            )
        )
    return vectors("corrected_at(clock, request_now, received_at), all ms UTC.", cases)


#                   premises eligible visited informed contacted registered refused outstanding
_BY_OUTCOME = {
    "spoke": (1, 1, 1, 1, 1, 0, 0, 0),
    "callback": (1, 1, 1, 1, 1, 0, 0, 1),
    "not_interested": (1, 1, 1, 1, 0, 0, 1, 0),
    "do_not_call": (1, 1, 1, 1, 0, 0, 1, 0),
    "no_reply": (1, 1, 1, 0, 0, 0, 0, 1),
    "no_reply_card": (1, 1, 1, 1, 0, 0, 0, 1),
    "not_responsible": (1, 1, 1, 0, 0, 0, 0, 1),
    "language": (1, 1, 1, 0, 0, 0, 0, 1),
    "no_access": (1, 1, 1, 0, 0, 0, 0, 1),
    "unsafe": (1, 1, 1, 0, 0, 0, 0, 0),
    "vacant": (1, 0, 0, 0, 0, 0, 0, 0),
    "not_a_home": (1, 0, 0, 0, 0, 0, 0, 0),
    "not_found": (1, 0, 0, 0, 0, 0, 0, 0),
}
_MON = "2026-03-02 10:00"


def visit(id_: str, when: str, outcome: str, campaign: int = 1, **more: Any) -> Fact:
    """A visit fact at a local time."""
    return Fact(id_, "visit", at(when), campaign, outcome, **more)


def mark(id_: str, when: str, resident: str, state: str) -> Fact:
    """A registration mark of one resident."""
    return Fact(id_, "registration", at(when), 0, resident=resident, registered=state)


def outcomes() -> dict[str, Any]:
    """The table itself, and what one house adds to the counters: the equations per outcome."""
    revisiting = Policy(revisit_registered=True)
    registered = mark("r", "2026-03-02 11:00", "resident-1", "registered")
    lift = Fact("l", "lift", at("2026-03-04 09:00"), lifts="do_not_call")
    wanted = Fact("o", "override", at("2026-03-04 09:00"), 1, revisit=True, reason="moved in")
    unwanted = Fact("o", "override", at("2026-03-04 09:00"), 1, revisit=False, reason="fair week")
    rows: list[tuple[str, list[Fact], Policy | None, tuple[int, ...]]] = [
        ("no visit at all", [], None, (1, 1, 0, 0, 0, 0, 0, 1)),
        *((f"one visit: {code}", [visit("a", _MON, code)], None, sums) for code, sums in _BY_OUTCOME.items()),
        ("registered, never visited", [registered], None, (1, 1, 0, 0, 0, 1, 0, 0)),
        ("registered, revisited by policy", [registered], revisiting, (1, 1, 0, 0, 0, 1, 0, 1)),
        ("unconfirmed", [mark("r", _MON, "x", "unconfirmed")], None, (1, 1, 0, 0, 0, 0, 0, 1)),
        ("opted out", [mark("r", _MON, "x", "opted_out")], None, (1, 1, 0, 0, 0, 0, 0, 1)),
        ("registered, then vacant", [registered, visit("a", "2026-03-03 10:00", "vacant")], None, (1, 0, 0, 0, 0, 0, 0, 0)),
        ("spoken with and registered", [visit("a", _MON, "spoke"), registered], None, (1, 1, 1, 1, 1, 1, 0, 0)),
        ("no reply, then vacant", [visit("a", _MON, "no_reply_card"), visit("b", "2026-03-03 10:00", "vacant")], None, (1, 0, 0, 0, 0, 0, 0, 0)),
        ("vacant, then spoken with", [visit("a", _MON, "vacant"), visit("b", "2026-03-03 10:00", "spoke")], None, (1, 1, 1, 1, 1, 0, 0, 0)),
        ("spoken with, then refused", [visit("a", _MON, "spoke"), visit("b", "2026-03-03 10:00", "not_interested")], None, (1, 1, 1, 1, 1, 0, 1, 0)),
        ("refused, then spoken with", [visit("a", _MON, "not_interested"), visit("b", "2026-03-03 10:00", "spoke")], None, (1, 1, 1, 1, 1, 0, 0, 0)),
        ("do not call, of another campaign", [visit("a", _MON, "do_not_call", 2)], None, (1, 1, 0, 0, 0, 0, 0, 0)),
        ("do not call, lifted", [visit("a", _MON, "do_not_call"), lift], None, (1, 1, 1, 1, 0, 0, 0, 1)),
        ("spoken with, a revisit wanted", [visit("a", _MON, "spoke"), wanted], None, (1, 1, 1, 1, 1, 0, 0, 1)),
        ("do not call stands above a revisit wanted", [visit("a", _MON, "do_not_call"), wanted], None, (1, 1, 1, 1, 0, 0, 1, 0)),
        ("no reply, no revisit wanted", [visit("a", _MON, "no_reply"), unwanted], None, (1, 1, 1, 0, 0, 0, 0, 0)),
        ("four no replies stay a gap", [visit(str(n), f"2026-03-0{n} 10:00", "no_reply") for n in range(2, 6)], None, (1, 1, 1, 0, 0, 0, 0, 1)),
        ("retired", [visit("a", _MON, "spoke"), Fact("x", "address", at("2026-03-03 09:00"), address_status="retired")], None, (0,) * 8),
        ("split", [Fact("x", "address", at("2026-03-03 09:00"), address_status="split")], None, (0,) * 8),
    ]  # fmt: skip
    cases = []
    for name, facts, policy, sums in rows:
        state = fold(facts, 1, LONDON)
        found = counts(state, policy)
        must(name, dict(zip(COUNTERS, sums, strict=True)), found)
        cases.append(
            case(
                name,
                facts=msgspec.to_builtins(facts),
                campaign=1,
                tz=LONDON,
                policy=None if policy is None else msgspec.to_builtins(policy),
                expect=found,
            )
        )
    return vectors("Facts of one house → what it adds to the counters.", cases, table=as_wire(table()))
