"""Reads the audit trail for those who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from server.base.paging import Key, PageResult, paginate
from server.base.service import Service
from server.base.tables import AuditEntry


def find_entries(service: Service, query: Mapping[str, Any]) -> PageResult:
    """A page of entries, the newest first. Filters: actor, action, target (each exact), since, until (instants)."""
    statement = select(AuditEntry)
    for name in ("actor", "action", "target"):
        if query.get(name):
            statement = statement.where(getattr(AuditEntry, name) == query[name])
    if query.get("since"):
        statement = statement.where(AuditEntry.at >= query["since"])
    if query.get("until"):
        statement = statement.where(AuditEntry.at < query["until"])
    keys: list[Key] = [AuditEntry.at.desc(), AuditEntry.lane.desc(), AuditEntry.seq.desc()]
    return service.db.read(lambda session: paginate(session, statement, keys, query))
