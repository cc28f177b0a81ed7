"""How campaigns and lists look to clients of the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import marshmallow as ma
import msgspec

from server.base.http import LARGEST_ID
from server.base.paging import PageQuery, page_of
from server.fieldwork.campaign_places import MOST_CHOSEN
from server.fieldwork.coverage_schemas import CountersSchema, StateSchema
from server.fieldwork.reasons import REASONS
from sync.worklist import Policy

STATES = ("draft", "active", "archived")
LIST_STATES = ("active", "recalled", "expired", "closed")
MOST_STREETS = 2_000
WHOLE = ma.validate.Range(1, LARGEST_ID)
CODE = ma.validate.Length(1, 20)
LAST_DAY = ma.validate.Range(date(2000, 1, 1), date(2199, 12, 31))


class PolicySchema(ma.Schema):
    """A campaign's rules for calling again."""

    revisit_registered = ma.fields.Boolean(metadata={"description": "Call on registered houses too."})
    most_attempts = ma.fields.Integer(validate=ma.validate.Range(1, 50))
    need_evening = ma.fields.Boolean()
    need_weekend = ma.fields.Boolean()
    least_gap_hours = ma.fields.Integer(validate=ma.validate.Range(0, 8760))
    call_again_days = ma.fields.Integer(
        validate=ma.validate.Range(0, 3650),
        metadata={
            "description": "Days after a conversation until the house may be called on again; 0: never."
        },
    )

    @ma.post_load
    def as_policy(self, values: dict[str, Any], **_: Any) -> Policy:
        """The policy, with the usual value for what is left out."""
        return msgspec.convert(values, Policy)

    @ma.pre_dump
    def with_all(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Every member, also those at their usual value."""
        return {
            name: getattr(policy, name)
            for policy in [msgspec.convert(values, Policy)]
            for name in Policy.__struct_fields__
            if name != "best_slots"  # goes with a list, and is no rule of the campaign
        }


class CampaignEditSchema(ma.Schema):
    """What may be changed of a campaign."""

    name = ma.fields.String(validate=ma.validate.Length(1, 120))
    purpose = ma.fields.String(validate=ma.validate.Length(max=1000))
    areas = ma.fields.List(ma.fields.String(validate=CODE), validate=ma.validate.Length(max=500))
    usrns = ma.fields.List(
        ma.fields.String(validate=CODE), data_key="streets", validate=ma.validate.Length(max=MOST_STREETS)
    )
    uprns = ma.fields.List(
        ma.fields.String(validate=CODE),
        data_key="premises",
        validate=ma.validate.Length(max=MOST_CHOSEN),
        metadata={"description": "UPRNs of houses chosen one by one."},
    )
    policy = ma.fields.Nested(PolicySchema)
    questionnaire_id = ma.fields.Integer(allow_none=True, validate=WHOLE)
    owner_id = ma.fields.Integer(validate=WHOLE)
    starts_on = ma.fields.Date(validate=LAST_DAY)
    ends_on = ma.fields.Date(validate=LAST_DAY)


class NewCampaignSchema(CampaignEditSchema):
    """A campaign to make."""

    name = ma.fields.String(required=True, validate=ma.validate.Length(1, 120))
    starts_on = ma.fields.Date(required=True, validate=LAST_DAY)
    ends_on = ma.fields.Date(required=True, validate=LAST_DAY)


class CampaignQuery(PageQuery):
    """Filters of the list of campaigns."""

    state = ma.fields.String(validate=ma.validate.OneOf(STATES))


class WarningSchema(ma.Schema):
    """What a campaign's owner is to know."""

    code = ma.fields.String()
    text = ma.fields.String()


class CampaignSchema(ma.Schema):
    """A campaign."""

    id = ma.fields.Integer()
    name = ma.fields.String()
    purpose = ma.fields.String()
    state = ma.fields.String()
    version = ma.fields.Integer()
    owner_id = ma.fields.Integer()
    policy = ma.fields.Nested(PolicySchema)
    questionnaire_id = ma.fields.Integer(allow_none=True)
    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    created_at = ma.fields.AwareDateTime()
    activated_at = ma.fields.AwareDateTime(allow_none=True)
    warned_at = ma.fields.AwareDateTime(allow_none=True)
    archived_at = ma.fields.AwareDateTime(allow_none=True)
    areas = ma.fields.List(ma.fields.String())
    streets = ma.fields.List(ma.fields.String())
    chosen_houses = ma.fields.Integer(
        metadata={"description": "How many houses it covers because they were chosen one by one."}
    )
    active_lists = ma.fields.Integer()
    late_visits = ma.fields.Integer(metadata={"description": "Visits that came in since it was archived."})
    warnings = ma.fields.List(ma.fields.Nested(WarningSchema))


class UnarchiveSchema(ma.Schema):
    """Until when an archived campaign is brought back."""

    ends_on = ma.fields.Date(required=True, validate=LAST_DAY)


class ActivatedSchema(ma.Schema):
    """How many houses an active campaign covers."""

    houses = ma.fields.Integer()


class ReportRowSchema(CountersSchema):  # type: ignore[valid-type,misc]
    """A street in a ward, as it was when the campaign was archived."""

    usrn = ma.fields.String()
    ward_code = ma.fields.String()


class ReportSchema(ma.Schema):
    """An archived campaign's report."""

    as_of = ma.fields.AwareDateTime()
    total = ma.fields.Nested(CountersSchema)
    streets = ma.fields.List(ma.fields.Nested(ReportRowSchema))
    since = ma.fields.Integer(metadata={"description": "Visits that came in since."})


class AllocationSchema(ma.Schema):
    """Streets for officers. Several officers share them out evenly in walking order."""

    officers = ma.fields.List(
        ma.fields.Integer(validate=WHOLE), required=True, validate=ma.validate.Length(1, 100)
    )
    streets = ma.fields.List(
        ma.fields.String(validate=CODE), required=True, validate=ma.validate.Length(1, MOST_STREETS)
    )
    most_houses = ma.fields.Integer(allow_none=True, load_default=None, validate=ma.validate.Range(1, 2500))
    hours = ma.fields.Integer(allow_none=True, load_default=None, validate=ma.validate.Range(1, 720))
    outstanding_only = ma.fields.Boolean(load_default=False)


class AllocatedSchema(ma.Schema):
    """A list that was made."""

    worklist_id = ma.fields.Integer()
    account_id = ma.fields.Integer()
    houses = ma.fields.Integer()
    usrns = ma.fields.List(ma.fields.String(), data_key="streets")
    not_after = ma.fields.AwareDateTime()


class WorklistQuery(PageQuery):
    """Filters of the list of worklists."""

    campaign = ma.fields.Integer(validate=WHOLE)
    officer = ma.fields.Integer(validate=WHOLE)
    state = ma.fields.String(validate=ma.validate.OneOf(LIST_STATES))
    usrn = ma.fields.String(validate=CODE)


class ListStreetSchema(ma.Schema):
    """A street of a list."""

    usrn = ma.fields.String()
    name = ma.fields.String()


class WorklistSchema(ma.Schema):
    """A list of one officer."""

    id = ma.fields.Integer()
    campaign_id = ma.fields.Integer()
    campaign = ma.fields.String()
    account_id = ma.fields.Integer()
    officer = ma.fields.String()
    state = ma.fields.String()
    version = ma.fields.Integer()
    not_after = ma.fields.AwareDateTime()
    created_at = ma.fields.AwareDateTime()
    ended_at = ma.fields.AwareDateTime(allow_none=True)
    streets = ma.fields.List(ma.fields.Nested(ListStreetSchema))
    houses = ma.fields.Integer()
    outstanding = ma.fields.Integer()


class ListedHouseSchema(ma.Schema):
    """A house of a list."""

    uprn = ma.fields.String()
    usrn = ma.fields.String()
    place = ma.fields.Integer()
    address = ma.fields.String()
    postcode = ma.fields.String()
    state = ma.fields.Nested(StateSchema)
    flag = ma.fields.String(metadata={"description": "yes, no or not_before, as of now."})
    reason = ma.fields.String()
    hazards = ma.fields.List(ma.fields.String())
    notes = ma.fields.List(ma.fields.String())


class RecallSchema(ma.Schema):
    """Why a list, or some of its streets, are taken back."""

    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REASONS["recall"]))
    streets = ma.fields.List(
        ma.fields.String(validate=CODE),
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(1, MOST_STREETS),
        metadata={"description": "Only these streets; all of the list without."},
    )


class RecalledSchema(ma.Schema):
    """How many houses came free."""

    houses = ma.fields.Integer()


class ExtendSchema(ma.Schema):
    """Until when a list is to run."""

    not_after = ma.fields.AwareDateTime(required=True)


CampaignPage = page_of(CampaignSchema)
WorklistPage = page_of(WorklistSchema)
ListedHousePage = page_of(ListedHouseSchema)
