"""What the devices API takes and gives."""

from __future__ import annotations

import marshmallow as ma

from server.base.http import LARGEST_ID
from server.base.paging import PageQuery, page_of

STATES = ("active", "lost", "leaver", "wiped")
ACCOUNT_ID = ma.validate.Range(1, LARGEST_ID)


class NewCodeSchema(ma.Schema):
    """Whose phone is to be enrolled."""

    account_id = ma.fields.Integer(required=True, validate=ACCOUNT_ID)


class CodeSchema(ma.Schema):
    """A one-time code, shown once."""

    code = ma.fields.String(required=True, metadata={"description": "To type: eight groups of five."})
    link = ma.fields.String(required=True, metadata={"description": "What the QR code holds."})
    qr = ma.fields.String(required=True, metadata={"description": "The QR code, an SVG drawing."})
    account_id = ma.fields.Integer(required=True)
    officer = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class FindingSchema(ma.Schema):
    """A gap or a fork in a device's chain of events."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(("gap", "fork")))
    seq = ma.fields.Integer(required=True)
    expected = ma.fields.String(required=True)
    found = ma.fields.String(required=True)
    seen_at = ma.fields.AwareDateTime(required=True)
    filled_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class DeviceSchema(ma.Schema):
    """A device: whose it is, when it last synced, what it said it had left to send."""

    id = ma.fields.String(required=True)
    account_id = ma.fields.Integer(required=True)
    officer = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    app = ma.fields.String(required=True)
    enrolled_at = ma.fields.AwareDateTime(required=True)
    seen_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    waiting = ma.fields.Integer(required=True)
    events = ma.fields.Integer(
        required=True, metadata={"description": "The last event's place in the chain."}
    )
    breaks = ma.fields.Integer(
        required=True, metadata={"description": "Forks, and gaps that are still open."}
    )
    guide = ma.fields.String(
        required=True,
        metadata={"description": "The version of the guide that was read to its end on it; empty: none yet."},
    )
    guide_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class DeviceDetailSchema(DeviceSchema):
    """A device with its gaps and forks, the latest first."""

    findings = ma.fields.List(ma.fields.Nested(FindingSchema), required=True)


class DeviceQuery(PageQuery):
    """Which devices to list."""

    state = ma.fields.String(validate=ma.validate.OneOf(STATES))
    account_id = ma.fields.Integer(validate=ACCOUNT_ID)


class RevocationSchema(ma.Schema):
    """lost: what comes from it is held. leaver: it may send what it has, then it is told to wipe."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(("lost", "leaver")))


DevicePage = page_of(DeviceSchema)
