"""Where two officers do the same work: houses knocked at twice within days, or on the lists of two campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from server.base.access import Principal, require
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.tables import Campaign, Holding, PremisesFact, Worklist
from server.geography.scope import in_scope
from server.geography.tables import Premises, Street
from server.staff.tables import Account

LOOK_BACK = timedelta(days=30)
MOST_HOUSES = 200
MOST_STREETS = 200


@dataclass(frozen=True)
class Knock:
    """A visit as far as double work goes."""

    uprn: str
    at: datetime
    account_id: int | None
    campaign_id: int
    address: str = ""
    officer: str = ""
    campaign: str = ""


@dataclass(frozen=True)
class Twice:
    """Two visits to one house, one soon after the other, by two officers or for two campaigns."""

    first: Knock
    second: Knock


@dataclass(frozen=True)
class OnTwoLists:
    """Houses of a street that two officers hold at once, each for another campaign."""

    usrn: str
    street: str
    houses: int
    lists: tuple[int, int]
    officers: tuple[str, str]
    campaigns: tuple[str, str]


def soon_after(knocks: Iterable[Knock], within: timedelta) -> list[Twice]:
    """Pairs of successive visits to a house within that span that differ in officer or campaign, the latest first."""
    found = []
    ordered = sorted(knocks, key=lambda one: (one.uprn, one.at))
    for _, group in groupby(ordered, key=lambda one: one.uprn):
        for first, second in pairwise(group):
            other = (first.account_id, first.campaign_id) != (second.account_id, second.campaign_id)
            if other and second.at - first.at <= within:
                found.append(Twice(first, second))
    return sorted(found, key=lambda pair: (pair.second.at, pair.second.uprn), reverse=True)


def visited_twice(service: Service, principal: Principal, *, days: int) -> list[Twice]:
    """Houses in the principal's areas that were knocked at twice within so many days, in the last thirty."""
    require(principal, "visit.read")
    since = service.clock.now() - LOOK_BACK

    def work(session: Session) -> list[Knock]:
        withdrawn = select(PremisesFact.withdraws).where(PremisesFact.kind == "withdrawal")
        recent = (
            PremisesFact.kind == "visit",
            PremisesFact.campaign_id.in_(select(Campaign.id)),
            PremisesFact.received_at >= since,
            in_scope(principal, Premises.ward_code),
        )
        houses = session.scalars(
            select(PremisesFact.uprn)
            .join(Premises, Premises.uprn == PremisesFact.uprn)
            .where(*recent)
            .group_by(PremisesFact.uprn)
            .having(
                or_(
                    func.count(PremisesFact.account_id.distinct()) > 1,
                    func.count(PremisesFact.campaign_id.distinct()) > 1,
                )
            )
            .order_by(func.max(PremisesFact.received_at).desc(), PremisesFact.uprn)
            .limit(MOST_HOUSES)
        ).all()
        rows = session.execute(
            select(
                PremisesFact.uprn,
                PremisesFact.corrected_at,
                PremisesFact.account_id,
                PremisesFact.campaign_id,
                Premises.address,
                Account.display_name,
                Campaign.name,
            )
            .join(Premises, Premises.uprn == PremisesFact.uprn)
            .outerjoin(Account, Account.id == PremisesFact.account_id)
            .join(Campaign, Campaign.id == PremisesFact.campaign_id)
            .where(*recent, among(PremisesFact.uprn, houses))
            .where(PremisesFact.id.not_in(withdrawn.where(among(PremisesFact.uprn, houses))))
        )
        return [
            Knock(*row[:4], address=row.address, officer=row.display_name or "", campaign=row.name)
            for row in rows
        ]

    return soon_after(service.db.read(work), timedelta(days=days))


def on_two_lists(service: Service, principal: Principal) -> Sequence[OnTwoLists]:
    """Streets in the principal's areas with houses that stand on running lists of two campaigns, the most first."""
    require(principal, "worklist.read")
    one, other = aliased(Holding), aliased(Holding)
    lists = aliased(Worklist), aliased(Worklist)
    people = aliased(Account), aliased(Account)
    campaigns = aliased(Campaign), aliased(Campaign)
    many = func.count()
    statement = (
        select(
            Premises.usrn,
            Street.name,
            many,
            lists[0].id,
            lists[1].id,
            people[0].display_name,
            people[1].display_name,
            campaigns[0].name,
            campaigns[1].name,
        )
        .select_from(one)
        .join(other, (other.uprn == one.uprn) & (other.campaign_id > one.campaign_id))
        .join(Premises, Premises.uprn == one.uprn)
        .join(Street, Street.usrn == Premises.usrn)
    )
    for place, holding in enumerate((one, other)):
        statement = (
            statement.join(lists[place], lists[place].id == holding.worklist_id)
            .join(people[place], people[place].id == lists[place].account_id)
            .join(campaigns[place], campaigns[place].id == holding.campaign_id)
        )
    keys = (Premises.usrn, Street.name, lists[0].id, lists[1].id)
    names = (people[0].display_name, people[1].display_name, campaigns[0].name, campaigns[1].name)
    statement = (
        statement.where(in_scope(principal, Premises.ward_code))
        .group_by(*keys, *names)
        .order_by(many.desc(), *keys)
        .limit(MOST_STREETS)
    )
    rows = service.db.read(lambda session: session.execute(statement).all())
    return [
        OnTwoLists(row[0], row[1], row[2], (row[3], row[4]), (row[5], row[6]), (row[7], row[8]))
        for row in rows
    ]
