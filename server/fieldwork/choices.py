"""What figures may be filtered by: the campaigns and the areas that a principal sees, to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.members import visible_campaigns
from server.fieldwork.tables import Campaign
from server.geography.scope import areas_in_scope
from server.geography.tables import Area

MOST_CAMPAIGNS = 200


@dataclass(frozen=True)
class Choices:
    """Pairs of what stands in the query and what a person reads; campaigns begin with the newest."""

    campaigns: list[tuple[int, str]]
    areas: list[tuple[str, str]]


def read_choices(service: Service, principal: Principal) -> Choices:
    """The campaigns that were ever started, and districts with their wards."""

    def work(session: Session) -> Choices:
        campaigns = session.execute(
            select(Campaign.id, Campaign.name, Campaign.state)
            .where(Campaign.state != "draft", visible_campaigns(principal))
            .order_by(case((Campaign.state == "active", 0), else_=1), Campaign.id.desc())
            .limit(MOST_CAMPAIGNS)
        )
        areas = session.execute(
            select(Area.code, Area.name, Area.kind)
            .where(Area.kind.in_(("district", "ward")), areas_in_scope(principal))
            .order_by(Area.path)
        )
        return Choices(
            [(row.id, row.name if row.state == "active" else f"{row.name} (archived)") for row in campaigns],
            [(row.code, row.name if row.kind == "district" else f"– {row.name}") for row in areas],
        )

    return service.db.read(work)
