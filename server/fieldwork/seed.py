"""Gives premises their coverage rows, in sets: when an address file brings them, and when a campaign becomes active."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session

from server.base.db import Base, table_of
from server.base.service import Service
from server.fieldwork.bulk import among, dialect_of, insert_into
from server.fieldwork.folding import refold_premises
from server.fieldwork.members import in_campaign, is_house
from server.fieldwork.tables import (
    EVERY_CAMPAIGN,
    Campaign,
    Coverage,
    PremisesFact,
    StreetCoverage,
    WardCoverage,
)
from server.geography.street_places import place_streets
from server.geography.tables import Premises

MANY = 10_000  # rows after whose coming PostgreSQL's planner should not wait for autovacuum's statistics
NEW_HOUSE = ("premises", "eligible", "outstanding")  # the counters that a house nobody has been to adds to


def seed(session: Session, service: Service, usrns: Collection[str] | None = None) -> None:
    """Give every house without a coverage row one, for all campaigns together and for each active one it belongs to.

    On these streets (all when None), which are locked. A premises that has facts already is folded from them. The
    streets are placed anew, as far as their premises changed.
    """
    place_streets(session, usrns)
    here = true() if usrns is None else among(Premises.usrn, usrns)
    ours = and_(here, or_(is_house(), _was_house()))
    missing = ours & ~_has_row(EVERY_CAMPAIGN)
    with_facts = session.scalars(
        select(Premises.uprn).where(missing, exists(select(1).where(PremisesFact.uprn == Premises.uprn)))
    ).all()
    add_rows(session, service, EVERY_CAMPAIGN, ours)
    active = select(Campaign.id, Campaign.activated_at).where(Campaign.state == "active")
    for campaign_id, activated_at in session.execute(active).all():
        then = or_(is_house(), _was_house(since=activated_at))
        add_rows(session, service, campaign_id, and_(here, then, in_campaign(session, campaign_id)))
    refold_premises(session, service, with_facts)


def add_rows(session: Session, service: Service, campaign_id: int, wanted: ColumnElement[bool]) -> None:
    """Add a campaign's rows for premises that it lacks, as houses nobody has been to, and count them in."""
    missing = wanted & ~_has_row(campaign_id)
    ward = func.coalesce(Premises.ward_code, literal_column("''"))
    at = literal(service.clock.now(), type_=StreetCoverage.changed_at.type)
    number = literal(campaign_id, type_=Coverage.campaign_id.type)
    many = func.count()
    _count_in(
        session,
        StreetCoverage,
        ["campaign_id", "usrn", "ward_code", "changed_at", *NEW_HOUSE],
        select(number, Premises.usrn, ward, at, *(many for _ in NEW_HOUSE))
        .where(missing)
        .group_by(Premises.usrn, ward)
        .order_by(Premises.usrn, ward),
    )
    _count_in(
        session,
        WardCoverage,
        ["campaign_id", "ward_code", "changed_at", *NEW_HOUSE],
        select(number, ward, at, *(many for _ in NEW_HOUSE)).where(missing).group_by(ward).order_by(ward),
    )
    added = session.execute(
        insert(Coverage).from_select(
            ["uprn", "campaign_id", "usrn", "ward_code", "state"],
            select(Premises.uprn, number, Premises.usrn, ward, literal({}, type_=Coverage.state.type))
            .where(missing)
            .order_by(Premises.uprn),
            include_defaults=False,
        )
    )
    if cast(CursorResult[Any], added).rowcount >= MANY and dialect_of(session) == "postgresql":
        session.execute(text("ANALYZE coverage, street_coverage, ward_coverage"))


def _was_house(since: datetime | None = None) -> ColumnElement[bool]:
    """True in SQL for premises that began or ceased to be a house (since a time), so that they had a row."""
    facts = select(1).where(PremisesFact.uprn == Premises.uprn, PremisesFact.kind == "address")
    return exists(facts if since is None else facts.where(PremisesFact.received_at >= since))


def _has_row(campaign_id: int) -> ColumnElement[bool]:
    return exists(select(1).where(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id))


def _count_in(
    session: Session, table: type[Base], names: list[str], source: Select[*tuple[Any, ...]]
) -> None:
    target = table_of(table)
    statement = insert_into(dialect_of(session), target).from_select(names, source, include_defaults=False)
    changes = {name: target.c[name] + statement.excluded[name] for name in NEW_HOUSE}
    changes["changed_at"] = statement.excluded["changed_at"]
    keys = [key.name for key in target.primary_key]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
