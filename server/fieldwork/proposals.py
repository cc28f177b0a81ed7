"""Proposals of who walks which streets: made, changed by hand, allocated in one step, and undone.

A proposal is its author's, and kept until it is allocated, dropped or made anew: its page can be left and come back to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.allocate import MOST_AT_ONCE, Allocated, require_size
from server.fieldwork.bulk import among
from server.fieldwork.effort import Pace, answer_share
from server.fieldwork.ending import end_lists, lock_lists
from server.fieldwork.members import campaign_seen
from server.fieldwork.officers import takers
from server.fieldwork.proposing import HouseAhead, propose_shares
from server.fieldwork.recall import require_whole_list
from server.fieldwork.shares import give, is_free, plan, read_houses
from server.fieldwork.tables import AllocationProposal, PremisesFact, Worklist
from server.geography.scope import no_such, ward_codes
from server.geography.tables import Premises

STALE = "You changed this proposal in another window: look at it as it is now."


@dataclass(frozen=True)
class Options:
    """What a proposal is asked for. `areas`: only houses in these (none: all); None: the usual size and hours."""

    officers: tuple[int, ...]
    most_houses: int | None = None
    hours: int | None = None
    outstanding_only: bool = True
    areas: tuple[str, ...] = ()


class StreetRow(msgspec.Struct, array_like=True):
    """A street of a proposal as it is stored."""

    usrn: str
    account_id: int
    houses: int
    door: float
    walk: float
    wards: dict[str, int]

    @property
    def minutes(self) -> float:
        """At the doors and on foot."""
        return self.door + self.walk


def propose(service: Service, principal: Principal, campaign_id: int, options: Options) -> int:
    """Share out the campaign's free houses in the principal's areas among officers; the proposal's id.

    It takes the place of the principal's earlier draft. Raises Problem: not_found, forbidden, wrong_state (not active,
    or nothing to share out), validation_failed for the officers, the size, or more houses than are shared out at once.
    """
    require(principal, "worklist.allocate")
    require_size(service, options.most_houses)
    streets = service.db.read(lambda session: _shared(session, service, principal, campaign_id, options))

    def work(session: Session) -> int:
        campaign_seen(session, principal, campaign_id)
        session.execute(
            update(AllocationProposal)
            .where(*_own_draft(principal, campaign_id))
            .values(state="dropped")
            .execution_options(synchronize_session=False)
        )
        made = AllocationProposal(
            campaign_id=campaign_id,
            created_by=principal.account_id,
            created_at=service.clock.now(),
            state="draft",
            version=1,
            options=asdict(options) | {"officers": list(options.officers), "areas": list(options.areas)},
            streets=streets,
            lists=[],
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            service,
            principal,
            "allocation.propose",
            f"campaign:{campaign_id}",
            proposal=made.id,
            officers=sorted(options.officers),
            houses=sum(row[2] for row in streets),
        )
        return made.id

    return service.db.transact(work)


def reassign(
    service: Service,
    principal: Principal,
    campaign_id: int,
    usrns: Collection[str],
    account_id: int,
    *,
    version: int,
) -> None:
    """Give streets of the principal's draft to another of its officers.

    Raises Problem: not_found, forbidden, conflict where the draft is not at this version, validation_failed.
    """
    require(principal, "worklist.allocate")

    def work(session: Session) -> None:
        draft = own_draft(session, principal, campaign_id, lock=True)
        if draft.version != version:
            raise Problem("conflict", STALE)
        if account_id not in draft.options["officers"]:
            errors = {"officer": "Choose one of the officers of this proposal."}
            raise Problem("validation_failed", "Choose one of the officers of this proposal.", errors=errors)
        rows = rows_of(draft)
        if not usrns:
            raise Problem(
                "validation_failed", "Choose a street.", errors={"streets": "Choose at least one street."}
            )
        for usrn in sorted(set(usrns) - {row.usrn for row in rows}):
            raise no_such("street in this proposal", usrn)
        draft.streets = [
            msgspec.to_builtins(
                msgspec.structs.replace(row, account_id=account_id) if row.usrn in usrns else row
            )
            for row in rows
        ]
        draft.version += 1
        audit.record(
            session,
            service,
            principal,
            "allocation.reassign",
            f"campaign:{campaign_id}",
            proposal=draft.id,
            streets=sorted(usrns),
            officer=account_id,
        )

    service.db.transact(work)


def drop(service: Service, principal: Principal, campaign_id: int) -> None:
    """Throw the principal's draft away. Raises Problem: not_found, forbidden."""
    require(principal, "worklist.allocate")

    def work(session: Session) -> None:
        draft = own_draft(session, principal, campaign_id, lock=True)
        draft.state = "dropped"
        audit.record(
            session, service, principal, "allocation.drop", f"campaign:{campaign_id}", proposal=draft.id
        )

    service.db.transact(work)


def allocate_proposal(
    service: Service, principal: Principal, campaign_id: int, *, version: int
) -> tuple[int, list[Allocated]]:
    """Give every officer of the principal's draft the streets proposed, all in one step; the proposal's id, the lists.

    Houses that somebody was given since are left out. Raises Problem as `give`, conflict where the draft is not at this
    version, wrong_state where no house is left to give.
    """
    require(principal, "worklist.allocate")

    def read(session: Session) -> tuple[AllocationProposal, list[HouseAhead]]:
        draft = own_draft(session, principal, campaign_id)
        usrns = [row.usrn for row in rows_of(draft)]
        free = is_free(campaign_id, outstanding_only=draft.options["outstanding_only"])
        inside = _inside(session, draft.options["areas"])
        return draft, read_houses(
            session, principal, campaign_id, among(Premises.usrn, usrns), *free, *inside
        )

    draft, houses = service.db.read(read)
    if draft.version != version:
        raise Problem("conflict", STALE)
    if not houses:
        raise Problem("wrong_state", "No house of this proposal is still to be given: propose again.")
    taker = {row.usrn: row.account_id for row in rows_of(draft)}
    shares: dict[int, list[HouseAhead]] = defaultdict(list)
    for house in houses:
        shares[taker[house.usrn]].append(house)
    planned = plan(shares, require_size(service, draft.options["most_houses"]))

    def work(session: Session) -> list[Allocated]:
        lists = give(session, service, principal, campaign_id, planned, hours=draft.options["hours"])
        kept = own_draft(session, principal, campaign_id, lock=True)
        if (kept.id, kept.version) != (draft.id, version):
            raise Problem("conflict", STALE)
        kept.state, kept.lists = "allocated", [one.worklist_id for one in lists]
        audit.record(
            session,
            service,
            principal,
            "worklist.allocate",
            f"campaign:{campaign_id}",
            proposal=kept.id,
            lists=kept.lists,
            officers=sorted({one.account_id for one in lists}),
            houses=sum(one.houses for one in lists),
        )
        return lists

    return draft.id, service.db.transact(work)


def undo_allocation(service: Service, principal: Principal, campaign_id: int, proposal_id: int) -> int:
    """Take back the lists that a proposal became, those that still run, and make it a draft again; how many lists.

    Raises Problem: not_found, forbidden where a list reaches beyond the principal's areas, wrong_state where it is not
    allocated.
    """
    require(principal, "worklist.recall")

    def work(session: Session) -> int:
        campaign_seen(session, principal, campaign_id)
        made = session.scalar(
            select(AllocationProposal)
            .where(
                AllocationProposal.id == proposal_id,
                AllocationProposal.campaign_id == campaign_id,
                AllocationProposal.created_by == principal.account_id,
            )
            .with_for_update(key_share=True)
        )
        if made is None:
            raise no_such("proposal", proposal_id)
        if made.state != "allocated":
            raise Problem("wrong_state", "This allocation is undone already.")
        for worklist_id in session.scalars(
            select(Worklist.id).where(among(Worklist.id, made.lists), Worklist.state == "active")
        ).all():
            require_whole_list(session, principal, worklist_id)
        running = lock_lists(session, made.lists)
        houses = end_lists(session, service, running, "recalled") if running else 0
        later = session.scalar(select(func.count()).where(*_own_draft(principal, campaign_id)))
        made.state = "undone" if later else "draft"
        made.version += 1
        audit.record(
            session,
            service,
            principal,
            "allocation.undo",
            f"campaign:{campaign_id}",
            proposal=made.id,
            lists=running,
            houses=houses,
            reason="mistake",
        )
        return len(running)

    return service.db.transact(work)


def own_draft(
    session: Session, principal: Principal, campaign_id: int, *, lock: bool = False
) -> AllocationProposal:
    """The principal's draft for a campaign that is seen. Raises Problem("not_found")."""
    campaign_seen(session, principal, campaign_id)
    statement = select(AllocationProposal).where(*_own_draft(principal, campaign_id))
    if lock:
        statement = statement.with_for_update(key_share=True)
    draft = session.scalar(statement.execution_options(populate_existing=True))
    if draft is None:
        raise Problem("not_found", "You have no proposal for this campaign: make one.")
    return draft


def rows_of(proposal: AllocationProposal) -> list[StreetRow]:
    """The streets of a proposal."""
    return msgspec.convert(proposal.streets, list[StreetRow])


def pace_of(session: Session, service: Service, campaign_id: int) -> Pace:
    """How long doors and ways take here: the settings, and the share of doors answered in this campaign so far."""
    visits = {
        row.outcome: row.visits
        for row in session.execute(
            select(PremisesFact.outcome, func.count().label("visits"))
            .where(PremisesFact.campaign_id == campaign_id, PremisesFact.kind == "visit")
            .group_by(PremisesFact.outcome)
        )
    }
    return Pace(
        service.settings.answered_seconds / 60,
        service.settings.unanswered_seconds / 60,
        float(service.settings.walking_metres),
        answer_share(visits),
    )


def _own_draft(principal: Principal, campaign_id: int) -> Sequence[ColumnElement[bool]]:
    return (
        AllocationProposal.campaign_id == campaign_id,
        AllocationProposal.created_by == principal.account_id,
        AllocationProposal.state == "draft",
    )


def _inside(session: Session, areas: Sequence[str]) -> list[ColumnElement[bool]]:
    """The condition that a house lies in one of these areas; none where there are none."""
    wards = {ward for area in areas for ward in ward_codes(session, area)}
    return [among(Premises.ward_code, sorted(wards))] if areas else []


def _shared(
    session: Session, service: Service, principal: Principal, campaign_id: int, options: Options
) -> list[list[Any]]:
    """The rows of a new proposal."""
    campaign = campaign_seen(session, principal, campaign_id)
    if campaign.state != "active":
        raise Problem("wrong_state", "Only an active campaign's streets are allocated.", state=campaign.state)
    free = is_free(campaign_id, outstanding_only=options.outstanding_only)
    houses = read_houses(session, principal, campaign_id, *free, *_inside(session, options.areas))
    if not houses:
        raise Problem("wrong_state", "Every house here is done with, or on somebody's list already.")
    if len(houses) > MOST_AT_ONCE:
        errors = {"areas": f"More than {MOST_AT_ONCE:,} houses are to be given: choose fewer wards."}
        raise Problem("validation_failed", "Too many houses to share out at once.", errors=errors)
    wards = {house.ward_code for house in houses}
    found = {one.account_id: one for one in takers(session, service, wards, options.officers)}
    missing = sorted(set(options.officers) - found.keys())
    if missing or not options.officers:
        errors = {"officers": "Choose at least one officer; each must be active."}
        raise Problem("validation_failed", "Lists are given to active officers.", errors=errors)
    officers = list(found.values())
    shared = propose_shares(houses, pace_of(session, service, campaign_id), [one.wards for one in officers])
    return [
        [
            one.street.usrn,
            officers[one.officer].account_id,
            *one.street[1:2],
            one.street.door,
            one.street.walk,
            one.street.wards,
        ]
        for one in shared
    ]
