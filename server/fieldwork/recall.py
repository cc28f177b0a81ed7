"""Taking lists back: recalled by a coordinator, expired by the clock; and giving one more time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, false, func, not_, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.ending import end_lists, lock_lists, take_out
from server.fieldwork.reasons import require_reason
from server.fieldwork.rules import last_moment
from server.fieldwork.tables import Campaign, Worklist, WorklistHouse
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises


def recall(service: Service, principal: Principal, worklist_id: int, *, reason: str) -> int:
    """Take a list back: its houses are free for others at once; how many it held.

    What its officer records on it all the same is still taken in. Raises Problem: not_found, forbidden where it reaches
    beyond the principal's areas, wrong_state where it has ended, unknown_code for the reason.
    """
    require(principal, "worklist.recall")
    require_reason("recall", reason)

    def work(session: Session) -> int:
        require_whole_list(session, principal, worklist_id)
        if not lock_lists(session, [worklist_id]):
            raise Problem("wrong_state", "This list has ended already.")
        houses = end_lists(session, service, [worklist_id], "recalled")
        audit.record(
            session,
            service,
            principal,
            "worklist.recall",
            f"worklist:{worklist_id}",
            reason=reason,
            houses=houses,
        )
        return houses

    return service.db.transact(work)


def recall_streets(
    service: Service, principal: Principal, worklist_id: int, usrns: list[str], *, reason: str
) -> int:
    """Take some streets out of a list; how many houses. A list that is left empty is recalled as a whole.

    Raises Problem as `recall`, and not_found for a street that the list does not hold.
    """
    require(principal, "worklist.recall")
    require_reason("recall", reason)

    def work(session: Session) -> int:
        require_whole_list(session, principal, worklist_id)
        if not lock_lists(session, [worklist_id]):
            raise Problem("wrong_state", "This list has ended already.")
        held = session.execute(
            select(Premises.uprn, Premises.usrn)
            .join(WorklistHouse, WorklistHouse.uprn == Premises.uprn)
            .where(WorklistHouse.worklist_id == worklist_id, not_(WorklistHouse.removed))
        ).all()
        for usrn in sorted(set(usrns) - {row.usrn for row in held}):
            raise no_such("street on this list", usrn)
        taken = [row.uprn for row in held if row.usrn in usrns]
        if len(taken) == len(held):
            end_lists(session, service, [worklist_id], "recalled")
        else:
            take_out(session, taken, worklist_id=worklist_id)
        audit.record(
            session,
            service,
            principal,
            "worklist.recall_streets",
            f"worklist:{worklist_id}",
            reason=reason,
            streets=sorted(set(usrns)),
            houses=len(taken),
        )
        return len(taken)

    return service.db.transact(work)


def extend(service: Service, principal: Principal, worklist_id: int, *, not_after: datetime) -> None:
    """Let a list run longer. Raises Problem: not_found, forbidden, wrong_state where it has ended or would outlive its
    campaign, validation_failed where that would be no later than now.
    """
    require(principal, "worklist.allocate")

    def work(session: Session) -> None:
        require_whole_list(session, principal, worklist_id)
        row = session.execute(
            select(Worklist.state, Worklist.version, Worklist.campaign_id)
            .where(Worklist.id == worklist_id)
            .with_for_update(key_share=True)
        ).one()
        # After the lock, not with it: whoever waited for it would read the last day as it was before.
        ends_on = session.scalars(select(Campaign.ends_on).where(Campaign.id == row.campaign_id)).one()
        if row.state != "active":
            raise Problem("wrong_state", "This list has ended: allocate its streets again.", state=row.state)
        if not_after <= service.clock.now():
            errors = {"not_after": "Must be in the future."}
            raise Problem("validation_failed", "A list is extended into the future.", errors=errors)
        if not_after > last_moment(ends_on, service.zone):
            raise Problem("wrong_state", f"The campaign ends on {ends_on.isoformat()}: extend it first.")
        session.execute(
            update(Worklist)
            .where(Worklist.id == worklist_id)
            .values(not_after=not_after, version=row.version + 1)
            .execution_options(synchronize_session=False)
        )
        audit.record(
            session,
            service,
            principal,
            "worklist.extend",
            f"worklist:{worklist_id}",
            not_after=not_after.isoformat(),
        )

    service.db.transact(work)


def expire_lists(service: Service) -> int:
    """The worker's job: end the lists whose time is over; how many. Each in its own transaction."""
    now = service.clock.now()
    over = (
        select(Worklist.id).where(Worklist.state == "active", Worklist.not_after <= now).order_by(Worklist.id)
    )
    found = service.db.read(lambda session: session.scalars(over).all())
    return sum(service.db.transact(lambda session, key=key: _expire(session, service, key)) for key in found)  # type: ignore[misc]


def require_whole_list(session: Session, principal: Principal, worklist_id: int) -> None:
    """Raise Problem: not_found unless the principal sees a house of the list, forbidden unless all of them."""
    houses = (
        select(1)
        .select_from(WorklistHouse)
        .join(Premises, Premises.uprn == WorklistHouse.uprn)
        .where(WorklistHouse.worklist_id == worklist_id, not_(WorklistHouse.removed))
    )
    seen = in_scope(principal, Premises.ward_code)
    some, beyond = session.execute(
        select(exists(houses.where(seen)), exists(houses.where(not_(func.coalesce(seen, false())))))
    ).one()
    if not some:
        raise no_such("worklist", worklist_id)
    if beyond:
        raise Problem("forbidden", "This list reaches beyond the areas you were granted.", outside_area=True)


def _expire(session: Session, service: Service, worklist_id: int) -> int:
    lock_lists(session, [worklist_id])
    still = session.scalar(
        select(Worklist.id).where(
            Worklist.id == worklist_id, Worklist.state == "active", Worklist.not_after <= service.clock.now()
        )
    )
    if still is None:
        return 0
    houses = end_lists(session, service, [worklist_id], "expired")
    audit.record(session, service, SYSTEM, "worklist.expire", f"worklist:{worklist_id}", houses=houses)
    return 1
