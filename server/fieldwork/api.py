"""The fieldwork API: campaigns, worklists, coverage, and what supervisors decide about houses."""

from __future__ import annotations

from typing import Any

from server.base.http import (
    IF_MATCH,
    Blueprint,
    current_principal,
    current_service,
    etag_of,
    needs,
    require_match,
)
from server.base.paging import PageQuery, PageResult
from server.fieldwork import (
    activate,
    allocate,
    archive,
    campaign_views,
    campaigns,
    coverage,
    hazards,
    notes,
    recall,
    schemas,
    supervise,
    visits,
    worklist_views,
)
from server.fieldwork import coverage_schemas as shown
from server.fieldwork.campaign_places import PLACES
from server.fieldwork.campaign_views import CampaignView
from server.fieldwork.reasons import REASONS

blueprint = Blueprint(
    "fieldwork", __name__, url_prefix="/api", description="Campaigns, worklists, coverage and visits"
)


@blueprint.get("/campaigns")
@needs("campaign.read")
@blueprint.arguments(schemas.CampaignQuery, location="query")
@blueprint.response(200, schemas.CampaignPage)
def get_campaigns(query: dict[str, Any]) -> PageResult:
    """List campaigns, the newest first"""
    return campaign_views.find_campaigns(current_service(), current_principal(), query)


@blueprint.post("/campaigns")
@needs("campaign.write")
@blueprint.arguments(schemas.NewCampaignSchema)
@blueprint.response(201, schemas.CampaignSchema)
def post_campaign(body: dict[str, Any]) -> Any:
    """Make a draft of a campaign"""
    places = {name: tuple(body.get(name, ())) for name in PLACES}
    plan = campaigns.CampaignPlan(**(body | places))
    campaign_id = campaigns.create_campaign(current_service(), current_principal(), plan)
    made, _, headers = _tagged(campaign_id)
    return made, 201, headers | {"Location": f"/api/campaigns/{campaign_id}"}


@blueprint.get("/campaigns/<int:campaign_id>")
@needs("campaign.read")
@blueprint.response(200, schemas.CampaignSchema)
def get_campaign(campaign_id: int) -> Any:
    """Read a campaign, with its ETag and what its owner is warned of"""
    return _tagged(campaign_id)


@blueprint.patch("/campaigns/<int:campaign_id>")
@needs("campaign.write")
@blueprint.doc(**IF_MATCH)
@blueprint.arguments(schemas.CampaignEditSchema)
@blueprint.response(200, schemas.CampaignSchema)
def patch_campaign(body: dict[str, Any], campaign_id: int) -> Any:
    """Change a campaign"""
    campaigns.edit_campaign(current_service(), current_principal(), campaign_id, body, match=require_match)
    return _tagged(campaign_id)


@blueprint.post("/campaigns/<int:campaign_id>/activate")
@needs("campaign.write")
@blueprint.doc(**IF_MATCH)
@blueprint.response(200, schemas.ActivatedSchema)
def post_activate(campaign_id: int) -> Any:
    """Make a draft active"""
    houses = activate.activate(current_service(), current_principal(), campaign_id, match=require_match)
    return {"houses": houses}


@blueprint.post("/campaigns/<int:campaign_id>/archive")
@needs("campaign.write")
@blueprint.doc(**IF_MATCH)
@blueprint.response(200, schemas.CampaignSchema)
def post_archive(campaign_id: int) -> Any:
    """Archive a campaign; its lists end, its report is kept"""
    archive.archive(current_service(), current_principal(), campaign_id, match=require_match)
    return _tagged(campaign_id)


@blueprint.post("/campaigns/<int:campaign_id>/unarchive")
@needs("campaign.write")
@blueprint.doc(**IF_MATCH)
@blueprint.arguments(schemas.UnarchiveSchema)
@blueprint.response(200, schemas.CampaignSchema)
def post_unarchive(body: dict[str, Any], campaign_id: int) -> Any:
    """Bring an archived campaign back"""
    archive.unarchive(current_service(), current_principal(), campaign_id, match=require_match, **body)
    return _tagged(campaign_id)


@blueprint.get("/campaigns/<int:campaign_id>/report")
@needs("campaign.read")
@blueprint.response(200, schemas.ReportSchema)
def get_report(campaign_id: int) -> Any:
    """Read what an archived campaign had come to"""
    return campaign_views.read_report(current_service(), current_principal(), campaign_id)


@blueprint.get("/campaigns/<int:campaign_id>/allocations")
@needs("worklist.allocate")
@blueprint.arguments(schemas.WorklistQuery, location="query")
@blueprint.response(200, schemas.WorklistPage)
def get_allocations(query: dict[str, Any], campaign_id: int) -> PageResult:
    """List the worklists of a campaign, the newest first"""
    service, principal = current_service(), current_principal()
    campaign_views.read_campaign(service, principal, campaign_id)
    return worklist_views.find_worklists(service, principal, query | {"campaign": campaign_id})


@blueprint.post("/campaigns/<int:campaign_id>/allocations")
@needs("worklist.allocate")
@blueprint.arguments(schemas.AllocationSchema)
@blueprint.response(201, schemas.AllocatedSchema(many=True))
def post_allocation(body: dict[str, Any], campaign_id: int) -> Any:
    """Give streets to officers as worklists"""
    usrns = body.pop("streets")
    return allocate.allocate(current_service(), current_principal(), campaign_id, usrns=usrns, **body)


@blueprint.get("/worklists")
@needs("worklist.read")
@blueprint.arguments(schemas.WorklistQuery, location="query")
@blueprint.response(200, schemas.WorklistPage)
def get_worklists(query: dict[str, Any]) -> PageResult:
    """List worklists, the newest first; an officer's own, a coordinator's area"""
    return worklist_views.find_worklists(current_service(), current_principal(), query)


@blueprint.get("/worklists/<int:worklist_id>")
@needs("worklist.read")
@blueprint.response(200, schemas.WorklistSchema)
def get_worklist(worklist_id: int) -> Any:
    """Read a worklist"""
    return worklist_views.read_worklist(current_service(), current_principal(), worklist_id)


@blueprint.get("/worklists/<int:worklist_id>/houses")
@needs("worklist.read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ListedHousePage)
def get_worklist_houses(query: dict[str, Any], worklist_id: int) -> PageResult:
    """List a worklist's houses in walking order, with their revisit flags"""
    return worklist_views.list_houses(current_service(), current_principal(), worklist_id, query)


@blueprint.post("/worklists/<int:worklist_id>/recall")
@needs("worklist.recall")
@blueprint.arguments(schemas.RecallSchema)
@blueprint.response(200, schemas.RecalledSchema)
def post_recall(body: dict[str, Any], worklist_id: int) -> Any:
    """Take a worklist back, or some of its streets"""
    service, principal = current_service(), current_principal()
    if body["streets"] is None:
        return {"houses": recall.recall(service, principal, worklist_id, reason=body["reason"])}
    taken = recall.recall_streets(service, principal, worklist_id, body["streets"], reason=body["reason"])
    return {"houses": taken}


@blueprint.post("/worklists/<int:worklist_id>/extend")
@needs("worklist.allocate")
@blueprint.arguments(schemas.ExtendSchema)
@blueprint.response(200, schemas.WorklistSchema)
def post_extend(body: dict[str, Any], worklist_id: int) -> Any:
    """Let a worklist run longer"""
    service, principal = current_service(), current_principal()
    recall.extend(service, principal, worklist_id, **body)
    return worklist_views.read_worklist(service, principal, worklist_id)


@blueprint.get("/coverage/force")
@needs("coverage.read")
@blueprint.arguments(shown.Query, location="query")
@blueprint.response(200, shown.CountedPageSchema)
def get_force_coverage(query: dict[str, Any]) -> Any:
    """Coverage of all that one sees"""
    return coverage.force_coverage(current_service(), current_principal(), query["campaign"])


@blueprint.get("/coverage/districts")
@needs("coverage.read")
@blueprint.arguments(shown.Query, location="query")
@blueprint.response(200, shown.CountedPageSchema)
def get_district_coverage(query: dict[str, Any]) -> Any:
    """Coverage by district"""
    return coverage.district_coverage(current_service(), current_principal(), query["campaign"])


@blueprint.get("/coverage/wards")
@needs("coverage.read")
@blueprint.arguments(shown.WardQuery, location="query")
@blueprint.response(200, shown.CountedPageSchema)
def get_ward_coverage(query: dict[str, Any]) -> Any:
    """Coverage by ward"""
    return coverage.ward_coverage(current_service(), current_principal(), query["campaign"], query)


@blueprint.get("/coverage/streets")
@needs("coverage.read")
@blueprint.arguments(shown.StreetQuery, location="query")
@blueprint.response(200, shown.CountedPageSchema)
def get_street_coverage(query: dict[str, Any]) -> Any:
    """Coverage by street and ward"""
    return coverage.street_coverage(current_service(), current_principal(), query["campaign"], query)


@blueprint.get("/coverage/houses")
@needs("coverage.read")
@blueprint.arguments(shown.HouseQuery, location="query")
@blueprint.response(200, shown.HousePageSchema)
def get_house_coverage(query: dict[str, Any]) -> Any:
    """Coverage house by house, with revisit flags"""
    coverage.require_house_readers(current_principal())
    return coverage.house_coverage(current_service(), current_principal(), query["campaign"], query)


@blueprint.get("/premises/<uprn>/coverage")
@needs("coverage.read")
@blueprint.arguments(shown.Query, location="query")
@blueprint.response(200, shown.HouseSchema)
def get_premises_coverage(query: dict[str, Any], uprn: str) -> Any:
    """Coverage of one house, with its revisit flag"""
    coverage.require_house_readers(current_principal())
    return coverage.read_house(current_service(), current_principal(), uprn, query["campaign"])


@blueprint.get("/premises/<uprn>/visits")
@needs("visit.read")
@blueprint.arguments(shown.FactQuery, location="query")
@blueprint.response(200, shown.FactPage)
def get_premises_visits(query: dict[str, Any], uprn: str) -> PageResult:
    """What happened at a house, the latest first"""
    return visits.house_facts(current_service(), current_principal(), uprn, query)


@blueprint.post("/premises/<uprn>/overrides")
@needs("override.write")
@blueprint.arguments(shown.OverrideSchema)
@blueprint.response(201, shown.DecidedSchema)
def post_override(body: dict[str, Any], uprn: str) -> Any:
    """Overrule the revisit flag of a house"""
    campaign_id = body.pop("campaign")
    key = supervise.override(current_service(), current_principal(), uprn, campaign_id=campaign_id, **body)
    return {"id": key}


@blueprint.post("/premises/<uprn>/lifts")
@needs("override.write")
@blueprint.arguments(shown.LiftSchema)
@blueprint.response(201, shown.DecidedSchema)
def post_lift(body: dict[str, Any], uprn: str) -> Any:
    """Lift a do-not-call, an unsafe or an ineligible mark; each needs its own permission"""
    return {"id": supervise.lift(current_service(), current_principal(), uprn, **body)}


@blueprint.post("/visits/<visit_id>/withdraw")
@needs("visit.withdraw")
@blueprint.arguments(shown.WithdrawSchema)
@blueprint.response(201, shown.DecidedSchema)
def post_withdraw(body: dict[str, Any], visit_id: str) -> Any:
    """Take a visit out of the count"""
    return {"id": supervise.withdraw_visit(current_service(), current_principal(), visit_id, **body)}


@blueprint.get("/hazards")
@needs("visit.read")
@blueprint.arguments(shown.HazardQuery, location="query")
@blueprint.response(200, shown.HazardPage)
def get_hazards(query: dict[str, Any]) -> PageResult:
    """List hazards, the latest first"""
    return hazards.find_hazards(current_service(), current_principal(), query)


@blueprint.post("/hazards/<hazard_id>/review")
@needs("hazard.review")
@blueprint.arguments(shown.HazardReviewSchema)
@blueprint.response(204)
def post_hazard_review(body: dict[str, Any], hazard_id: str) -> None:
    """Confirm or dismiss a hazard"""
    hazards.review_hazard(current_service(), current_principal(), hazard_id, **body)


@blueprint.get("/notes")
@needs("visit.read")
@blueprint.arguments(shown.NoteQuery, location="query")
@blueprint.response(200, shown.NotePage)
def get_notes(query: dict[str, Any]) -> PageResult:
    """List notes on addresses, the latest first"""
    return notes.find_notes(current_service(), current_principal(), query)


@blueprint.post("/notes/<note_id>/review")
@needs("campaign.write")
@blueprint.arguments(shown.NoteReviewSchema)
@blueprint.response(204)
def post_note_review(body: dict[str, Any], note_id: str) -> None:
    """Accept or dismiss a note"""
    notes.review_note(current_service(), current_principal(), note_id, **body)


@blueprint.get("/reasons")
@needs("coverage.read")
@blueprint.response(200, shown.ReasonSchema(many=True))
def get_reasons() -> Any:
    """List the reasons that decisions are given, by kind"""
    return [
        {"kind": kind, "code": code, "words": words}
        for kind, reasons in REASONS.items()
        for code, words in reasons.items()
    ]


def _tagged(campaign_id: int) -> tuple[CampaignView, int, dict[str, str]]:
    found = campaign_views.read_campaign(current_service(), current_principal(), campaign_id)
    return found, 200, {"ETag": etag_of(found.version)}
