"""The street is the lock (DESIGN section 4): whatever changes what is counted on a street locks its row first."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.geography.tables import Street

BATCH = 5_000


def lock_streets(session: Session, usrns: Iterable[str]) -> None:
    """Lock the rows of these streets in USRN order until the transaction ends (FOR NO KEY UPDATE).

    On SQLite the whole database is locked by BEGIN IMMEDIATE already. A USRN without a row locks nothing.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    ordered = sorted(set(usrns))
    for start in range(0, len(ordered), BATCH):
        session.execute(
            select(Street.usrn)
            .where(Street.usrn.in_(ordered[start : start + BATCH]))
            .order_by(Street.usrn)
            .with_for_update(key_share=True)
        ).all()
