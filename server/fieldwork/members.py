"""Which premises, streets and campaigns belong together, and which campaigns a principal sees: the SQL of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true
from sqlalchemy.orm import Session

from server.base.access import Principal, sees, sees_whole_force
from server.base.problems import Problem
from server.fieldwork.tables import Campaign, CampaignArea, CampaignPremises, CampaignStreet
from server.geography.scope import in_scope, no_such, paths_below
from server.geography.tables import Area, Premises

COVERED_KINDS = ("force", "district", "ward", "lsoa21")  # kinds of area that premises are known by


def in_campaign(session: Session, campaign_id: int) -> ColumnElement[bool]:
    """True in SQL for premises that lie in the campaign's areas or on its streets, or were chosen one by one."""
    areas = session.execute(
        select(Area.code, Area.kind, Area.path)
        .join(CampaignArea, CampaignArea.area_code == Area.code)
        .where(CampaignArea.campaign_id == campaign_id)
    ).all()
    if any(area.kind == "force" for area in areas):
        return true()
    paths = tuple(area.path for area in areas if area.kind in ("district", "ward"))
    lsoas = [area.code for area in areas if area.kind == "lsoa21"]
    return or_(
        Premises.usrn.in_(select(CampaignStreet.usrn).where(CampaignStreet.campaign_id == campaign_id)),
        Premises.uprn.in_(select(CampaignPremises.uprn).where(CampaignPremises.campaign_id == campaign_id)),
        Premises.ward_code.in_(select(Area.code).where(Area.kind == "ward", paths_below(paths)))
        if paths
        else false(),
        Premises.lsoa21_code.in_(lsoas) if lsoas else false(),
    )


def is_house() -> ColumnElement[bool]:
    """True in SQL for premises that may be knocked at: live and residential."""
    return and_(Premises.residential, Premises.status == "live")


def visible_campaigns(principal: Principal) -> ColumnElement[bool]:
    """True in SQL for campaigns that reach into the principal's areas, in whole or in part."""
    if sees_whole_force(principal):
        return true()
    above = sorted({path for area in principal.areas for path in path_and_above(area)})
    by_area = exists(
        select(1)
        .select_from(CampaignArea)
        .join(Area, Area.code == CampaignArea.area_code)
        .where(
            CampaignArea.campaign_id == Campaign.id, or_(paths_below(principal.areas), Area.path.in_(above))
        )
    )
    by_street = exists(
        select(1)
        .select_from(CampaignStreet)
        .join(Premises, Premises.usrn == CampaignStreet.usrn)
        .where(CampaignStreet.campaign_id == Campaign.id, in_scope(principal, Premises.ward_code))
    )
    by_house = exists(
        select(1)
        .select_from(CampaignPremises)
        .join(Premises, Premises.uprn == CampaignPremises.uprn)
        .where(CampaignPremises.campaign_id == Campaign.id, in_scope(principal, Premises.ward_code))
    )
    return or_(by_area, by_street, by_house)


def campaign_seen(
    session: Session, principal: Principal, campaign_id: int, *, lock: bool = False
) -> Campaign:
    """The campaign, where the principal sees it. Raises Problem("not_found"), also for one outside the areas."""
    statement = select(Campaign).where(Campaign.id == campaign_id, visible_campaigns(principal))
    if lock:
        statement = statement.with_for_update(key_share=True)
    campaign = session.scalar(statement.execution_options(populate_existing=True))
    if campaign is None:
        raise no_such("campaign", campaign_id)
    return campaign


def require_whole_campaign(session: Session, principal: Principal, campaign_id: int) -> None:
    """Raise Problem("forbidden") unless all of the campaign's areas and chosen houses are the principal's.

    So is a part, at least, of each of its streets: a street may cross the areas' border.
    """
    if sees_whole_force(principal):
        return
    paths = session.scalars(
        select(Area.path)
        .join(CampaignArea, CampaignArea.area_code == Area.code)
        .where(CampaignArea.campaign_id == campaign_id)
    )
    seen = in_scope(principal, Premises.ward_code)
    streets = select(CampaignStreet.usrn).where(
        CampaignStreet.campaign_id == campaign_id,
        ~exists(select(1).where(Premises.usrn == CampaignStreet.usrn, seen)),
    )
    houses = (
        select(CampaignPremises.uprn)
        .join(Premises, Premises.uprn == CampaignPremises.uprn)
        .where(CampaignPremises.campaign_id == campaign_id, or_(Premises.ward_code.is_(None), not_(seen)))
    )
    if (
        not all(sees(principal, path) for path in paths)
        or session.scalar(streets.limit(1)) is not None
        or session.scalar(houses.limit(1)) is not None
    ):
        raise Problem(
            "forbidden", "This campaign reaches beyond the areas you were granted.", outside_area=True
        )


def require_house(session: Session, principal: Principal, uprn: str) -> None:
    """Raise Problem("not_found") unless there is such a premises in the principal's areas."""
    seen = select(Premises.uprn).where(Premises.uprn == uprn, in_scope(principal, Premises.ward_code))
    if session.scalar(seen) is None:
        raise no_such("house", uprn)


def path_and_above(path: str) -> list[str]:
    """The paths of an area and of those above it, the widest first."""
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[:depth]) for depth in range(1, len(parts) + 1)]
