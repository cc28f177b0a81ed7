"""What privacy asks of the worker: (name, seconds between runs, function)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.privacy.retention import keep_no_longer

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("keep no longer than needed", 3600, keep_no_longer)
]
