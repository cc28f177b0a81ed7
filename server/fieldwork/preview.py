"""What a draft would cover if it were started now: houses, streets, wards, who is left out, and what overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.expected import hours_at_the_door
from server.fieldwork.members import campaign_seen, in_campaign, is_house
from server.fieldwork.proposals import pace_of
from server.fieldwork.tables import EVERY_CAMPAIGN, Campaign, Coverage
from server.geography.scope import in_scope
from server.geography.tables import Area, Premises
from sync.worklist import Policy

PARTS = ("houses", "registered", "unconfirmed", "do_not_call", "unsafe", "ineligible", "to_call")


@dataclass(frozen=True)
class WardPreview:
    """One ward's part of a campaign."""

    code: str
    name: str
    houses: int
    to_call: int


@dataclass(frozen=True)
class Overlap:
    """An active campaign that covers some of the same houses."""

    campaign_id: int
    name: str
    houses: int


@dataclass(frozen=True)
class Preview:
    """What a draft covers, in the principal's areas.

    `registered` are houses with somebody registered; `do_not_call`, `unsafe` and `ineligible` may not be knocked at (a
    house may be in several); `to_call` are the houses that are left once these, and by the policy the registered ones,
    are out. `hours` at the door are for those.
    """

    houses: int
    streets: int
    registered: int
    unconfirmed: int
    do_not_call: int
    unsafe: int
    ineligible: int
    to_call: int
    hours: float
    wards: list[WardPreview]
    overlaps: list[Overlap]


def preview_campaign(service: Service, principal: Principal, campaign_id: int) -> Preview:
    """What a campaign would cover if it were started now. Raises Problem("not_found")."""

    def work(session: Session) -> Preview:
        campaign = campaign_seen(session, principal, campaign_id)
        policy = msgspec.convert(campaign.policy, Policy)
        ours = and_(is_house(), in_campaign(session, campaign_id), in_scope(principal, Premises.ward_code))
        by_ward = _by_ward(session, ours, policy)
        total = {name: sum(row[name] for row in by_ward) for name in PARTS}
        streets = session.execute(select(func.count(Premises.usrn.distinct())).where(ours)).scalar_one()
        wards = [WardPreview(row["code"], row["name"], row["houses"], row["to_call"]) for row in by_ward]
        hours = hours_at_the_door(
            total["to_call"], policy.most_attempts, pace_of(session, service, campaign_id)
        )
        overlaps = _overlaps(session, ours, campaign_id)
        return Preview(streets=streets, hours=hours, wards=wards, overlaps=overlaps, **total)

    return service.db.read(work)


def _by_ward(session: Session, ours: ColumnElement[bool], policy: Policy) -> list[dict[str, Any]]:
    barred = {
        "do_not_call": Coverage.state["do_not_call"].as_boolean(),
        "unsafe": Coverage.state["unsafe"].as_boolean(),
        "ineligible": Coverage.eligible.is_(False),
    }
    out = list(barred.values()) + ([] if policy.revisit_registered else [Coverage.registered])
    counted = {
        "registered": Coverage.registered,
        "unconfirmed": Coverage.state["registered"].as_string() == "unconfirmed",
        **barred,
        "to_call": func.coalesce(or_(*out), False).is_(False),
    }
    rows = session.execute(
        select(
            Premises.ward_code.label("code"),
            func.coalesce(func.max(Area.name), "").label("name"),
            func.count().label("houses"),
            *(_times(condition).label(name) for name, condition in counted.items()),
        )
        .select_from(Premises)
        .outerjoin(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == EVERY_CAMPAIGN))
        .outerjoin(Area, Area.code == Premises.ward_code)
        .where(ours)
        .group_by(Premises.ward_code)
    )
    found = [{**row, "code": row["code"] or ""} for row in rows.mappings()]
    return sorted(found, key=lambda row: (row["name"], row["code"]))


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def _overlaps(session: Session, ours: ColumnElement[bool], campaign_id: int) -> list[Overlap]:
    rows = session.execute(
        select(Campaign.id, Campaign.name, func.count())
        .select_from(Premises)
        .join(Coverage, Coverage.uprn == Premises.uprn)
        .join(Campaign, Campaign.id == Coverage.campaign_id)
        .where(ours, Campaign.state == "active", Campaign.id != campaign_id)
        .group_by(Campaign.id, Campaign.name)
        .order_by(Campaign.id)
    )
    return [Overlap(*row) for row in rows]
