"""What a coordinator sees before and after streets are shared out: who could be chosen, the proposal, its warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.members import campaign_seen
from server.fieldwork.officers import Held, Taker, held_by, takers
from server.fieldwork.proposals import StreetRow, rows_of
from server.fieldwork.proposing import outside_of
from server.fieldwork.shares import held_in
from server.fieldwork.tables import AllocationProposal, Campaign, Coverage, Holding, WardCoverage, Worklist
from server.geography.scope import WARD, in_scope, no_such
from server.geography.tables import Area, Premises, Street


@dataclass(frozen=True)
class OfficerChoice:
    """An officer who could be chosen: `wards_missing` of the wards with free houses were not granted."""

    account_id: int
    name: str
    lists: int
    houses: int
    wards_missing: int


@dataclass(frozen=True)
class WardChoice:
    """A ward with free houses."""

    code: str
    name: str
    houses: int


@dataclass(frozen=True)
class Choices:
    """What there is to share out: houses that nobody holds, by ward, how many are held already, and the officers."""

    campaign_id: int
    campaign: str
    state: str
    free: int
    held: int
    wards: list[WardChoice]
    officers: list[OfficerChoice]


@dataclass(frozen=True)
class ProposedStreet:
    """A street of a proposal. `lists`: how many it is cut into; `heavy`: more than an equal share for all."""

    usrn: str
    name: str
    account_id: int
    houses: int
    minutes: float
    lists: int
    heavy: bool


@dataclass(frozen=True)
class OfficerShare:
    """An officer's share, with what is held already; `outside` houses lie in wards that were not granted."""

    account_id: int
    name: str
    streets: list[ProposedStreet]
    houses: int
    lists: int
    door: float
    walk: float
    outside: int
    held: Held

    @property
    def minutes(self) -> float:
        """At the doors and on foot."""
        return self.door + self.walk


@dataclass(frozen=True)
class Overlap:
    """Houses of a proposal that are on lists of another active campaign too."""

    campaign_id: int
    campaign: str
    houses: int


@dataclass(frozen=True)
class ProposalView:
    """A proposal. `spread`: how much more minutes the fullest share has than the emptiest, as a share of the mean."""

    id: int
    version: int
    campaign_id: int
    campaign: str
    created_at: datetime
    options: Mapping[str, Any]
    shares: list[OfficerShare]
    houses: int
    spread: float
    overlaps: list[Overlap]

    @property
    def streets(self) -> list[ProposedStreet]:
        """All streets, by name."""
        return sorted(
            (street for share in self.shares for street in share.streets),
            key=lambda one: (one.name, one.usrn),
        )


@dataclass(frozen=True)
class AllocatedView:
    """A proposal that was allocated: the lists that it became; `stands` until it is undone."""

    id: int
    campaign_id: int
    campaign: str
    stands: bool
    lists: tuple[int, ...]


def read_choices(service: Service, principal: Principal, campaign_id: int) -> Choices:
    """Who could be chosen, and what there is to share out. Raises Problem: not_found, forbidden."""
    require(principal, "worklist.allocate")

    def work(session: Session) -> Choices:
        campaign = campaign_seen(session, principal, campaign_id)
        wards = _free_wards(session, principal, campaign_id)
        held = session.scalar(
            select(func.count())
            .select_from(Holding)
            .join(Premises, Premises.uprn == Holding.uprn)
            .where(Holding.campaign_id == campaign_id, in_scope(principal, Premises.ward_code))
        )
        codes = {ward.code for ward in wards}
        people = [one for one in takers(session, service, codes) if one.is_officer]
        holds = held_by(session, principal, [one.account_id for one in people])
        return Choices(
            campaign_id,
            campaign.name,
            campaign.state,
            sum(ward.houses for ward in wards),
            held or 0,
            wards,
            [_choice(one, holds.get(one.account_id, Held()), codes) for one in people],
        )

    return service.db.read(work)


def read_proposal(service: Service, principal: Principal, campaign_id: int) -> ProposalView | None:
    """The principal's draft for a campaign; None where there is none. Raises Problem: not_found, forbidden."""
    require(principal, "worklist.allocate")

    def work(session: Session) -> ProposalView | None:
        campaign = campaign_seen(session, principal, campaign_id)
        draft = session.scalar(
            select(AllocationProposal).where(
                AllocationProposal.campaign_id == campaign_id,
                AllocationProposal.created_by == principal.account_id,
                AllocationProposal.state == "draft",
            )
        )
        return None if draft is None else _view(session, service, principal, draft, campaign.name)

    return service.db.read(work)


def read_allocated(
    service: Service, principal: Principal, campaign_id: int, proposal_id: int
) -> AllocatedView:
    """What a proposal of the principal's own became. Raises Problem: not_found, forbidden."""
    require(principal, "worklist.allocate")

    def work(session: Session) -> AllocatedView:
        campaign = campaign_seen(session, principal, campaign_id)
        made = session.scalar(
            select(AllocationProposal).where(
                AllocationProposal.id == proposal_id,
                AllocationProposal.campaign_id == campaign_id,
                AllocationProposal.created_by == principal.account_id,
            )
        )
        if made is None or not made.lists:
            raise no_such("allocation", proposal_id)
        return AllocatedView(
            made.id, campaign_id, campaign.name, made.state == "allocated", tuple(made.lists)
        )

    return service.db.read(work)


def _choice(one: Taker, held: Held, wards: set[str]) -> OfficerChoice:
    return OfficerChoice(one.account_id, one.name, held.lists, held.houses, len(wards - one.wards))


def _free_wards(session: Session, principal: Principal, campaign_id: int) -> list[WardChoice]:
    """Wards with houses that are free and still owed a visit, by name: the ward's counter without those held."""
    held = {
        row.ward_code: row.houses
        for row in session.execute(
            select(Coverage.ward_code, func.count().label("houses"))
            .join(Holding, (Holding.uprn == Coverage.uprn) & (Holding.campaign_id == Coverage.campaign_id))
            .where(Coverage.campaign_id == campaign_id, Coverage.outstanding)
            .group_by(Coverage.ward_code)
        )
    }
    rows = session.execute(
        select(WardCoverage.ward_code, Area.name, WardCoverage.outstanding)
        .outerjoin(Area, (Area.code == WardCoverage.ward_code) & (Area.kind == WARD))
        .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
        .order_by(Area.name)
    )
    wards = [
        WardChoice(row.ward_code, row.name or "In no ward", row.outstanding - held.get(row.ward_code, 0))
        for row in rows
    ]
    return [ward for ward in wards if ward.houses > 0]


def _view(
    session: Session, service: Service, principal: Principal, draft: AllocationProposal, campaign: str
) -> ProposalView:
    rows = rows_of(draft)
    seen = _names(session, principal, [row.usrn for row in rows])
    rows = [row for row in rows if row.usrn in seen]
    wards = {ward for row in rows for ward in row.wards}
    people = {one.account_id: one for one in takers(session, service, wards, draft.options["officers"])}
    holds = held_by(session, principal, draft.options["officers"])
    most = draft.options["most_houses"] or service.settings.most_houses
    mean = sum(row.minutes for row in rows) / max(1, len(draft.options["officers"]))
    by_officer: dict[int, list[StreetRow]] = defaultdict(list)
    for row in rows:
        by_officer[row.account_id].append(row)
    shares = []
    for account_id in draft.options["officers"]:
        ours = by_officer[account_id]
        taker = people.get(account_id)
        streets = [_street(row, seen[row.usrn], most, mean) for row in ours]
        houses = sum(row.houses for row in ours)
        granted = taker.wards if taker else frozenset[str]()
        shares.append(
            OfficerShare(
                account_id,
                taker.name if taker else f"Officer {account_id} (no longer active)",
                sorted(streets, key=lambda one: (one.name, one.usrn)),
                houses,
                max(-(-houses // most), sum(one.lists for one in streets if one.lists > 1)),
                sum(row.door for row in ours),
                sum(row.walk for row in ours),
                sum(outside_of(row.wards, granted) for row in ours),
                holds.get(account_id, Held()),
            )
        )
    minutes = [share.minutes for share in shares]
    return ProposalView(
        draft.id,
        draft.version,
        draft.campaign_id,
        campaign,
        draft.created_at,
        draft.options,
        shares,
        sum(share.houses for share in shares),
        (max(minutes) - min(minutes)) / mean if mean else 0.0,
        _overlaps(session, principal, draft, list(seen)),
    )


def _street(row: StreetRow, name: str, most: int, mean: float) -> ProposedStreet:
    return ProposedStreet(
        row.usrn, name, row.account_id, row.houses, row.minutes, -(-row.houses // most), row.minutes > mean
    )


def _names(session: Session, principal: Principal, usrns: Sequence[str]) -> dict[str, str]:
    """The names of those of the streets that have a house in the principal's areas."""
    rows = session.execute(
        select(Street.usrn, Street.name)
        .join(Premises, Premises.usrn == Street.usrn)
        .where(among(Street.usrn, usrns), in_scope(principal, Premises.ward_code))
        .distinct()
    )
    return {row.usrn: row.name for row in rows}


def _overlaps(
    session: Session, principal: Principal, draft: AllocationProposal, usrns: Sequence[str]
) -> list[Overlap]:
    """Other campaigns whose lists hold houses on these streets that this proposal is to give too."""
    rows = session.execute(
        select(Campaign.id, Campaign.name, func.count().label("houses"))
        .select_from(Holding)
        .join(Premises, Premises.uprn == Holding.uprn)
        .join(Worklist, Worklist.id == Holding.worklist_id)
        .join(Campaign, Campaign.id == Holding.campaign_id)
        .join(
            Coverage,
            (Coverage.uprn == Holding.uprn) & (Coverage.campaign_id == draft.campaign_id),
        )
        .where(
            among(Premises.usrn, usrns),
            Holding.campaign_id != draft.campaign_id,
            Worklist.state == "active",
            ~held_in(draft.campaign_id),
            in_scope(principal, Premises.ward_code),
        )
        .group_by(Campaign.id, Campaign.name)
        .order_by(Campaign.name)
    )
    return [Overlap(row.id, row.name, row.houses) for row in rows]
