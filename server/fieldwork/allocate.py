"""Gives streets of a campaign to officers, as lists in walking order. Nobody else may hold any of the houses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.db import insert_many
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.best_slots import main_ward
from server.fieldwork.bulk import among
from server.fieldwork.cutting import Stretch
from server.fieldwork.members import campaign_seen, is_house
from server.fieldwork.officers import takers
from server.fieldwork.planning import HousePoint, plan_lists
from server.fieldwork.rows import MICRODEGREES, refresh_rows
from server.fieldwork.rules import list_end
from server.fieldwork.tables import Coverage, Holding, Worklist, WorklistHouse
from server.geography.lock import lock_streets
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises, Street
from sync.worklist_codec import EMPTY_DIGEST

MOST_AT_ONCE = 10_000  # houses in one request: routing them takes seconds


@dataclass(frozen=True)
class Allocated:
    """A list that was made."""

    worklist_id: int
    account_id: int
    houses: int
    usrns: tuple[str, ...]
    not_after: datetime


class ListToBe(NamedTuple):
    """A list to write: whose, its stretches of streets in walking order, and the ward that most of it lies in."""

    account_id: int
    stretches: Sequence[Stretch]
    ward_code: str


@dataclass(frozen=True)
class _House:
    point: HousePoint
    ward_code: str | None


def allocate(
    service: Service,
    principal: Principal,
    campaign_id: int,
    *,
    officers: Sequence[int],
    usrns: Sequence[str],
    most_houses: int | None = None,
    hours: int | None = None,
    outstanding_only: bool = False,
) -> list[Allocated]:
    """Give streets to officers (accounts), shared out evenly in walking order, at most `most_houses` to a list.

    Of each street those houses are given that belong to the campaign and lie in the principal's areas (with
    `outstanding_only` those still owed a visit). A street with more houses than a list takes is cut into contiguous
    stretches. The lists end after `hours`, or with the campaign. Raises Problem: not_found, forbidden, wrong_state (not
    active, or over), already_held with how many of the houses others hold, validation_failed for an officer who
    cannot take them.
    """
    require(principal, "worklist.allocate")
    most = require_size(service, most_houses)

    def work(session: Session) -> list[Allocated]:
        lock_streets(session, usrns)
        not_after = end_of_lists(session, service, principal, campaign_id, hours)
        houses = _houses(session, principal, campaign_id, usrns, outstanding_only)
        require_officers(session, service, officers, {house.ward_code for house in houses})
        points = {house.point.uprn: house.point for house in houses}
        require_free(session, campaign_id, list(points))
        wards = {house.point.uprn: house.ward_code for house in houses}
        planned = plan_lists(list(points.values()), most_houses=most, officers=len(officers))
        lists = write_lists(
            session,
            service,
            [list_to_be(officers[one.officer], one.stretches, wards) for one in planned],
            points,
            {
                "campaign_id": campaign_id,
                "not_after": not_after,
                "created_by": principal.account_id,
                "created_at": service.clock.now(),
            },
        )
        audit.record(
            session,
            service,
            principal,
            "worklist.allocate",
            f"campaign:{campaign_id}",
            lists=[one.worklist_id for one in lists],
            officers=sorted(set(officers)),
            houses=len(houses),
        )
        return lists

    return service.db.transact(work)


def end_of_lists(
    session: Session, service: Service, principal: Principal, campaign_id: int, hours: int | None
) -> datetime:
    """When lists that are given out now end. The campaign must be seen, active and not over.

    Its row stays locked, so that a last day that is changed at the same moment is that of these lists too.
    """
    campaign = campaign_seen(session, principal, campaign_id, lock=True)
    if campaign.state != "active":
        raise Problem("wrong_state", "Only an active campaign's streets are allocated.", state=campaign.state)
    now = service.clock.now()
    not_after = list_end(
        now=now, hours=hours or service.settings.worklist_hours, ends_on=campaign.ends_on, zone=service.zone
    )
    if not_after <= now:
        raise Problem("wrong_state", "The last day of this campaign is over.", state=campaign.state)
    return not_after


def require_size(service: Service, most_houses: int | None) -> int:
    largest = service.settings.most_houses
    if most_houses is not None and not 1 <= most_houses <= largest:
        errors = {"most_houses": f"Must be between 1 and {largest}."}
        raise Problem("validation_failed", f"A list takes at most {largest} houses.", errors=errors)
    return most_houses or largest


def _houses(
    session: Session, principal: Principal, campaign_id: int, usrns: Sequence[str], outstanding_only: bool
) -> list[_House]:
    """The houses to give. Every street must have one that belongs to the campaign and lies in the principal's areas."""
    rows = session.execute(
        select(
            Premises.uprn,
            Premises.usrn,
            Premises.lon,
            Premises.lat,
            Premises.ward_code,
            Coverage.outstanding,
        )
        .join(Coverage, Coverage.uprn == Premises.uprn)
        .where(
            among(Premises.usrn, usrns),
            Coverage.campaign_id == campaign_id,
            Coverage.premises,
            is_house(),
            in_scope(principal, Premises.ward_code),
        )
    ).all()
    for usrn in sorted(set(usrns) - {row.usrn for row in rows}):
        raise no_such("street of this campaign", usrn)
    wanted = [row for row in rows if row.outstanding or not outstanding_only]
    if not wanted:
        raise Problem("wrong_state", "No house on these streets is still owed a visit.")
    if len(wanted) > MOST_AT_ONCE:
        raise Problem(
            "validation_failed",
            f"These streets have {len(wanted)} houses: allocate at most {MOST_AT_ONCE} at once.",
            errors={"streets": "Too many houses."},
        )
    return [_House(HousePoint(row.uprn, row.usrn, row.lon, row.lat), row.ward_code) for row in wanted]


def require_officers(
    session: Session, service: Service, officers: Sequence[int], wards: set[str | None]
) -> None:
    """Every officer is active, works with lists, and was granted every ward with a house."""
    require_granted(session, service, {account_id: {ward or "" for ward in wards} for account_id in officers})


def require_granted(session: Session, service: Service, wards: Mapping[int, set[str]]) -> None:
    """Every officer (an account) is active, works with lists, and was granted these wards ("" for none)."""
    every = set().union(*wards.values())
    granted = {one.account_id: one.wards for one in takers(session, service, every, wards)}
    for account_id, asked in wards.items():
        if account_id not in granted:
            errors = {"officers": f"{account_id} is no active officer."}
            raise Problem("validation_failed", "Lists are given to active officers.", errors=errors)
        outside = len(asked - granted[account_id])
        if outside:
            errors = {"officers": f"{account_id} was not granted {outside} of the wards."}
            raise Problem(
                "validation_failed", "An officer is given houses only in the areas granted.", errors=errors
            )


def require_free(session: Session, campaign_id: int, uprns: list[str]) -> None:
    held = session.execute(
        select(func.count())
        .select_from(Holding)
        .where(among(Holding.uprn, uprns), Holding.campaign_id == campaign_id)
    ).scalar_one()
    if held:
        raise Problem(
            "already_held",
            f"{held} of these {len(uprns)} houses are on somebody's list already: recall that list, or leave them out.",
            held=held,
            houses=len(uprns),
        )


def write_lists(
    session: Session,
    service: Service,
    lists: Sequence[ListToBe],
    points: Mapping[str, HousePoint],
    columns: dict[str, Any],
) -> list[Allocated]:
    """Write lists of these houses, their rows and holdings; `columns` are those that the lists have in common.

    The rows come in as removed ones, which `refresh_rows` brings in. Precondition: streets are locked, houses free.
    """
    names = _street_names(session, {point.usrn for point in points.values()})
    heads = [
        {
            "account_id": one.account_id,
            "ward_code": one.ward_code,
            "streets": [street_header(names[part.usrn], points[part.uprns[0]]) for part in one.stretches],
            "version": 0,
            "digest": EMPTY_DIGEST,
        }
        | columns
        for one in lists
    ]
    keys = list(session.scalars(insert(Worklist).returning(Worklist.id, sort_by_parameter_order=True), heads))
    housed = [
        (key, [uprn for part in one.stretches for uprn in part.uprns])
        for key, one in zip(keys, lists, strict=True)
    ]
    row = {"version": 0, "removed": True, "digest": EMPTY_DIGEST}
    insert_many(
        session,
        WorklistHouse,
        [
            row | {"worklist_id": key, "uprn": uprn, "place": place}
            for key, uprns in housed
            for place, uprn in enumerate(uprns)
        ],
    )
    holding = {"campaign_id": columns["campaign_id"]}
    insert_many(
        session,
        Holding,
        [holding | {"worklist_id": key, "uprn": uprn} for key, uprns in housed for uprn in uprns],
    )
    refresh_rows(session, service, list(points))
    return [
        Allocated(
            key,
            one.account_id,
            len(uprns),
            tuple(part.usrn for part in one.stretches),
            columns["not_after"],
        )
        for (key, uprns), one in zip(housed, lists, strict=True)
    ]


def list_to_be(account_id: int, stretches: Sequence[Stretch], wards: Mapping[str, str | None]) -> ListToBe:
    """A list to write, of these stretches, with the ward (by UPRN) that it lies in for the most part."""
    ward_code = main_ward([wards[uprn] for stretch in stretches for uprn in stretch.uprns])
    return ListToBe(account_id, stretches, ward_code)


def _street_names(session: Session, usrns: set[str]) -> dict[str, str]:
    rows = session.execute(select(Street.usrn, Street.name).where(among(Street.usrn, usrns)))
    return {row.usrn: row.name for row in rows}


def street_header(name: str, origin: HousePoint) -> list[str | int]:
    """A street's header as a list keeps it: [usrn, name, lon, lat], the first house as origin, in 1e-6 degrees."""
    return [origin.usrn, name, round(origin.lon * MICRODEGREES), round(origin.lat * MICRODEGREES)]
