"""Cases of the revisit rule. Answer, rule and time are stated by hand; the words are what the rule then says."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.revisit import decide
from sync.worklist import HouseState, Policy
from tests.sync.vectorsmith.rules import AFTERNOON, EVENING, MORNING, SATURDAY, SUNDAY
from tests.sync.vectorsmith.shared import LONDON, at, case, must, vectors

MON10 = "2026-03-02 10:00"


@dataclass
class Row:
    """One case: the state, now, and the answer with its rule and, for not_before, the local time."""

    name: str
    state: dict[str, Any]
    now: str
    answer: str
    code: str
    not_before: str | None = None
    policy: dict[str, Any] = field(default_factory=dict)
    tz: str = LONDON
    slot: str | None = None


def tried(
    attempts: int, last: str, slots: tuple[str, ...] = (MORNING,), outcome: str = "no_reply", **more: Any
) -> dict[str, Any]:
    """A house tried so often, last at a local time."""
    return {
        "attempts": attempts, "slots": list(slots), "visited": True, "last_outcome": outcome, "last_at": at(last), **more,
    }  # fmt: skip


def spoken(when: str, **more: Any) -> dict[str, Any]:
    """A house spoken with."""
    reached = {"informed": True, "contacted": True, "settled": True, "contacted_at": at(when)}
    return {**tried(1, when, outcome="spoke"), **reached, **more}


def agreed(day: str, slot: str, **more: Any) -> dict[str, Any]:
    """A house that asked for a callback on Monday 2 March at ten."""
    reached = {"informed": True, "contacted": True, "contacted_at": at(MON10)}
    return {
        **tried(1, MON10, outcome="callback"),
        **reached,
        "callback_date": day,
        "callback_slot": slot,
        **more,
    }


REFUSED = {**tried(1, MON10, outcome="not_interested"), "informed": True, "refused": True, "settled": True}
REGISTERED: dict[str, Any] = {"registered": "registered"}


def _bars() -> list[Row]:
    wanted: dict[str, Any] = {"override": [True, "new tenants"]}
    unwanted: dict[str, Any] = {"override": [False, "fair week"]}
    gone = {"eligible": False, "ineligible": "retired"}
    vacant = {"eligible": False, "ineligible": "vacant"}
    never = {"do_not_call": True}
    return [
        Row("never visited", {}, MON10, "yes", "not_visited", slot=MORNING),
        Row("never visited, noon", {}, "2026-03-02 12:00", "yes", "not_visited", slot=AFTERNOON),
        Row("never visited, a minute to five", {}, "2026-03-02 16:59", "yes", "not_visited", slot=AFTERNOON),
        Row("never visited, five", {}, "2026-03-02 17:00", "yes", "not_visited", slot=EVENING),
        Row("never visited, Saturday", {}, "2026-03-07 18:00", "yes", "not_visited", slot=SATURDAY),
        Row("never visited, Sunday", {}, "2026-03-08 10:00", "yes", "not_visited", slot=SUNDAY),
        Row("never visited, half past midnight in summer time", {}, "2026-03-30 23:30Z", "yes", "not_visited", slot=MORNING),
        Row("never visited, in the hour that is skipped", {}, "2026-03-29 01:00Z", "yes", "not_visited", slot=SUNDAY),
        Row("never visited, another time zone", {}, "2026-03-06 23:30Z", "yes", "not_visited", slot=SATURDAY, tz="Pacific/Auckland"),
        Row("one attempt in all, not used", {}, MON10, "yes", "not_visited", policy={"most_attempts": 1}),
        Row("retired", gone, MON10, "no", "retired"),
        Row("split", {"eligible": False, "ineligible": "split"}, MON10, "no", "retired"),
        Row("retired stands above an override", {**gone, **wanted}, MON10, "no", "retired"),
        Row("retired stands above do not call", {**gone, **never}, MON10, "no", "retired"),
        Row("do not call", never, MON10, "no", "do_not_call"),
        Row("do not call stands above an override", {**never, **wanted}, MON10, "no", "do_not_call"),
        Row("do not call stands above a callback", agreed("2026-03-03", "evening", **never), "2026-03-03 18:00", "no", "do_not_call"),
        Row("unsafe", {"unsafe": True}, MON10, "no", "unsafe"),
        Row("unsafe stands above an override", {"unsafe": True, **wanted}, MON10, "no", "unsafe"),
        Row("override: no", unwanted, MON10, "no", "override_no"),
        Row("override: no, above a callback", agreed("2026-03-03", "evening", **unwanted), "2026-03-03 18:00", "no", "override_no"),
        Row("override: no, without a reason", {"override": [False, ""]}, MON10, "no", "override_no"),
        Row("override: yes, after a refusal", {**REFUSED, **wanted}, MON10, "yes", "override_yes"),
        Row("override: yes, where it was vacant", {**vacant, **wanted}, MON10, "yes", "override_yes"),
        Row("override: yes, attempts used and no gap", tried(4, MON10, **wanted), "2026-03-02 10:01", "yes", "override_yes", slot=MORNING),
        Row("override: yes, registered", {**REGISTERED, **wanted}, MON10, "yes", "override_yes"),
        Row("override: yes, without a reason", {"override": [True, ""]}, MON10, "yes", "override_yes"),
        Row("vacant", vacant, MON10, "no", "ineligible"),
        Row("not a home", {"eligible": False, "ineligible": "not_a_home"}, MON10, "no", "ineligible"),
        Row("not found", {"eligible": False, "ineligible": "not_found"}, MON10, "no", "ineligible"),
        Row("ineligible by a newer table", {"eligible": False, "ineligible": "demolished"}, MON10, "no", "ineligible"),
        Row("vacant stands above a callback", agreed("2026-03-03", "", **vacant), "2026-03-03 18:00", "no", "ineligible"),
    ]  # fmt: skip


def _callbacks() -> list[Row]:
    return [
        Row("callback tomorrow evening", agreed("2026-03-03", "evening"), "2026-03-02 12:00", "not_before", "callback_later", "2026-03-03 17:00"),
        Row("callback this evening", agreed("2026-03-03", "evening"), "2026-03-03 09:00", "not_before", "callback_later", "2026-03-03 17:00"),
        Row("callback, a minute early", agreed("2026-03-03", "evening"), "2026-03-03 16:59", "not_before", "callback_later", "2026-03-03 17:00"),
        Row("callback, on time", agreed("2026-03-03", "evening"), "2026-03-03 17:00", "yes", "callback_due", slot=EVENING),
        Row("callback, late that evening", agreed("2026-03-03", "evening"), "2026-03-03 20:30", "yes", "callback_due"),
        Row("callback, a day late", agreed("2026-03-03", "evening"), "2026-03-04 10:00", "yes", "callback_due", slot=MORNING),
        Row("callback at half past two", agreed("2026-03-05", "14:30"), "2026-03-05 14:00", "not_before", "callback_later", "2026-03-05 14:30"),
        Row("callback in the afternoon", agreed("2026-03-05", "afternoon"), "2026-03-04 14:00", "not_before", "callback_later", "2026-03-05 12:00"),
        Row("callback in the morning", agreed("2026-03-05", "morning"), "2026-03-05 08:00", "not_before", "callback_later", "2026-03-05 09:00"),
        Row("callback on a day, no time", agreed("2026-03-05", ""), "2026-03-04 20:00", "not_before", "callback_later", "2026-03-05 09:00"),
        Row("callback on a day, no time, that day", agreed("2026-03-05", ""), "2026-03-05 20:00", "yes", "callback_due"),
        Row("callback with a time nobody knows", agreed("2026-03-05", "teatime"), "2026-03-05 08:00", "not_before", "callback_later", "2026-03-05 09:00"),
        Row("callback on the day of 23 hours", agreed("2026-03-29", "morning"), "2026-03-28 20:00", "not_before", "callback_later", "2026-03-29 08:00Z"),
        Row("callback on the day of 25 hours", agreed("2026-10-25", "evening"), "2026-10-25 10:00", "not_before", "callback_later", "2026-10-25 17:00Z"),
        Row("callback stands above registered", agreed("2026-03-03", "evening", **REGISTERED), "2026-03-03 18:00", "yes", "callback_due"),
        Row("callback stands above attempts used", agreed("2026-03-03", "evening", attempts=9), "2026-03-03 18:00", "yes", "callback_due"),
        Row("callback stands above the gap", agreed("2026-03-02", "afternoon"), "2026-03-02 12:00", "yes", "callback_due"),
        Row("callback without a date is a try", agreed("", ""), "2026-03-03 10:00", "yes", "revisit"),
        Row("callback of an impossible date is a try", agreed("2026-02-30", "evening"), "2026-03-02 15:00", "not_before", "gap", "2026-03-03 09:00"),
    ]  # fmt: skip


def _closed() -> list[Row]:
    again, both = {"call_again_days": 30}, {"revisit_registered": True}
    later = tried(1, "2026-04-02 10:00", contacted=True, informed=True, settled=True, contacted_at=at(MON10))
    return [
        Row("registered", REGISTERED, MON10, "no", "registered"),
        Row("registered after tries", tried(2, MON10, **REGISTERED), "2026-03-04 18:00", "no", "registered"),
        Row("registered, the campaign revisits", REGISTERED, MON10, "yes", "not_visited", policy=both),
        Row("registered, the campaign revisits, tried", tried(1, MON10, **REGISTERED), "2026-03-03 13:00", "yes", "revisit", policy=both),
        Row("registered, the campaign revisits, spoken with", spoken(MON10, **REGISTERED), "2026-03-03 13:00", "no", "contacted", policy=both),
        Row("unconfirmed is not registered", {"registered": "unconfirmed"}, MON10, "yes", "not_visited"),
        Row("partial is not registered", {"registered": "partial"}, MON10, "yes", "not_visited"),
        Row("opted out is not registered", {"registered": "opted_out"}, MON10, "yes", "not_visited"),
        Row("refused", REFUSED, "2026-05-04 10:00", "no", "refused"),
        Row("refused, though contacted houses are called again", REFUSED, "2026-05-04 10:00", "no", "refused", policy=again),
        Row("refused after a conversation", {**spoken(MON10), **REFUSED}, "2026-05-04 10:00", "no", "refused", policy=again),
        Row("spoken with", spoken(MON10), "2026-05-04 10:00", "no", "contacted"),
        Row("spoken with, again later", spoken(MON10), "2026-03-12 10:00", "not_before", "call_again_later", "2026-04-01 09:00", again),
        Row("spoken with, again across the clock change", spoken("2026-03-20 18:00"), "2026-03-21 10:00", "not_before", "call_again_later",
            "2026-04-03 08:00Z", {"call_again_days": 14}),
        Row("spoken with, again across the new year", spoken("2026-12-20 18:00"), "2026-12-21 10:00", "not_before", "call_again_later",
            "2027-01-03 09:00", {"call_again_days": 14}),
        Row("spoken with, again today", spoken(MON10), "2026-04-01 09:00", "yes", "call_again", policy=again, slot=MORNING),
        Row("spoken with, a minute early", spoken(MON10), "2026-04-01 08:59", "not_before", "call_again_later", "2026-04-01 09:00", again),
        Row("called again, no reply, gap", later, "2026-04-02 11:00", "not_before", "gap", "2026-04-03 12:00", again),
        Row("called again, no reply, next day", later, "2026-04-03 13:00", "yes", "revisit", policy=again),
        Row("called again, attempts used", {**later, "attempts": 4}, "2026-04-10 13:00", "no", "attempts_used", policy=again),
        Row("spoken with and lifted since", {"visited": True, "informed": True, "last_outcome": "do_not_call", "last_at": at(MON10)},
            "2026-03-03 10:00", "yes", "not_visited"),
    ]  # fmt: skip


def _tries() -> list[Row]:
    no_access = tried(1, MON10, outcome="no_access")
    two, three = (MORNING, AFTERNOON), (MORNING, AFTERNOON, SATURDAY)
    every = (MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY)
    free = {"need_evening": False, "need_weekend": False}
    return [
        Row("no reply, an hour ago", tried(1, MON10), "2026-03-02 11:00", "not_before", "gap", "2026-03-03 12:00"),
        Row("no reply, next morning", tried(1, MON10), "2026-03-03 10:00", "not_before", "slot", "2026-03-03 12:00"),
        Row("no reply, next afternoon", tried(1, MON10), "2026-03-03 13:00", "yes", "revisit", slot=AFTERNOON),
        Row("no reply, next evening", tried(1, MON10), "2026-03-03 19:00", "yes", "revisit", slot=EVENING),
        Row("no reply, card left, next morning", tried(1, MON10, outcome="no_reply_card"), "2026-03-03 10:00", "not_before", "slot", "2026-03-03 12:00"),
        Row("no reply twice, afternoon", tried(2, "2026-03-03 14:00", two), "2026-03-04 14:00", "not_before", "slot", "2026-03-04 17:00"),
        Row("no reply twice, evening", tried(2, "2026-03-03 14:00", two), "2026-03-04 17:30", "yes", "revisit", slot=EVENING),
        Row("no reply twice, Saturday", tried(2, "2026-03-03 14:00", two), "2026-03-07 10:00", "yes", "revisit", slot=SATURDAY),
        Row("morning and evening tried, afternoon is open", tried(2, "2026-03-03 18:00", (MORNING, EVENING)), "2026-03-04 14:00", "yes", "revisit"),
        Row("morning and evening tried, the morning is not", tried(2, "2026-03-03 18:00", (MORNING, EVENING)), "2026-03-05 09:00",
            "not_before", "slot", "2026-03-05 12:00"),
        Row("the last is kept for the weekend", tried(3, "2026-03-04 13:00", (MORNING, EVENING, AFTERNOON)), "2026-03-05 13:00",
            "not_before", "slot", "2026-03-07 09:00"),
        Row("the last at the weekend", tried(3, "2026-03-04 13:00", (MORNING, EVENING, AFTERNOON)), "2026-03-08 13:00", "yes", "revisit", slot=SUNDAY),
        Row("the last is kept for the evening", tried(3, "2026-03-07 10:00", three), "2026-03-08 12:00", "not_before", "slot", "2026-03-09 17:00"),
        Row("the last, evening", tried(3, "2026-03-07 10:00", three), "2026-03-09 17:00", "yes", "revisit", slot=EVENING),
        Row("neither evening nor weekend: either will do", tried(3, "2026-03-05 13:00", two), "2026-03-06 18:00", "yes", "revisit", slot=EVENING),
        Row("neither evening nor weekend: not the morning", tried(3, "2026-03-05 13:00", two), "2026-03-06 10:00", "not_before", "slot", "2026-03-06 17:00"),
        Row("four are used", tried(4, "2026-03-07 10:00", every), "2026-03-20 18:00", "no", "attempts_used"),
        Row("one attempt in all, used", tried(1, MON10), "2026-03-20 18:00", "no", "attempts_used", policy={"most_attempts": 1}),
        Row("two in all: the second is kept", tried(1, MON10), "2026-03-03 13:00", "not_before", "slot", "2026-03-03 17:00", {"most_attempts": 2}),
        Row("all kinds tried: another than the last", tried(5, "2026-03-08 10:00", every), "2026-03-09 10:00", "yes", "revisit", policy={"most_attempts": 9}),
        Row("all kinds tried: not the last again", tried(6, "2026-03-09 10:00", every), "2026-03-10 10:00", "not_before", "slot",
            "2026-03-10 12:00", {"most_attempts": 9}),
        Row("no access, next morning", no_access, "2026-03-03 10:00", "yes", "revisit", slot=MORNING),
        Row("no access, gap ends in the night", no_access, "2026-03-02 20:00", "not_before", "gap", "2026-03-03 09:00"),
        Row("nobody responsible in", tried(1, MON10, outcome="not_responsible"), "2026-03-03 10:00", "yes", "revisit"),
        Row("another language, noted", tried(1, MON10, outcome="language", language="pl"), "2026-03-03 10:00", "yes", "revisit"),
        Row("another language, not noted", tried(1, MON10, outcome="language"), "2026-03-03 10:00", "yes", "revisit"),
        Row("a language known, no reply", tried(1, MON10, language="pl"), "2026-03-03 13:00", "yes", "revisit"),
        Row("unsafe, lifted", tried(1, MON10, outcome="unsafe"), "2026-03-03 10:00", "yes", "revisit"),
        Row("vacant, ended by the address file", tried(1, MON10, outcome="vacant"), "2026-03-03 10:00", "yes", "revisit"),
        Row("an outcome of a newer table", tried(1, MON10, outcome="wrong_door"), "2026-03-03 10:00", "yes", "revisit"),
        Row("no evening needed: weekend kept", tried(3, "2026-03-05 13:00", two), "2026-03-06 18:00", "not_before", "slot",
            "2026-03-07 09:00", {"need_evening": False}),
        Row("no weekend needed: evening kept", tried(3, "2026-03-05 13:00", two), "2026-03-07 18:00", "not_before", "slot",
            "2026-03-09 17:00", {"need_weekend": False}),
        Row("neither needed: a kind not tried", tried(3, "2026-03-05 13:00", (MORNING, AFTERNOON, EVENING)), "2026-03-06 13:00",
            "not_before", "slot", "2026-03-07 09:00", free),
        Row("no gap, same morning", tried(1, MON10), "2026-03-02 10:30", "not_before", "slot", "2026-03-02 12:00", {"least_gap_hours": 0}),
        Row("no gap, no access, at once", no_access, MON10, "yes", "revisit", policy={"least_gap_hours": 0}),
        Row("the gap ends on the minute", no_access, "2026-03-03 06:00", "yes", "revisit"),
        Row("a minute before the gap ends", tried(1, "2026-03-02 14:00", (AFTERNOON,), "no_access"), "2026-03-03 09:59", "not_before", "gap", "2026-03-03 10:00"),
        Row("the gap ends after nine at night", tried(1, "2026-03-02 22:10", (EVENING,)), "2026-03-03 10:00", "not_before", "gap",
            "2026-03-04 09:00", {"least_gap_hours": 24}),
        Row("a gap of a week", no_access, "2026-03-04 10:00", "not_before", "gap", "2026-03-09 10:00", {"least_gap_hours": 168}),
        Row("the gap is counted in hours over the day of 23", tried(1, "2026-03-28 12:00", (SATURDAY,), "no_access"), "2026-03-28 13:00",
            "not_before", "gap", "2026-03-29 08:00Z"),
        Row("over the day of 23, counted to the minute", tried(1, "2026-03-28 14:00", (SATURDAY,), "no_access"), "2026-03-28 15:00",
            "not_before", "gap", "2026-03-29 10:00Z"),
        Row("the gap is counted in hours over the day of 25", tried(1, "2026-10-24 12:00", (SATURDAY,), "no_access"), "2026-10-24 13:00",
            "not_before", "gap", "2026-10-25 09:00Z"),
        Row("five in summer is an evening", tried(2, "2026-03-27 14:00", two), "2026-03-30 16:00Z", "yes", "revisit", slot=EVENING),
        Row("four in summer is not", tried(2, "2026-03-27 14:00", two), "2026-03-30 15:00Z", "not_before", "slot", "2026-03-30 16:00Z"),
        Row("another time zone: their evening", tried(2, "2026-03-03 01:00Z", two), "2026-03-04 04:30Z", "yes", "revisit", tz="Pacific/Auckland", slot=EVENING),
    ]  # fmt: skip


def _best() -> list[Row]:
    """Where it is known when most answer: the gap, the attempts, the evening and the weekend stay as they are."""
    evening, saturday, two = {"best_slots": [EVENING]}, {"best_slots": [SATURDAY]}, (MORNING, AFTERNOON)
    both: dict[str, Any] = {"best_slots": [EVENING, SATURDAY]}
    again = tried(1, MON10)
    return [
        Row("most answer in the evening: not the next afternoon", again, "2026-03-03 13:00", "not_before", "best_slot", "2026-03-03 17:00", evening),
        Row("most answer in the evening: from the evening on", again, "2026-03-03 17:00", "yes", "revisit", policy=evening, slot=EVENING),
        Row("most answer in the evening: told while the gap runs", again, "2026-03-02 11:00", "not_before", "gap", "2026-03-03 17:00", evening),
        Row("most answer in the evening: told in a slot that is tried", again, "2026-03-03 10:00", "not_before", "slot", "2026-03-03 17:00", evening),
        Row("most answer in the evening: never visited goes at once", {}, MON10, "yes", "not_visited", policy=evening, slot=MORNING),
        Row("waited for three days: the next evening begins in time", again, "2026-03-05 16:59", "not_before", "best_slot", "2026-03-05 17:00", evening),
        Row("waited for three days: no evening begins in time any more", again, "2026-03-06 09:00", "not_before", "slot", "2026-03-06 12:00", evening),
        Row("waited for three days: then any slot will do", again, "2026-03-06 12:00", "yes", "revisit", policy=evening, slot=AFTERNOON),
        Row("most answer on Saturday: too far off on Tuesday", again, "2026-03-03 13:00", "yes", "revisit", policy=saturday, slot=AFTERNOON),
        Row("most answer on Saturday: near enough on Thursday", tried(1, "2026-03-04 10:00"), "2026-03-05 13:00", "not_before", "best_slot",
            "2026-03-07 09:00", saturday),
        Row("two best kinds: the earlier of them", tried(1, "2026-03-05 10:00"), "2026-03-06 13:00", "not_before", "best_slot", "2026-03-06 17:00", both),
        Row("two best kinds: the other is as good", tried(1, "2026-03-05 10:00"), "2026-03-07 09:00", "yes", "revisit", policy=both, slot=SATURDAY),
        Row("the best kind was tried: as if it were not known", tried(1, "2026-03-02 18:00", (EVENING,)), "2026-03-03 14:00", "yes", "revisit",
            policy=evening, slot=AFTERNOON),
        Row("the last is kept for the weekend, though evenings are best", tried(3, "2026-03-04 13:00", (MORNING, EVENING, AFTERNOON)),
            "2026-03-05 13:00", "not_before", "slot", "2026-03-07 09:00", evening),
        Row("the last is kept for evening or weekend: the better of them", tried(3, "2026-03-05 13:00", two), "2026-03-06 10:00", "not_before", "slot",
            "2026-03-06 17:00", evening),
        Row("kept for evening or weekend, Saturday the better", tried(3, "2026-03-05 13:00", two), "2026-03-06 18:00", "not_before", "best_slot",
            "2026-03-07 09:00", saturday),
        Row("no access: the same kind again, if most answer then", tried(1, MON10, outcome="no_access"), "2026-03-03 10:00", "not_before", "best_slot",
            "2026-03-03 17:00", evening),
        Row("a promise stands above the best kind", agreed("2026-03-03", "morning"), "2026-03-03 09:00", "yes", "callback_due", policy=evening),
        Row("a kind of slot that nobody knows", again, "2026-03-03 13:00", "yes", "revisit", policy={"best_slots": ["teatime"]}),
        Row("the wait is counted in hours over the day of 23", tried(1, "2026-03-26 10:00"), "2026-03-27 13:00", "not_before", "best_slot",
            "2026-03-29 08:00Z", {"best_slots": [SUNDAY]}),
    ]  # fmt: skip


def revisits() -> dict[str, Any]:
    """States, policies and times, and whether to call."""
    cases = []
    for row in (*_bars(), *_callbacks(), *_closed(), *_tries(), *_best()):
        state = msgspec.convert(row.state, HouseState)
        policy = msgspec.convert(row.policy, Policy)
        found = decide(state, policy, at(row.now), row.tz)
        not_before = at(row.not_before) if row.not_before else None
        must(row.name, (row.answer, row.code, not_before), (found.answer, found.code, found.not_before_ms))
        if row.slot is not None:
            must(row.name, row.slot, found.slot)
        cases.append(
            case(
                row.name,
                state=msgspec.to_builtins(state),
                policy=msgspec.to_builtins(policy),
                now=at(row.now),
                tz=row.tz,
                expect=msgspec.to_builtins(found),
            )
        )
    return vectors("decide(state, policy, now, tz) → decision; members at their default are left out.", cases)
