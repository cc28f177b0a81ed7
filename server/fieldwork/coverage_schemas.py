"""How coverage, houses and the decisions about them look to clients of the API."""

from __future__ import annotations

import marshmallow as ma

from server.base.http import LARGEST_ID
from server.base.paging import PageQuery, page_of
from server.fieldwork.notes import KINDS
from server.fieldwork.reasons import REASONS
from server.fieldwork.supervise import LIFTS
from server.fieldwork.visits import SHOWN
from sync.fold import COUNTERS

HAZARD_STATES = ("reported", "confirmed", "expired", "dismissed")
NOTE_STATES = ("open", "accepted", "dismissed")
CODE = ma.validate.Length(1, 20)
UPRN = ma.validate.Regexp(r"[0-9]{1,12}\Z")


class Query(ma.Schema):
    """Which campaign's figures: 0 is all campaigns together."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))


def counters_schema(name: str) -> type[ma.Schema]:
    """A schema of the eight counters."""
    return ma.Schema.from_dict({counter: ma.fields.Integer() for counter in COUNTERS}, name=name)


CountersSchema = counters_schema("Counters")


class OverrideShownSchema(ma.Schema):
    """A supervisor's word on a house."""

    revisit = ma.fields.Boolean()
    reason = ma.fields.String()


class StateSchema(ma.Schema):
    """The coverage state of a house."""

    eligible = ma.fields.Boolean()
    ineligible = ma.fields.String()
    do_not_call = ma.fields.Boolean()
    unsafe = ma.fields.Boolean()
    attempts = ma.fields.Integer()
    slots = ma.fields.List(ma.fields.String())
    visited = ma.fields.Boolean()
    informed = ma.fields.Boolean()
    contacted = ma.fields.Boolean()
    refused = ma.fields.Boolean()
    settled = ma.fields.Boolean()
    registered = ma.fields.String()
    last_outcome = ma.fields.String()
    last_at = ma.fields.Integer(metadata={"description": "Milliseconds since 1970 (UTC); 0: never."})
    contacted_at = ma.fields.Integer()
    callback_date = ma.fields.String()
    callback_slot = ma.fields.String()
    language = ma.fields.String()
    override = ma.fields.Nested(OverrideShownSchema, allow_none=True)


class CountedSchema(ma.Schema):
    """The counters of one place."""

    code = ma.fields.String()
    name = ma.fields.String()
    ward_code = ma.fields.String()
    counters = ma.fields.Nested(CountersSchema)
    changed_at = ma.fields.AwareDateTime(allow_none=True)


class CountedPageSchema(ma.Schema):
    """Counters of places, and the moment they are of."""

    rows = ma.fields.List(ma.fields.Nested(CountedSchema), required=True)
    as_of = ma.fields.AwareDateTime(required=True)
    next = ma.fields.String(required=True, allow_none=True)


class WardQuery(PageQuery, Query):
    """Filters of the wards' coverage."""

    area = ma.fields.String(validate=CODE)


class StreetQuery(WardQuery):
    """Filters of the streets' coverage."""

    usrn = ma.fields.String(validate=CODE)
    order = ma.fields.String(load_default="usrn", validate=ma.validate.OneOf(("usrn", "outstanding")))


class HouseQuery(WardQuery):
    """Filters of the houses' coverage."""

    usrn = ma.fields.String(validate=CODE)
    outstanding = ma.fields.Boolean()


class HouseSchema(ma.Schema):
    """A house in a campaign."""

    uprn = ma.fields.String()
    usrn = ma.fields.String()
    address = ma.fields.String()
    postcode = ma.fields.String()
    ward_code = ma.fields.String(allow_none=True)
    state = ma.fields.Nested(StateSchema)
    counted = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Boolean())
    flag = ma.fields.String()
    reason = ma.fields.String()
    hazards = ma.fields.List(ma.fields.String())


class HousePageSchema(ma.Schema):
    """Houses, and the moment they are of."""

    rows = ma.fields.List(ma.fields.Nested(HouseSchema), required=True)
    as_of = ma.fields.AwareDateTime(required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FactQuery(PageQuery):
    """Filters of what happened at a house."""

    kind = ma.fields.String(validate=ma.validate.OneOf(SHOWN))
    campaign = ma.fields.Integer(validate=ma.validate.Range(1, LARGEST_ID))


class FactSchema(ma.Schema):
    """A visit, or a supervisor's decision."""

    id = ma.fields.String()
    kind = ma.fields.String()
    campaign_id = ma.fields.Integer()
    outcome = ma.fields.String()
    account_id = ma.fields.Integer(allow_none=True)
    officer = ma.fields.String(allow_none=True)
    recorded_at = ma.fields.AwareDateTime()
    corrected_at = ma.fields.AwareDateTime()
    received_at = ma.fields.AwareDateTime()
    body = ma.fields.Dict(keys=ma.fields.String())
    withdrawn = ma.fields.AwareDateTime(allow_none=True)


class OverrideSchema(ma.Schema):
    """A supervisor's word: call (true), do not call (false), or take it back (null)."""

    revisit = ma.fields.Boolean(required=True, allow_none=True)
    reason = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", *REASONS["override"]]))
    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))


class LiftSchema(ma.Schema):
    """What is lifted, and why."""

    what = ma.fields.String(required=True, validate=ma.validate.OneOf(tuple(LIFTS)))
    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REASONS["lift"]))


class WithdrawSchema(ma.Schema):
    """Why a visit is taken out of the count."""

    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REASONS["withdrawal"]))


class DecidedSchema(ma.Schema):
    """The id of the fact that was recorded."""

    id = ma.fields.String()


class ReasonSchema(ma.Schema):
    """A reason for a kind of decision: override, lift, withdrawal or recall."""

    kind = ma.fields.String()
    code = ma.fields.String()
    words = ma.fields.String()


class HazardQuery(PageQuery):
    """Filters of the hazards."""

    state = ma.fields.String(validate=ma.validate.OneOf(HAZARD_STATES))
    uprn = ma.fields.String(validate=UPRN)


class HazardSchema(ma.Schema):
    """A danger at an address."""

    id = ma.fields.String()
    uprn = ma.fields.String()
    address = ma.fields.String()
    kind = ma.fields.String()
    text = ma.fields.String()
    state = ma.fields.String()
    reported_by = ma.fields.Integer(allow_none=True)
    reported_at = ma.fields.AwareDateTime()
    reviewed_at = ma.fields.AwareDateTime(allow_none=True)
    expires_on = ma.fields.Date(allow_none=True)


class HazardReviewSchema(ma.Schema):
    """A supervisor's decision on a danger."""

    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(("confirmed", "dismissed")))
    expires_on = ma.fields.Date(load_default=None, allow_none=True)


class NoteQuery(PageQuery):
    """Filters of the notes."""

    state = ma.fields.String(validate=ma.validate.OneOf(NOTE_STATES))
    kind = ma.fields.String(validate=ma.validate.OneOf(KINDS))
    uprn = ma.fields.String(validate=UPRN)


class NoteSchema(ma.Schema):
    """A note on an address."""

    id = ma.fields.String()
    uprn = ma.fields.String()
    address = ma.fields.String()
    kind = ma.fields.String()
    text = ma.fields.String()
    state = ma.fields.String()
    account_id = ma.fields.Integer(allow_none=True)
    noted_at = ma.fields.AwareDateTime()
    reviewed_at = ma.fields.AwareDateTime(allow_none=True)


class NoteReviewSchema(ma.Schema):
    """A coordinator's decision on a note."""

    decision = ma.fields.String(required=True, validate=ma.validate.OneOf(("accepted", "dismissed")))


FactPage = page_of(FactSchema)
HazardPage = page_of(HazardSchema)
NotePage = page_of(NoteSchema)
