"""Which visits: those behind a figure of some days, in a place, of a campaign or an officer, or conversations alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Select, cast, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, require
from server.base.paging import paginate
from server.base.service import Service
from server.fieldwork.members import visible_campaigns
from server.fieldwork.overview import CampaignChoice, Spot, campaign_choices, find_spot, wards_here
from server.fieldwork.tables import EVERY_CAMPAIGN, Activity, Campaign, PremisesFact
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.staff.tables import Account
from sync.outcomes import table as outcome_table

VISITS = text("premises_fact.kind = 'visit'")  # word for word what the index ix_premises_fact_visits is of


@dataclass(frozen=True)
class WantedVisits:
    """Standing visits on these days (local, both included; None: any), in a place ("" or the force's code: all)."""

    area: str = ""
    campaign_id: int = EVERY_CAMPAIGN
    since: date | None = None
    until: date | None = None
    account_id: int = 0
    contacts: bool = False


@dataclass(frozen=True)
class FoundVisit:
    """A visit of a list; `campaign` is empty for one outside the principal's sight."""

    id: str
    uprn: str
    address: str
    outcome: str
    campaign: str
    officer: str
    corrected_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class FoundVisits:
    """One page, the latest first; `total` is how many there are."""

    rows: Sequence[FoundVisit]
    next: str | None
    total: int
    place: Spot
    campaigns: Sequence[CampaignChoice]


def find_visits(
    service: Service, principal: Principal, wanted: WantedVisits, query: dict[str, Any]
) -> FoundVisits:
    """A page of the wanted visits. Raises Problem: forbidden, not_found outside the principal's areas."""
    require(principal, "visit.read")

    def work(session: Session) -> FoundVisits:
        campaigns = campaign_choices(session, principal, wanted.campaign_id)
        place = find_spot(session, service, principal, wanted.area)
        keys: list[Any] = [PremisesFact.corrected_at.desc(), PremisesFact.id.desc()]
        page = paginate(session, _visits(principal, wanted, place, service.zone), keys, query)
        outcomes = outcome_table()
        rows = [
            FoundVisit(
                row.id,
                row.uprn,
                row.address,
                outcomes[row.outcome].label if row.outcome in outcomes else row.outcome,
                row.name or "",
                row.display_name or "",
                row.corrected_at,
                row.received_at,
            )
            for row in page.rows
        ]
        total = session.scalar(_total(principal, wanted, place)) or 0
        return FoundVisits(rows, page.next, total, place, campaigns)

    return service.db.read(work)


def _visits(principal: Principal, wanted: WantedVisits, place: Spot, zone: ZoneInfo) -> Select[Any]:
    withdrawal = aliased(PremisesFact)
    withdrawn = exists(
        select(1).where(
            withdrawal.uprn == PremisesFact.uprn,
            withdrawal.kind == "withdrawal",
            withdrawal.withdraws == PremisesFact.id,
        )
    )
    ward = func.coalesce(Premises.ward_code, "")
    statement: Any = (
        select(
            PremisesFact.id,
            PremisesFact.uprn,
            Premises.address,
            PremisesFact.outcome,
            Campaign.name,
            Account.display_name,
            PremisesFact.corrected_at,
            PremisesFact.received_at,
        )
        .join(Premises, Premises.uprn == PremisesFact.uprn)
        .outerjoin(Account, Account.id == PremisesFact.account_id)
        .outerjoin(Campaign, (Campaign.id == PremisesFact.campaign_id) & visible_campaigns(principal))
        .where(
            VISITS,
            ~withdrawn,
            in_scope(principal, Premises.ward_code),
            *wards_here(place, ward if place.code == "none" else Premises.ward_code),
        )
    )
    if wanted.campaign_id != EVERY_CAMPAIGN:
        statement = statement.where(PremisesFact.campaign_id == wanted.campaign_id)
    if wanted.since:
        statement = statement.where(PremisesFact.corrected_at >= _midnight(wanted.since, zone))
    if wanted.until:
        after = _midnight(wanted.until + timedelta(days=1), zone)
        statement = statement.where(PremisesFact.corrected_at < after)
    if wanted.account_id:
        statement = statement.where(PremisesFact.account_id == wanted.account_id)
    if wanted.contacts:
        statement = statement.where(PremisesFact.outcome.in_(_conversations()))
    found: Select[Any] = statement
    return found


def _total(principal: Principal, wanted: WantedVisits, place: Spot) -> Select[int]:
    """The same visits as they were counted by day."""
    statement = select(cast(func.coalesce(func.sum(Activity.visits), 0), Integer)).where(
        in_scope(principal, Activity.ward_code), *wards_here(place, Activity.ward_code)
    )
    if wanted.campaign_id != EVERY_CAMPAIGN:
        statement = statement.where(Activity.campaign_id == wanted.campaign_id)
    if wanted.since:
        statement = statement.where(Activity.day >= wanted.since)
    if wanted.until:
        statement = statement.where(Activity.day <= wanted.until)
    if wanted.account_id:
        statement = statement.where(Activity.account_id == wanted.account_id)
    if wanted.contacts:
        statement = statement.where(Activity.outcome.in_(_conversations()))
    return statement


def _conversations() -> list[str]:
    return [one.code for one in outcome_table() if one.contacted]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
