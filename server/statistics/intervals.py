"""How sure a share is: the Wilson score interval."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054


def wilson(successes: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Lowest and highest share that fit what was seen, at 95 % by default; (0, 1) where nothing was seen.

    Wilson 1927; method 3 of Newcombe 1998, Statistics in Medicine 17:857-872. ValueError where successes are
    below 0 or above trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError("successes must lie between 0 and the trials")
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, z * z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == trials else middle + half
    return low, high
