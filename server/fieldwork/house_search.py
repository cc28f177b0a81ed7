"""Which houses: those behind a figure, those nobody has called at, the oldest attempts, those tried too often.

Every list is of one campaign (0: all together), in the principal's areas, in pages. Houses are found by their streets'
counters, or by the index of houses tried and still owed a visit: never by going through all of a force's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import shapely
from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, select, text
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.clock import from_milliseconds, milliseconds
from server.base.downloads.make import Download, make
from server.base.downloads.sheet import Column, Sheet
from server.base.paging import USUAL_ROWS, PageResult, after_of, paginate
from server.base.service import Service
from server.fieldwork.best_slots import best_slots_of
from server.fieldwork.bulk import among
from server.fieldwork.coverage import reads_houses, require_house_readers
from server.fieldwork.house_marks import LABELS, mark_of_house
from server.fieldwork.lists import with_best_slots
from server.fieldwork.overview import (
    Asked,
    CampaignChoice,
    Overview,
    Spot,
    campaign_choices,
    find_spot,
    policy_among,
    read_street,
    wards_here,
)
from server.fieldwork.tables import Coverage, StreetCoverage, WardCoverage
from server.geography.scope import in_scope
from server.geography.tables import Premises
from sync.fold import COUNTERS
from sync.outcomes import table as outcome_table
from sync.revisit import decide
from sync.worklist import HouseState, Policy

NEVER, OLDEST, PAST = "never", "oldest", "past"
SHOWS = (NEVER, OLDEST, PAST, *COUNTERS)
TITLES = {
    NEVER: "Houses that nobody has called at",
    OLDEST: "Houses still owed a visit, the oldest attempt first",
    PAST: "Houses tried as often as the policy allows, and still owed a visit",
    "premises": "Every house",
    "eligible": "Houses that can be called on",
    "visited": "Houses visited",
    "informed": "Houses informed",
    "contacted": "Houses contacted",
    "registered": "Houses registered",
    "refused": "Houses that refused",
    "outstanding": "Outstanding houses",
}
ROWS_OF_A_DOWNLOAD = 2_000  # read at once
TRIED = text(
    "coverage.visited AND coverage.outstanding"
)  # word for word what the index ix_coverage_tried is of


@dataclass(frozen=True)
class Wanted:
    """Which houses of a place ("" or the force's code: all), or of one street there: `show` is one of SHOWS."""

    show: str = NEVER
    area: str = ""
    campaign_id: int = 0
    usrn: str = ""


@dataclass(frozen=True)
class FoundHouse:
    """A house of a list. `mark` is how it stands in words; `reason` that of the revisit flag, as of now."""

    uprn: str
    address: str
    postcode: str
    usrn: str
    ward_code: str
    mark: str
    attempts: int
    last_outcome: str
    last_at: datetime | None
    flag: str
    reason: str


@dataclass(frozen=True)
class FoundHouses:
    """One page of a list: `total` is how many houses the whole has, `most_attempts` the campaign's."""

    rows: Sequence[FoundHouse]
    next: str | None
    total: int
    wanted: Wanted
    place: Spot
    campaigns: Sequence[CampaignChoice]
    most_attempts: int
    as_of: datetime


def find_houses(service: Service, principal: Principal, wanted: Wanted, query: dict[str, Any]) -> FoundHouses:
    """A page of the wanted houses. Raises Problem: forbidden, not_found for what lies outside the areas."""
    require_house_readers(principal)

    def work(session: Session) -> FoundHouses:
        campaigns = campaign_choices(session, principal, wanted.campaign_id)
        place = find_spot(session, service, principal, wanted.area)
        policy = policy_among(campaigns, wanted.campaign_id)
        search = _Search(wanted, place, policy)
        page = _page(session, service, principal, search, query)
        return FoundHouses(
            page.rows,
            page.next,
            _count(session, principal, search),
            wanted,
            place,
            campaigns,
            policy.most_attempts,
            service.clock.now(),
        )

    return service.db.read(work)


def street_page(
    service: Service, principal: Principal, wanted: Wanted, asked: Asked, query: dict[str, Any]
) -> tuple[Overview, PageResult | None]:
    """The street `wanted.usrn` as far as the principal sees it, and for those who may read houses a page of them.

    Raises Problem("not_found").
    """

    def work(session: Session) -> tuple[Overview, PageResult | None]:
        found = read_street(session, service, principal, wanted.usrn, asked)
        if not reads_houses(principal):
            return found, None
        search = _Search(wanted, EVERYWHERE, policy_among(found.campaigns, wanted.campaign_id))
        return found, _page(session, service, principal, search, query)

    return service.db.read(work)


class _Search(NamedTuple):
    """The wanted houses, where they are looked for, and the campaign's policy."""

    wanted: Wanted
    place: Spot
    policy: Policy


EVERYWHERE = Spot("force", "", "", "", ())


def _page(
    session: Session, service: Service, principal: Principal, search: _Search, query: dict[str, Any]
) -> PageResult:
    uprns, following = _found(session, principal, search, query)
    campaign_id = search.wanted.campaign_id
    return PageResult(houses_by_key(session, service, campaign_id, search.policy, uprns), following)


def download_houses(service: Service, principal: Principal, wanted: Wanted, form: str) -> Download:
    """All of the wanted houses as a file (`form`: csv | geojson | gpkg); it is noted on the audit trail.

    Raises Problem: forbidden, not_found.
    """
    require_house_readers(principal)

    def work(session: Session) -> Download:
        campaigns = campaign_choices(session, principal, wanted.campaign_id)
        place = find_spot(session, service, principal, wanted.area)
        policy = policy_among(campaigns, wanted.campaign_id)
        search = _Search(wanted, place, policy)
        sheet = Sheet(
            f"houses-{wanted.show}",
            TITLES[wanted.show],
            "Houses as the service knows them now; what still waits on phones is not in it. No resident is named.",
            _COLUMNS,
            _all_rows(session, principal, search),
            service.zone,
            "POINT",
        )
        return make(service, sheet, form)

    made = service.db.read(work)
    service.db.transact(
        lambda session: audit.record(
            session,
            service,
            principal,
            "houses.download",
            f"area:{wanted.area or service.settings.force_code}",
            show=wanted.show,
            campaign=wanted.campaign_id,
            form=form,
            houses=made.rows,
        )
    )
    return made


def houses_by_key(
    session: Session, service: Service, campaign_id: int, policy: Policy, uprns: Sequence[str]
) -> list[FoundHouse]:
    """These houses in a campaign, in the order given; the caller has seen to it that they may be seen."""
    now_ms, zone, outcomes = milliseconds(service.clock.now()), service.settings.time_zone, outcome_table()
    rows = session.execute(_details(campaign_id, uprns)).all()
    best = best_slots_of(session, {row.ward_code or "" for row in rows})
    found = {}
    for row in rows:
        state = msgspec.convert(row.state, HouseState)
        decision = decide(state, with_best_slots(policy, best.get(row.ward_code or "")), now_ms, zone)
        last = outcomes.get(state.last_outcome)
        found[row.uprn] = FoundHouse(
            row.uprn,
            row.address,
            row.postcode,
            row.usrn,
            row.ward_code or "",
            LABELS[row.mark],
            state.attempts,
            last.label if last else state.last_outcome,
            from_milliseconds(state.last_at) if state.last_at else None,
            decision.answer,
            decision.text,
        )
    return [found[uprn] for uprn in uprns if uprn in found]


def _found(
    session: Session, principal: Principal, search: _Search, query: dict[str, Any]
) -> tuple[list[str], str | None]:
    """The UPRNs of one page, and the cursor of the next."""
    wanted, place, _ = search
    if wanted.show in (OLDEST, PAST):
        statement = select(Coverage.uprn).add_columns(Coverage.last_at).where(*_tried(principal, search))
        keys: list[Any] = [Coverage.last_at, Coverage.uprn]
    else:
        keys = [Premises.usrn, Premises.uprn]
        if wanted.usrn:  # along the street, as far as numbers tell
            streets, keys = (
                [wanted.usrn],
                [
                    func.coalesce(Premises.number, 0),
                    Premises.number_text,
                    Premises.uprn,
                ],
            )
        else:
            streets = _streets(session, principal, search, query, keys)
        statement = (
            select(Premises.uprn)
            .add_columns(Premises.usrn)
            .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == wanted.campaign_id))
            .where(
                among(Premises.usrn, streets),
                in_scope(principal, Coverage.ward_code),
                *wards_here(place, Coverage.ward_code),
                _of_house(wanted.show),
            )
        )
    page = paginate(session, statement, keys, query)
    return [row.uprn for row in page.rows], page.next


def _streets(
    session: Session, principal: Principal, search: _Search, query: dict[str, Any], keys: list[Any]
) -> list[str]:
    """The streets that the next page's houses lie on, told by their counters: each has one house at least."""
    wanted, place, _ = search
    limit, after = query.get("limit", USUAL_ROWS), (after_of(keys, query) or [""])[0]
    many = _counter(StreetCoverage, wanted.show)
    rows = session.execute(
        select(StreetCoverage.usrn, func.sum(many))
        .where(
            StreetCoverage.campaign_id == wanted.campaign_id,
            in_scope(principal, StreetCoverage.ward_code),
            *wards_here(place, StreetCoverage.ward_code),
            many > 0,
            StreetCoverage.usrn >= after,
        )
        .group_by(StreetCoverage.usrn)
        .order_by(StreetCoverage.usrn)
        .limit(limit + 2)
    )
    streets: list[str] = []
    houses = 0
    for usrn, here in rows:
        streets.append(usrn)
        houses += 0 if usrn == after else here  # who knows how many of that one's were on the page before
        if houses > limit:
            break
    return streets


def _counter(table: Any, show: str) -> Any:
    """How many such houses a street or ward has, by its counters."""
    return table.eligible - table.visited if show == NEVER else getattr(table, show)


def _of_house(show: str) -> ColumnElement[bool]:
    if show == NEVER:
        return and_(Coverage.eligible, ~Coverage.visited)
    flag: ColumnElement[bool] = getattr(Coverage, show).is_(True)
    return flag


def _tried(principal: Principal, search: _Search) -> list[Any]:
    """What is true of houses tried and still owed a visit, for PAST as often as the policy allows."""
    wanted, place, policy = search
    conditions = [
        Coverage.campaign_id == wanted.campaign_id,
        TRIED,
        in_scope(principal, Coverage.ward_code),
        *wards_here(place, Coverage.ward_code),
    ]
    if wanted.usrn:
        conditions.append(Coverage.usrn == wanted.usrn)
    if wanted.show == PAST:
        conditions.append(Coverage.attempts >= policy.most_attempts)
    return conditions


def _count(session: Session, principal: Principal, search: _Search) -> int:
    wanted, place, _ = search
    if wanted.show in (OLDEST, PAST):
        tried = select(func.count()).select_from(Coverage).where(*_tried(principal, search))
        return session.scalar(tried) or 0
    total = select(cast(func.coalesce(func.sum(_counter(WardCoverage, wanted.show)), 0), Integer)).where(
        WardCoverage.campaign_id == wanted.campaign_id,
        in_scope(principal, WardCoverage.ward_code),
        *wards_here(place, WardCoverage.ward_code),
    )
    return session.scalar(total) or 0


def _details(campaign_id: int, uprns: Sequence[str]) -> Select[Any]:
    return (
        select(
            Premises.uprn,
            Premises.address,
            Premises.postcode,
            Premises.usrn,
            Premises.ward_code,
            Premises.lon,
            Premises.lat,
            mark_of_house().label("mark"),
            Coverage.attempts,
            Coverage.last_at,
            Coverage.state,
        )
        .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id))
        .where(among(Premises.uprn, uprns))
    )


def _all_rows(session: Session, principal: Principal, search: _Search) -> Iterator[tuple[Any, ...]]:
    outcomes, after = outcome_table(), ""
    while True:
        query = {"limit": ROWS_OF_A_DOWNLOAD, "after": after}
        uprns, following = _found(session, principal, search, query)
        details = _details(search.wanted.campaign_id, uprns)
        found = {row.uprn: row for row in session.execute(details)}
        for uprn in uprns:
            row = found[uprn]
            last = outcomes.get((row.state or {}).get("last_outcome", ""))
            yield (
                row.uprn,
                row.address,
                row.postcode,
                row.usrn,
                row.ward_code or "",
                LABELS[row.mark],
                row.attempts,
                last.label if last else "",
                from_milliseconds(row.last_at) if row.last_at else None,
                shapely.Point(row.lon, row.lat),
            )
        if following is None:
            return
        after = following


_COLUMNS = (
    Column("uprn", "UPRN"),
    Column("address", "Address"),
    Column("postcode", "Postcode"),
    Column("usrn", "USRN"),
    Column("ward_code", "Ward code"),
    Column("state", "How it stands"),
    Column("attempts", "Attempts", "number"),
    Column("last_outcome", "Last outcome"),
    Column("last_visit", "Last visit", "time"),
)
