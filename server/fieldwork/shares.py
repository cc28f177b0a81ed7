"""Gives several officers their own streets at once: planned first, then written in one transaction.

To order 10,000 houses takes seconds, in which nobody else is to wait: the plan is made from a snapshot, and what it
says is looked at again under the locks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, not_, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.allocate import (
    MOST_AT_ONCE,
    Allocated,
    ListToBe,
    end_of_lists,
    list_to_be,
    require_free,
    require_granted,
    write_lists,
)
from server.fieldwork.bulk import among
from server.fieldwork.members import is_house
from server.fieldwork.planning import HousePoint, plan_lists
from server.fieldwork.proposing import HouseAhead
from server.fieldwork.tables import Coverage, Holding
from server.geography.lock import lock_streets
from server.geography.scope import in_scope
from server.geography.tables import Premises


@dataclass(frozen=True)
class Plan:
    """Lists to be written, and their houses by UPRN."""

    lists: Sequence[ListToBe]
    houses: Mapping[str, HouseAhead]

    @property
    def usrns(self) -> set[str]:
        """The streets of its houses."""
        return {house.usrn for house in self.houses.values()}


def read_houses(
    session: Session, principal: Principal, campaign_id: int, *conditions: ColumnElement[bool]
) -> list[HouseAhead]:
    """Houses of the campaign in the principal's areas that meet the conditions, by UPRN; at most MOST_AT_ONCE + 1."""
    statement = (
        select(
            Premises.uprn,
            Premises.usrn,
            Premises.lon,
            Premises.lat,
            Premises.ward_code,
            Coverage.state["attempts"].as_integer().label("attempts"),
        )
        .join(Coverage, Coverage.uprn == Premises.uprn)
        .where(
            Coverage.campaign_id == campaign_id,
            Coverage.premises,
            is_house(),
            in_scope(principal, Premises.ward_code),
            *conditions,
        )
        .order_by(Premises.uprn)
        .limit(MOST_AT_ONCE + 1)
    )
    return [
        HouseAhead(row.uprn, row.usrn, row.lon, row.lat, row.ward_code or "", row.attempts or 0)
        for row in session.execute(statement)
    ]


def held_in(campaign_id: int) -> ColumnElement[bool]:
    """True in SQL for premises that somebody holds within the campaign."""
    held = aliased(Holding)
    return exists(
        select(held.uprn)
        .where(held.uprn == Premises.uprn, held.campaign_id == campaign_id)
        .correlate(Premises)
    )


def is_free(campaign_id: int, *, outstanding_only: bool) -> list[ColumnElement[bool]]:
    """Conditions for houses that nobody holds (and that are still owed a visit)."""
    free: list[ColumnElement[bool]] = [not_(held_in(campaign_id))]
    if outstanding_only:
        free.append(Coverage.outstanding.is_(True))
    return free


def plan(shares: Mapping[int, Iterable[HouseAhead]], most_houses: int) -> Plan:
    """Lists of at most so many houses for each officer (an account), in walking order."""
    lists: list[ListToBe] = []
    houses: dict[str, HouseAhead] = {}
    for account_id, share in sorted(shares.items()):
        ours = {house.uprn: house for house in share}
        points = [HousePoint(house.uprn, house.usrn, house.lon, house.lat) for house in ours.values()]
        planned = plan_lists(points, most_houses=most_houses, officers=1)
        wards = {house.uprn: house.ward_code for house in ours.values()}
        lists += [list_to_be(account_id, one.stretches, wards) for one in planned]
        houses |= ours
    return Plan(lists, houses)


def give(
    session: Session,
    service: Service,
    principal: Principal,
    campaign_id: int,
    planned: Plan,
    *,
    hours: int | None,
) -> list[Allocated]:
    """Lock the plan's streets and write its lists. The caller writes the audit entry.

    Raises Problem: not_found, wrong_state (the campaign is not active, or over), conflict where houses have left the
    campaign or the areas since, already_held, validation_failed for an officer who may not have them.
    """
    lock_streets(session, planned.usrns)
    not_after = end_of_lists(session, service, principal, campaign_id, hours)
    _require_as_planned(session, principal, campaign_id, planned)
    wards: dict[int, set[str]] = defaultdict(set)
    for one in planned.lists:
        wards[one.account_id] |= {
            planned.houses[uprn].ward_code for part in one.stretches for uprn in part.uprns
        }
    require_granted(session, service, wards)
    require_free(session, campaign_id, list(planned.houses))
    return write_lists(
        session,
        service,
        planned.lists,
        {
            house.uprn: HousePoint(house.uprn, house.usrn, house.lon, house.lat)
            for house in planned.houses.values()
        },
        {
            "campaign_id": campaign_id,
            "not_after": not_after,
            "created_by": principal.account_id,
            "created_at": service.clock.now(),
        },
    )


def _require_as_planned(session: Session, principal: Principal, campaign_id: int, planned: Plan) -> None:
    now = {
        house.uprn: (house.usrn, house.ward_code)
        for house in read_houses(session, principal, campaign_id, among(Premises.uprn, planned.houses))
    }
    if now != {house.uprn: (house.usrn, house.ward_code) for house in planned.houses.values()}:
        raise Problem(
            "conflict", "Some of these houses have moved or left the campaign since: propose again."
        )
