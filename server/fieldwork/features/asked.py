"""What a request for items asks for: limit, bbox, datetime, campaign, properties. Pure; a wrong value is a Problem."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.base.http import LARGEST_ID
from server.base.problems import Problem

USUAL, MOST = 100, 1000
COMMON = ("limit", "bbox", "datetime", "campaign", "after", "f")
WHOLE = re.compile(r"[0-9]{1,18}\Z")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE)
BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Asked:
    """`boxes` (west, south, east, north): in any of them, or anywhere with none; two where one crosses 180 degrees.

    `since` and `until` bound when a feature changed, both included. `after` is the id that the page before ended at.
    """

    limit: int = USUAL
    boxes: tuple[Box, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    campaign: int = 0
    after: str = ""
    properties: dict[str, str] = field(default_factory=dict)


def read_asked(query: Mapping[str, str], filters: Collection[str]) -> Asked:
    """The request, read strictly. Problem("bad_request") for a parameter that is unknown or has no meaning."""
    refuse_unknown(query, (*COMMON, *filters))
    since, until = _period(query["datetime"]) if "datetime" in query else (None, None)
    return Asked(
        limit=_limit(query.get("limit")),
        boxes=_boxes(query["bbox"]) if "bbox" in query else (),
        since=since,
        until=until,
        campaign=_whole(query.get("campaign", "0"), "campaign"),
        after=query.get("after", ""),
        properties={name: query[name] for name in filters if name in query},
    )


def refuse_unknown(query: Mapping[str, str], known: Collection[str]) -> None:
    """Problem("bad_request") for a parameter that is not among the known, or another form than JSON."""
    strange = sorted(set(query) - set(known))
    if strange:
        raise Problem(
            "bad_request", f"There is no parameter {strange[0]!r} here; there are: {', '.join(known)}."
        )
    if query.get("f", "json") not in ("json", "geojson"):
        raise Problem("bad_request", "The parameter f may be json only.")


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    limit = _whole(text, "limit")
    if limit < 1:
        raise Problem("bad_request", "The parameter limit is a whole number from 1.")
    return min(limit, MOST)


def _whole(text: str, name: str) -> int:
    if not WHOLE.match(text) or int(text) > LARGEST_ID:
        raise Problem("bad_request", f"The parameter {name} is a whole number.")
    return int(text)


def _boxes(text: str) -> tuple[Box, ...]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise Problem("bad_request", "The parameter bbox has four numbers: west, south, east, north.")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if south > north:
        raise Problem("bad_request", "The parameter bbox has its south above its north.")
    if west > east:
        return ((west, south, 180.0, north), (-180.0, south, east, north))
    return ((west, south, east, north),)


def _period(text: str) -> tuple[datetime | None, datetime | None]:
    first, slash, second = text.partition("/")
    if not slash:
        return (moment := _moment(first)), moment
    since = None if first in ("", "..") else _moment(first)
    until = None if second in ("", "..") else _moment(second)
    if (since or BEGINNING) > (until or END):
        raise Problem("bad_request", "The parameter datetime ends before it begins.")
    return since, until


def _moment(text: str) -> datetime:
    try:
        if not MOMENT.match(text):
            raise ValueError(text)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(
            "bad_request",
            "The parameter datetime is a time such as 2026-03-02T09:00:00Z, or two with / between.",
        ) from None
