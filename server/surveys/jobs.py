"""What surveys ask of the worker: (name, seconds between runs, function)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.surveys.invites import lapse, open_due
from server.surveys.movers import join_movers

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("open survey rounds", 60, open_due),
    ("end survey rounds", 300, lapse),
    ("join people on file twice", 600, join_movers),
]
