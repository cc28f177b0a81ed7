"""Somebody is ill: moves all the lists that an officer holds to others, in one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.allocate import MOST_AT_ONCE, Allocated
from server.fieldwork.bulk import among
from server.fieldwork.ending import end_lists, lock_lists
from server.fieldwork.officers import takers
from server.fieldwork.proposals import pace_of
from server.fieldwork.proposing import HouseAhead, propose_shares
from server.fieldwork.reasons import require_reason
from server.fieldwork.recall import require_whole_list
from server.fieldwork.shares import Plan, give, plan, read_houses
from server.fieldwork.tables import Holding, Worklist
from server.geography.lock import lock_streets
from server.geography.scope import no_such
from server.geography.tables import Premises


@dataclass(frozen=True)
class Round:
    """What is moved of one campaign: its lists, and the plan of the new ones."""

    lists: Sequence[int]
    plan: Plan


def move_lists(
    service: Service,
    principal: Principal,
    account_id: int,
    *,
    to: Collection[int],
    reason: str = "officer_away",
    hours: int | None = None,
) -> list[Allocated]:
    """Recall all that an officer holds and give it to others, shared out evenly, in one transaction; the new lists.

    Houses stay together by street where they can, at most the usual number to a list. Raises Problem: not_found where
    the officer holds nothing here, forbidden where a list reaches beyond the principal's areas, validation_failed for
    those who are to have them, conflict where the lists changed meanwhile, unknown_code for the reason.
    """
    require(principal, "worklist.allocate")
    require(principal, "worklist.recall")
    require_reason("recall", reason)
    if not to or account_id in to:
        errors = {"to": "Choose one or more other officers."}
        raise Problem("validation_failed", "Choose who is to have the lists.", errors=errors)
    rounds = service.db.read(lambda session: _plan(session, service, principal, account_id, sorted(to)))

    def work(session: Session) -> list[Allocated]:
        old = [key for one in rounds.values() for key in one.lists]
        lock_streets(session, {usrn for one in rounds.values() for usrn in one.plan.usrns})
        planned = {uprn for one in rounds.values() for uprn in one.plan.houses}
        if sorted(lock_lists(session, old)) != sorted(old) or planned - _held(session, old):
            raise Problem("conflict", "These lists have changed since: look again at what the officer holds.")
        end_lists(session, service, old, "recalled")
        made = [
            listed
            for campaign_id, one in sorted(rounds.items())
            for listed in give(session, service, principal, campaign_id, one.plan, hours=hours)
        ]
        audit.record(
            session,
            service,
            principal,
            "worklist.move",
            f"account:{account_id}",
            reason=reason,
            recalled=sorted(old),
            lists=[one.worklist_id for one in made],
            officers=sorted(to),
            houses=sum(one.houses for one in made),
        )
        return made

    return service.db.transact(work)


def _plan(
    session: Session, service: Service, principal: Principal, account_id: int, to: Sequence[int]
) -> Mapping[int, Round]:
    """What is to be moved, by campaign."""
    lists: dict[int, list[int]] = defaultdict(list)
    for row in session.execute(
        select(Worklist.id, Worklist.campaign_id).where(
            Worklist.account_id == account_id, Worklist.state == "active"
        )
    ):
        lists[row.campaign_id].append(row.id)
    if not lists:
        raise no_such("list of officer", account_id)
    rounds = {}
    for campaign_id, keys in lists.items():
        for key in keys:
            require_whole_list(session, principal, key)
        held = select(Holding.uprn).where(among(Holding.worklist_id, keys))
        houses = read_houses(session, principal, campaign_id, Premises.uprn.in_(held))
        if len(houses) > MOST_AT_ONCE:
            raise Problem("validation_failed", f"More than {MOST_AT_ONCE:,} houses: recall some lists first.")
        shares = _shares(session, service, campaign_id, houses, to)
        rounds[campaign_id] = Round(keys, plan(shares, service.settings.most_houses))
    return rounds


def _shares(
    session: Session, service: Service, campaign_id: int, houses: Sequence[HouseAhead], to: Sequence[int]
) -> dict[int, list[HouseAhead]]:
    """The houses by officer, whole streets to one."""
    people = takers(session, service, {house.ward_code for house in houses}, to)
    missing = set(to) - {one.account_id for one in people}
    if missing:
        errors = {"to": f"{', '.join(map(str, sorted(missing)))}: no active officer."}
        raise Problem("validation_failed", "Lists are given to active officers.", errors=errors)
    pace = pace_of(session, service, campaign_id)
    taker = {
        one.street.usrn: people[one.officer].account_id
        for one in propose_shares(houses, pace, [person.wards for person in people])
    }
    shares: dict[int, list[HouseAhead]] = defaultdict(list)
    for house in houses:
        shares[taker[house.usrn]].append(house)
    return shares


def _held(session: Session, lists: Collection[int]) -> set[str]:
    return set(session.scalars(select(Holding.uprn).where(among(Holding.worklist_id, lists))))
