"""What the public calls without signing in: registering, confirming, preferences, survey answers.

Neither a GET nor a look-up changes anything. Tries are throttled by address. No answer tells who is registered. Links,
codes and postcodes travel in bodies, because proxies and browsers keep addresses; only unsubscribing by one click has
to carry its link in the query (RFC 8058).
"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, current_app, make_response, request

from server.base.http import Blueprint, current_service, public
from server.residents import self_registration, throttle
from server.residents.preferences import PreferenceChange
from server.residents.schemas import PreferencesSchema
from server.residents.throttle import LINKS, LOOK_UPS, REGISTRATIONS
from server.surveys import answer, schemas, self_service
from sync import consents as wordings
from sync.demographics import LISTS
from sync.events import AnswersRecord, ConsentRecord

blueprint = Blueprint("public", __name__, url_prefix="/api", description="For residents, without signing in")

TAKEN = (
    "Thank you. If the details are right, we send a link to the contact that you gave: open it to confirm."
)


@blueprint.get("/registrations/form")
@public
@blueprint.response(200, schemas.FormSchema)
def get_form() -> Any:
    """Read what a registration form shows: wordings of consents, optional lists"""
    return {
        "wording": wordings.CURRENT,
        "purposes": wordings.WORDINGS[wordings.CURRENT],
        "demographics": {
            name: [{"code": choice.code} | dict(choice.label) for choice in choices]
            for name, choices in LISTS.items()
        },
    }


@blueprint.post("/registrations/houses/look-ups")
@public
@blueprint.arguments(schemas.HousesQuery)
@blueprint.response(200, schemas.HousesSchema)
def post_houses_look_up(body: dict[str, Any]) -> Any:
    """Find the houses at a postcode, to choose one's own"""
    _pace()
    return {"rows": self_registration.houses_at(current_service(), body["postcode"])}


@blueprint.post("/registrations/house/look-ups")
@public
@blueprint.arguments(schemas.TokenQuery)
@blueprint.response(200, schemas.HouseChoiceSchema)
def post_house_look_up(body: dict[str, Any]) -> Any:
    """Read which house the code at the door stands for"""
    _pace()
    return self_registration.house_of(current_service(), body["token"])


@blueprint.post("/registrations")
@public
@blueprint.arguments(schemas.SelfRegistrationSchema)
@blueprint.response(202, schemas.TakenSchema)
def post_registration(body: dict[str, Any]) -> Any:
    """Register; it counts once the contact confirms. The answer is the same whoever is registered already"""
    service = current_service()
    throttle.count_try(service, REGISTRATIONS, _caller())
    consents = [ConsentRecord(**one) for one in body.pop("consents")]
    self_registration.register_self(service, self_registration.SelfRegistration(consents=consents, **body))
    return {"message": TAKEN}


@blueprint.post("/registrations/confirm")
@public
@blueprint.arguments(schemas.LinkQuery)
@blueprint.response(200, schemas.WelcomeSchema)
def post_confirm(body: dict[str, Any]) -> Any:
    """Confirm a registration by the link that was sent to its contact"""
    throttle.count_try(current_service(), LINKS, _caller())
    return self_service.confirm(current_service(), body["link"])


@blueprint.post("/registrations/decline")
@public
@blueprint.arguments(schemas.LinkQuery)
@blueprint.response(204)
def post_decline(body: dict[str, Any]) -> Response:
    """Remove a registration that was not one's own"""
    throttle.count_try(current_service(), LINKS, _caller())
    self_service.decline(current_service(), body["link"])
    return make_response("", 204)


@blueprint.post("/preferences/look-ups")
@public
@blueprint.arguments(schemas.LinkQuery)
@blueprint.response(200, PreferencesSchema)
def post_preferences_look_up(body: dict[str, Any]) -> Any:
    """Read how one's preferences stand"""
    _pace()
    return self_service.read_by_link(current_service(), body["link"])


@blueprint.patch("/preferences")
@public
@blueprint.arguments(schemas.LinkedPreferenceChangeSchema)
@blueprint.response(200, PreferencesSchema)
def patch_preferences(body: dict[str, Any]) -> Any:
    """Change one's preferences, or opt out of everything"""
    throttle.count_try(current_service(), LINKS, _caller())
    change = PreferenceChange(body["consents"], body["opt_out"], body["language"])
    return self_service.change_by_link(current_service(), body["link"], change)


@blueprint.post("/preferences/unsubscribe")
@public
@blueprint.arguments(schemas.LinkQuery, location="query")
@blueprint.response(204)
def post_unsubscribe(query: dict[str, Any]) -> Response:
    """Stop messages by one click of the mail program (RFC 8058)"""
    throttle.count_try(current_service(), LINKS, _caller())
    self_service.change_by_link(current_service(), query["link"], PreferenceChange({"messages": False}))
    return make_response("", 204)


@blueprint.post("/surveys/invite/look-ups")
@public
@blueprint.arguments(schemas.LinkQuery)
@blueprint.response(200, schemas.OpenInviteSchema)
def post_invite_look_up(body: dict[str, Any]) -> Any:
    """Read the survey behind a link"""
    _pace()
    found = answer.read_invite(current_service(), body["link"])
    return {
        "language": found.language,
        "closes_at": found.closes_at,
        "questionnaire": msgspec.to_builtins(found.questionnaire),
    }


@blueprint.post("/surveys/answers")
@public
@blueprint.arguments(schemas.AnswersSchema)
@blueprint.response(204)
def post_answers(body: dict[str, Any]) -> Response:
    """Answer the survey behind a link"""
    throttle.count_try(current_service(), LINKS, _caller())
    link = body.pop("link")
    answer.answer(current_service(), link, AnswersRecord(**body))
    return make_response("", 204)


def _caller() -> str:
    return request.remote_addr or ""


def _pace() -> None:
    """Throttle a reading route in memory of this process: reading changes nothing that is kept."""
    pace = current_app.extensions.setdefault("doorstep_public_pace", throttle.Pace())
    pace.count(current_service(), LOOK_UPS, _caller())
