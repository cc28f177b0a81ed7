"""Opens the service for a command."""

from __future__ import annotations

from server.base.schema import require_current
from server.base.service import Service
from server.config import open_service


def opened() -> Service:
    """The service, on a database that is at the newest migration."""
    service = open_service()
    require_current(service.db)
    return service
