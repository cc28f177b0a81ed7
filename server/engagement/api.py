"""/api/feedback: "you said, we did" and the priorities of streets and wards, which officers tell at the door."""

from __future__ import annotations

from typing import Any

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageResult
from server.engagement import listing, publish, schemas
from server.engagement.publish import NewFeedback

blueprint = Blueprint(
    "feedback", __name__, url_prefix="/api/feedback", description="What the public is told was done"
)


@blueprint.get("")
@needs(listing.READ)
@blueprint.arguments(schemas.FeedbackQuery, location="query")
@blueprint.response(200, schemas.FeedbackPage)
def get_feedback(query: dict[str, Any]) -> PageResult:
    """List what was told of streets and wards in one's areas, the newest first"""
    return listing.list_feedback(current_service(), current_principal(), query)


@blueprint.post("")
@needs(publish.WRITE)
@blueprint.arguments(schemas.NewFeedbackSchema)
@blueprint.response(201, schemas.FeedbackSchema)
def post_feedback(body: dict[str, Any]) -> Any:
    """Tell something of a street or a ward; officers' phones get it at their next sync"""
    return publish.publish(current_service(), current_principal(), NewFeedback(**body))


@blueprint.post("/<int:feedback_id>/withdrawal")
@needs(publish.WRITE)
@blueprint.response(200, schemas.FeedbackSchema)
def post_withdrawal(feedback_id: int) -> Any:
    """Stop telling something; it leaves officers' phones at their next sync"""
    return publish.withdraw(current_service(), current_principal(), feedback_id)
