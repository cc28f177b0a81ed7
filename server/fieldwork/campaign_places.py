"""Where a campaign runs: areas, streets and houses chosen one by one, each judged against the principal's areas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, sees
from server.base.db import insert_many
from server.base.problems import Problem
from server.fieldwork.bulk import among
from server.fieldwork.members import COVERED_KINDS, is_house
from server.fieldwork.tables import CampaignArea, CampaignPremises, CampaignStreet
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, Premises

PLACES = ("areas", "usrns", "uprns")
MOST_CHOSEN = 50_000  # houses of one campaign chosen one by one; more are areas


@dataclass(frozen=True)
class Places:
    """Codes of areas, USRNs and UPRNs, each sorted and once."""

    areas: tuple[str, ...] = ()
    usrns: tuple[str, ...] = ()
    uprns: tuple[str, ...] = ()

    @classmethod
    def of(cls, areas: Collection[str], usrns: Collection[str], uprns: Collection[str]) -> Places:
        """From codes in any order, repeated or not."""
        return cls(*(tuple(sorted(set(codes))) for codes in (areas, usrns, uprns)))


NOWHERE = Places()


def read_places(session: Session, campaign_id: int) -> Places:
    """Where a campaign runs."""
    found = (
        session.scalars(select(column).where(table.campaign_id == campaign_id)).all()
        for table, column in _COLUMNS
    )
    return Places.of(*found)


def changed_places(places: Places, changes: Mapping[str, Any]) -> Places:
    """The places after changes by name (areas, usrns, uprns); other names are passed over."""
    return Places.of(*(changes.get(name, getattr(places, name)) for name in PLACES))


def write_places(session: Session, campaign_id: int, places: Places) -> None:
    """Let a campaign run there and nowhere else."""
    for (table, column), codes in zip(_COLUMNS, (places.areas, places.usrns, places.uprns), strict=True):
        session.execute(
            delete(table).where(table.campaign_id == campaign_id).execution_options(synchronize_session=False)
        )
        insert_many(session, table, [{"campaign_id": campaign_id, column.key: code} for code in codes])


def require_places(
    session: Session, principal: Principal, places: Places, *, known: Places = NOWHERE
) -> None:
    """Refuse places outside the principal's areas, those that no campaign can cover, and none at all.

    Every area is the principal's and of a kind that premises are known by; every street has a house in scope; every
    chosen house is one, in scope. What is `known` was judged before: a house may have retired since. Raises Problem:
    validation_failed, not_found.
    """
    if not (places.areas or places.usrns or places.uprns):
        raise Problem(
            "validation_failed",
            "A campaign covers an area, chosen streets or chosen houses.",
            errors={"areas": "Name at least one area, street or house."},
        )
    if len(places.uprns) > MOST_CHOSEN:
        raise Problem(
            "validation_failed",
            f"These are {len(places.uprns):,} houses: choose at most {MOST_CHOSEN:,} one by one, or whole areas.",
            errors={"premises": f"At most {MOST_CHOSEN:,} houses."},
        )
    _require_areas(session, principal, _new(places.areas, known.areas))
    _require_streets(session, principal, _new(places.usrns, known.usrns))
    _require_houses(session, principal, _new(places.uprns, known.uprns))


def _new(codes: Sequence[str], known: Collection[str]) -> list[str]:
    return sorted(set(codes) - set(known))


def _require_areas(session: Session, principal: Principal, areas: Collection[str]) -> None:
    found = {
        area.code: area
        for area in session.execute(select(Area.code, Area.kind, Area.path).where(among(Area.code, areas)))
    }
    for code in areas:
        if code not in found or not sees(principal, found[code].path):
            raise no_such("area", code)
        if found[code].kind not in COVERED_KINDS:
            raise Problem(
                "validation_failed",
                f"{code} is a {found[code].kind}: choose a force, district, ward or 2021 LSOA.",
                errors={"areas": f"{code} is of a kind that no campaign covers."},
            )


def _require_streets(session: Session, principal: Principal, usrns: Collection[str]) -> None:
    with_houses = set(
        session.scalars(
            select(Premises.usrn)
            .where(among(Premises.usrn, usrns), is_house(), in_scope(principal, Premises.ward_code))
            .distinct()
        )
    )
    for usrn in usrns:
        if usrn not in with_houses:
            raise no_such("street with houses", usrn)


def _require_houses(session: Session, principal: Principal, uprns: Collection[str]) -> None:
    seen = set(
        session.scalars(
            select(Premises.uprn).where(
                among(Premises.uprn, uprns), is_house(), in_scope(principal, Premises.ward_code)
            )
        )
    )
    for uprn in uprns:
        if uprn not in seen:
            raise no_such("house", uprn)


def chosen_count(principal: Principal, campaign_id: int) -> Select[int]:
    """How many houses of a campaign were chosen one by one, in the principal's areas, as SQL."""
    return (
        select(func.count())
        .select_from(CampaignPremises)
        .join(Premises, Premises.uprn == CampaignPremises.uprn)
        .where(CampaignPremises.campaign_id == campaign_id, in_scope(principal, Premises.ward_code))
    )


_COLUMNS: tuple[tuple[Any, Any], ...] = (
    (CampaignArea, CampaignArea.area_code),
    (CampaignStreet, CampaignStreet.usrn),
    (CampaignPremises, CampaignPremises.uprn),
)
