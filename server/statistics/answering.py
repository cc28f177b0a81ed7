"""When doors are answered: the share answered per place and kind of slot, drawn towards the mean of the place's group.

Plain arrays in and out, places in rows and kinds of slot in columns. A place that was seldom tried says little of its
own: its figures are then mostly those of its group (a district), and the interval says how sure they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from server.statistics.shrinkage import shrink_proportions

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
TAIL = 0.025
MOST_ALIKE = 0.1  # of the correlation: a few places alone would sometimes make it 1, and shrink nothing
LEAST_ATTEMPTS = 50  # of a group in a kind of slot, before it is called better than others


@dataclass(frozen=True)
class AnswerRates:
    """Shares (0 to 1) and their 95 % intervals, each (places, slots); NaN, 0 and 1 where the group says nothing.

    `expected` (places, 1) is the share that a place answers over all kinds of slot, taken as often as its group was
    tried in each. `behind` (places, slots) is the number of attempts in the group.
    """

    estimates: Floats
    lows: Floats
    highs: Floats
    expected: Floats
    behind: Floats


def answer_rates(answered: ArrayLike, attempts: ArrayLike, groups: ArrayLike) -> AnswerRates:
    """Rates of (places, slots) counts; `groups` (places,) says which places are alike. ValueError for unfit arrays.

    Beta-binomial (shrinkage.shrink_proportions): every group and kind of slot has its own mean, one correlation is
    fitted for all, and taken for MOST_ALIKE at most, so that a prior is worth nine attempts or more. The interval is of
    the posterior Beta with half a success and half a failure added (Jeffreys). The prior is never taken for more than
    the attempts of the group, since its mean is itself an estimate from these.
    """
    k, n, group = np.asarray(answered, float), np.asarray(attempts, float), np.asarray(groups)
    if k.ndim != 2 or k.shape != n.shape or group.shape != k.shape[:1]:
        raise ValueError("answered and attempts must be two tables of one shape, with one group for each row")
    _, inverse = np.unique(group, return_inverse=True)
    columns = k.shape[1]
    cells = inverse[:, None] * columns + np.arange(columns)
    shrunk = shrink_proportions(k.ravel(), n.ravel(), cells.ravel())
    behind = _by_group(n, inverse)
    rho = min(shrunk.correlation, MOST_ALIKE)
    means = shrunk.means.reshape(k.shape)
    weights = np.divide(rho * n, 1 + rho * (n - 1), out=np.zeros_like(n), where=n > 0)
    own = np.divide(k, n, out=np.zeros_like(k), where=n > 0)
    estimates = weights * own + (1 - weights) * means
    prior = 1 / rho - 1 if rho > 0 else np.inf
    worth = np.minimum(n + prior, behind)
    known = np.nan_to_num(estimates)
    said = behind > 0
    lows = np.where(said, beta.ppf(TAIL, known * worth + 0.5, (1 - known) * worth + 0.5), 0.0)
    highs = np.where(said, beta.ppf(1 - TAIL, known * worth + 0.5, (1 - known) * worth + 0.5), 1.0)
    total = behind.sum(axis=1, keepdims=True)
    expected = np.divide(
        (known * behind).sum(axis=1, keepdims=True), total, out=np.full_like(total, np.nan), where=total > 0
    )
    return AnswerRates(estimates, lows, highs, expected, behind)


def better_slots(rates: AnswerRates, before: ArrayLike) -> Flags:
    """In which kinds of slot clearly more answer than over all: (places, slots) of bool; `before` is what held so far.

    One becomes better when the whole interval lies above what is expected of the place over all kinds, and stays so
    until its estimate is no longer above that: so that the answer does not flicker from day to day.
    """
    held = np.asarray(before, bool)
    if held.shape != rates.estimates.shape:
        raise ValueError("what held before must be a table of the same shape")
    enough = rates.behind >= LEAST_ATTEMPTS
    with np.errstate(invalid="ignore"):
        clear = rates.lows > rates.expected
        still = held & (rates.estimates > rates.expected)
    found: Flags = enough & (clear | still)
    return found


def _by_group(values: Floats, inverse: NDArray[np.intp]) -> Floats:
    """Each row's group's sum of the rows."""
    sums = np.zeros((int(inverse.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(sums, inverse, values)
    summed: Floats = sums[inverse]
    return summed
