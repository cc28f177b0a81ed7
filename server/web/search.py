"""Finds streets, houses, areas and campaigns within the principal's areas. People are never found here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, has
from server.base.service import Service
from server.fieldwork.members import visible_campaigns
from server.fieldwork.tables import Campaign
from server.geography.scope import areas_in_scope, in_scope
from server.geography.tables import Area, Premises, Street
from server.web.search_words import Wanted, wanted

MOST = 30  # of each kind; the page asks for more words beyond
SHOWN_KINDS = ("district", "ward", "beat", "lsoa21")


@dataclass(frozen=True)
class Hit:
    """Something found: its name, what tells it from its namesakes, and its page."""

    text: str
    hint: str
    href: str


@dataclass(frozen=True)
class Results:
    """What was found, by kind. `cut`: the kinds of which there is more than is shown."""

    wanted: Wanted
    streets: list[Hit] = field(default_factory=list)
    houses: list[Hit] = field(default_factory=list)
    areas: list[Hit] = field(default_factory=list)
    campaigns: list[Hit] = field(default_factory=list)
    cut: frozenset[str] = frozenset()

    @property
    def kinds(self) -> list[tuple[str, list[Hit]]]:
        """What was found as (heading, hits), without the kinds of which there is nothing."""
        found = [
            ("Houses", self.houses),
            ("Streets", self.streets),
            ("Areas", self.areas),
            ("Campaigns", self.campaigns),
        ]
        return [(heading, hits) for heading, hits in found if hits]


def search(service: Service, principal: Principal, words: str) -> Results:
    """What these words find within the principal's areas, at most MOST of each kind. Nothing for words too short."""
    sought = wanted(words)
    if sought.nothing:
        return Results(sought)

    def work(session: Session) -> Results:
        found = {
            "streets": _streets(session, principal, sought),
            "houses": _houses(session, principal, sought),
            "areas": _areas(session, principal, sought),
            "campaigns": _campaigns(session, principal, sought),
        }
        cut = frozenset(kind for kind, hits in found.items() if len(hits) > MOST)
        return Results(sought, cut=cut, **{kind: hits[:MOST] for kind, hits in found.items()})

    return service.db.read(work)


def _streets(session: Session, principal: Principal, sought: Wanted) -> list[Hit]:
    seen = exists(
        select(1).where(Premises.usrn == Street.usrn, in_scope(principal, Premises.ward_code), *_at(sought))
    )
    statement = select(Street.usrn, Street.name, Street.locality, Street.town).where(seen)
    if sought.number:
        statement = statement.where(Street.usrn == sought.number)
    elif sought.street:
        either = [Street.name.icontains(part, autoescape=True) for part in {sought.street, sought.name}]
        statement = statement.where(or_(*either))
    rows = session.execute(statement.order_by(Street.name, Street.usrn).limit(MOST + 1))
    return [
        Hit(row.name, ", ".join(filter(None, (row.locality, row.town))), f"/console/streets/{row.usrn}")
        for row in rows
    ]


def _at(sought: Wanted) -> list[Any]:
    return [Premises.postcode == sought.postcode] if sought.postcode else []


def _houses(session: Session, principal: Principal, sought: Wanted) -> list[Hit]:
    statement = select(Premises.uprn, Premises.address, Premises.status).where(
        in_scope(principal, Premises.ward_code), Premises.residential
    )
    if sought.number:
        statement = statement.where(Premises.uprn == sought.number)
    elif sought.postcode:
        statement = statement.where(Premises.postcode == sought.postcode)
    elif sought.house:
        streets = select(Street.usrn).where(Street.name.icontains(sought.street, autoescape=True))
        statement = statement.where(Premises.usrn.in_(streets), Premises.number_text == sought.house)
    else:
        return []
    order = (Premises.usrn, Premises.number, Premises.number_text, Premises.uprn)
    rows = session.execute(statement.order_by(*order).limit(MOST + 1))
    return [
        Hit(row.address, "" if row.status == "live" else row.status, f"/console/houses/{row.uprn}")
        for row in rows
    ]


def _areas(session: Session, principal: Principal, sought: Wanted) -> list[Hit]:
    if not sought.name:
        return []
    rows = session.execute(
        select(Area.code, Area.name, Area.kind)
        .where(
            areas_in_scope(principal),
            Area.kind.in_(SHOWN_KINDS),
            or_(Area.name.icontains(sought.name, autoescape=True), Area.code == sought.name.upper()),
        )
        .order_by(Area.kind, Area.name, Area.code)
        .limit(MOST + 1)
    )
    words = {"lsoa21": "LSOA"}
    return [
        Hit(row.name, f"{words.get(row.kind, row.kind)} {row.code}", f"/console/coverage/{row.code}")
        for row in rows
    ]


def _campaigns(session: Session, principal: Principal, sought: Wanted) -> list[Hit]:
    if not sought.name or not has(principal, "campaign.read"):
        return []
    rows = session.execute(
        select(Campaign.id, Campaign.name, Campaign.state)
        .where(visible_campaigns(principal), Campaign.name.icontains(sought.name, autoescape=True))
        .order_by(Campaign.id.desc())
        .limit(MOST + 1)
    )
    return [Hit(row.name, row.state, f"/console/campaigns/{row.id}") for row in rows]
