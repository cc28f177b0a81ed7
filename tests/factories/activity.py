"""Visits as they are counted by ward, day and slot, without the visits: figures to reckon with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from server.base.db import insert_many
from server.base.service import Service
from server.fieldwork.tables import Activity
from server.staff.principals import today

Counts = Mapping[str, tuple[int, int]]  # by kind of slot: tries, and how many of these were answered


def count_visits(
    service: Service,
    ward: str,
    counts: Counts,
    *,
    campaign_id: int = 1,
    account_id: int = 0,
    day: date | None = None,
) -> None:
    """Count visits in a ward, all of one day (by default a week ago): answered ones as spoke, others as no_reply."""
    on = day or today(service) - timedelta(days=7)
    rows = [
        {
            "campaign_id": campaign_id,
            "ward_code": ward,
            "day": on,
            "slot": slot,
            "account_id": account_id,
            "outcome": outcome,
            "visits": visits,
        }
        for slot, (tries, answered) in counts.items()
        for outcome, visits in (("spoke", answered), ("no_reply", tries - answered))
        if visits
    ]
    service.db.transact(lambda session: insert_many(session, Activity, rows))
