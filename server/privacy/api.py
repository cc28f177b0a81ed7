"""The privacy API: erasing a person, the ledger of erasures, and the export of everything held on a person."""

from __future__ import annotations

from typing import Any

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageQuery, PageResult
from server.base.problems import Problem
from server.privacy import access_request, erase, ledger, schemas
from server.privacy.person import traits_of

blueprint = Blueprint(
    "privacy", __name__, url_prefix="/api/privacy", description="Erasure and subject access"
)


@blueprint.post("/erasures")
@needs("privacy.erase")
@blueprint.arguments(schemas.ErasureRequestSchema)
@blueprint.response(200, schemas.ErasedSchema)
def post_erasure(body: dict[str, Any]) -> Any:
    """Erase a person for good; also somebody not on file, so that a phone that comes late does not bring them in"""
    why = {"reason": body.pop("reason"), "reference": body.pop("reference")}
    if resident_id := body.pop("resident_id", None):
        if body:
            raise Problem("validation_failed", "Give a resident's id, or what they are found by; not both.")
        return erase.erase_resident(current_service(), current_principal(), resident_id, **why)
    return erase.erase_by_traits(current_service(), current_principal(), traits_of(**body), **why)


@blueprint.get("/erasures")
@needs("privacy.erase")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ErasurePage)
def get_erasures(query: dict[str, Any]) -> PageResult:
    """List the ledger of erasures, the latest first"""
    return ledger.list_erasures(current_service(), query)


@blueprint.post("/exports")
@needs("privacy.export")
@blueprint.arguments(schemas.ExportRequestSchema)
@blueprint.response(200, schemas.ExportSchema)
def post_export(body: dict[str, Any]) -> Any:
    """Export everything held on a person; goes on the audit trail with the reason"""
    return access_request.export_person(current_service(), current_principal(), **body)
