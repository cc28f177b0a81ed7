"""Locks people by their contacts and names: two phones may register one person on two streets at one moment."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = text(
    "SELECT pg_advisory_xact_lock(key) FROM"
    " (SELECT key FROM unnest(CAST(:keys AS bigint[])) AS key ORDER BY key OFFSET 0) AS wanted"
)


def lock_people(session: Session, indexes: Iterable[bytes]) -> None:
    """Lock these blind indexes until the transaction ends, in one order. Streets are locked before, rows after.

    On SQLite the whole database is locked by BEGIN IMMEDIATE already.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    keys = sorted({int.from_bytes(index[:8], "big", signed=True) for index in indexes})
    if keys:
        session.execute(_LOCK, {"keys": keys})
