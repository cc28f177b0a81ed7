"""Reading of the ledger of erasures: when and by whom, never of whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.residents.tables import Erasure


def list_erasures(service: Service, query: Mapping[str, Any]) -> PageResult:
    """One page of the ledger, the latest first."""
    return service.db.read(lambda session: paginate(session, select(Erasure), [Erasure.id.desc()], query))
