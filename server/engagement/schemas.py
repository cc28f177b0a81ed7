"""What the API of feedback takes and gives."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import PageQuery, page_of
from server.engagement.tables import PRIORITY, SAID_DID
from sync.worklist import MOST_TOLD_TEXT

KIND = ma.validate.OneOf((SAID_DID, PRIORITY))
TEXT = ma.validate.Length(max=MOST_TOLD_TEXT)
CODE = ma.validate.Length(max=20)


class NewFeedbackSchema(ma.Schema):
    """What is to be told: of a street (`usrn`) or of a whole ward (`ward_code`)."""

    kind = ma.fields.String(required=True, validate=KIND)
    usrn = ma.fields.String(load_default="", validate=CODE)
    ward_code = ma.fields.String(load_default="", validate=CODE)
    said = ma.fields.String(
        required=True,
        validate=TEXT,
        metadata={
            "description": "What residents said; of a priority: what is worked on. Public: name nobody."
        },
    )
    did = ma.fields.String(
        load_default="",
        validate=TEXT,
        metadata={"description": "What was done; of a priority: how it stands. Public: name nobody."},
    )
    on = ma.fields.Date(required=True, metadata={"description": "The date that it bears."})


class FeedbackSchema(ma.Schema):
    """One thing told of a street or a ward."""

    id = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=KIND)
    usrn = ma.fields.String(required=True, allow_none=True)
    ward_code = ma.fields.String(required=True, allow_none=True)
    place = ma.fields.String(required=True, metadata={"description": "The name of the street or ward."})
    said = ma.fields.String(required=True)
    did = ma.fields.String(required=True)
    on = ma.fields.Date(required=True)
    published_by = ma.fields.Integer(required=True, allow_none=True)
    published_at = ma.fields.AwareDateTime(required=True)
    withdrawn_by = ma.fields.Integer(required=True, allow_none=True)
    withdrawn_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class FeedbackQuery(PageQuery):
    """Which to list."""

    usrn = ma.fields.String(validate=CODE)
    ward_code = ma.fields.String(validate=CODE)
    kind = ma.fields.String(validate=KIND)
    withdrawn = ma.fields.Boolean(metadata={"description": "Only those that were, or were not, withdrawn."})


FeedbackPage = page_of(FeedbackSchema)
