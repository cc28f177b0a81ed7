"""How erasures and exports look to clients of the API."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import page_of
from server.residents.schemas import UPRN, LookReasonSchema


class ErasureRequestSchema(LookReasonSchema):
    """Whom to erase: a resident by id; or an e-mail address, a phone number and the name, or the name and a house."""

    resident_id = ma.fields.String(validate=ma.validate.Length(min=1, max=64))
    email = ma.fields.String(validate=ma.validate.Length(min=3, max=254))
    phone = ma.fields.String(validate=ma.validate.Length(min=5, max=32))
    name = ma.fields.String(validate=ma.validate.Length(min=1, max=200))
    uprn = ma.fields.String(validate=UPRN)


class ErasedSchema(ma.Schema):
    """What was taken away, in numbers."""

    residents = ma.fields.Integer()
    events = ma.fields.Integer()
    responses = ma.fields.Integer()


class ErasureRowSchema(ma.Schema):
    """An entry of the ledger: when, by whom, and the number that the person had."""

    id = ma.fields.Integer()
    resident_id = ma.fields.String()
    erased_at = ma.fields.AwareDateTime()
    asked_by = ma.fields.String()


class ExportRequestSchema(LookReasonSchema):
    """Whose data to export."""

    resident_id = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=64))


class ExportSchema(ma.Schema):
    """Everything held on a person."""

    made_at = ma.fields.String()
    held_by = ma.fields.String()
    registrations_on_file = ma.fields.List(ma.fields.Dict())
    consents = ma.fields.List(ma.fields.Dict())
    acts_of_registering = ma.fields.List(ma.fields.Dict())
    survey_rounds = ma.fields.List(ma.fields.Dict())
    answers = ma.fields.List(ma.fields.Dict())
    marks_on_houses = ma.fields.List(ma.fields.Dict())
    messages_from_officers_phones = ma.fields.List(ma.fields.Dict())
    who_looked = ma.fields.List(ma.fields.Dict())


ErasurePage = page_of(ErasureRowSchema)
