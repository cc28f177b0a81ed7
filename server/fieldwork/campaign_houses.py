"""Changing which houses of a draft are chosen one by one: more of them, or others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.campaign_places import read_places
from server.fieldwork.campaigns import Match, edit_campaign
from server.fieldwork.members import campaign_seen
from server.fieldwork.tables import Campaign

Shape = dict[str, Any]


def edit_with_houses(
    service: Service,
    principal: Principal,
    campaign_id: int,
    changes: dict[str, Any],
    more: tuple[Collection[str], Shape | None],
    *,
    let_go: bool,
    match: Match,
) -> int:
    """Edit a draft, and add houses (UPRNs, and the shape some were found by), with `let_go` in the others' place.

    The new version. Raises Problem as edit_campaign does; `match` sees to it that what is added to is what was read.
    """
    uprns, drawn = more

    def look(session: Session) -> tuple[Collection[str], Shape | None]:
        campaign_seen(session, principal, campaign_id)
        shape = session.scalar(select(Campaign.drawn).where(Campaign.id == campaign_id))
        return read_places(session, campaign_id).uprns, shape

    kept, kept_shape = ((), None) if let_go else service.db.read(look)
    wanted = changes | {"uprns": tuple({*kept, *uprns}), "drawn": together(kept_shape, drawn)}
    return edit_campaign(service, principal, campaign_id, wanted, match=match)


def together(one: Shape | None, other: Shape | None) -> Shape | None:
    """Two GeoJSON geometries as one."""
    if one is None or other is None:
        return one or other
    whole = shapely.union_all([shapely.geometry.shape(one), shapely.geometry.shape(other)])
    return dict(shapely.geometry.mapping(whole))
