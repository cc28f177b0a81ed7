"""Cases of the fold. The expected state names every member that is not at its default."""

# ruff: noqa: E501 (one case on one line reads better)

from __future__ import annotations

from typing import Any

import msgspec

from sync.fold import Fact, fold, fold_onto
from sync.worklist import HouseState
from tests.sync.vectorsmith.rules import AFTERNOON, EVENING, MORNING, SATURDAY, SUNDAY, mark, visit
from tests.sync.vectorsmith.shared import LONDON, at, case, must, vectors

MON, TUE, WED, THU = "2026-03-02 10:00", "2026-03-03 13:00", "2026-03-04 18:00", "2026-03-05 10:00"
SAT, SUN = "2026-03-07 10:00", "2026-03-08 10:00"


def _withdrawal(id_: str, when: str, withdraws: str) -> Fact:
    return Fact(id_, "withdrawal", at(when), 1, withdraws=withdraws)


def _lift(id_: str, when: str, lifts: str) -> Fact:
    return Fact(id_, "lift", at(when), lifts=lifts)


def _override(id_: str, when: str, revisit: bool | None, reason: str = "", campaign: int = 1) -> Fact:
    return Fact(id_, "override", at(when), campaign, revisit=revisit, reason=reason)


def _address(id_: str, when: str, status: str) -> Fact:
    return Fact(id_, "address", at(when), address_status=status)


def _tried(
    when: str, outcome: str = "no_reply", attempts: int = 1, slots: tuple[str, ...] = (MORNING,)
) -> dict[str, Any]:
    return {
        "attempts": attempts, "slots": list(slots), "visited": True, "last_outcome": outcome, "last_at": at(when),
    }  # fmt: skip


def _spoken(when: str, **more: Any) -> dict[str, Any]:
    state = {
        **_tried(when, "spoke"),
        "informed": True,
        "contacted": True,
        "settled": True,
        "contacted_at": at(when),
    }
    return {**state, **more}


def _refused(when: str, outcome: str = "not_interested", **more: Any) -> dict[str, Any]:
    return {**_tried(when, outcome), "informed": True, "refused": True, "settled": True, **more}


Row = tuple[str, list[Fact], int, dict[str, Any]]


def _visits() -> list[Row]:
    called_back = {
        **_tried(MON, "callback"), "informed": True, "contacted": True, "contacted_at": at(MON),
        "callback_date": "2026-03-10", "callback_slot": "evening",
    }  # fmt: skip
    agreed = visit("a", MON, "callback", callback_date="2026-03-10", callback_slot="evening")
    return [
        ("no facts", [], 1, {}),
        ("one visit", [visit("a", MON, "no_reply")], 1, _tried(MON)),
        ("a card informs", [visit("a", MON, "no_reply_card")], 1, {**_tried(MON, "no_reply_card"), "informed": True}),
        ("spoken with", [visit("a", MON, "spoke")], 1, _spoken(MON)),
        ("refused", [visit("a", MON, "not_interested")], 1, _refused(MON)),
        ("do not call", [visit("a", MON, "do_not_call")], 1, _refused(MON, "do_not_call", do_not_call=True)),
        ("unsafe", [visit("a", MON, "unsafe")], 1, {**_tried(MON, "unsafe"), "unsafe": True}),
        ("vacant", [visit("a", MON, "vacant")], 1, {**_tried(MON, "vacant"), "eligible": False, "ineligible": "vacant"}),
        ("a language is noted", [visit("a", MON, "language", language="pl")], 1, {**_tried(MON, "language"), "language": "pl"}),
        ("a language is noted with any outcome", [visit("a", MON, "no_reply", language="ur")], 1, {**_tried(MON), "language": "ur"}),
        ("attempts and kinds of slot add up", [visit("a", MON, "no_reply"), visit("b", TUE, "no_access"), visit("c", WED, "no_reply")], 1,
         _tried(WED, "no_reply", 3, (MORNING, AFTERNOON, EVENING))),
        ("a kind of slot is named once", [visit("a", MON, "no_reply"), visit("b", THU, "no_reply")], 1, _tried(THU, attempts=2)),
        ("weekend kinds", [visit("a", SAT, "no_reply"), visit("b", SUN, "no_reply")], 1, _tried(SUN, attempts=2, slots=(SATURDAY, SUNDAY))),
        ("attempts start afresh after a conversation", [visit("a", MON, "no_reply"), visit("b", TUE, "spoke"), visit("c", WED, "no_reply")], 1,
         {**_spoken(TUE), **_tried(WED, "no_reply", 1, (EVENING,))}),
        ("a conversation after tries keeps their number", [visit("a", MON, "no_reply"), visit("b", TUE, "spoke")], 1,
         _spoken(TUE, attempts=2, slots=[MORNING, AFTERNOON])),
        ("spoken with, then refused", [visit("a", MON, "spoke"), visit("b", TUE, "not_interested")], 1,
         {**_spoken(MON), **_refused(TUE), "slots": [AFTERNOON]}),
        ("refused, then spoken with", [visit("a", MON, "not_interested"), visit("b", TUE, "spoke")], 1, _spoken(TUE, slots=[AFTERNOON])),
        ("a callback is open", [agreed], 1, called_back),
        ("a callback of an impossible date is none", [visit("a", MON, "callback", callback_date="2026-02-30", callback_slot="evening")], 1,
         {**called_back, "callback_date": "", "callback_slot": ""}),
        ("a later visit ends a callback", [agreed, visit("b", WED, "no_reply")], 1,
         {**called_back, **_tried(WED, slots=(EVENING,)), "callback_date": "", "callback_slot": ""}),
        ("a conversation, then a callback, is open again", [visit("a", MON, "spoke"), visit("b", TUE, "callback", callback_date="2026-03-11")], 1,
         {**_tried(TUE, "callback", 1, (AFTERNOON,)), "informed": True, "contacted": True, "contacted_at": at(TUE), "callback_date": "2026-03-11"}),
        ("at the same instant the id decides", [visit("b", MON, "spoke"), visit("a", MON, "not_interested")], 1, _spoken(MON)),
        ("at the same instant the id decides, the other way", [visit("a", MON, "spoke"), visit("b", MON, "not_interested")], 1,
         {**_spoken(MON), **_refused(MON)}),
        ("late arrivals are put in their place", [visit("b", TUE, "no_access"), visit("a", MON, "no_reply")], 1,
         _tried(TUE, "no_access", 2, (MORNING, AFTERNOON))),
        ("the same fact twice counts once", [visit("a", MON, "no_reply"), visit("a", MON, "no_reply")], 1, _tried(MON)),
        ("slots are local: 16:30Z in summer is evening", [visit("a", "2026-06-01 16:30Z", "no_reply")], 1, _tried("2026-06-01 16:30Z", slots=(EVENING,))),
        ("slots are local: 16:30Z in winter is afternoon", [visit("a", "2026-01-05 16:30Z", "no_reply")], 1, _tried("2026-01-05 16:30Z", slots=(AFTERNOON,))),
    ]  # fmt: skip


def _withdrawals() -> list[Row]:
    return [
        ("a visit withdrawn", [visit("a", MON, "spoke"), _withdrawal("w", TUE, "a")], 1, {}),
        ("withdrawn before it came", [_withdrawal("w", TUE, "a"), visit("a", MON, "spoke")], 1, {}),
        ("withdrawn at an earlier time than its own", [visit("a", TUE, "spoke"), _withdrawal("w", MON, "a")], 1, {}),
        ("the earlier visit stands again", [visit("a", MON, "no_reply"), visit("b", TUE, "do_not_call"), _withdrawal("w", WED, "b")], 1, _tried(MON)),
        ("a withdrawal of what never came", [visit("a", MON, "no_reply"), _withdrawal("w", TUE, "z")], 1, _tried(MON)),
        ("a withdrawal cannot be withdrawn", [visit("a", MON, "spoke"), _withdrawal("w", TUE, "a"), _withdrawal("v", WED, "w")], 1, {}),
        ("a withdrawal takes no lift away", [visit("a", MON, "unsafe"), _lift("l", TUE, "unsafe"), _withdrawal("w", WED, "l")], 1, _tried(MON, "unsafe")),
        ("withdrawn from another campaign's list", [visit("a", MON, "do_not_call", 2), Fact("w", "withdrawal", at(TUE), 2, withdraws="a")], 1, {}),
    ]  # fmt: skip


def _standing() -> list[Row]:
    vacant = {"eligible": False, "ineligible": "vacant"}
    gone = {"eligible": False, "ineligible": "retired"}
    return [
        ("visits of another campaign do not count here", [visit("a", MON, "spoke", 2)], 1, {}),
        ("do not call of another campaign binds", [visit("a", MON, "do_not_call", 2)], 1, {"do_not_call": True}),
        ("do not call is lifted", [visit("a", MON, "do_not_call", 2), _lift("l", TUE, "do_not_call")], 1, {}),
        ("a lift opens the house again", [visit("a", MON, "do_not_call"), _lift("l", TUE, "do_not_call")], 1,
         {**_tried(MON, "do_not_call", 0, ()), "informed": True}),
        ("a lift does not reach forward", [_lift("l", MON, "do_not_call"), visit("a", TUE, "do_not_call", 2)], 1, {"do_not_call": True}),
        ("do not call once more after a lift", [visit("a", MON, "do_not_call", 2), _lift("l", TUE, "do_not_call"), visit("b", WED, "do_not_call", 3)], 1,
         {"do_not_call": True}),
        ("a conversation does not lift it", [visit("a", MON, "do_not_call", 2), visit("b", TUE, "spoke")], 1, _spoken(TUE, do_not_call=True, slots=[AFTERNOON])),
        ("a lift of nothing changes nothing", [visit("a", MON, "not_interested"), _lift("l", TUE, "do_not_call")], 1, _refused(MON)),
        ("unsafe of another campaign binds", [visit("a", MON, "unsafe", 2)], 1, {"unsafe": True}),
        ("unsafe is lifted", [visit("a", MON, "unsafe", 2), _lift("l", TUE, "unsafe")], 1, {}),
        ("a visit does not lift unsafe", [visit("a", MON, "unsafe", 2), visit("b", TUE, "spoke")], 1, _spoken(TUE, unsafe=True, slots=[AFTERNOON])),
        ("a language of another campaign is known", [visit("a", MON, "language", 2, language="ro")], 1, {"language": "ro"}),
        ("vacant of another campaign binds", [visit("a", MON, "vacant", 2)], 1, vacant),
        ("a conversation anywhere ends vacant", [visit("a", MON, "vacant"), visit("b", TUE, "spoke", 2)], 1, _tried(MON, "vacant")),
        ("no reply does not end vacant", [visit("a", MON, "vacant", 2), visit("b", TUE, "no_reply")], 1, {**_tried(TUE, slots=(AFTERNOON,)), **vacant}),
        ("the address file ends vacant", [visit("a", MON, "vacant", 2), _address("x", TUE, "live")], 1, {}),
        ("a supervisor ends vacant", [visit("a", MON, "not_found", 2), _lift("l", TUE, "ineligible")], 1, {}),
        ("retired", [_address("x", MON, "retired")], 1, gone),
        ("split", [_address("x", MON, "split")], 1, {"eligible": False, "ineligible": "split"}),
        ("a visit does not bring a retired premises back", [_address("x", MON, "retired"), visit("a", TUE, "spoke")], 1,
         {**_spoken(TUE, slots=[AFTERNOON]), **gone}),
        ("retired stands before vacant", [visit("a", MON, "vacant", 2), _address("x", TUE, "retired"), visit("b", WED, "vacant", 2)], 1, gone),
        ("revived", [_address("x", MON, "retired"), _address("y", TUE, "live")], 1, {}),
    ]  # fmt: skip


def _marks_and_overrides() -> list[Row]:
    wanted = {"override": [True, "new tenants"]}
    return [
        ("a registered resident", [mark("r", MON, "p", "registered")], 1, {"registered": "registered"}),
        ("one registered of two is registered", [mark("r", MON, "p", "registered"), mark("s", TUE, "q", "opted_out")], 1, {"registered": "registered"}),
        ("unconfirmed before partial", [mark("r", MON, "p", "partial"), mark("s", TUE, "q", "unconfirmed")], 1, {"registered": "unconfirmed"}),
        ("partial before opted out", [mark("r", MON, "p", "opted_out"), mark("s", TUE, "q", "partial")], 1, {"registered": "partial"}),
        ("confirmed later", [mark("r", MON, "p", "unconfirmed"), mark("s", TUE, "p", "registered")], 1, {"registered": "registered"}),
        ("opted out later", [mark("s", TUE, "p", "opted_out"), mark("r", MON, "p", "registered")], 1, {"registered": "opted_out"}),
        ("erased", [mark("r", MON, "p", "registered"), mark("s", TUE, "p", "none")], 1, {}),
        ("a mark counts in every campaign", [Fact("r", "registration", at(MON), 2, resident="p", registered="registered")], 1, {"registered": "registered"}),
        ("a revisit is wanted", [_override("o", MON, True, "new tenants")], 1, wanted),
        ("the next visit spends it", [_override("o", MON, True, "new tenants"), visit("a", TUE, "no_reply")], 1, _tried(TUE, slots=(AFTERNOON,))),
        ("an earlier visit does not", [_override("o", TUE, True, "new tenants"), visit("a", MON, "no_reply")], 1, {**_tried(MON), **wanted}),
        ("another campaign's visit does not", [_override("o", MON, True, "new tenants"), visit("a", TUE, "no_reply", 2)], 1, wanted),
        ("no revisit stays after a visit", [_override("o", MON, False, "fair week"), visit("a", TUE, "no_reply")], 1,
         {**_tried(TUE, slots=(AFTERNOON,)), "override": [False, "fair week"]}),
        ("an override is cleared", [_override("o", MON, False, "fair week"), _override("p", TUE, None)], 1, {}),
        ("another campaign's override is not ours", [_override("o", MON, False, "fair week", 2)], 1, {}),
        ("an override for all campaigns", [_override("o", MON, True, "new tenants", 0)], 1, wanted),
        ("all campaigns together: every visit counts", [visit("a", MON, "no_reply", 1), visit("b", TUE, "no_reply", 2)], 0,
         _tried(TUE, attempts=2, slots=(MORNING, AFTERNOON))),
        ("all campaigns together: spoken with in one", [visit("a", MON, "spoke", 2)], 0, _spoken(MON)),
    ]  # fmt: skip


def _later() -> list[tuple[str, list[Fact], int, int]]:
    """Facts of which the first few are in the state that a phone holds, and the others are its own."""
    agreed = visit("b", TUE, "callback", callback_date="2026-03-10", callback_slot="14:30")
    return [
        ("a try after none", [visit("a", MON, "no_reply")], 1, 0),
        ("a try after a try", [visit("a", MON, "no_reply"), visit("b", TUE, "no_access")], 1, 1),
        ("a try after a conversation starts afresh", [visit("a", MON, "spoke"), visit("b", TUE, "no_reply")], 1, 1),
        ("a try after a refusal starts afresh", [visit("a", MON, "not_interested"), visit("b", TUE, "no_reply")], 1, 1),
        ("a try after a callback", [visit("a", MON, "no_reply"), agreed, visit("c", THU, "no_reply")], 1, 2),
        ("do not call, then spoken with", [visit("a", MON, "do_not_call"), visit("b", TUE, "spoke")], 1, 1),
        ("vacant, then spoken with", [visit("a", MON, "vacant"), visit("b", TUE, "spoke")], 1, 1),
        ("retired, then spoken with", [_address("x", MON, "retired"), visit("a", TUE, "spoke")], 1, 1),
        ("a revisit wanted is spent", [_override("o", MON, True, "new tenants"), visit("a", TUE, "no_reply")], 1, 1),
        ("registered at the door", [visit("a", MON, "no_reply"), visit("b", TUE, "spoke"), mark("r", TUE, "p", "registered")], 1, 1),
        ("lifted, then tried", [visit("a", MON, "do_not_call"), _lift("l", TUE, "do_not_call"), visit("b", WED, "no_reply")], 1, 2),
        ("own visit withdrawn again", [visit("a", MON, "no_reply"), visit("b", TUE, "spoke"), _withdrawal("w", WED, "b")], 1, 1),
    ]  # fmt: skip


def folds() -> dict[str, Any]:
    """Facts of one premises, in the order they came, and the state in one campaign."""
    cases = []
    for name, facts, campaign, expected in (
        *_visits(),
        *_withdrawals(),
        *_standing(),
        *_marks_and_overrides(),
    ):
        found = msgspec.to_builtins(fold(facts, campaign, LONDON))
        stated = msgspec.to_builtins(msgspec.convert(expected, HouseState))
        must(name, stated, found)
        cases.append(case(name, facts=msgspec.to_builtins(facts), campaign=campaign, tz=LONDON, expect=found))
    for name, facts, campaign, onto in _later():
        first, later = facts[:onto], facts[onto:]
        state, found_state = (
            fold(first, campaign, LONDON),
            fold_onto(fold(first, campaign, LONDON), later, campaign, LONDON),
        )
        must(name, fold(facts, campaign, LONDON), found_state)
        cases.append(
            case(
                f"onto a state: {name}",
                onto=msgspec.to_builtins(state),
                facts=msgspec.to_builtins(later),
                campaign=campaign,
                tz=LONDON,
                expect=msgspec.to_builtins(found_state),
            )
        )
    return vectors(
        "fold(facts, campaign, tz) → state, fold_onto where there is `onto`; defaults are left out.", cases
    )
