"""Takes houses back from officers who may no longer see them: an area was taken away, a grant ran out, or they left.

Who holds what is checked against the grants of the day it is allocated, and a grant may end before the list does.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from sqlalchemy import ColumnElement, false, func, not_, select, true
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, sees_whole_force
from server.base.service import Service
from server.fieldwork.ending import end_lists, lock_lists, take_out
from server.fieldwork.tables import Worklist, WorklistHouse
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.staff.principals import principal_of


def take_back(service: Service) -> int:
    """The worker's job: take out of running lists what lies outside their officers' areas today; how many houses.

    A list that is left empty is recalled. What was recorded on it all the same is still taken in.
    """
    running = select(Worklist.account_id).where(Worklist.state == "active").distinct()
    officers = service.db.read(lambda session: sorted(session.scalars(running)))
    return sum(_take_back_from(service, account_id) for account_id in officers)


def _take_back_from(service: Service, account_id: int) -> int:
    if not service.db.read(lambda session: _outside(session, service, account_id)):
        return 0
    return service.db.transact(partial(_take, service=service, account_id=account_id))


def _take(session: Session, service: Service, account_id: int) -> int:
    lock_lists(session, list(_outside(session, service, account_id)))
    outside = _outside(session, service, account_id)
    for worklist_id, uprns in sorted(outside.items()):
        held = session.scalar(
            select(func.count())
            .select_from(WorklistHouse)
            .where(WorklistHouse.worklist_id == worklist_id, not_(WorklistHouse.removed))
        )
        if held == len(uprns):
            end_lists(session, service, [worklist_id], "recalled")
        else:
            take_out(session, uprns, worklist_id=worklist_id)
    for worklist_id, uprns in sorted(outside.items()):
        audit.record(
            session,
            service,
            SYSTEM,
            "worklist.take_back",
            f"worklist:{worklist_id}",
            reason="not_granted",
            houses=len(uprns),
        )
    return sum(map(len, outside.values()))


def _outside(session: Session, service: Service, account_id: int) -> dict[int, list[str]]:
    """By running list of this officer: the premises on it that they do not see."""
    officer = principal_of(session, service, account_id)
    if officer is None or "worklist.read" not in officer.permissions:
        beyond: ColumnElement[bool] = true()
    elif sees_whole_force(officer):
        return {}
    else:
        beyond = not_(func.coalesce(in_scope(officer, Premises.ward_code), false()))
    rows = session.execute(
        select(WorklistHouse.worklist_id, WorklistHouse.uprn)
        .join(Worklist, Worklist.id == WorklistHouse.worklist_id)
        .join(Premises, Premises.uprn == WorklistHouse.uprn)
        .where(
            Worklist.account_id == account_id,
            Worklist.state == "active",
            not_(WorklistHouse.removed),
            beyond,
        )
    )
    found: dict[int, list[str]] = defaultdict(list)
    for worklist_id, uprn in rows:
        found[worklist_id].append(uprn)
    return dict(found)
