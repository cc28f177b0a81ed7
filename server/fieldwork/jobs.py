"""What the worker does for fieldwork, and how often (seconds)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.fieldwork.archive import warn_and_archive
from server.fieldwork.best_slots import reckon_best_slots
from server.fieldwork.hazards import expire_hazards
from server.fieldwork.recall import expire_lists
from server.fieldwork.ungranted import take_back

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("expire worklists", 60, expire_lists),
    ("take back what is no longer granted", 300, take_back),
    ("warn of and archive campaigns", 3600, warn_and_archive),
    ("expire hazards", 3600, expire_hazards),
    ("reckon best slots", 86_400, reckon_best_slots),
]
