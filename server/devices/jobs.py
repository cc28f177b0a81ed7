"""What the worker does for devices from time to time."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.devices.invite import clear_codes

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("clear enrolment codes", 24 * 3600, clear_codes),
]
