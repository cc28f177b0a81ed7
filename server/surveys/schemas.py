"""How questionnaires, survey results and what the public sends look to clients of the API."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import PageQuery, page_of
from server.residents.schemas import PreferenceChangeSchema, PreferencesSchema
from server.surveys.results import STREET, WARD
from sync.consents import PURPOSES
from sync.demographics import LISTS

CODE = ma.validate.Regexp(r"^[a-z0-9_]{1,40}\Z", error="A code is lower-case letters, digits and _.")
SHORT = ma.validate.Length(min=1, max=200)
LINK = ma.validate.Length(max=100)


class QuestionnaireQuery(PageQuery):
    """Filters of the list of questionnaires."""

    code = ma.fields.String(validate=CODE)
    active = ma.fields.Boolean()


class QuestionnaireSchema(ma.Schema):
    """A questionnaire version."""

    id = ma.fields.Integer()
    code = ma.fields.String()
    version = ma.fields.Integer()
    title = ma.fields.String()
    active = ma.fields.Boolean()
    created_at = ma.fields.AwareDateTime()


class QuestionnaireDetailSchema(QuestionnaireSchema):
    """A questionnaire version with its document (sync/PROTOCOL.md, "Questionnaires")."""

    body = ma.fields.Dict()


class DocumentSchema(ma.Schema):
    """A questionnaire's document. Its version is given by the service; PROTOCOL.md says what a question looks like."""

    code = ma.fields.String(required=True, validate=CODE)
    title = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    languages = ma.fields.List(ma.fields.String(), required=True, validate=ma.validate.Length(min=1, max=40))
    questions = ma.fields.List(ma.fields.Dict(), required=True, validate=ma.validate.Length(min=1, max=100))


class MadeSchema(ma.Schema):
    """What was made."""

    id = ma.fields.Integer()


class ActiveSchema(ma.Schema):
    """Whether a version is offered."""

    active = ma.fields.Boolean(required=True)


class ResultsQuery(PageQuery):
    """Which results: of a questionnaire (its newest version unless one is named), by ward or street, in an area."""

    questionnaire = ma.fields.String(load_default="doorstep", validate=CODE)
    version = ma.fields.Integer(validate=ma.validate.Range(1, 1_000_000))
    level = ma.fields.String(load_default=WARD, validate=ma.validate.OneOf((WARD, STREET)))
    area = ma.fields.String(validate=ma.validate.Length(max=20))
    since = ma.fields.Date(
        metadata={"description": "Counted from the first day of its quarter of the year; wards only."}
    )
    until = ma.fields.Date(metadata={"description": "Counted to the last day of its quarter of the year."})


class PlaceResultsSchema(ma.Schema):
    """A ward's or a street's counts: question → choice → how many. Both are null where there are too few responses."""

    usrn = ma.fields.String()
    ward_code = ma.fields.String()
    name = ma.fields.String()
    responses = ma.fields.Integer(allow_none=True)
    counts = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer()),
        allow_none=True,
    )


class ResultsSchema(ma.Schema):
    """Results of a questionnaire version by place, as of now."""

    code = ma.fields.String(attribute="questionnaire.code")
    version = ma.fields.Integer(attribute="questionnaire.version")
    as_of = ma.fields.AwareDateTime()
    since = ma.fields.Date(allow_none=True)
    until = ma.fields.Date(allow_none=True)
    places = ma.fields.List(ma.fields.Nested(PlaceResultsSchema))
    next = ma.fields.String(allow_none=True)


class CrosstabQuery(ma.Schema):
    """Which question by which demographic list, in an area."""

    questionnaire = ma.fields.String(load_default="doorstep", validate=CODE)
    version = ma.fields.Integer(validate=ma.validate.Range(1, 1_000_000))
    question = ma.fields.String(required=True, validate=CODE)
    demographic = ma.fields.String(required=True, validate=ma.validate.OneOf(list(LISTS)))
    area = ma.fields.String(validate=ma.validate.Length(max=20))


class CrosstabSchema(ma.Schema):
    """A table, rounded to 5; null stands for a count that is hidden, because it or another one is small."""

    question = ma.fields.String()
    demographic = ma.fields.String()
    rows = ma.fields.List(ma.fields.String())
    columns = ma.fields.List(ma.fields.String())
    cells = ma.fields.List(ma.fields.List(ma.fields.Integer(allow_none=True)))
    row_totals = ma.fields.List(ma.fields.Integer(allow_none=True))
    column_totals = ma.fields.List(ma.fields.Integer(allow_none=True))
    total = ma.fields.Integer(allow_none=True)


class HousesQuery(ma.Schema):
    """A postcode."""

    postcode = ma.fields.String(required=True, validate=ma.validate.Length(min=5, max=10))


class TokenQuery(ma.Schema):
    """The code that an officer showed at the door."""

    token = ma.fields.String(required=True, validate=LINK)


class HouseChoiceSchema(ma.Schema):
    """A house to register at."""

    uprn = ma.fields.String()
    address = ma.fields.String()


class HousesSchema(ma.Schema):
    """The houses at a postcode."""

    rows = ma.fields.List(ma.fields.Nested(HouseChoiceSchema))


class ConsentSchema(ma.Schema):
    """A consent given or refused for one purpose, under the wording that was shown."""

    purpose = ma.fields.String(required=True, validate=ma.validate.OneOf(PURPOSES))
    wording = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    given = ma.fields.Boolean(required=True)


class SelfRegistrationSchema(ma.Schema):
    """A resident who registers: with the `token` of the code at the door, or with `postcode` and `uprn`."""

    name = ma.fields.String(required=True, validate=SHORT)
    email = ma.fields.Email(load_default=None, allow_none=True, validate=ma.validate.Length(max=254))
    phone = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Regexp(
            r"^\+?[0-9 ()-]{7,32}\Z", error="A phone number is digits, with + before a country."
        ),
    )
    token = ma.fields.String(load_default="", validate=LINK)
    postcode = ma.fields.String(load_default="", validate=ma.validate.Length(max=10))
    uprn = ma.fields.String(load_default="", validate=ma.validate.Regexp(r"^[0-9]{0,12}\Z"))
    consents = ma.fields.List(
        ma.fields.Nested(ConsentSchema), required=True, validate=ma.validate.Length(max=len(PURPOSES))
    )
    language = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Regexp(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z"),
    )
    groups = ma.fields.List(
        ma.fields.String(validate=SHORT), load_default=list, validate=ma.validate.Length(max=20)
    )
    interests = ma.fields.List(
        ma.fields.String(validate=SHORT), load_default=list, validate=ma.validate.Length(max=40)
    )
    demographics = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.OneOf(list(LISTS))),
        values=ma.fields.String(validate=ma.validate.Length(max=40)),
        load_default=dict,
    )


class TakenSchema(ma.Schema):
    """The same sentence for everybody: it tells nothing of who is registered."""

    message = ma.fields.String()


class LinkQuery(ma.Schema):
    """A signed link's token."""

    link = ma.fields.String(required=True, validate=LINK)


class WelcomeSchema(ma.Schema):
    """How the preferences stand, and the link by which they are changed at any time."""

    preferences = ma.fields.Nested(PreferencesSchema)
    link = ma.fields.String()


class LinkedPreferenceChangeSchema(PreferenceChangeSchema, LinkQuery):
    """A change by signed link."""


class FormSchema(ma.Schema):
    """What a registration form shows: the wording of each purpose, and the optional lists with their choices."""

    wording = ma.fields.String()
    purposes = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    demographics = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())),
    )


class OpenInviteSchema(ma.Schema):
    """A survey round that can be answered, with its questionnaire's document."""

    language = ma.fields.String()
    closes_at = ma.fields.AwareDateTime(allow_none=True)
    questionnaire = ma.fields.Dict()


class AnswersSchema(LinkQuery):
    """Answers by signed link: question → choices, and free text apart."""

    questionnaire = ma.fields.String(required=True, validate=CODE)
    version = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 1_000_000))
    choices = ma.fields.Dict(
        keys=ma.fields.String(validate=CODE),
        values=ma.fields.List(ma.fields.String(validate=CODE), validate=ma.validate.Length(max=60)),
        load_default=dict,
        validate=ma.validate.Length(max=100),
    )
    texts = ma.fields.Dict(
        keys=ma.fields.String(validate=CODE),
        values=ma.fields.String(validate=ma.validate.Length(max=2000)),
        load_default=dict,
        validate=ma.validate.Length(max=40),
    )


class StandingSchema(ma.Schema):
    """How many residents' rounds of one number are in one state."""

    round = ma.fields.Integer(metadata={"description": "1 is the first round after registration."})
    state = ma.fields.String()
    residents = ma.fields.Integer()
    first_due_at = ma.fields.AwareDateTime()


QuestionnairePage = page_of(QuestionnaireSchema)
