"""What the worker does across rooms, and how often (seconds)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.web.daily_mail import queue_daily_mail

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("queue the inbox of the day", 300, queue_daily_mail)
]
