"""Ending a campaign: its owner is warned, then it is archived with its report; it can be brought back."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal, require
from server.base.clock import milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.activate import lock_places, materialise
from server.fieldwork.campaign_history import keep
from server.fieldwork.campaigns import Match
from server.fieldwork.ending import end_lists, lock_lists
from server.fieldwork.folding import changes, read_coverage_of, write_changes
from server.fieldwork.members import campaign_seen, require_whole_campaign
from server.fieldwork.refold import chunks, lock_campaign_streets
from server.fieldwork.rules import step_due
from server.fieldwork.stored import facts_of
from server.fieldwork.tables import Campaign, Coverage, PremisesFact, StreetCoverage, Worklist
from server.geography.scope import in_scope
from server.geography.tables import Premises
from sync.fold import COUNTERS


def archive(
    service: Service, principal: Principal, campaign_id: int, *, match: Match = lambda _: None
) -> None:
    """Archive an active campaign: its lists end, its counters are kept as the report, nothing is deleted.

    Late visits are still taken in. Raises Problem: not_found, forbidden, wrong_state, and what `match` raises.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> None:
        campaign_seen(session, principal, campaign_id)
        require_whole_campaign(session, principal, campaign_id)
        lock_campaign_streets(session, campaign_id)
        active = select(Worklist.id).where(Worklist.campaign_id == campaign_id, Worklist.state == "active")
        lists = lock_lists(session, session.scalars(active).all())
        campaign = campaign_seen(session, principal, campaign_id, lock=True)
        match(campaign.version)
        if campaign.state != "active":
            raise Problem("wrong_state", "Only an active campaign can be archived.", state=campaign.state)
        end_lists(session, service, lists, "closed")
        _put_away(session, service, campaign)
        keep(session, service, principal, campaign_id, version=campaign.version + 1, what="archive")
        audit.record(
            session, service, principal, "campaign.archive", f"campaign:{campaign_id}", lists=len(lists)
        )

    service.db.transact(work)


def unarchive(
    service: Service,
    principal: Principal,
    campaign_id: int,
    *,
    ends_on: date,
    match: Match = lambda _: None,
) -> None:
    """Bring an archived campaign back until a new last day: it takes in what became known since.

    Raises Problem: not_found, forbidden, wrong_state, validation_failed for a day that is over.
    """
    require(principal, "campaign.write")

    def work(session: Session) -> None:
        campaign_seen(session, principal, campaign_id)
        require_whole_campaign(session, principal, campaign_id)
        lock_campaign_streets(session, campaign_id)
        lock_places(session, campaign_id)
        campaign = campaign_seen(session, principal, campaign_id, lock=True)
        match(campaign.version)
        if campaign.state != "archived" or campaign.archived_at is None:
            raise Problem(
                "wrong_state", "Only an archived campaign can be brought back.", state=campaign.state
            )
        if ends_on < service.clock.now().astimezone(service.zone).date():
            errors = {"ends_on": "Must not be in the past."}
            raise Problem("validation_failed", "The new last day is over.", errors=errors)
        since = campaign.archived_at
        session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(
                state="active",
                version=campaign.version + 1,
                ends_on=ends_on,
                warned_at=None,
                archived_at=None,
            )
            .execution_options(synchronize_session=False)
        )
        materialise(session, service, campaign_id)
        _catch_up(session, service, campaign_id, since)
        moved = {"ends_on": [campaign.ends_on.isoformat(), ends_on.isoformat()]}
        version = campaign.version + 1
        keep(session, service, principal, campaign_id, version=version, what="unarchive", changes=moved)
        audit.record(
            session,
            service,
            principal,
            "campaign.unarchive",
            f"campaign:{campaign_id}",
            ends_on=ends_on.isoformat(),
        )

    service.db.transact(work)


def warn_and_archive(service: Service) -> dict[str, int]:
    """The worker's job: warn owners of campaigns that end soon, archive those that are over; how many of each."""
    done = {"warn": 0, "archive": 0}
    active = select(Campaign.id, Campaign.ends_on, Campaign.warned_at).where(Campaign.state == "active")
    now = service.clock.now()
    for row in service.db.read(lambda session: session.execute(active.order_by(Campaign.id)).all()):
        step = step_due(
            state="active", ends_on=row.ends_on, warned_at=row.warned_at, now=now, zone=service.zone
        )
        if step == "warn":
            service.db.transact(lambda session, key=row.id: _warn(session, service, key))  # type: ignore[misc]
        elif step == "archive":
            _archive_unless_done(service, row.id)
        if step:
            done[step] += 1
    return done


def late_visits(session: Session, principal: Principal, campaign_id: int, archived_at: Any) -> int:
    """How many visits of an archived campaign came in since, to houses in the principal's areas."""
    return session.execute(
        select(func.count())
        .select_from(PremisesFact)
        .join(Premises, Premises.uprn == PremisesFact.uprn)
        .where(
            PremisesFact.campaign_id == campaign_id,
            PremisesFact.kind == "visit",
            PremisesFact.received_at > archived_at,
            in_scope(principal, Premises.ward_code),
        )
    ).scalar_one()


def _archive_unless_done(service: Service, campaign_id: int) -> None:
    try:
        archive(service, SYSTEM, campaign_id)
    except Problem as problem:
        if problem.code != "wrong_state":  # somebody archived it by hand in this very moment
            raise


def _warn(session: Session, service: Service, campaign_id: int) -> None:
    version = session.scalar(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "active", Campaign.warned_at.is_(None))
        .values(warned_at=service.clock.now(), version=Campaign.version + 1)
        .returning(Campaign.version)
        .execution_options(synchronize_session=False)
    )
    if version is None:
        return  # somebody archived it in this very moment
    keep(session, service, SYSTEM, campaign_id, version=version, what="warn")
    audit.record(session, service, SYSTEM, "campaign.warn", f"campaign:{campaign_id}")


def _put_away(session: Session, service: Service, campaign: Campaign) -> None:
    """Keep the counters street by street. The time is read under the locks, after every other writer."""
    now = service.clock.now()
    rows = session.execute(
        select(
            StreetCoverage.usrn,
            StreetCoverage.ward_code,
            *(getattr(StreetCoverage, name) for name in COUNTERS),
        )
        .where(StreetCoverage.campaign_id == campaign.id)
        .order_by(StreetCoverage.usrn, StreetCoverage.ward_code)
    )
    snapshot = {
        "at_ms": milliseconds(now),
        "columns": ["usrn", "ward_code", *COUNTERS],
        "streets": [list(row) for row in rows],
    }
    session.execute(
        update(Campaign)
        .where(Campaign.id == campaign.id)
        .values(state="archived", version=campaign.version + 1, archived_at=now, snapshot=snapshot)
        .execution_options(synchronize_session=False)
    )


def _catch_up(session: Session, service: Service, campaign_id: int, since: Any) -> None:
    """Fold the campaign's premises of which something was received while it was archived."""
    uprns = session.scalars(
        select(PremisesFact.uprn)
        .join(Coverage, Coverage.uprn == PremisesFact.uprn)
        .where(Coverage.campaign_id == campaign_id, PremisesFact.received_at > since)
        .distinct()
        .order_by(PremisesFact.uprn)
    ).all()
    for chunk in chunks(uprns):
        rows, rules = read_coverage_of(session, chunk, campaign_id)
        write_changes(session, service, changes(service, rows, rules, facts_of(session, chunk)))
