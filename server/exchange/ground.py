"""What has to be known, and locked, before events are applied: houses, lists, and what is withdrawn.

A premises that the officer never held in the campaign is not looked at at all: whether it exists changes neither the
receipt nor the work done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.exchange.opening import Opened
from server.fieldwork.bulk import among, bound
from server.fieldwork.facts import LockedPremises, lock_premises
from server.fieldwork.tables import Campaign, PremisesFact, Worklist, WorklistHouse

_W, _C, _H = table_of(Worklist), table_of(Campaign), table_of(WorklistHouse)
# From the houses, materialized: an officer's lists grow in number with the years, those of a house hardly do.
_HERE = (
    select(_H.c.uprn, _H.c.worklist_id, _H.c.removed)
    .where(bound(_H.c.uprn, "uprns"))
    .cte("here")
    .prefix_with("MATERIALIZED")
)
_HELD = Prepared(
    select(
        _W.c.campaign_id,
        _HERE.c.uprn,
        _HERE.c.worklist_id,
        _HERE.c.removed,
        _W.c.state,
        _W.c.not_after,
        _C.c.state.label("campaign_state"),
    )
    .select_from(_HERE)
    .join(_W, _W.c.id == _HERE.c.worklist_id)
    .join(_C, _C.c.id == _W.c.campaign_id)
    .where(_W.c.account_id == bindparam("account_id"), bound(_W.c.campaign_id, "campaigns"))
)


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
class Held:
    """How the officer holds or held a premises in a campaign: on `lists`; `now_on` is the one that runs, or 0."""

    lists: frozenset[int]
    now_on: int
    campaign_archived: bool


NEVER_HELD = Held(frozenset(), 0, False)


@dataclass(frozen=True)
class Withdrawn:
    """A fact that an event withdraws, where it is known already."""

    uprn: str
    kind: str
    account_id: int | None


@dataclass(frozen=True)
class Ground:
    """`houses` are locked, with their streets and the active lists that hold them. `held` is by (campaign, UPRN)."""

    houses: Mapping[str, LockedPremises]
    held: Mapping[tuple[int, str], Held]
    withdrawn: Mapping[str, Withdrawn]

    def held_as(self, event: Opened) -> Held:
        """How the officer holds the event's premises."""
        return self.held.get((event.body.campaign, event.body.uprn), NEVER_HELD)

    def objection(self, event: Opened, bringer: Bringer) -> str:
        """The reason why an event has to be held, or ""."""
        body = event.body
        allowed = bringer.vouched or (body.campaign, body.uprn) in self.held
        if not allowed or body.uprn not in self.houses:
            return "not_held"
        target = self.withdrawn.get(body.withdraws or "")
        if target is None:
            return ""
        if target.account_id != bringer.account_id or target.kind != "visit":
            return "not_own_visit"
        return "malformed" if target.uprn != body.uprn else ""


def prepare(work: Applying, events: Sequence[Opened]) -> Ground:
    """Read and lock what these events touch."""
    named = {(event.body.campaign, event.body.uprn) for event in events}
    held = _held(work, named)
    reached = {uprn for _, uprn in (named if work.bringer.vouched else held)}
    withdrawn = {event.body.withdraws for event in events if event.body.withdraws}
    return Ground(lock_premises(work.session, reached), held, _withdrawn(work.session, withdrawn))


def _held(work: Applying, named: Collection[tuple[int, str]]) -> dict[tuple[int, str], Held]:
    """How the officer holds these premises, or ever held them in these campaigns; those never held are absent."""
    rows = _HELD.rows(
        work.session,
        account_id=work.bringer.account_id,
        campaigns=list({campaign for campaign, _ in named}),
        uprns=list({uprn for _, uprn in named}),
    )
    lists: dict[tuple[int, str], set[int]] = {}
    now_on: dict[tuple[int, str], int] = {}
    archived = set()
    for row in rows:
        key = (row.campaign_id, row.uprn)
        lists.setdefault(key, set()).add(row.worklist_id)
        if row.state == "active" and row.not_after > work.received_at and not row.removed:
            now_on[key] = row.worklist_id
        if row.campaign_state == "archived":
            archived.add(row.campaign_id)
    return {
        key: Held(frozenset(found), now_on.get(key, 0), key[0] in archived)
        for key, found in lists.items()
        if key in named
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
