"""Campaigns as their pages show them: all of them with how far they are, and one with the names of what it names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.campaign_choices import questionnaire_names
from server.fieldwork.campaign_views import CampaignView, Report, view_of
from server.fieldwork.happened import days_of_wards
from server.fieldwork.members import campaign_seen, visible_campaigns
from server.fieldwork.tables import Campaign, StreetCoverage, WardCoverage
from server.fieldwork.trend import Trend, trend
from server.geography.scope import areas_in_scope, in_scope
from server.geography.tables import Area, Street
from server.staff.tables import Account
from sync.fold import COUNTERS
from sync.worklist import Policy

STREETS_NAMED = 200


@dataclass(frozen=True)
class CampaignRow:
    """A campaign in a list. `counters` are of the reader's areas as of now, all 0 for a draft."""

    id: int
    name: str
    state: str
    owner: str
    starts_on: date
    ends_on: date
    counters: Mapping[str, int]


@dataclass(frozen=True)
class Overview:
    """One campaign with names, and its counters in the reader's areas; `as_of` is when these last changed.

    `area_names` and `street_names` are by code (at most STREETS_NAMED streets). `drawn` is a GeoJSON geometry.
    """

    campaign: CampaignView
    owner: str
    questionnaire: str
    area_names: dict[str, str]
    street_names: dict[str, str]
    streets: int
    counters: dict[str, int]
    as_of: datetime | None
    trend: Trend
    drawn: dict[str, Any] | None = field(repr=False)

    @property
    def policy(self) -> Policy:
        """The campaign's rules for calling again, each with its value."""
        return msgspec.convert(self.campaign.policy, Policy)


def list_campaigns(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of campaigns that reach into the principal's areas, the newest first; `query`: state, and the page."""

    def work(session: Session) -> PageResult:
        statement = (
            select(Campaign, Account.display_name)
            .join(Account, Account.id == Campaign.owner_id)
            .where(visible_campaigns(principal))
        )
        if query.get("state"):
            statement = statement.where(Campaign.state == query["state"])
        page = paginate(session, statement, [Campaign.id.desc()], query)
        counters = _counters(session, principal, [row.Campaign.id for row in page.rows])
        return PageResult([_row(row.Campaign, row.display_name, counters) for row in page.rows], page.next)

    return service.db.read(work)


def read_overview(service: Service, principal: Principal, campaign_id: int) -> Overview:
    """One campaign for its own pages. Raises Problem("not_found")."""

    def work(session: Session) -> Overview:
        row = campaign_seen(session, principal, campaign_id)
        campaign = view_of(session, service, principal, row)
        numbers, as_of = _numbers(session, principal, campaign_id)
        owner, drawn = session.execute(
            select(Account.display_name, Campaign.drawn)
            .join(Campaign, Campaign.owner_id == Account.id)
            .where(Campaign.id == campaign_id)
        ).one()
        return Overview(
            campaign,
            owner,
            _questionnaire(session, campaign.questionnaire_id),
            area_names(session, principal, campaign.areas),
            street_names(session, campaign.streets[:STREETS_NAMED]),
            numbers.pop("streets"),
            numbers,
            as_of,
            _trend(session, service, principal, row),
            drawn,
        )

    return service.db.read(work)


def read_heading(service: Service, principal: Principal, campaign_id: int) -> Campaign:
    """A campaign's own row. Raises Problem("not_found")."""
    return service.db.read(lambda session: campaign_seen(session, principal, campaign_id))


def report_by_ward(service: Service, principal: Principal, report: Report) -> list[dict[str, Any]]:
    """A report's counters summed by ward, each with its code and name, in order of name."""
    wards: dict[str, dict[str, Any]] = {}
    for row in report.streets:
        ward = wards.setdefault(row["ward_code"], {"code": row["ward_code"]} | dict.fromkeys(COUNTERS, 0))
        for name in COUNTERS:
            ward[name] += row[name]
    names = service.db.read(lambda session: area_names(session, principal, [code for code in wards if code]))
    found = [ward | {"name": names.get(code, "Without a ward")} for code, ward in wards.items()]
    return sorted(found, key=lambda ward: (ward["name"], ward["code"]))


def area_names(session: Session, principal: Principal, codes: Collection[str]) -> dict[str, str]:
    """Names by code, in order of name, of those areas that the principal sees; others by their code alone."""
    if not codes:
        return {}
    seen = select(Area.code, Area.name).where(among(Area.code, codes), areas_in_scope(principal))
    names = {row.code: row.name for row in session.execute(seen)}
    return dict(sorted(((code, names.get(code, code)) for code in codes), key=lambda one: (one[1], one[0])))


def street_names(session: Session, usrns: Collection[str]) -> dict[str, str]:
    """Names with their place ("Elm Street, Cottingham") by USRN, in order of name."""
    if not usrns:
        return {}
    rows = session.execute(
        select(Street.usrn, Street.name, Street.locality, Street.town)
        .where(among(Street.usrn, usrns))
        .order_by(Street.name, Street.usrn)
    )
    return {
        row.usrn: ", ".join(part for part in (row.name, row.locality or row.town) if part) for row in rows
    }


def _trend(session: Session, service: Service, principal: Principal, campaign: Campaign) -> Trend:
    """Its weeks from the first visit on; of an archived one up to its end."""
    days = days_of_wards(session, principal, campaign.id) if campaign.activated_at else {}
    now = campaign.archived_at or service.clock.now()
    return trend(days, today=now.astimezone(service.zone).date(), since=None, until=None)


def _questionnaire(session: Session, key: int | None) -> str:
    return questionnaire_names(session).get(key, f"number {key}, no longer in use") if key else ""


def _counters(
    session: Session, principal: Principal, campaign_ids: Collection[int]
) -> dict[int, dict[str, int]]:
    if not campaign_ids:
        return {}
    rows = session.execute(
        select(WardCoverage.campaign_id, *_sums(WardCoverage))
        .where(among(WardCoverage.campaign_id, campaign_ids), in_scope(principal, WardCoverage.ward_code))
        .group_by(WardCoverage.campaign_id)
    ).mappings()
    return {row["campaign_id"]: {name: row[name] for name in COUNTERS} for row in rows}


def _numbers(
    session: Session, principal: Principal, campaign_id: int
) -> tuple[dict[str, int], datetime | None]:
    """Counters and `streets` with houses in it, and when any of them last changed."""
    row = (
        session.execute(
            select(
                func.count(StreetCoverage.usrn.distinct()).label("streets"),
                func.max(StreetCoverage.changed_at).label("as_of"),
                *_sums(StreetCoverage),
            ).where(
                StreetCoverage.campaign_id == campaign_id,
                StreetCoverage.premises > 0,
                in_scope(principal, StreetCoverage.ward_code),
            )
        )
        .mappings()
        .one()
    )
    return {name: row[name] for name in ("streets", *COUNTERS)}, row["as_of"]


def _sums(table: Any) -> list[Any]:
    return [cast(func.coalesce(func.sum(getattr(table, name)), 0), Integer).label(name) for name in COUNTERS]


def _row(campaign: Campaign, owner: str, counters: Mapping[int, dict[str, int]]) -> CampaignRow:
    none = dict.fromkeys(COUNTERS, 0)
    return CampaignRow(
        campaign.id,
        campaign.name,
        campaign.state,
        owner,
        campaign.starts_on,
        campaign.ends_on,
        counters.get(campaign.id, none),
    )
