"""Ends lists: what recall, expiry, an archived campaign and a moved house have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.rows import HEAD_COLUMNS, heads, write_heads
from server.fieldwork.tables import Holding, Worklist, WorklistHouse
from server.geography.lock import lock_streets
from server.geography.tables import Premises
from sync.worklist_codec import shift_digest


def lock_lists(session: Session, worklist_ids: Collection[int]) -> list[int]:
    """Lock the streets of these lists' houses, then those of the lists that are active, in id order; their ids."""
    lock_streets(
        session,
        session.scalars(
            select(Premises.usrn)
            .join(WorklistHouse, WorklistHouse.uprn == Premises.uprn)
            .where(among(WorklistHouse.worklist_id, worklist_ids))
            .distinct()
        ).all(),
    )
    return list(
        session.scalars(
            select(Worklist.id)
            .where(among(Worklist.id, worklist_ids), Worklist.state == "active")
            .order_by(Worklist.id)
            .with_for_update(key_share=True)
        )
    )


def end_lists(session: Session, service: Service, worklist_ids: Sequence[int], state: str) -> int:
    """Let go of all houses of these locked lists, and end them in this state; how many houses they held."""
    gone = delete(Holding).where(among(Holding.worklist_id, worklist_ids)).returning(Holding.uprn)
    held = session.execute(gone.execution_options(synchronize_session=False)).all()
    session.execute(
        update(Worklist)
        .where(among(Worklist.id, worklist_ids))
        .values(state=state, version=Worklist.version + 1, ended_at=service.clock.now())
        .execution_options(synchronize_session=False)
    )
    return len(held)


def take_out(session: Session, uprns: Collection[str], *, worklist_id: int | None = None) -> int:
    """Take premises out of the active lists that hold them (or of one), as removed rows; how many. Lists are locked."""
    ours = among(Holding.uprn, uprns)
    if worklist_id is not None:
        ours &= Holding.worklist_id == worklist_id
    rows = session.execute(
        select(WorklistHouse.worklist_id, WorklistHouse.uprn, WorklistHouse.digest)
        .join(
            Holding,
            and_(Holding.worklist_id == WorklistHouse.worklist_id, Holding.uprn == WorklistHouse.uprn),
        )
        .where(ours)
    ).all()
    by_list: dict[int, dict[str, bytes]] = defaultdict(dict)
    for row in rows:
        by_list[row.worklist_id][row.uprn] = bytes.fromhex(row.digest)
    lists = heads(session.execute(select(*HEAD_COLUMNS).where(among(HEAD_COLUMNS[0], by_list))))
    for key, head in sorted(lists.items()):
        session.execute(
            update(WorklistHouse)
            .where(WorklistHouse.worklist_id == key, among(WorklistHouse.uprn, by_list[key]))
            .values(removed=True, version=head.version + 1)
            .execution_options(synchronize_session=False)
        )
        left = shift_digest(head.digest, (), by_list[key].values())
        write_heads(session, {key: (head.version + 1, left)})
    session.execute(delete(Holding).where(ours).execution_options(synchronize_session=False))
    return len(rows)
