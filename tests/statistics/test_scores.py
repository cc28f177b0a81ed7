from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.statistics.scores import contributions, rank, scale


def test_a_scale_has_fixed_ends():
    assert scale([-1, 0.1, 0.3, 0.5, 2], 0.1, 0.5).tolist() == pytest.approx([0, 0, 0.5, 1, 1])


def test_parts_add_up_to_the_score_and_the_unknown_adds_nothing():
    parts = contributions([[1.0, 0.5], [np.nan, 1.0]], [3, 1])
    assert parts.tolist() == [[75.0, 12.5], [0.0, 25.0]]


def test_equal_scores_keep_their_order():
    assert rank([5, 7, 5, 7, 9]).tolist() == [4, 2, 5, 3, 1]


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20))
def test_a_score_lies_between_nothing_and_a_hundred(parts):
    totals = contributions(parts, [2, 1, 0.5]).sum(axis=1)
    assert ((totals >= 0) & (totals <= 100 + 1e-9)).all()


@pytest.mark.parametrize("weights", [[0, 0], [1, -1]])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        contributions([[1, 1]], weights)


def test_a_scale_without_length_is_refused():
    with pytest.raises(ValueError, match="scale"):
        scale([1], 1, 1)
