"""Reads the audit trail for those who may, and writes it out; the writing out is itself on the trail."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.paging import Key, PageResult, paginate
from server.base.service import Service
from server.base.tables import AuditEntry
from server.staff.tables import Account

MOST_EXPORTED = 100_000
NEWEST_FIRST: list[Key] = [AuditEntry.at.desc(), AuditEntry.lane.desc(), AuditEntry.seq.desc()]
ACCOUNT = re.compile(r"^account:([0-9]{1,18})\Z")


def find_entries(service: Service, query: Mapping[str, Any]) -> PageResult:
    """A page of entries, the newest first. Filters: actor, action, target (each exact), since, until (instants).

    `actions` is several actions of which one will do.
    """
    return service.db.read(lambda session: paginate(session, _chosen(query), NEWEST_FIRST, query))


def export_entries(
    service: Service, principal: Principal, query: Mapping[str, Any]
) -> tuple[Sequence[Any], dict[str, str]]:
    """The newest MOST_EXPORTED entries by the filters of `find_entries`, and the names of whoever did them.

    The export is put on the trail with its filters and how many entries it had.
    """
    require(principal, "audit.read")

    def work(session: Session) -> tuple[Sequence[Any], dict[str, str]]:
        rows = session.scalars(_chosen(query).order_by(*NEWEST_FIRST).limit(MOST_EXPORTED)).all()
        names = _names(session, {row.actor for row in rows} | {row.target for row in rows})
        filters = {
            name: str(value) for name, value in query.items() if value and name not in ("limit", "after")
        }
        audit.record(session, service, principal, "audit.export", "audit", filters=filters, entries=len(rows))
        return rows, names

    return service.db.transact(work)


def names_in(service: Service, texts: Collection[str]) -> dict[str, str]:
    """The names of accounts by what the trail calls them ("account:7"), for those among the texts that are accounts."""
    return service.db.read(lambda session: _names(session, texts))


def _chosen(query: Mapping[str, Any]) -> Select[AuditEntry]:
    statement = select(AuditEntry)
    for name in ("actor", "action", "target"):
        if query.get(name):
            statement = statement.where(getattr(AuditEntry, name) == query[name])
    if query.get("actions"):
        statement = statement.where(AuditEntry.action.in_(query["actions"]))
    if query.get("since"):
        statement = statement.where(AuditEntry.at >= query["since"])
    if query.get("until"):
        statement = statement.where(AuditEntry.at < query["until"])
    return statement


def _names(session: Session, texts: Collection[str]) -> dict[str, str]:
    ids = sorted({int(found[1]) for text in texts if (found := ACCOUNT.match(text))})
    names: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        rows = select(Account.id, Account.display_name).where(Account.id.in_(ids[start : start + 500]))
        names |= {f"account:{row.id}": row.display_name for row in session.execute(rows)}
    return names
