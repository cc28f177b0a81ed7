"""The best time to call as a sheet to take away: a row for each ward and kind of slot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from server.base.downloads.sheet import Column, Sheet
from server.fieldwork.activity_views import Asked
from server.fieldwork.answer_rules import SLOT_NAMES
from server.fieldwork.best_times import BestTimes

COLUMNS = (
    Column("district", "District"),
    Column("ward_code", "Ward code"),
    Column("ward", "Ward"),
    Column("slot", "Time"),
    Column("tries", "Tries", "number"),
    Column("answered", "Answered", "number"),
    Column("rate", "Rate, drawn to the district", "decimal"),
    Column("low", "At least", "decimal"),
    Column("high", "At most", "decimal"),
    Column("clearly_more", "Clearly more than at other times", "flag"),
)


def best_time_sheet(times: BestTimes, asked: Asked, zone: ZoneInfo) -> Sheet:
    """The rates as on the page, as shares of 0 to 1; empty where a kind of slot was never tried."""
    about = (
        f"Share of tries answered from {asked.since} to {asked.until}, each ward drawn towards its district, "
        "with the range in which it lies with 95 % certainty."
    )
    return Sheet("best-time", "Best time to call", about, COLUMNS, _rows(times), zone)


def _rows(times: BestTimes) -> Iterator[tuple[Any, ...]]:
    for one in times.wards:
        for cell in one.cells:
            known = cell.estimate is not None
            yield (
                one.ward.district_name,
                one.ward.code,
                one.ward.name,
                SLOT_NAMES[cell.slot],
                cell.tally.tries,
                cell.tally.answers,
                round(cell.estimate, 4) if cell.estimate is not None else None,
                round(cell.low, 4) if known else None,
                round(cell.high, 4) if known else None,
                cell.better,
            )
