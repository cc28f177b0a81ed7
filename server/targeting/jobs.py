"""What the worker does for targeting: name, seconds between runs, function."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.targeting.indicators import recount_answers
from server.targeting.rank import forget_old, rank

DAY = 24 * 60 * 60


def rank_streets(service: Service) -> int:
    """Rank again where anything changed; how many streets were ranked."""
    ranking = rank(service)
    return 0 if ranking is None else ranking.streets


JOBS: list[tuple[str, int, Callable[[Service], int]]] = [
    ("rank streets", 45, rank_streets),
    ("count concerns again", DAY, recount_answers),
    ("forget old rankings", DAY, forget_old),
]
