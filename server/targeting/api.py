"""/api/targets: the streets that need attention next, the wards, and what changed."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from server.base.http import Blueprint, current_principal, current_service, needs
from server.targeting.schemas import (
    ChangeQuery,
    StreetChangePage,
    StreetTargetPage,
    TargetQuery,
    WardQuery,
    WardTargetPage,
)
from server.targeting.targets import READ, Change, Page, compare, list_targets, list_wards

blueprint = Blueprint(
    "targets",
    __name__,
    url_prefix="/api/targets",
    description="Streets and wards by how much they need attention.",
)


@blueprint.route("")
class Targets(MethodView):
    """Streets in order of rank."""

    @needs(READ)
    @blueprint.arguments(TargetQuery, location="query")
    @blueprint.response(200, StreetTargetPage)
    def get(self, query: dict[str, Any]) -> Page:
        """Streets in order of rank, with the parts of each score, why, and a suggested action."""
        return list_targets(current_service(), current_principal(), query)


@blueprint.route("/wards")
class Wards(MethodView):
    """Wards in order of rank."""

    @needs(READ)
    @blueprint.arguments(WardQuery, location="query")
    @blueprint.response(200, WardTargetPage)
    def get(self, query: dict[str, Any]) -> Page:
        """Wards in order of rank, from the sums over their streets."""
        return list_wards(current_service(), current_principal(), query)


@blueprint.route("/changes")
class Changes(MethodView):
    """Streets now and before."""

    @needs(READ)
    @blueprint.arguments(ChangeQuery, location="query")
    @blueprint.response(200, StreetChangePage)
    def get(self, query: dict[str, Any]) -> Change:
        """Streets in order of rank, with their score and rank in an earlier ranking that was kept."""
        return compare(current_service(), current_principal(), query)
