"""Campaigns as coordinators read them: the list, one of them with its warnings, and an archived one's report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, not_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, sees_whole_force
from server.base.clock import from_milliseconds
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.archive import late_visits
from server.fieldwork.campaign_places import chosen_count
from server.fieldwork.members import campaign_seen, visible_campaigns
from server.fieldwork.rules import CampaignWarning, warnings_of
from server.fieldwork.tables import Campaign, CampaignArea, CampaignStreet, Worklist, WorklistHouse
from server.geography.scope import in_scope
from server.geography.tables import Area, Premises
from sync.fold import COUNTERS


@dataclass(frozen=True)
class CampaignView:
    """A campaign. Chosen `streets` and houses, active lists, late visits: as far as the principal's areas reach."""

    id: int
    name: str
    purpose: str
    state: str
    version: int
    owner_id: int
    policy: dict[str, Any]
    questionnaire_id: int | None
    starts_on: date
    ends_on: date
    created_at: datetime
    activated_at: datetime | None
    warned_at: datetime | None
    archived_at: datetime | None
    areas: list[str]
    streets: list[str]
    chosen_houses: int
    active_lists: int
    late_visits: int
    warnings: list[CampaignWarning]


@dataclass(frozen=True)
class Report:
    """An archived campaign's counters as they were then, by street and ward, and what came in since."""

    as_of: datetime
    streets: list[dict[str, Any]]
    total: dict[str, int]
    since: int


def find_campaigns(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """Campaigns that reach into the principal's areas, the newest first; `query`: state, and the page."""

    def work(session: Session) -> PageResult:
        statement = select(Campaign).where(visible_campaigns(principal))
        if query.get("state"):
            statement = statement.where(Campaign.state == query["state"])
        page = paginate(session, statement, [Campaign.id.desc()], query)
        return PageResult([view_of(session, service, principal, one) for one in page.rows], page.next)

    return service.db.read(work)


def read_campaign(service: Service, principal: Principal, campaign_id: int) -> CampaignView:
    """One campaign. Raises Problem("not_found")."""
    return service.db.read(
        lambda session: view_of(session, service, principal, campaign_seen(session, principal, campaign_id))
    )


def read_report(service: Service, principal: Principal, campaign_id: int) -> Report:
    """What an archived campaign had come to, in the wards that are seen. Raises Problem: not_found, wrong_state."""

    return service.db.read(lambda session: report_of(session, principal, campaign_id))


def report_of(session: Session, principal: Principal, campaign_id: int) -> Report:
    """The same within a transaction."""
    campaign = campaign_seen(session, principal, campaign_id)
    snapshot = session.scalar(select(Campaign.snapshot).where(Campaign.id == campaign_id))
    if campaign.state != "archived" or snapshot is None or campaign.archived_at is None:
        raise Problem("wrong_state", "Only an archived campaign has a report.", state=campaign.state)
    columns = snapshot["columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in snapshot["streets"]]
    wards = {row["ward_code"] for row in rows}
    seen = _wards_seen(session, principal, wards)
    ours = [row for row in rows if row["ward_code"] in seen]
    total = {name: sum(row[name] for row in ours) for name in COUNTERS}
    since = late_visits(session, principal, campaign_id, campaign.archived_at)
    return Report(from_milliseconds(snapshot["at_ms"]), ours, total, since)


def _wards_seen(session: Session, principal: Principal, wards: set[str]) -> set[str]:
    if sees_whole_force(principal):
        return wards
    ours = select(Area.code).where(Area.kind == "ward", in_scope(principal, Area.code))
    return wards & set(session.scalars(ours))


def view_of(session: Session, service: Service, principal: Principal, campaign: Campaign) -> CampaignView:
    """A campaign's row as its readers get it."""
    areas = session.scalars(
        select(CampaignArea.area_code)
        .where(CampaignArea.campaign_id == campaign.id)
        .order_by(CampaignArea.area_code)
    ).all()
    streets = session.scalars(
        select(CampaignStreet.usrn)
        .where(
            CampaignStreet.campaign_id == campaign.id,
            CampaignStreet.usrn.in_(select(Premises.usrn).where(in_scope(principal, Premises.ward_code))),
        )
        .order_by(CampaignStreet.usrn)
    ).all()
    lists = (
        select(func.count())
        .select_from(Worklist)
        .where(
            Worklist.campaign_id == campaign.id,
            Worklist.state == "active",
            exists(
                select(1)
                .select_from(WorklistHouse)
                .join(Premises, Premises.uprn == WorklistHouse.uprn)
                .where(
                    WorklistHouse.worklist_id == Worklist.id,
                    not_(WorklistHouse.removed),
                    in_scope(principal, Premises.ward_code),
                )
            ),
        )
    )
    active_lists, chosen = session.execute(
        select(lists.scalar_subquery(), chosen_count(principal, campaign.id).scalar_subquery())
    ).one()
    late = late_visits(session, principal, campaign.id, campaign.archived_at) if campaign.archived_at else 0
    warnings = warnings_of(
        state=campaign.state,
        ends_on=campaign.ends_on,
        warned_at=campaign.warned_at,
        now=service.clock.now(),
        zone=service.zone,
    )
    return CampaignView(
        campaign.id,
        campaign.name,
        campaign.purpose,
        campaign.state,
        campaign.version,
        campaign.owner_id,
        campaign.policy,
        campaign.questionnaire_id,
        campaign.starts_on,
        campaign.ends_on,
        campaign.created_at,
        campaign.activated_at,
        campaign.warned_at,
        campaign.archived_at,
        list(areas),
        list(streets),
        chosen,
        active_lists,
        late,
        warnings,
    )
