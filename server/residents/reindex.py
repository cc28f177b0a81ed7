"""Writes blind indexes anew under the newest index key. The old keys still find what the ledger of erasures keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.service import Service
from server.residents.contacts import contact_indexes, name_indexes, normal_name
from server.residents.sealed import open_contact, open_name
from server.residents.tables import Contact, Resident

BATCH = 500


def reindex(service: Service) -> int:
    """Bring the indexes of contacts and names that are of an older key to the newest; how many rows changed."""
    if len(service.keys.keys.index_keys) < 2:
        return 0
    return _in_batches(service, _contacts) + _in_batches(service, _names)


def _in_batches(
    service: Service, work: Callable[[Session, Service, str], tuple[list[dict[str, Any]], str]]
) -> int:
    total, after = 0, ""
    while True:

        def batch(session: Session, after: str = after) -> tuple[int, str]:
            changed, last = work(session, service, after)
            if changed:
                audit.record(session, service, SYSTEM, "resident.reindex", "indexes", rows=len(changed))
            return len(changed), last

        changed, after = service.db.transact(batch)
        total += changed
        if not after:
            return total


def _contacts(session: Session, service: Service, after: str) -> tuple[list[dict[str, Any]], str]:
    rows = session.execute(
        select(Contact.id, Contact.kind, Contact.value_sealed, Contact.index.label("held"))
        .where(Contact.id > after)
        .order_by(Contact.id)
        .limit(BATCH)
        .with_for_update(key_share=True)
    ).all()
    changed = []
    for row in rows:
        newest = contact_indexes(
            service.vault, row.kind, open_contact(service.vault, row.id, row.value_sealed)
        )[-1]
        if newest != row.held:
            changed.append({"id": row.id, "index": newest})
    if changed:
        session.execute(update(Contact), changed)
    return changed, rows[-1].id if rows else ""


def _names(session: Session, service: Service, after: str) -> tuple[list[dict[str, Any]], str]:
    rows = session.execute(
        select(Resident.id, Resident.uprn, Resident.name_sealed, Resident.name_index)
        .where(Resident.id > after, Resident.name_sealed.is_not(None))
        .order_by(Resident.id)
        .limit(BATCH)
        .with_for_update(key_share=True)
    ).all()
    changed = []
    for row in rows:
        name = open_name(service.vault, row.id, row.name_sealed)
        newest = name_indexes(service.vault, name, row.uprn)[-1] if normal_name(name) else None
        if newest != row.name_index:
            changed.append({"id": row.id, "name_index": newest})
    if changed:
        session.execute(update(Resident), changed)
    return changed, rows[-1].id if rows else ""
