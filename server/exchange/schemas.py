"""What the API of held events takes and gives; phones send structs of sync (wire.py)."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import PageQuery, page_of
from server.exchange.again import RELEASED
from server.exchange.decide import DISMISSALS, DISMISSED, HELD, MENDED
from sync.receipts import REASONS

STATE = ma.validate.OneOf((HELD, MENDED, RELEASED, DISMISSED))


class HeldQuery(PageQuery):
    """Which held events to list."""

    state = ma.fields.String(validate=STATE)
    reason = ma.fields.String(validate=ma.validate.OneOf(sorted(REASONS)))
    device_id = ma.fields.String(validate=ma.validate.Length(max=64))


class HeldSchema(ma.Schema):
    """An event that was held: from whom, and why."""

    id = ma.fields.Integer(required=True)
    device_id = ma.fields.String(required=True)
    account_id = ma.fields.Integer(required=True)
    officer = ma.fields.String(required=True)
    event_id = ma.fields.String(required=True)
    seq = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    says = ma.fields.String(required=True, metadata={"description": "The reason in words."})
    state = ma.fields.String(required=True, validate=STATE)
    held_at = ma.fields.AwareDateTime(required=True)
    decided_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    decided_by = ma.fields.Integer(required=True, allow_none=True)
    decision = ma.fields.String(required=True)


class InsideSchema(ma.Schema):
    """What a held event says, as codes and counts; `uprn` is empty outside one's areas."""

    uprn = ma.fields.String(required=True)
    campaign_id = ma.fields.Integer(required=True)
    worklist_id = ma.fields.Integer(required=True)
    recorded_at = ma.fields.AwareDateTime(required=True)
    corrected_at = ma.fields.AwareDateTime(required=True)
    outcome = ma.fields.String(required=True)
    withdraws = ma.fields.String(required=True)
    registrations = ma.fields.Integer(required=True)
    has_answers = ma.fields.Boolean(required=True)
    has_hazard = ma.fields.Boolean(required=True)
    has_note = ma.fields.Boolean(required=True)


class HeldDetailSchema(HeldSchema):
    """A held event with what is inside; null where it does not open."""

    inside = ma.fields.Nested(InsideSchema, required=True, allow_none=True)


class DismissalSchema(ma.Schema):
    """Why an event is set aside for good."""

    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(sorted(DISMISSALS)))


class IngestedSchema(ma.Schema):
    """What came of an outbox file: whose it is, whether the device signed it, and how many events by status."""

    device_id = ma.fields.String(required=True)
    officer = ma.fields.String(required=True)
    signed = ma.fields.Boolean(
        required=True, metadata={"description": "False: what was new in it is held for a decision."}
    )
    by_status = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)


HeldPage = page_of(HeldSchema)
