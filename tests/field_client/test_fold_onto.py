"""A phone folds its own events onto the service's state; it must come to what the service will come to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync import outcomes
from sync.fold import Fact, fold, fold_onto

ZONE = "Europe/London"
START_MS = 1_770_000_000_000


@st.composite
def visits_and_marks(draw: st.DrawFn) -> list[Fact]:
    said = []
    for place in range(draw(st.integers(0, 8))):
        at = START_MS + place * draw(st.integers(1, 40)) * 3_600_000 + place
        at = max(at, said[-1].at + 1) if said else at
        if draw(st.integers(0, 4)):
            outcome = draw(st.sampled_from(list(outcomes.table())))
            said.append(
                Fact(
                    id=f"{place:02}",
                    kind="visit",
                    at=at,
                    campaign=draw(st.sampled_from((1, 1, 2))),
                    outcome=outcome.code,
                    callback_date="2026-03-09" if outcome.next == "revisit_at" else "",
                    language=draw(st.sampled_from(("", "pl"))),
                )
            )
        else:
            said.append(
                Fact(
                    id=f"{place:02}",
                    kind="registration",
                    at=at,
                    resident=f"r{place}",
                    registered="registered",
                )
            )
    return said


@given(visits_and_marks(), st.integers(0, 8))
def test_folding_later_facts_onto_a_state_equals_folding_all_facts_at_once(
    facts: list[Fact], cut: int
) -> None:
    before, after = facts[:cut], facts[cut:]
    assert fold_onto(fold(before, 1, ZONE), after, 1, ZONE) == fold(facts, 1, ZONE)


@given(visits_and_marks(), visits_and_marks())
def test_a_visit_withdrawn_before_the_service_saw_it_leaves_no_trace(
    before: list[Fact], after: list[Fact]
) -> None:
    state = fold(before, 1, ZONE)
    own = [
        Fact(id="own" + f.id, kind=f.kind, at=f.at + 10**9, campaign=1, outcome=f.outcome)
        for f in after
        if f.outcome
    ]
    taken_back = [Fact(id="w" + f.id, kind="withdrawal", at=f.at + 1, withdraws=f.id) for f in own]
    assert fold_onto(state, [*taken_back, *own], 1, ZONE) == state
