"""A place's coverage as one page shows it: force, district or ward, with the level below, the weeks, what still waits.

Everything of a page is read in one snapshot, in a number of queries that does not depend on the size of the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, sees, sees_whole_force
from server.base.service import Service
from server.fieldwork.coverage import Counted
from server.fieldwork.coverage_rows import DISTRICT, NOWHERE, WARD
from server.fieldwork.happened import days_of_street, days_of_wards
from server.fieldwork.members import visible_campaigns
from server.fieldwork.stored import read_policy
from server.fieldwork.tables import EVERY_CAMPAIGN, Activity, Campaign, StreetCoverage, WardCoverage
from server.fieldwork.trend import Happened, Trend, trend
from server.fieldwork.waiting import Waiting, paths_above, waiting_in
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, Street
from server.staff.principals import today
from sync.fold import COUNTERS
from sync.worklist import Policy

FORCE, STREET = "force", "street"
NO_WARD = "No ward"
BELOW = {FORCE: DISTRICT, DISTRICT: WARD, WARD: STREET}


@dataclass(frozen=True)
class CampaignChoice:
    """A campaign that figures can be asked for, and its policy."""

    id: int
    name: str
    state: str
    policy: Policy


@dataclass(frozen=True)
class Overview:
    """A place in a campaign (`campaign_id` 0: all together). `above` are (name, code) from the top down.

    `below` are the places of the next level (`level`: district | ward | street).
    """

    kind: str
    code: str
    name: str
    above: Sequence[tuple[str, str]]
    counters: dict[str, int]
    level: str
    below: Sequence[Counted]
    trend: Trend
    waiting: Waiting
    campaign_id: int
    campaigns: Sequence[CampaignChoice]
    as_of: datetime
    changed_at: datetime | None

    @property
    def campaign(self) -> CampaignChoice | None:
        """The chosen campaign; None for all together."""
        return next((one for one in self.campaigns if one.id == self.campaign_id), None)


@dataclass(frozen=True)
class Asked:
    """What a page is asked for: a campaign, and days of the force's calendar (both included)."""

    campaign_id: int = EVERY_CAMPAIGN
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Spot:
    """Where a page is: kind, code, name, path, and the areas above (name, code) from the top down."""

    kind: str
    code: str
    name: str
    path: str
    above: tuple[tuple[str, str], ...]


def area_overview(service: Service, principal: Principal, code: str, asked: Asked) -> Overview:
    """A force ("" or its code), district or ward ("none": what lies in no ward), as far as the principal sees it.

    Raises Problem("not_found") for an area or a campaign outside the principal's.
    """

    def work(session: Session) -> Overview:
        campaigns = campaign_choices(session, principal, asked.campaign_id)
        spot = find_spot(session, service, principal, code)
        below = _READERS[spot.kind](session, principal, spot, asked.campaign_id)
        days = days_of_wards(session, principal, asked.campaign_id, *wards_here(spot, Activity.ward_code))
        return _overview(session, service, principal, asked, _Found(campaigns, spot, below, days))

    return service.db.read(work)


def read_street(
    session: Session, service: Service, principal: Principal, usrn: str, asked: Asked
) -> Overview:
    """A street, as far as the principal sees it; `below` are its parts by ward. Raises Problem("not_found")."""
    campaigns = campaign_choices(session, principal, asked.campaign_id)
    # under all campaigns together every street with a house has a row: so is told which streets there are
    rows = session.execute(
        select(
            StreetCoverage.campaign_id,
            Street.name,
            Street.town,
            StreetCoverage.ward_code,
            Area.name.label("ward"),
            Area.path,
            StreetCoverage.changed_at,
            *_columns(StreetCoverage),
        )
        .join(Street, Street.usrn == StreetCoverage.usrn)
        .outerjoin(Area, Area.code == StreetCoverage.ward_code)
        .where(
            StreetCoverage.usrn == usrn,
            StreetCoverage.campaign_id.in_({EVERY_CAMPAIGN, asked.campaign_id}),
            in_scope(principal, StreetCoverage.ward_code),
        )
        .order_by(StreetCoverage.ward_code)
    ).all()
    if not rows:
        raise no_such("street", usrn)
    first = rows[0]
    name = ", ".join(part for part in (first.name, first.town) if part)
    above = _named(session, paths_above(first.path)) if first.path else ((NO_WARD, NOWHERE),)
    spot = Spot(STREET, usrn, name, first.path or "", above)
    below = [
        Counted(row.ward_code or NOWHERE, row.ward or NO_WARD, _counters(row[7:]), "", row.changed_at)
        for row in rows
        if row.campaign_id == asked.campaign_id
    ]
    days = days_of_street(session, service, principal, asked.campaign_id, usrn)
    return _overview(session, service, principal, asked, _Found(campaigns, spot, below, days))


class _Found(NamedTuple):
    """What was read of a place."""

    campaigns: Sequence[CampaignChoice]
    spot: Spot
    below: Sequence[Counted]
    days: dict[date, Happened]


def _overview(
    session: Session, service: Service, principal: Principal, asked: Asked, found: _Found
) -> Overview:
    campaigns, spot, below, days = found
    on = today(service)
    return Overview(
        spot.kind,
        spot.code,
        spot.name,
        spot.above,
        {name: sum(one.counters[name] for one in below) for name in COUNTERS},
        WARD if spot.kind == STREET else BELOW[spot.kind],
        below,
        trend(days, today=on, since=asked.since, until=asked.until),
        waiting_in(session, principal, "" if spot.kind == FORCE else spot.path, on),
        asked.campaign_id,
        campaigns,
        service.clock.now(),
        max((one.changed_at for one in below if one.changed_at), default=None),
    )


def campaign_choices(session: Session, principal: Principal, campaign_id: int) -> list[CampaignChoice]:
    """Those that the principal sees and that have begun, the newest first, and the one asked for whatever it is."""
    rows = session.execute(
        select(Campaign.id, Campaign.name, Campaign.state, Campaign.policy)
        .where(visible_campaigns(principal))
        .order_by(Campaign.id.desc())
    )
    found = [CampaignChoice(row.id, row.name, row.state, read_policy(row.policy) or Policy()) for row in rows]
    if campaign_id != EVERY_CAMPAIGN and all(one.id != campaign_id for one in found):
        raise no_such("campaign", campaign_id)
    return [one for one in found if one.state != "draft" or one.id == campaign_id]


def policy_among(campaigns: Sequence[CampaignChoice], campaign_id: int) -> Policy:
    """The policy of one of these campaigns; the usual one for all together."""
    return next((one.policy for one in campaigns if one.id == campaign_id), Policy())


def find_spot(session: Session, service: Service, principal: Principal, code: str) -> Spot:
    """The force (code "" or its own), a district, a ward, or "none". Raises Problem("not_found") outside the areas."""
    settings = service.settings
    if code in ("", settings.force_code):
        path = f"/{settings.force_code}/"
        return Spot(FORCE, settings.force_code, settings.force_name, path, ())
    if code == NOWHERE and sees_whole_force(principal):
        return Spot(WARD, NOWHERE, NO_WARD, "", ((settings.force_name, settings.force_code),))
    area = session.execute(
        select(Area.kind, Area.name, Area.path).where(Area.code == code, Area.kind.in_((DISTRICT, WARD)))
    ).one_or_none()
    if area is None or not (sees(principal, area.path) or _partly_seen(principal, area.path)):
        raise no_such("area", code)
    above = _named(session, paths_above(area.path)[:-1])
    return Spot(area.kind, code, area.name, area.path, above)


def _partly_seen(principal: Principal, path: str) -> bool:
    return any(one.startswith(path) for one in principal.areas)


def _named(session: Session, paths: Sequence[str]) -> tuple[tuple[str, str], ...]:
    rows = session.execute(
        select(Area.name, Area.code).where(Area.path.in_(paths)).order_by(func.length(Area.path))
    )
    return tuple((row.name, row.code) for row in rows)


def wards_here(spot: Spot, ward_column: Any) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a ward column lies in the place."""
    if spot.kind == FORCE:
        return ()
    if spot.kind == DISTRICT:
        return (ward_column.in_(select(Area.code).where(Area.parent_code == spot.code, Area.kind == WARD)),)
    return (ward_column == ("" if spot.code == NOWHERE else spot.code),)


def _districts_below(session: Session, principal: Principal, _spot: Spot, campaign_id: int) -> list[Counted]:
    ward, district = aliased(Area), aliased(Area)
    rows = session.execute(
        select(
            func.coalesce(district.code, NOWHERE),
            func.coalesce(district.name, NO_WARD),
            func.max(WardCoverage.changed_at),
            *(func.sum(column) for column in _columns(WardCoverage)),
        )
        .outerjoin(ward, ward.code == WardCoverage.ward_code)
        .outerjoin(district, district.code == ward.parent_code)
        .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
        .group_by(district.code, district.name)
    )
    return [Counted(row[0], row[1], _counters(row[3:]), "", row[2]) for row in rows]


def _wards_below(session: Session, principal: Principal, spot: Spot, campaign_id: int) -> list[Counted]:
    rows = session.execute(
        select(Area.code, Area.name, WardCoverage.changed_at, *_columns(WardCoverage))
        .join(Area, Area.code == WardCoverage.ward_code)
        .where(
            WardCoverage.campaign_id == campaign_id,
            Area.parent_code == spot.code,
            in_scope(principal, WardCoverage.ward_code),
        )
    )
    return [Counted(row[0], row[1], _counters(row[3:]), "", row[2]) for row in rows]


def _streets_below(session: Session, principal: Principal, spot: Spot, campaign_id: int) -> list[Counted]:
    rows = session.execute(
        select(
            StreetCoverage.usrn,
            Street.name,
            StreetCoverage.changed_at,
            Street.locality,
            Street.town,
            *_columns(StreetCoverage),
        )
        .join(Street, Street.usrn == StreetCoverage.usrn)
        .where(
            StreetCoverage.campaign_id == campaign_id,
            *wards_here(spot, StreetCoverage.ward_code),
            in_scope(principal, StreetCoverage.ward_code),
        )
    )
    return [Counted(row[0], row[1], _counters(row[5:]), "", row[2]) for row in rows]


_READERS = {FORCE: _districts_below, DISTRICT: _wards_below, WARD: _streets_below}


def _columns(table: Any) -> list[Any]:
    return [getattr(table, name) for name in COUNTERS]


def _counters(values: Any) -> dict[str, int]:
    return {name: int(value or 0) for name, value in zip(COUNTERS, values, strict=True)}
