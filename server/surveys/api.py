"""The surveys API for staff: questionnaires, results, and preferences changed on a resident's word."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageResult
from server.residents.preferences import PreferenceChange
from server.residents.schemas import PreferencesSchema, StaffPreferenceChangeSchema
from server.surveys import library, questionnaires, results, schemas, self_service, standing

blueprint = Blueprint("surveys", __name__, url_prefix="/api", description="Questionnaires and survey results")


@blueprint.get("/questionnaires")
@needs("campaign.read")
@blueprint.arguments(schemas.QuestionnaireQuery, location="query")
@blueprint.response(200, schemas.QuestionnairePage)
def get_questionnaires(query: dict[str, Any]) -> PageResult:
    """List questionnaires by code and version"""
    return library.find_questionnaires(current_service(), query)


@blueprint.post("/questionnaires")
@needs("survey.write")
@blueprint.arguments(schemas.DocumentSchema)
@blueprint.response(201, schemas.MadeSchema)
def post_questionnaire(body: dict[str, Any]) -> Any:
    """Make the next version of a questionnaire; versions that are there never change"""
    return {"id": questionnaires.create_version(current_service(), current_principal(), body)}


@blueprint.get("/questionnaires/<int:questionnaire_id>")
@needs("campaign.read")
@blueprint.response(200, schemas.QuestionnaireDetailSchema)
def get_questionnaire(questionnaire_id: int) -> Any:
    """Read a questionnaire version with its document"""
    return library.read_questionnaire(current_service(), questionnaire_id)


@blueprint.put("/questionnaires/<int:questionnaire_id>/active")
@needs("survey.write")
@blueprint.arguments(schemas.ActiveSchema)
@blueprint.response(204)
def put_active(body: dict[str, Any], questionnaire_id: int) -> Response:
    """Offer a version for new campaigns and rounds, or no longer"""
    questionnaires.set_active(current_service(), current_principal(), questionnaire_id, body["active"])
    return make_response("", 204)


@blueprint.get("/surveys/rounds")
@needs("survey.aggregates")
@blueprint.response(200, schemas.StandingSchema(many=True))
def get_rounds() -> Any:
    """Count survey rounds by number and state"""
    return standing.count_rounds(current_service(), current_principal())


@blueprint.get("/surveys/results")
@needs("survey.aggregates")
@blueprint.arguments(schemas.ResultsQuery, location="query")
@blueprint.response(200, schemas.ResultsSchema)
def get_results(query: dict[str, Any]) -> Any:
    """Count answers by ward or street; streets with few responses are hidden"""
    return results.read_results(current_service(), current_principal(), query)


@blueprint.get("/surveys/results/demographics")
@needs("survey.aggregates")
@blueprint.arguments(schemas.CrosstabQuery, location="query")
@blueprint.response(200, schemas.CrosstabSchema)
def get_crosstab(query: dict[str, Any]) -> Any:
    """Count one question by one demographic list; small numbers are hidden, the rest rounded to 5"""
    return results.read_crosstab(current_service(), current_principal(), query)


@blueprint.post("/residents/<resident_id>/preferences")
@needs("resident.write")
@blueprint.arguments(StaffPreferenceChangeSchema)
@blueprint.response(200, PreferencesSchema)
def post_preferences(body: dict[str, Any], resident_id: str) -> Any:
    """Change a resident's preferences as they asked; goes on the audit trail with the reason"""
    change = PreferenceChange(body["consents"], body["opt_out"], body["language"])
    return self_service.change_on_their_word(
        current_service(), current_principal(), resident_id, change, body["reason"]
    )
