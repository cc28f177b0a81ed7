"""Visits, tries and answers as sums over the rows of Activity, in SQL: the same three for every figure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, case, cast, func

from server.fieldwork.answer_rules import codes_answered, codes_tried
from server.fieldwork.tables import Activity


def tally_sums() -> list[Any]:
    """Columns `visits`, `tries` and `answers`, for a SELECT that groups."""
    return [
        _sum(Activity.visits).label("visits"),
        _sum(case((Activity.outcome.in_(codes_tried()), Activity.visits), else_=0)).label("tries"),
        _sum(case((Activity.outcome.in_(codes_answered()), Activity.visits), else_=0)).label("answers"),
    ]


def _sum(column: Any) -> Any:
    return cast(func.coalesce(func.sum(column), 0), Integer)
