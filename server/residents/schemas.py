"""How residents look to clients of the API, and what may be asked of them."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import PageQuery, page_of
from server.residents.contacts import EMAIL, NAME_AT_HOUSE, PHONE
from server.residents.reasons import REASONS

UPRN = ma.validate.Regexp(r"^[0-9]{1,12}\Z", error="A UPRN has up to 12 digits.")
STATES = ("unconfirmed", "current", "opted_out", "merged", "erased")


class LookReasonSchema(ma.Schema):
    """Why somebody looks: a code of the catalogue, and a reference where there is one (for the audit trail)."""

    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(list(REASONS)))
    reference = ma.fields.String(
        load_default="",
        validate=ma.validate.Regexp(
            r"^[A-Za-z0-9/._-]{0,40}\Z", error="A reference is letters, digits and / . _ -"
        ),
        metadata={"description": "A case or incident number; never a name."},
    )


class ResidentQuery(PageQuery):
    """Filters of the list of residents."""

    uprn = ma.fields.String(validate=UPRN)
    usrn = ma.fields.String(validate=ma.validate.Length(max=20))
    ward = ma.fields.String(validate=ma.validate.Length(max=20))
    state = ma.fields.String(validate=ma.validate.OneOf(STATES))


class ResidentSchema(ma.Schema):
    """A resident without what names them; `consents` are the purposes consented to."""

    id = ma.fields.String()
    uprn = ma.fields.String()
    usrn = ma.fields.String()
    ward_code = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    language = ma.fields.String()
    registered_at = ma.fields.AwareDateTime()
    confirmed_at = ma.fields.AwareDateTime(allow_none=True)
    changed_at = ma.fields.AwareDateTime()
    consents = ma.fields.List(ma.fields.String())


class ConsentRowSchema(ma.Schema):
    """One consent given, refused or withdrawn."""

    purpose = ma.fields.String()
    given = ma.fields.Boolean()
    wording = ma.fields.String()
    how = ma.fields.String()
    at = ma.fields.AwareDateTime()


class RegistrationRowSchema(ma.Schema):
    """One act of registering."""

    id = ma.fields.String()
    how = ma.fields.String()
    state = ma.fields.String()
    at = ma.fields.AwareDateTime()
    campaign_id = ma.fields.Integer(allow_none=True)


class ResidentViewSchema(ma.Schema):
    """A resident with the history of consents and registrations."""

    resident = ma.fields.Nested(ResidentSchema)
    history = ma.fields.List(ma.fields.Nested(ConsentRowSchema))
    registrations = ma.fields.List(ma.fields.Nested(RegistrationRowSchema))


class LookUpSchema(LookReasonSchema):
    """Whom to look for: by e-mail address, by phone number, or by name at a house (then `uprn` too)."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf((EMAIL, PHONE, NAME_AT_HOUSE)))
    value = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=254))
    uprn = ma.fields.String(load_default="", validate=ma.validate.Regexp(r"^[0-9]{0,12}\Z"))


class FoundSchema(ma.Schema):
    """Those who were found."""

    rows = ma.fields.List(ma.fields.Nested(ResidentSchema))


class ContactSchema(ma.Schema):
    """A contact of a resident."""

    kind = ma.fields.String()
    value = ma.fields.String()
    confirmed_at = ma.fields.AwareDateTime(allow_none=True)


class DetailSchema(ma.Schema):
    """What a resident said of themselves, where they did."""

    demographics = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    groups = ma.fields.List(ma.fields.String())
    interests = ma.fields.List(ma.fields.String())


class DisclosureSchema(ma.Schema):
    """What names a resident."""

    id = ma.fields.String()
    name = ma.fields.String()
    address = ma.fields.String()
    contacts = ma.fields.List(ma.fields.Nested(ContactSchema))
    detail = ma.fields.Nested(DetailSchema)


class ConsentChoices(ma.Schema):
    """Purposes to consent to (true) or not (false); those left out stay as they are."""

    messages = ma.fields.Boolean()
    surveys = ma.fields.Boolean()
    groups = ma.fields.Boolean()


class PreferenceChangeSchema(ma.Schema):
    """What is to change: consents, everything (`opt_out`), the language."""

    consents = ma.fields.Nested(ConsentChoices, load_default=dict)
    opt_out = ma.fields.Boolean(load_default=False)
    language = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Regexp(
            r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", error="A language is a code, such as pl."
        ),
    )


class StaffPreferenceChangeSchema(PreferenceChangeSchema, LookReasonSchema):
    """A change on the person's word."""


class PreferencesSchema(ma.Schema):
    """How a resident's preferences stand."""

    state = ma.fields.String()
    language = ma.fields.String()
    consents = ma.fields.Nested(ConsentChoices)


ResidentPage = page_of(ResidentSchema)
