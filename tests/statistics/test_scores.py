from __future__ import annotations

import math

import pytest

from server.statistics.scores import rank, scale


def test_a_scale_has_fixed_ends():
    assert scale([-1, 0.1, 0.3, 0.5, 2], 0.1, 0.5).tolist() == pytest.approx([0, 0, 0.5, 1, 1])


def test_what_is_not_known_stays_unknown_on_a_scale():
    assert math.isnan(scale([float("nan")], 0, 1)[0])


def test_equal_scores_keep_their_order():
    assert rank([5, 7, 5, 7, 9]).tolist() == [4, 2, 5, 3, 1]


def test_a_scale_without_length_is_refused():
    with pytest.raises(ValueError, match="scale"):
        scale([1], 1, 1)
