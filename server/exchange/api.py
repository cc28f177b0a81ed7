"""The one way in from phones, and the held events that a supervisor decides on.

A phone's views take and give the structs of `sync` as raw bytes: a signature covers exactly those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from server.base.http import (
    Blueprint,
    body_limit,
    by_device,
    current_principal,
    current_service,
    needs,
    public,
)
from server.base.paging import PageResult
from server.devices.enrol import Signed, enrol, service_card
from server.exchange import decide, hand_ins, held, receive, schemas
from server.exchange.wire import answer_of, body_of
from sync import codec
from sync.exchange import EnrolReply, EnrolRequest, ExchangeReply, ExchangeRequest, OutboxFile, ServiceCard

blueprint = Blueprint(
    "exchange", __name__, url_prefix="/api/exchange", description="Phones: enrolment and exchange"
)
held_blueprint = Blueprint("held", __name__, url_prefix="/api/held", description="Events held for a decision")

JSON = "application/json"


@blueprint.get("/card")
@public
@blueprint.doc(responses={"200": answer_of(ServiceCard, "The service's keys, epoch and time, signed")})
def get_card() -> Response:
    """What a phone reads before it enrols"""
    return Response(codec.encode(service_card(current_service())), content_type=JSON)


@blueprint.post("/enrolments")
@by_device
@blueprint.doc(
    requestBody=body_of(EnrolRequest),
    responses={"200": answer_of(EnrolReply, "What the device keeps, signed")},
)
def post_enrolment() -> Response:
    """Enrol a phone with a one-time code; signed by its new key"""
    return _signed(enrol)


@blueprint.post("")
@by_device
@body_limit("most_exchange_bytes")
@blueprint.doc(
    requestBody=body_of(ExchangeRequest),
    responses={"200": answer_of(ExchangeReply, "Receipts and sealed changes, signed")},
)
def post_exchange() -> Response:
    """Events up; receipts and sealed changes down; signed by the device"""
    return _signed(receive.exchange)


@blueprint.post("/outbox-files")
@needs("held.mend")
@body_limit("most_exchange_bytes")
@blueprint.doc(requestBody=body_of(OutboxFile))
@blueprint.response(200, schemas.IngestedSchema)
def post_outbox_file() -> Any:
    """Take in an outbox that a phone exported to a file; whoever brings it need not be trusted"""
    return hand_ins.hand_in(current_service(), current_principal(), request.get_data())


def _signed(use_case: Callable[..., Signed]) -> Response:
    done = use_case(
        current_service(),
        method=request.method,
        path=request.path,
        headers=request.headers,
        body=request.get_data(),
    )
    return Response(done.body, headers=done.headers, content_type=JSON)


@held_blueprint.get("")
@needs("held.read")
@held_blueprint.arguments(schemas.HeldQuery, location="query")
@held_blueprint.response(200, schemas.HeldPage)
def get_held_events(query: dict[str, Any]) -> PageResult:
    """List held events of officers in one's areas, the oldest first"""
    return held.list_held(current_service(), current_principal(), query)


@held_blueprint.get("/<int:held_id>")
@needs("held.read")
@held_blueprint.response(200, schemas.HeldDetailSchema)
def get_held_event(held_id: int) -> Any:
    """Read a held event: what is inside as codes and counts"""
    return held.read_held(current_service(), current_principal(), held_id)


@held_blueprint.post("/<int:held_id>/mending")
@needs("held.mend")
@held_blueprint.response(200, schemas.HeldDetailSchema)
def post_mending(held_id: int) -> Any:
    """Apply a held event again, answering for the reason for which it was held"""
    return decide.mend(current_service(), current_principal(), held_id)


@held_blueprint.post("/<int:held_id>/dismissal")
@needs("held.dismiss")
@held_blueprint.arguments(schemas.DismissalSchema)
@held_blueprint.response(200, schemas.HeldDetailSchema)
def post_dismissal(body: dict[str, Any], held_id: int) -> Any:
    """Set a held event aside for good"""
    return decide.dismiss(current_service(), current_principal(), held_id, body["decision"])
