from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.targeting.catalogue import ACTIONS, BY_NAME, CONCERNS, INDICATORS
from server.targeting.rules import Figures, score_all
from server.targeting.words import explain

W = "E05000001"


def street(usrn, **counts):
    given = {"ward_code": W, "eligible": 40, "outstanding": 40, "registered": 0, "refused": 0}
    return Figures(usrn=usrn, **given | counts)


def part(scored, name):
    return next(one for one in scored.parts if one.name == name)


@st.composite
def streets(draw):
    made = []
    for number in range(draw(st.integers(1, 25))):
        eligible = draw(st.integers(0, 80))
        responses = draw(st.integers(0, 30))
        made.append(
            Figures(
                usrn=f"{number:08d}",
                ward_code=draw(st.sampled_from(["", "A", "B"])),
                eligible=eligible,
                outstanding=draw(st.integers(0, eligible)),
                registered=draw(st.integers(0, eligible)),
                refused=draw(st.integers(0, eligible)),
                responses=responses,
                concerns={
                    code: draw(st.integers(1, responses))
                    for code in draw(st.sets(st.sampled_from(CONCERNS), max_size=3))
                    if responses
                },
            )
        )
    return made


@given(streets())
def test_a_score_is_the_sum_of_its_parts_and_ranks_run_without_gaps(made):
    scored = score_all(made)
    for places in (scored.streets, scored.wards):
        assert [one.rank for one in places] == list(range(1, len(places) + 1))
        assert [one.score for one in places] == sorted((one.score for one in places), reverse=True)
        for one in places:
            assert sum(each.contribution for each in one.parts) == pytest.approx(one.score, abs=0.005)
            assert all(0 <= each.contribution <= each.points for each in one.parts)
            assert explain([each.as_json() for each in one.parts]) or one.score == 0


@given(streets())
def test_the_order_in_which_streets_come_is_no_matter(made):
    assert score_all(made) == score_all(made[::-1])


@given(streets())
def test_a_street_with_fewer_than_eight_answers_shows_no_figure_and_is_scored_by_its_ward(made):
    scored = score_all(made)
    wards = {one.figures.ward_code: one for one in scored.wards}
    for one in scored.streets:
        if one.figures.responses < 8:
            for mine, above in zip(one.parts, wards[one.figures.ward_code].parts, strict=True):
                if BY_NAME[mine.name].concern:
                    assert (mine.count, mine.n, mine.raw, mine.low, mine.high) == (None,) * 5
                    assert mine.shrunk == above.shrunk


def test_what_taking_away_would_give_is_hidden_too():
    scored = score_all(
        [
            street("1", responses=30, concerns={"asb": 20}),
            street("2", responses=9, concerns={"asb": 9}),
            street("3", responses=2, concerns={"asb": 2}),
        ]
    )
    shown = {one.figures.usrn: part(one, "concern:asb").n for one in scored.streets}
    assert shown == {"1": 30, "2": None, "3": None}


def test_a_street_without_calls_stands_above_one_that_is_done():
    scored = score_all([street("1", outstanding=0, registered=30), street("2", outstanding=40)])
    assert [one.figures.usrn for one in scored.streets] == ["2", "1"]
    assert scored.streets[0].action == "call_again"


def test_one_bad_answer_on_a_small_street_does_not_beat_many_on_a_long_one():
    quiet = [
        street(f"9{n}", responses=20, concerns={"burglary": 3 + (n % 3)}, outstanding=10) for n in range(12)
    ]
    scored = score_all(
        [
            *quiet,
            street("1", responses=8, concerns={"burglary": 5}, outstanding=10),
            street("2", responses=80, concerns={"burglary": 45}, outstanding=10),
        ]
    )
    assert scored.streets[0].figures.usrn == "2"
    assert part(scored.streets[1], "concern:burglary").shrunk < 5 / 8


def test_equal_streets_stand_in_order_of_usrn():
    assert [one.figures.usrn for one in score_all([street("30"), street("4"), street("21")]).streets] == [
        "21",
        "30",
        "4",
    ]


def test_a_street_without_eligible_houses_is_left_out():
    assert score_all([street("1", eligible=0, outstanding=0)]).streets == []
    assert score_all([]).wards == []


def test_a_house_that_refused_is_no_gap_in_registration():
    scored = score_all([street("1", outstanding=0, registered=10, refused=30)])
    assert part(scored.streets[0], "registration_gap").contribution == 0
    assert (scored.streets[0].score, scored.streets[0].action) == (0.0, "")


def test_the_reasons_are_sentences_with_the_counts_in_them():
    scored = score_all([street("1", outstanding=31, responses=12, concerns={"burglary": 6}, registered=12)])
    assert explain([one.as_json() for one in scored.streets[0].parts]) == [
        "Houses still to be called on: 31 of 40.",
        "Houses that could still register: 28 of 40.",
        "Burglary: named by 6 of 12 who answered.",
    ]


def test_a_street_with_few_answers_says_that_the_area_around_spoke_for_it():
    scored = score_all(
        [street("1", outstanding=0, refused=40, responses=2), street("2", responses=20, concerns={"asb": 10})]
    )
    quiet = next(one for one in scored.streets if one.figures.usrn == "1")
    assert part(quiet, "concern:asb").n is None
    loud = score_all(
        [
            street("1", outstanding=0, refused=40),
            street("2", responses=20, concerns={"asb": 10}),
        ]
    )
    quiet = next(one for one in loud.streets if one.figures.usrn == "1")
    assert explain([one.as_json() for one in quiet.parts]) == [
        "Anti-social behaviour: too few answers here; scored by the 50% of the area around."
    ]


def test_every_indicator_has_an_action_and_a_scale():
    assert len(BY_NAME) == len(INDICATORS)
    assert {one.action for one in INDICATORS} == set(ACTIONS)
    assert all(one.low < one.high and one.points > 0 for one in INDICATORS)
