"""The chart of a trend."""

from __future__ import annotations

from server.base.charts import Chart, Series, bars
from server.fieldwork.trend import Trend


def happened_by_week(found: Trend) -> Chart:
    """Visits, conversations and registrations of each week of a trend."""
    return bars(
        "Visits, conversations and registrations by week",
        [f"{week.starts.day} {week.starts:%b}" for week in found.weeks],
        [
            Series("Visits", [week.happened.visits for week in found.weeks], 0),
            Series("Conversations", [week.happened.contacts for week in found.weeks], 1),
            Series("Registrations", [week.happened.registrations for week in found.weeks], 2),
        ],
        first="Week from",
    )
