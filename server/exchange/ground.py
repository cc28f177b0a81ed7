"""What has to be known, and locked, before events are applied: houses, lists, and what is withdrawn.

A premises that the officer never held in the campaign is not looked at at all: whether it exists changes neither the
receipt nor the work done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.exchange.opening import Opened
from server.fieldwork.bulk import among
from server.fieldwork.facts import LockedPremises, lock_premises
from server.fieldwork.lists import ever_held
from server.fieldwork.tables import Campaign, PremisesFact, Worklist


@dataclass(frozen=True)
class Bringer:
    """The device that recorded the events, its officer, and what a supervisor has decided of them.

    `vouched`: the officer was there, whatever lists he held. `decided`: a consent stands over an earlier withdrawal.
    `parts_only`: the visit was applied before; only registrations and answers are.
    """

    device_id: str
    account_id: int
    vouched: bool = False
    decided: bool = False
    parts_only: bool = False


@dataclass(frozen=True)
class Applying:
    """What every step of applying events works with: the one transaction, who brought them, and when."""

    session: Session
    service: Service
    bringer: Bringer
    received_at: datetime


@dataclass(frozen=True)
class NamedList:
    """A worklist that an event names: whose it is, and whether it still runs."""

    account_id: int
    campaign_id: int
    runs: bool
    campaign_archived: bool


@dataclass(frozen=True)
class Withdrawn:
    """A fact that an event withdraws, where it is known already."""

    uprn: str
    kind: str
    account_id: int | None


@dataclass(frozen=True)
class Ground:
    """`houses` are locked, with their streets and the active lists that hold them."""

    houses: Mapping[str, LockedPremises]
    lists: Mapping[int, NamedList]
    withdrawn: Mapping[str, Withdrawn]
    allowed: frozenset[tuple[int, str]]

    def objection(self, event: Opened, bringer: Bringer) -> str:
        """The reason why an event has to be held, or ""."""
        body = event.body
        if (body.campaign, body.uprn) not in self.allowed or body.uprn not in self.houses:
            return "not_held"
        target = self.withdrawn.get(body.withdraws or "")
        if target is None:
            return ""
        if target.account_id != bringer.account_id or target.kind != "visit":
            return "not_own_visit"
        return "malformed" if target.uprn != body.uprn else ""


def prepare(work: Applying, events: Sequence[Opened]) -> Ground:
    """Read and lock what these events touch."""
    session, bringer = work.session, work.bringer
    named = {(event.body.campaign, event.body.uprn) for event in events}
    allowed = frozenset(named if bringer.vouched else _ever_held(session, bringer.account_id, named))
    return Ground(
        houses=lock_premises(session, {uprn for _, uprn in allowed}),
        lists=_lists(session, {event.body.worklist for event in events}, work.received_at),
        withdrawn=_withdrawn(session, {event.body.withdraws for event in events if event.body.withdraws}),
        allowed=allowed,
    )


def _ever_held(session: Session, account_id: int, named: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    by_campaign: dict[int, set[str]] = {}
    for campaign, uprn in named:
        by_campaign.setdefault(campaign, set()).add(uprn)
    return {
        (campaign, uprn)
        for campaign, uprns in sorted(by_campaign.items())
        for uprn in ever_held(session, account_id, campaign, uprns)
    }


def _lists(session: Session, ids: set[int], now: datetime) -> dict[int, NamedList]:
    rows = session.execute(
        select(
            Worklist.id,
            Worklist.account_id,
            Worklist.campaign_id,
            Worklist.state,
            Worklist.not_after,
            Campaign.state.label("campaign_state"),
        )
        .join(Campaign, Campaign.id == Worklist.campaign_id)
        .where(among(Worklist.id, ids))
    )
    return {
        row.id: NamedList(
            account_id=row.account_id,
            campaign_id=row.campaign_id,
            runs=row.state == "active" and row.not_after > now,
            campaign_archived=row.campaign_state == "archived",
        )
        for row in rows
    }


def _withdrawn(session: Session, ids: set[str]) -> dict[str, Withdrawn]:
    if not ids:
        return {}
    rows = session.execute(
        select(PremisesFact.id, PremisesFact.uprn, PremisesFact.kind, PremisesFact.account_id).where(
            among(PremisesFact.id, ids)
        )
    )
    return {row.id: Withdrawn(row.uprn, row.kind, row.account_id) for row in rows}
