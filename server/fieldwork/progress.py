"""How far a campaign has got, for its report on paper: numbers, wards with their shapes, weeks, best times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.activity_sums import tally_sums
from server.fieldwork.activity_views import Asked
from server.fieldwork.answer_rules import Tally, summed
from server.fieldwork.best_times import BestTimes, best_times
from server.fieldwork.bulk import among
from server.fieldwork.campaign_views import Report, report_of
from server.fieldwork.members import campaign_seen
from server.fieldwork.tables import Activity, Campaign, WardCoverage
from server.geography.scope import in_scope
from server.geography.tables import Area
from sync.fold import COUNTERS

ALWAYS = (date(2000, 1, 1), date(2199, 12, 31))


@dataclass(frozen=True)
class WardProgress:
    """A ward's counters (COUNTERS by name) and its shape, where it has one; code "": houses without a ward."""

    code: str
    name: str
    counters: dict[str, int]
    shape: BaseGeometry | None


@dataclass(frozen=True)
class WeekProgress:
    """A week from its Monday on: visits, tries and answers, houses visited for the first time, residents registered."""

    starts: date
    tally: Tally
    first_visits: int
    registrations: int


@dataclass(frozen=True)
class Progress:
    """A campaign as far as the principal's areas reach.

    `as_of`: when the counters were read, or, of an archived campaign, kept; then `since` visits came in after it.
    """

    campaign_id: int
    name: str
    purpose: str
    state: str
    starts_on: date
    ends_on: date
    as_of: datetime
    since: int
    total: dict[str, int]
    wards: list[WardProgress]
    weeks: list[WeekProgress]
    times: BestTimes


def read_progress(service: Service, principal: Principal, campaign_id: int) -> Progress:
    """The campaign's progress. Raises Problem: forbidden, not_found, wrong_state for a draft."""
    require(principal, "coverage.read")

    def work(session: Session) -> Progress:
        campaign = campaign_seen(session, principal, campaign_id)
        if campaign.state == "draft":
            raise Problem(
                "wrong_state", "A draft has no progress yet: start the campaign first.", state=campaign.state
            )
        kept = report_of(session, principal, campaign_id) if campaign.state == "archived" else None
        counted = _kept_by_ward(kept) if kept else _counted_by_ward(session, principal, campaign_id)
        wards = _wards(session, counted)
        return Progress(
            campaign.id,
            campaign.name,
            campaign.purpose,
            campaign.state,
            campaign.starts_on,
            campaign.ends_on,
            kept.as_of if kept else service.clock.now(),
            kept.since if kept else 0,
            {name: sum(ward.counters[name] for ward in wards) for name in COUNTERS},
            wards,
            _weeks(session, principal, campaign),
            best_times(session, principal, Asked(*ALWAYS, campaign_id)),
        )

    return service.db.read(work)


def _counted_by_ward(session: Session, principal: Principal, campaign_id: int) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(WardCoverage.ward_code, *(getattr(WardCoverage, name) for name in COUNTERS)).where(
            WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code)
        )
    )
    return {row.ward_code: {name: getattr(row, name) for name in COUNTERS} for row in rows}


def _kept_by_ward(kept: Report) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTERS, 0))
    for street in kept.streets:
        for name in COUNTERS:
            found[street["ward_code"]][name] += street[name]
    return found


def _wards(session: Session, counted: dict[str, dict[str, int]]) -> list[WardProgress]:
    """The wards that have houses in the campaign, by name."""
    rows = session.execute(
        select(Area.code, Area.name, Area.geometry).where(among(Area.code, sorted(counted)))
    )
    known = {row.code: row for row in rows}
    wards = [
        WardProgress(
            code,
            known[code].name if code in known else "Without a ward",
            counters,
            known[code].geometry if code in known else None,
        )
        for code, counters in counted.items()
        if counters["premises"]
    ]
    return sorted(wards, key=lambda ward: (ward.name, ward.code))


def _weeks(session: Session, principal: Principal, campaign: Campaign) -> list[WeekProgress]:
    """What was counted week by week, from the first visit on; weeks without any are in it too."""
    rows = session.execute(
        select(
            Activity.day,
            *tally_sums(),
            func.sum(Activity.first_visits).label("first_visits"),
            func.sum(Activity.registrations).label("registrations"),
        )
        .where(Activity.campaign_id == campaign.id, in_scope(principal, Activity.ward_code))
        .group_by(Activity.day)
        .order_by(Activity.day)
    ).all()
    if not rows:
        return []
    found: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.day - timedelta(days=row.day.weekday())].append(row)
    first, last = min(found), max(found)
    starts = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 7)]
    return [_week(start, found.get(start, [])) for start in starts]


def _week(starts: date, rows: list[Any]) -> WeekProgress:
    return WeekProgress(
        starts, summed(rows), sum(row.first_visits for row in rows), sum(row.registrations for row in rows)
    )
