"""What a map is to show first: the box around the houses of an area, a street, a list or all that one sees."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.coverage import require_campaign, wards_of
from server.fieldwork.tables import EVERY_CAMPAIGN, StreetCoverage, WorklistHouse
from server.geography.scope import in_scope
from server.geography.tables import Premises, StreetPlace

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shown:
    """What is to be shown: each member that is given narrows it down."""

    campaign: int = EVERY_CAMPAIGN
    area: str = ""
    usrn: str = ""
    worklist: int = 0


def bounds_of(service: Service, principal: Principal, shown: Shown) -> Box | None:
    """West, south, east and north in degrees, inside the principal's areas; None where no house is left.

    Raises Problem("not_found") for a campaign or an area outside the principal's.
    """

    def work(session: Session) -> Box | None:
        require_campaign(session, principal, shown.campaign)
        if shown.worklist:
            statement = _of_list(principal, shown.worklist)
        else:
            statement = _of_streets(principal, shown, wards_of(session, principal, shown.area))
        west, south, east, north = session.execute(statement).one()
        return None if west is None else (west, south, east, north)

    return service.db.read(work)


def _of_streets(
    principal: Principal, shown: Shown, wards: list[str] | None
) -> Select[float, float, float, float]:
    place = StreetPlace
    statement = select(
        func.min(place.west), func.min(place.south), func.max(place.east), func.max(place.north)
    ).where(in_scope(principal, place.ward_code))
    if wards is not None:
        statement = statement.where(place.ward_code.in_(wards))
    if shown.usrn:
        statement = statement.where(place.usrn == shown.usrn)
    if shown.campaign:
        statement = statement.where(_counted(shown.campaign))
    return statement


def _of_list(principal: Principal, worklist_id: int) -> Select[float, float, float, float]:
    lon, lat = Premises.lon, Premises.lat
    return (
        select(func.min(lon), func.min(lat), func.max(lon), func.max(lat))
        .join(WorklistHouse, WorklistHouse.uprn == Premises.uprn)
        .where(WorklistHouse.worklist_id == worklist_id, ~WorklistHouse.removed)
        .where(in_scope(principal, Premises.ward_code))
    )


def _counted(campaign_id: int) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            and_(StreetCoverage.usrn == StreetPlace.usrn, StreetCoverage.ward_code == StreetPlace.ward_code),
            StreetCoverage.campaign_id == campaign_id,
        )
    )
