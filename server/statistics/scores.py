"""Unlike figures put on one scale, and places by score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def scale(values: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """Values on a fixed scale: 0 at `low` and below, 1 at `high` and above. NaN (nothing known) stays NaN.

    The ends are fixed, not those of the data: a score does not move because another street did.
    """
    if not low < high:
        raise ValueError("a scale's low end must lie below its high end")
    return np.clip((np.asarray(values, dtype=float) - low) / (high - low), 0.0, 1.0)


def rank(scores: ArrayLike) -> NDArray[np.int64]:
    """Places 1, 2, 3 … by falling score; equal scores keep the order in which they came."""
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return places
