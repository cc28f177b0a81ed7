"""What residents ask of the worker: (name, seconds between runs, function)."""

from __future__ import annotations

from collections.abc import Callable

from server.base.service import Service
from server.residents.reindex import reindex

JOBS: list[tuple[str, int, Callable[[Service], object]]] = [("renew blind indexes", 86_400, reindex)]
