from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import betabinom

from server.statistics.shrinkage import shrink_proportions
from tests.statistics.published import RATS

places = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(0, 3))),
    min_size=1,
    max_size=40,
)


def test_the_table_of_rats_is_the_published_one():
    shares = np.array([x / n for x, n in RATS])
    assert round(shares.mean(), 3) == 0.136
    assert round(shares.std(ddof=1), 3) == 0.103


def test_proportions_agree_with_the_likeliest_beta_binomial():
    x, n = (np.array(part) for part in zip(*RATS, strict=True))

    def unlikely(log_parameters):
        a, b = np.exp(log_parameters)
        return -betabinom.logpmf(x, n, a, b).sum()

    a, b = np.exp(minimize(unlikely, (0.0, 1.0), method="Nelder-Mead").x)
    likeliest = (a + x) / (a + b + n)
    assert shrink_proportions(x, n).estimates == pytest.approx(likeliest, abs=0.02)


def test_a_share_is_drawn_by_hand_reckoned_weights():
    # m = 1/2, S = 10(.4)^2 * 2 = 3.2, D = 20 - 10 - 1 = 9, 3.2 = 1/4 (1 + 9 rho) gives rho = 11.8/9 -> 1.
    assert shrink_proportions([1, 9], [10, 10]).estimates == pytest.approx([0.1, 0.9])
    # S = 10(.2)^2 * 2 = .8, rho = (3.2 - 1) / 9, weight = 10 rho / (1 + 9 rho).
    rho = 2.2 / 9
    weight = 10 * rho / (1 + 9 * rho)
    assert shrink_proportions([3, 7], [10, 10]).estimates == pytest.approx(
        [0.5 - 0.2 * weight, 0.5 + 0.2 * weight]
    )


def test_the_variance_between_places_is_cut_at_nothing():
    assert shrink_proportions([2, 2, 2], [10, 10, 10]).estimates.tolist() == pytest.approx([0.2] * 3)


def test_a_place_that_says_little_moves_further_than_one_that_says_much():
    shrunk = shrink_proportions([1, 90, 10, 40], [1, 100, 100, 80])
    assert shrunk.weights[0] < shrunk.weights[3] < shrunk.weights[1]


def test_a_place_that_says_nothing_gets_its_groups_mean_and_a_silent_group_has_none():
    shrunk = shrink_proportions([0, 5, 1, 0], [0, 10, 10, 0], [1, 1, 1, 2])
    assert shrunk.estimates[0] == pytest.approx(0.3)
    assert np.isnan(shrunk.estimates[3])
    assert shrunk.weights[[0, 3]].tolist() == [0.0, 0.0]


def test_each_group_draws_towards_its_own_mean():
    rng = np.random.default_rng(3)
    n = np.full(200, 12)
    group = np.repeat([0, 1], 100)
    truth = np.where(group == 0, rng.beta(2, 8, 200), rng.beta(8, 2, 200))
    x = rng.binomial(n, truth)
    shrunk = shrink_proportions(x, n, group)
    together = shrink_proportions(x, n)
    assert shrunk.means[[0, 150]] == pytest.approx([0.2, 0.8], abs=0.05)
    assert np.mean((shrunk.estimates - truth) ** 2) < np.mean((together.estimates - truth) ** 2)
    assert np.mean((shrunk.estimates - truth) ** 2) < np.mean((x / n - truth) ** 2)


def test_the_strength_of_a_known_prior_is_found_again():
    rng = np.random.default_rng(11)
    n = rng.integers(2, 80, 20_000)
    x = rng.binomial(n, rng.beta(3, 9, 20_000))
    ten = shrink_proportions(np.append(x, 3), np.append(n, 12)).weights[-1]
    assert ten == pytest.approx(12 / (12 + 12), abs=0.01)


@given(places)
def test_an_estimate_lies_between_its_own_share_and_its_groups_mean(rows):
    x, n, group = (np.array(part) for part in zip(*rows, strict=True))
    shrunk = shrink_proportions(x, n, group)
    said = n > 0
    own = x[said] / n[said]
    low, high = np.minimum(own, shrunk.means[said]), np.maximum(own, shrunk.means[said])
    assert (shrunk.estimates[said] >= low - 1e-12).all()
    assert (shrunk.estimates[said] <= high + 1e-12).all()


@pytest.mark.parametrize(
    ("x", "n", "groups"),
    [([2], [1], None), ([1], [-1], None), ([float("nan")], [1], None), ([1], [1], [1, 2])],
)
def test_figures_that_cannot_be_are_refused(x, n, groups):
    with pytest.raises(ValueError, match=r"\w"):
        shrink_proportions(x, n, groups)
