"""What the worker does for the post, and how often (seconds)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.post.send import forget_sent, send_due

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [
    ("send mail", 30, send_due),
    ("forget what was sent", 24 * 3600, forget_sent),
]
