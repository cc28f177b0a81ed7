from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from server.statistics.answering import answer_rates, better_slots

tables = st.integers(1, 6).flatmap(
    lambda rows: st.lists(
        st.tuples(
            st.integers(0, 2),
            st.lists(
                st.integers(0, 90).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
                min_size=5,
                max_size=5,
            ),
        ),
        min_size=rows,
        max_size=rows,
    )
)


@given(tables)
def test_every_rate_lies_within_its_interval_and_between_its_own_share_and_its_groups(rows):
    groups = np.array([group for group, _ in rows])
    k, n = (np.array([[cell[i] for cell in cells] for _, cells in rows]) for i in (0, 1))
    rates = answer_rates(k, n, groups)
    said = rates.behind > 0
    assert (np.isnan(rates.estimates) == ~said).all()
    for row, column in zip(*np.nonzero(said), strict=True):
        alike = groups == groups[row]
        mean = k[alike, column].sum() / n[alike, column].sum()
        own = k[row, column] / n[row, column] if n[row, column] else mean
        estimate = rates.estimates[row, column]
        assert min(own, mean) - 1e-9 <= estimate <= max(own, mean) + 1e-9
        assert 0 <= rates.lows[row, column] < rates.highs[row, column] <= 1
    assert (rates.lows[~said] == 0).all()
    assert (rates.highs[~said] == 1).all()


def test_places_that_do_not_differ_all_have_the_interval_of_their_group():
    rates = answer_rates([[20], [20]], [[100], [100]], [1, 1])
    expected = beta.ppf([0.025, 0.975], 40.5, 160.5)
    assert rates.estimates[:, 0] == pytest.approx([0.2, 0.2])
    assert [rates.lows[0, 0], rates.highs[0, 0]] == pytest.approx(expected)


def test_a_place_that_was_hardly_tried_is_drawn_to_its_own_district():
    k, n = [[10, 50], [90, 10], [1, 0]], [[100, 100], [100, 100], [1, 0]]
    rates = answer_rates(k, n, ["A", "B", "B"])
    assert 0.85 < rates.estimates[2, 0] < 1
    assert rates.estimates[2, 1] == pytest.approx(0.1)


def test_a_kind_of_slot_in_which_clearly_more_answer_is_told_and_one_by_chance_is_not():
    rates = answer_rates([[30, 90, 4]], [[200, 200, 8]], [0])
    none = np.zeros((1, 3), bool)
    assert better_slots(rates, none).tolist() == [[False, True, False]]
    alike = answer_rates([[60, 66, 60]], [[200, 200, 200]], [0])
    assert not better_slots(alike, none).any()


def test_what_was_better_stays_so_until_it_is_no_longer_above_what_is_expected():
    before = np.array([[False, True]])
    less_clear = answer_rates([[60, 66]], [[200, 200]], [0])
    assert better_slots(less_clear, before).tolist() == [[False, True]]
    gone = answer_rates([[66, 60]], [[200, 200]], [0])
    assert better_slots(gone, before).tolist() == [[False, False]]


def test_little_data_says_nothing_is_better():
    rates = answer_rates([[0, 40]], [[300, 49]], [0])
    assert not better_slots(rates, np.zeros((1, 2), bool)).any()


def test_unfit_tables_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        answer_rates([[1, 2]], [[3]], [0])
    with pytest.raises(ValueError, match="more successes"):
        answer_rates([[2]], [[1]], [0])
    with pytest.raises(ValueError, match="same shape"):
        better_slots(answer_rates([[1]], [[2]], [0]), [[True, False]])
