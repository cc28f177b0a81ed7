"""Devices at the console: the list, one device, a code for a new one, revoking."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, url_for
from markupsafe import Markup
from werkzeug import Response as WerkzeugResponse

from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_form, read_query, render
from server.base.paging import PageQuery
from server.devices import invite, listing, revoke
from server.devices.qr import drawing
from server.devices.schemas import STATES

pages = Pages("device_pages", __name__)

STATE_WORDS = {
    "active": "In use",
    "lost": "Lost",
    "leaver": "Leaver: sends what it has",
    "wiped": "Leaver: wiped",
}
QUIET = (("", "Any"), ("2", "2 days or more"), ("7", "7 days or more"), ("30", "30 days or more"))
KIND_WORDS = {"gap": "Gap: events are missing", "fork": "Fork: two events follow one"}


class DeviceFilter(PageQuery):
    """Which devices to show."""

    state = ma.fields.String(validate=ma.validate.OneOf(STATES))
    account_id = ma.fields.Integer(validate=ma.validate.Range(1, LARGEST_ID))
    quiet_days = ma.fields.Integer(validate=ma.validate.Range(1, 365))
    broken = ma.fields.Boolean()


class CodeForm(ma.Schema):
    """Whose phone is to be enrolled."""

    account_id = ma.fields.Integer(
        required=True,
        validate=ma.validate.Range(1, LARGEST_ID),
        error_messages={"required": "Choose the officer."},
    )


class RevokeForm(ma.Schema):
    """As what a device is revoked."""

    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(("lost", "leaver")),
        error_messages={"required": "Choose whether it is lost, or of a leaver."},
    )


@pages.get("/devices")
@needs("device.read")
def devices() -> Response:
    """Every device of officers in one's areas, with filters."""
    service, principal = current_service(), current_principal()
    query = read_query(DeviceFilter())
    shown = query.right("state", "account_id", "quiet_days", "broken")
    return render(
        "devices/devices.html",
        page=listing.list_devices(service, principal, query.values),
        officers=listing.officers_with_devices(service, principal),
        filters=Form({}, shown),
        shown=shown,
        first=not query.values.get("after"),
        states=STATE_WORDS,
        quiet=QUIET,
    )


@pages.get("/devices/<string(maxlength=64):device_id>")
@needs("device.read")
def device(device_id: str) -> Response:
    """One device, with the gaps and forks in what it sent."""
    view = listing.read_device_view(current_service(), current_principal(), device_id)
    return render(
        "devices/device.html",
        device=view,
        states=STATE_WORDS,
        kinds=KIND_WORDS,
        may_become=revoke.MAY_BECOME[view.state],
    )


@pages.get("/devices/new")
@needs("device.enrol")
def new_code() -> Response:
    """Choose whose phone is to be enrolled."""
    return _choose(Form({}, {}))


@pages.post("/devices/new")
@needs("device.enrol")
def make_code() -> WerkzeugResponse:
    """Make a code and show it, this once: it stands in no address, and nothing keeps the page."""
    service = current_service()
    form = read_form(CodeForm())
    made = None
    if form.ok:
        made = form.attempt(lambda: invite.make_code(service, current_principal(), form.values["account_id"]))
    if made is None:
        return _choose(form, 422)
    response = render(
        "devices/code.html",
        made=made,
        qr=Markup(drawing(made.link)),  # noqa: S704 - a drawing that we made, of squares alone
        minutes=service.settings.enrolment_minutes,
        address=service.settings.public_url.rstrip("/") + "/phone/",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _choose(form: Form, status: int = 200) -> Response:
    officers = invite.enrollable(current_service(), current_principal())
    return render("devices/new.html", status, form=form, officers=officers)


@pages.get("/devices/<string(maxlength=64):device_id>/revoke")
@needs("device.revoke")
def confirm_revoking(device_id: str) -> Response:
    """What each way of revoking means, before it is done for good."""
    return _revoking(device_id, Form({}, {}))


@pages.post("/devices/<string(maxlength=64):device_id>/revoke")
@needs("device.revoke")
def revoke_device(device_id: str) -> WerkzeugResponse:
    """Revoke a device for good."""
    form = read_form(RevokeForm())
    if form.ok:
        kind = form.values["kind"]
        form.attempt(lambda: revoke.revoke(current_service(), current_principal(), device_id, kind))
    if not form.ok:
        return _revoking(device_id, form, 422)
    told = {
        "lost": "The device is revoked as lost. It is told to wipe its lists when it next comes online.",
        "leaver": "The device is revoked as a leaver’s. It still sends what it has, and is wiped then.",
    }
    return go(url_for("device_pages.device", device_id=device_id), told[form.values["kind"]])


def _revoking(device_id: str, form: Form, status: int = 200) -> Response:
    view = listing.read_device_view(current_service(), current_principal(), device_id)
    return render(
        "devices/revoke.html", status, form=form, device=view, may_become=revoke.MAY_BECOME[view.state]
    )
