"""What the worker does for targeting: name, seconds between runs, function."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.targeting.rank import forget_old, rank

DAY = 24 * 60 * 60

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("rank streets", 45, rank),
    ("forget old rankings", DAY, forget_old),
]
