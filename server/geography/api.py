"""The geography API: areas, streets and premises, as far as the principal's areas reach."""

from __future__ import annotations

from typing import Any

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageResult
from server.geography import places, schemas

blueprint = Blueprint("geography", __name__, url_prefix="/api", description="Areas, streets and premises")


@blueprint.get("/areas")
@needs("geography.read")
@blueprint.arguments(schemas.AreaQuery, location="query")
@blueprint.response(200, schemas.AreaPage)
def get_areas(query: dict[str, Any]) -> PageResult:
    """List areas by code"""
    return places.find_areas(current_service(), current_principal(), query)


@blueprint.get("/areas/<code>")
@needs("geography.read")
@blueprint.response(200, schemas.AreaSchema)
def get_area(code: str) -> Any:
    """Read an area"""
    return places.read_area(current_service(), current_principal(), code)


@blueprint.get("/streets")
@needs("geography.read")
@blueprint.arguments(schemas.StreetQuery, location="query")
@blueprint.response(200, schemas.StreetPage)
def get_streets(query: dict[str, Any]) -> PageResult:
    """List streets by name"""
    return places.find_streets(current_service(), current_principal(), query)


@blueprint.get("/streets/<usrn>")
@needs("geography.read")
@blueprint.response(200, schemas.StreetDetailSchema)
def get_street(usrn: str) -> Any:
    """Read a street, with its homes by ward"""
    return places.read_street(current_service(), current_principal(), usrn)


@blueprint.get("/premises")
@needs("geography.read")
@blueprint.arguments(schemas.PremisesQuery, location="query")
@blueprint.response(200, schemas.PremisesPage)
def get_premises_list(query: dict[str, Any]) -> PageResult:
    """List premises by UPRN"""
    return places.find_premises(current_service(), current_principal(), query)


@blueprint.get("/premises/<uprn>")
@needs("geography.read")
@blueprint.response(200, schemas.PremisesSchema)
def get_premises(uprn: str) -> Any:
    """Read a premises"""
    return places.read_premises(current_service(), current_principal(), uprn)
