from __future__ import annotations

import pytest

from server.statistics.intervals import wilson
from tests.statistics.published import NEWCOMBE


@pytest.mark.parametrize(("successes", "trials", "low", "high"), NEWCOMBE)
def test_wilson_intervals_are_those_that_newcombe_printed(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_nothing_seen_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


def test_all_or_none_keep_the_end_of_the_scale():
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0


def test_more_successes_than_trials_are_refused():
    with pytest.raises(ValueError, match="between"):
        wilson(3, 2)
