"""Empirical-Bayes shrinkage: figures of small places drawn towards the mean of their group, by how little they say.

Plain arrays in and out. Proportions are beta-binomial, fitted by moments, with the variance between places cut at 0:
then places do not differ beyond chance, and each gets its group's mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shrunk:
    """`estimates` per place (n,), `means` towards which each was drawn (n,), and the weight of its own figure (n,).

    A place that says nothing (no trials) has weight 0 and its group's mean; a group that says nothing has NaN.
    `correlation` is rho, how alike the trials of one place are: 0 where places do not differ beyond chance.
    """

    estimates: Floats
    means: Floats
    weights: Floats
    correlation: float


def shrink_proportions(successes: ArrayLike, trials: ArrayLike, groups: ArrayLike | None = None) -> Shrunk:
    """Shares of places, each drawn towards the share of its group (all are one group where none are given).

    Beta-binomial with one intra-place correlation rho for all groups, by moments with weights n_i (Kleinman 1973,
    JASA 68:46-54): with S = sum n_i (p_i - m)^2 and D = N - sum n_i^2 / N - (k - 1) in a group of k places,
    E S = m (1 - m) (k - 1 + rho D). The prior is worth 1/rho - 1 trials. ValueError for shares outside 0 to 1.
    """
    x, n, group = _checked(successes, trials, groups)
    if (x > n).any():
        raise ValueError("there are more successes than trials")
    inverse, means = _group_means(x, n, group)
    said = n > 0
    share = np.divide(x, n, out=np.zeros_like(x), where=said)
    own_mean = np.nan_to_num(means[inverse])
    spread = _sum_by(n * (share - own_mean) ** 2, inverse, len(means))
    total, squares = _sum_by(n, inverse, len(means)), _sum_by(n * n, inverse, len(means))
    degrees = np.maximum(_sum_by(said.astype(float), inverse, len(means)) - 1, 0)
    excess = total - np.divide(squares, total, out=np.zeros_like(total), where=total > 0) - degrees
    bernoulli = np.nan_to_num(means * (1 - means))
    room = float((bernoulli * excess).sum())
    rho = (float(spread.sum()) - float((bernoulli * degrees).sum())) / room if room > 0 else 0.0
    rho = min(max(rho, 0.0), 1.0)
    weight = np.divide(rho * n, 1 + rho * (n - 1), out=np.zeros_like(n), where=said & (rho > 0))
    return _drawn(share, means[inverse], weight, rho)


def _checked(
    x: ArrayLike, n: ArrayLike, groups: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    counts, sizes = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    if counts.ndim != 1 or counts.shape != sizes.shape:
        raise ValueError("numerators and denominators must be two plain arrays of one length")
    if not (
        np.isfinite(counts).all() and np.isfinite(sizes).all() and (counts >= 0).all() and (sizes >= 0).all()
    ):
        raise ValueError("numerators and denominators must be finite and not below 0")
    group = np.zeros(len(counts), dtype=np.int64) if groups is None else np.asarray(groups)
    if group.shape != counts.shape:
        raise ValueError("there must be one group for each place")
    return counts, sizes, group


def _group_means(x: Floats, n: Floats, group: NDArray[np.int64]) -> tuple[NDArray[np.intp], Floats]:
    names, inverse = np.unique(group, return_inverse=True)
    top, bottom = _sum_by(x, inverse, len(names)), _sum_by(n, inverse, len(names))
    return inverse, np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def _sum_by(values: Floats, inverse: NDArray[np.intp], groups: int) -> Floats:
    return np.bincount(inverse, weights=values, minlength=groups).astype(np.float64, copy=False)


def _drawn(own: Floats, means: Floats, weight: Floats, rho: float) -> Shrunk:
    estimates = weight * own + (1 - weight) * means
    return Shrunk(estimates=estimates, means=means, weights=weight, correlation=rho)
