"""Publishing and withdrawing what the public is told; officers who knock there get it with their next sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require, sees
from server.base.problems import Problem
from server.base.service import Service
from server.engagement.listing import FeedbackView, read_feedback
from server.engagement.tables import SAID_DID, Feedback
from server.fieldwork.renew import renew_lists
from server.geography.scope import WARD, in_scope, no_such
from server.geography.tables import Area, Premises

WRITE = "feedback.write"


@dataclass(frozen=True)
class NewFeedback:
    """What is to be told: of the street `usrn`, or of the whole ward `ward_code`. `on` is the date that it bears."""

    kind: str
    said: str
    did: str
    on: date
    usrn: str = ""
    ward_code: str = ""


def publish(service: Service, principal: Principal, new: NewFeedback) -> FeedbackView:
    """Tell the public something. Problems: validation_failed, not_found or forbidden outside the principal's areas."""
    require(principal, WRITE)
    _require_right(service, new)

    def work(session: Session) -> FeedbackView:
        renew_lists(session, _streets(session, principal, new.usrn, new.ward_code))
        row = {
            "kind": new.kind,
            "usrn": new.usrn or None,
            "ward_code": new.ward_code or None,
            "said": new.said.strip(),
            "did": new.did.strip(),
            "dated_on": new.on,
            "published_by": principal.account_id,
            "published_at": service.clock.now(),
        }
        key = session.execute(insert(Feedback).values(row).returning(Feedback.id)).scalar_one()
        place = {"usrn": new.usrn} if new.usrn else {"ward": new.ward_code}
        audit.record(
            session, service, principal, "feedback.publish", f"feedback:{key}", kind=new.kind, **place
        )
        return read_feedback(session, principal, key)

    return service.db.transact(work)


def withdraw(service: Service, principal: Principal, feedback_id: int) -> FeedbackView:
    """Stop telling something. Problems: not_found, forbidden, wrong_state where it is withdrawn already."""
    require(principal, WRITE)

    def work(session: Session) -> FeedbackView:
        found = read_feedback(session, principal, feedback_id)
        renew_lists(session, _streets(session, principal, found.usrn or "", found.ward_code or ""))
        gone = session.execute(
            update(Feedback)
            .where(Feedback.id == feedback_id, Feedback.withdrawn_at.is_(None))
            .values(withdrawn_at=service.clock.now(), withdrawn_by=principal.account_id)
            .returning(Feedback.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if gone is None:
            raise Problem("wrong_state", "This is withdrawn already.")
        audit.record(session, service, principal, "feedback.withdraw", f"feedback:{feedback_id}")
        return read_feedback(session, principal, feedback_id)

    return service.db.transact(work)


def _require_right(service: Service, new: NewFeedback) -> None:
    errors: dict[str, str] = {}
    if bool(new.usrn) == bool(new.ward_code):
        errors["usrn"] = "Name a street or a ward, one of the two."
    if not new.said.strip():
        errors["said"] = "Write what residents said, or what is worked on."
    if new.kind == SAID_DID and not new.did.strip():
        errors["did"] = "Write what was done."
    if new.on > service.clock.now().astimezone(service.zone).date():
        errors["on"] = "Must not be in the future."
    if errors:
        raise Problem("validation_failed", next(iter(errors.values())), errors=errors)


def _streets(session: Session, principal: Principal, usrn: str, ward_code: str) -> Sequence[str]:
    """The streets that it is told on. Problem unless the principal sees all of the street, or the ward."""
    if ward_code:
        path = session.scalar(select(Area.path).where(Area.code == ward_code, Area.kind == WARD))
        if path is None or not sees(principal, path):
            raise no_such("ward", ward_code)
        return session.scalars(select(Premises.usrn).where(Premises.ward_code == ward_code).distinct()).all()
    here, seen = Premises.usrn == usrn, in_scope(principal, Premises.ward_code)
    some, all_of_it = session.execute(
        select(exists(select(1).where(here, seen)), ~exists(select(1).where(here, seen.is_not(True))))
    ).one()
    if not some:
        raise no_such("street", usrn)
    if not all_of_it:
        raise Problem(
            "forbidden", "This street reaches beyond the areas you were granted.", outside_area=True
        )
    return [usrn]
