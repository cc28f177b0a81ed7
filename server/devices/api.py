"""The devices API: one-time codes, the list of devices, revocation. Phones themselves come in by server/exchange."""

from __future__ import annotations

from typing import Any

from server.base.http import Blueprint, current_principal, current_service, needs
from server.base.paging import PageResult
from server.devices import invite, listing, revoke, schemas
from server.devices.qr import drawing

blueprint = Blueprint(
    "devices", __name__, url_prefix="/api/devices", description="Enrolment codes, devices, revocation"
)


@blueprint.post("/enrolment-codes")
@needs("device.enrol")
@blueprint.arguments(schemas.NewCodeSchema)
@blueprint.response(201, schemas.CodeSchema)
def post_code(body: dict[str, Any]) -> Any:
    """Make a one-time code for an officer's phone"""
    made = invite.make_code(current_service(), current_principal(), body["account_id"])
    return {
        "code": made.code,
        "link": made.link,
        "qr": drawing(made.link),
        "account_id": made.account_id,
        "officer": made.officer,
        "expires_at": made.expires_at,
    }


@blueprint.get("")
@needs("device.read")
@blueprint.arguments(schemas.DeviceQuery, location="query")
@blueprint.response(200, schemas.DevicePage)
def get_devices(query: dict[str, Any]) -> PageResult:
    """List devices of officers in one's areas"""
    return listing.list_devices(current_service(), current_principal(), query)


@blueprint.get("/<string(maxlength=64):device_id>")
@needs("device.read")
@blueprint.response(200, schemas.DeviceDetailSchema)
def get_device(device_id: str) -> Any:
    """Read a device, with the gaps and forks in what it sent"""
    return listing.read_device_view(current_service(), current_principal(), device_id)


@blueprint.post("/<string(maxlength=64):device_id>/revocations")
@needs("device.revoke")
@blueprint.arguments(schemas.RevocationSchema)
@blueprint.response(204)
def post_revocation(body: dict[str, Any], device_id: str) -> None:
    """Revoke a device for good: lost, or of a leaver"""
    revoke.revoke(current_service(), current_principal(), device_id, body["kind"])
