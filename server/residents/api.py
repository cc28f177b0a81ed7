"""The residents API for staff: lists without names; names and look-ups with a reason, on the audit trail."""

from __future__ import annotations

from typing import Any

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageResult
from server.residents import look_up, schemas

blueprint = Blueprint("residents", __name__, url_prefix="/api", description="Residents who registered")


@blueprint.get("/residents")
@needs("resident.read")
@blueprint.arguments(schemas.ResidentQuery, location="query")
@blueprint.response(200, schemas.ResidentPage)
def get_residents(query: dict[str, Any]) -> PageResult:
    """List residents by id, without what names them"""
    return look_up.list_residents(current_service(), current_principal(), query)


@blueprint.get("/residents/<resident_id>")
@needs("resident.read")
@blueprint.response(200, schemas.ResidentViewSchema)
def get_resident(resident_id: str) -> Any:
    """Read a resident's state, consents and registrations, without what names them"""
    return look_up.read_resident(current_service(), current_principal(), resident_id)


@blueprint.post("/residents/look-ups")
@needs("resident.read")
@blueprint.arguments(schemas.LookUpSchema)
@blueprint.response(200, schemas.FoundSchema)
def post_look_up(body: dict[str, Any]) -> Any:
    """Find residents by contact or by name at a house; goes on the audit trail with the reason"""
    rows = look_up.look_up(
        current_service(),
        current_principal(),
        body["kind"],
        body["value"],
        uprn=body["uprn"],
        reason=body["reason"],
        reference=body["reference"],
    )
    return {"rows": rows}


@blueprint.post("/residents/<resident_id>/disclosures")
@needs("resident.read")
@blueprint.arguments(schemas.LookReasonSchema)
@blueprint.response(200, schemas.DisclosureSchema)
def post_disclosure(body: dict[str, Any], resident_id: str) -> Any:
    """Read a resident's name, contacts and details; goes on the audit trail with the reason"""
    return look_up.disclose(
        current_service(),
        current_principal(),
        resident_id,
        reason=body["reason"],
        reference=body["reference"],
    )
