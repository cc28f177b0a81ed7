"""What a supervisor may decide about a house: overrule the revisit flag, lift a standing mark, withdraw a visit.

Each is a fact like any other: it goes into the fold, and nothing is changed or deleted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.facts import NewFact, lock_premises, record_facts
from server.fieldwork.members import campaign_seen, require_house
from server.fieldwork.reasons import require_reason
from server.fieldwork.tables import EVERY_CAMPAIGN, Coverage, PremisesFact
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises

LIFTS = {  # what can be lifted → the permission to
    "do_not_call": "do_not_call.lift",
    "unsafe": "hazard.review",
    "ineligible": "override.write",
}


def override(
    service: Service,
    principal: Principal,
    uprn: str,
    *,
    revisit: bool | None,
    reason: str = "",
    campaign_id: int = EVERY_CAMPAIGN,
) -> str:
    """Say that a house is to be called on (True), is not to be (False), or take that back (None); the fact's id.

    For one campaign or for every one. Raises Problem: not_found for a house or campaign outside the principal's areas
    and for a house that the campaign does not cover; unknown_code for the reason.
    """
    require(principal, "override.write")
    if revisit is not None:
        require_reason("override", reason)

    def work(session: Session) -> str:
        require_house(session, principal, uprn)
        lock_premises(session, [uprn])
        if campaign_id != EVERY_CAMPAIGN:
            campaign_seen(session, principal, campaign_id)
        row = select(Coverage.uprn).where(Coverage.uprn == uprn, Coverage.campaign_id == campaign_id)
        if session.scalar(row) is None:
            raise no_such("house of this campaign", uprn)
        body = {"revisit": None} if revisit is None else {"revisit": revisit, "reason": reason}
        key = _record(session, service, principal, uprn, "override", campaign_id=campaign_id, body=body)
        _note_down(session, service, principal, "house.override", uprn, campaign=campaign_id, **body)
        return key

    return service.db.transact(work)


def lift(service: Service, principal: Principal, uprn: str, *, what: str, reason: str) -> str:
    """Lift what stands against calling on a house: do_not_call, unsafe or ineligible; the fact's id.

    Raises Problem: forbidden, not_found, unknown_code, wrong_state where no such thing stands.
    """
    if what not in LIFTS:
        raise Problem("unknown_code", f"What can be lifted is one of: {', '.join(LIFTS)}.", where="what")
    require(principal, LIFTS[what])
    require_reason("lift", reason)

    def work(session: Session) -> str:
        require_house(session, principal, uprn)
        lock_premises(session, [uprn])
        state = session.scalar(
            select(Coverage.state).where(Coverage.uprn == uprn, Coverage.campaign_id == EVERY_CAMPAIGN)
        )
        if not (state or {}).get(what):
            raise Problem("wrong_state", "Nothing of the kind stands at this house.")
        body = {"lifts": what, "reason": reason}
        key = _record(session, service, principal, uprn, "lift", body=body)
        _note_down(session, service, principal, "house.lift", uprn, **body)
        return key

    return service.db.transact(work)


def withdraw_visit(service: Service, principal: Principal, fact_id: str, *, reason: str) -> str:
    """Take a visit out of the count; the id of the withdrawal.

    Raises Problem: not_found, forbidden, unknown_code, wrong_state where it is withdrawn already.
    """
    require(principal, "visit.withdraw")
    require_reason("withdrawal", reason)

    def work(session: Session) -> str:
        visit = session.execute(
            select(PremisesFact.uprn, PremisesFact.campaign_id)
            .join(Premises, Premises.uprn == PremisesFact.uprn)
            .where(
                PremisesFact.id == fact_id,
                PremisesFact.kind == "visit",
                in_scope(principal, Premises.ward_code),
            )
        ).one_or_none()
        if visit is None:
            raise no_such("visit", fact_id)
        lock_premises(session, [visit.uprn])
        other = aliased(PremisesFact)
        if session.scalar(
            select(
                exists(
                    select(1).where(
                        other.uprn == visit.uprn, other.kind == "withdrawal", other.withdraws == fact_id
                    )
                )
            )
        ):
            raise Problem("wrong_state", "This visit is withdrawn already.")
        key = _record(
            session,
            service,
            principal,
            visit.uprn,
            "withdrawal",
            campaign_id=visit.campaign_id,
            withdraws=fact_id,
            body={"reason": reason},
        )
        _note_down(session, service, principal, "visit.withdraw", visit.uprn, visit=fact_id, reason=reason)
        return key

    return service.db.transact(work)


def _record(
    session: Session, service: Service, principal: Principal, uprn: str, kind: str, **members: Any
) -> str:
    now = service.clock.now()
    fact = NewFact(service.new_uuid(), uprn, kind, now, now, now, account_id=principal.account_id, **members)
    record_facts(session, service, [fact])
    return fact.id


def _note_down(
    session: Session, service: Service, principal: Principal, action: str, uprn: str, **detail: Any
) -> None:
    audit.record(session, service, principal, action, f"premises:{uprn}", **detail)
