"""What the API of priority targets reads and answers with."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from server.base.paging import PageQuery
from server.targeting.catalogue import ACTIONS, BY_NAME

CODE = ma.validate.Length(max=20)


class WardQuery(PageQuery):
    """Which wards."""

    area = fields.String(validate=CODE, metadata={"description": "Code of a force, district or ward."})


class TargetQuery(WardQuery):
    """Which streets."""

    usrn = fields.String(validate=CODE, metadata={"description": "One street."})
    action = fields.String(validate=ma.validate.OneOf(list(ACTIONS)), metadata={"description": "Its action."})


class ChangeQuery(WardQuery):
    """Since which local day."""

    since = fields.Date(
        metadata={"description": "Compare with the newest ranking kept up to this day; else the oldest kept."}
    )


class PartSchema(ma.Schema):
    """One indicator's part in a score."""

    name = fields.String(required=True, metadata={"enum": list(BY_NAME)})
    count = fields.Integer(required=True, allow_none=True)
    n = fields.Integer(required=True, allow_none=True)
    raw = fields.Float(required=True, allow_none=True, metadata={"description": "count / n"})
    low = fields.Float(required=True, allow_none=True, metadata={"description": "95 % interval of raw"})
    high = fields.Float(required=True, allow_none=True)
    shrunk = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "raw, drawn towards the ward or force: scored"},
    )
    points = fields.Float(required=True, metadata={"description": "The most that it can add."})
    contribution = fields.Float(required=True, metadata={"description": "What it adds to the score."})


class ActionSchema(ma.Schema):
    """A suggested action."""

    code = fields.String(required=True)
    words = fields.String(required=True)


class PlaceSchema(ma.Schema):
    """What streets and wards have in common."""

    ward_code = fields.String(required=True)
    ward = fields.String(required=True)
    rank = fields.Integer(required=True, metadata={"description": "Place in the whole force."})
    score = fields.Float(required=True, metadata={"description": "Sum of the contributions."})
    parts = fields.List(fields.Nested(PartSchema), required=True)
    why = fields.List(fields.String(), required=True)
    action = fields.Nested(ActionSchema, required=True)


class StreetTargetSchema(PlaceSchema):
    """A street (within one ward) in the ranking."""

    usrn = fields.String(required=True)
    street = fields.String(required=True)
    locality = fields.String(required=True)
    stale = fields.Boolean(required=True, metadata={"description": "Something changed since; ranked soon."})


class WardTargetSchema(PlaceSchema):
    """A ward in the ranking, from the sums over its streets."""

    streets = fields.Integer(required=True)


class StreetChangeSchema(ma.Schema):
    """A street's place now and then."""

    usrn = fields.String(required=True)
    street = fields.String(required=True)
    ward_code = fields.String(required=True)
    rank = fields.Integer(required=True)
    score = fields.Float(required=True)
    rank_before = fields.Integer(required=True, allow_none=True)
    score_before = fields.Float(required=True, allow_none=True)
    change = fields.Float(required=True, allow_none=True)


class _Page(ma.Schema):
    next = fields.String(required=True, allow_none=True)
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the streets were last ranked."}
    )


class StreetTargetPage(_Page):
    """A page of streets."""

    rows = fields.List(fields.Nested(StreetTargetSchema), required=True)


class WardTargetPage(_Page):
    """A page of wards."""

    rows = fields.List(fields.Nested(WardTargetSchema), required=True)


class StreetChangePage(_Page):
    """A page of streets with where they stood before."""

    since = fields.AwareDateTime(required=True, allow_none=True)
    rows = fields.List(fields.Nested(StreetChangeSchema), required=True)
