"""How far the knocking has got: by force, district, ward, street and house, for one campaign or all together (0).

Force, districts and wards are sums of ward rows, so they cost the same however many houses there are. Everything is
restricted to the wards that the principal sees; `as_of` is the moment that the figures are of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Integer, and_, cast, func, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, has, require, sees
from server.base.clock import milliseconds
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.fieldwork.best_slots import best_slots_of
from server.fieldwork.lists import with_best_slots
from server.fieldwork.members import campaign_seen
from server.fieldwork.rows import Texts, texts_of
from server.fieldwork.stored import read_policy
from server.fieldwork.tables import (
    EVERY_CAMPAIGN,
    Campaign,
    Coverage,
    StreetCoverage,
    WardCoverage,
)
from server.geography.scope import area_path, in_scope, no_such, ward_codes
from server.geography.tables import Area, Premises, Street
from sync.fold import COUNTERS
from sync.revisit import decide
from sync.worklist import HouseState, Policy


@dataclass(frozen=True)
class Counted:
    """The counters of one place. `code` is an area's code or a street's USRN."""

    code: str
    name: str
    counters: dict[str, int]
    ward_code: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class CountedPage:
    """Counters of many places, and the moment they are of."""

    rows: list[Counted]
    as_of: datetime
    next: str | None = None


@dataclass(frozen=True)
class HouseView:
    """A house in one campaign: its state, and the revisit flag with its reason as of now."""

    uprn: str
    usrn: str
    address: str
    postcode: str
    ward_code: str | None
    state: HouseState
    counted: dict[str, bool]
    flag: str
    reason: str
    hazards: tuple[str, ...]


@dataclass(frozen=True)
class HousePage:
    """Houses, and the moment they are of."""

    rows: list[HouseView]
    as_of: datetime
    next: str | None


def force_coverage(service: Service, principal: Principal, campaign_id: int) -> CountedPage:
    """One row: all that the principal sees, summed up."""

    def work(session: Session) -> CountedPage:
        require_campaign(session, principal, campaign_id)
        row = session.execute(
            select(*_sums(WardCoverage), func.max(WardCoverage.changed_at)).where(
                WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code)
            )
        ).one()
        settings = service.settings
        total = Counted(settings.force_code, settings.force_name, _counters(row), changed_at=row[-1])
        return CountedPage([total], service.clock.now())

    return service.db.read(work)


def district_coverage(service: Service, principal: Principal, campaign_id: int) -> CountedPage:
    """A row for each district with a ward that the principal sees; of a district seen in part, that part."""

    def work(session: Session) -> CountedPage:
        require_campaign(session, principal, campaign_id)
        ward, district = aliased(Area), aliased(Area)
        rows = session.execute(
            select(district.code, district.name, func.max(WardCoverage.changed_at), *_sums(WardCoverage))
            .join(ward, ward.code == WardCoverage.ward_code)
            .join(district, district.code == ward.parent_code)
            .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
            .group_by(district.code, district.name)
            .order_by(district.code)
        )
        counted = [Counted(row[0], row[1], _counters(row[3:]), changed_at=row[2]) for row in rows]
        return CountedPage(counted, service.clock.now())

    return service.db.read(work)


def ward_coverage(
    service: Service, principal: Principal, campaign_id: int, query: dict[str, Any]
) -> CountedPage:
    """A row for each ward, by code; `query` may name an area above (`area`). Raises Problem("not_found")."""

    def work(session: Session) -> CountedPage:
        require_campaign(session, principal, campaign_id)
        statement = (
            select(
                WardCoverage.ward_code,
                func.coalesce(Area.name, "").label("name"),
                WardCoverage.changed_at,
                *_columns(WardCoverage),
            )
            .outerjoin(Area, Area.code == WardCoverage.ward_code)
            .where(WardCoverage.campaign_id == campaign_id, in_scope(principal, WardCoverage.ward_code))
        )
        wards = wards_of(session, principal, query.get("area"))
        if wards is not None:
            statement = statement.where(WardCoverage.ward_code.in_(wards))
        page = paginate(session, statement, [WardCoverage.ward_code], query)
        counted = [
            Counted(row[0], row[1], _counters(row[3:]), ward_code=row[0], changed_at=row[2])
            for row in page.rows
        ]
        return CountedPage(counted, service.clock.now(), page.next)

    return service.db.read(work)


def street_coverage(
    service: Service, principal: Principal, campaign_id: int, query: dict[str, Any]
) -> CountedPage:
    """A row for each street and ward (a street may cross wards), by USRN or the most outstanding first.

    `query`: area, usrn, order (usrn | outstanding). Raises Problem("not_found") for an area outside the principal's.
    """

    def work(session: Session) -> CountedPage:
        require_campaign(session, principal, campaign_id)
        statement = (
            select(
                StreetCoverage.usrn,
                Street.name,
                StreetCoverage.ward_code,
                StreetCoverage.changed_at,
                *_columns(StreetCoverage),
            )
            .join(Street, Street.usrn == StreetCoverage.usrn)
            .where(StreetCoverage.campaign_id == campaign_id, in_scope(principal, StreetCoverage.ward_code))
        )
        wards = wards_of(session, principal, query.get("area"))
        if wards is not None:
            statement = statement.where(StreetCoverage.ward_code.in_(wards))
        if query.get("usrn"):
            statement = statement.where(StreetCoverage.usrn == query["usrn"])
        keys: list[Any] = [StreetCoverage.usrn, StreetCoverage.ward_code]
        if query.get("order") == "outstanding":
            keys.insert(0, StreetCoverage.outstanding.desc())
        page = paginate(session, statement, keys, query)
        counted = [Counted(row[0], row[1], _counters(row[4:]), row[2], row[3]) for row in page.rows]
        return CountedPage(counted, service.clock.now(), page.next)

    return service.db.read(work)


def house_coverage(
    service: Service, principal: Principal, campaign_id: int, query: dict[str, Any]
) -> HousePage:
    """Houses of a street or an area (`query`: usrn, area, outstanding, and the page), by street and UPRN.

    Raises Problem("not_found") for a campaign or an area outside the principal's.
    """

    def work(session: Session) -> HousePage:
        policy = require_campaign(session, principal, campaign_id)
        # by way of the campaign's streets: their key is the order of the pages, so the first fifty houses are
        # found without sorting the force's
        statement = (
            select(Premises.uprn, Premises.usrn, *_HOUSE)
            .select_from(StreetCoverage)
            .join(Premises, _ON_STREET)
            .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id))
            .where(StreetCoverage.campaign_id == campaign_id, in_scope(principal, Premises.ward_code))
        )
        wards = wards_of(session, principal, query.get("area"))
        if wards is not None:
            statement = statement.where(StreetCoverage.ward_code.in_(wards))
        if query.get("usrn"):
            statement = statement.where(StreetCoverage.usrn == query["usrn"])
        if query.get("outstanding") is not None:
            statement = statement.where(Coverage.outstanding == query["outstanding"])
        page = paginate(session, statement, [StreetCoverage.usrn, Premises.uprn], query)
        return HousePage(_views(session, service, page, policy), service.clock.now(), page.next)

    return service.db.read(work)


def read_house(service: Service, principal: Principal, uprn: str, campaign_id: int) -> HouseView:
    """One house in one campaign. Raises Problem("not_found") outside the principal's areas or the campaign."""

    def work(session: Session) -> HouseView:
        policy = require_campaign(session, principal, campaign_id)
        rows = session.execute(
            select(Premises.uprn, Premises.usrn, *_HOUSE)
            .join(Coverage, Coverage.uprn == Premises.uprn)
            .where(
                Coverage.campaign_id == campaign_id,
                Premises.uprn == uprn,
                in_scope(principal, Premises.ward_code),
            )
        ).all()
        if not rows:
            raise no_such("house", uprn)
        return _views(session, service, PageResult(list(rows), None), policy)[0]

    return service.db.read(work)


def require_house_readers(principal: Principal) -> None:
    """Houses one by one are for those who knock or plan it; an analyst works with sums. Raises Problem("forbidden")."""
    if not reads_houses(principal):
        require(principal, "worklist.read")


def reads_houses(principal: Principal) -> bool:
    """True for whoever `require_house_readers` lets by."""
    return has(principal, "visit.read") or has(principal, "worklist.read")


def require_campaign(session: Session, principal: Principal, campaign_id: int) -> Policy:
    """The campaign's policy; the usual one for all campaigns together (0). Raises Problem("not_found")."""
    if campaign_id == EVERY_CAMPAIGN:
        return Policy()
    campaign_seen(session, principal, campaign_id)
    document = session.scalar(select(Campaign.policy).where(Campaign.id == campaign_id))
    return read_policy(document) or Policy()


def wards_of(session: Session, principal: Principal, area: str | None) -> list[str] | None:
    """The wards of an area that lies in the principal's areas or above them; None for no area."""
    if not area:
        return None
    path = area_path(session, area)
    if not sees(principal, path) and not any(one.startswith(path) for one in principal.areas):
        raise no_such("area", area)
    return ward_codes(session, area)


def _views(session: Session, service: Service, page: PageResult, policy: Policy) -> list[HouseView]:
    now_ms, zone = milliseconds(service.clock.now()), service.settings.time_zone
    texts = texts_of(session, service.vault, [row.uprn for row in page.rows])
    best = best_slots_of(session, {row.ward_code or "" for row in page.rows})
    views = []
    for row in page.rows:
        state = msgspec.convert(row.state, HouseState)
        decision = decide(state, with_best_slots(policy, best.get(row.ward_code or "")), now_ms, zone)
        views.append(
            HouseView(
                row.uprn,
                row.usrn,
                row.address,
                row.postcode,
                row.ward_code,
                state,
                {name: getattr(row, name) for name in COUNTERS},
                decision.answer,
                decision.text,
                texts.get(row.uprn, Texts()).hazards,
            )
        )
    return views


def _columns(table: Any) -> list[Any]:
    return [getattr(table, name) for name in COUNTERS]


def _sums(table: Any) -> list[Any]:
    return [cast(func.coalesce(func.sum(column), 0), Integer) for column in _columns(table)]


def _counters(values: Any) -> dict[str, int]:
    return dict(zip(COUNTERS, values, strict=False))


_ON_STREET = and_(
    Premises.usrn == StreetCoverage.usrn, func.coalesce(Premises.ward_code, "") == StreetCoverage.ward_code
)
_HOUSE = (
    Premises.address,
    Premises.postcode,
    Premises.ward_code,
    Coverage.state,
    *(getattr(Coverage, name) for name in COUNTERS),
)
