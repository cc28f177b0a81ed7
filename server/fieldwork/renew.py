"""Makes lists of some streets be sent again: something that goes with them, and is no house, has changed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from server.fieldwork.bulk import among
from server.fieldwork.tables import Holding, Worklist
from server.geography.lock import lock_streets
from server.geography.tables import Premises


def renew_lists(session: Session, usrns: Collection[str]) -> list[int]:
    """Lock these streets, then the active lists that hold a house on any, and give each a new version; their ids."""
    lock_streets(session, usrns)
    holding = (
        select(Holding.worklist_id)
        .join(Premises, Premises.uprn == Holding.uprn)
        .where(among(Premises.usrn, usrns))
    )
    return send_again(session, Worklist.id.in_(holding))


def send_again(session: Session, which: ColumnElement[bool]) -> list[int]:
    """Lock these of the active lists, and give each a new version; their ids."""
    found = session.scalars(
        select(Worklist.id)
        .where(which, Worklist.state == "active")
        .order_by(Worklist.id)
        .with_for_update(key_share=True)
    ).all()
    session.execute(
        update(Worklist)
        .where(among(Worklist.id, found))
        .values(version=Worklist.version + 1)
        .execution_options(synchronize_session=False)
    )
    return list(found)
