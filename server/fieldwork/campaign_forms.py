"""The campaign's form on its pages: what is read from it, and what that means for a plan or an edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
import msgspec

from server.base.http import LARGEST_ID
from server.base.paging import PageQuery
from server.fieldwork.campaign_views import CampaignView
from server.fieldwork.campaigns import CampaignPlan
from server.fieldwork.schemas import CODE, LAST_DAY, MOST_STREETS, STATES
from sync.worklist import Policy

MOST_AREAS = 500
TIMES = ("evening", "weekend")
FIRST_DAY: dict[str, Any] = {
    "required": "Give the first day.",
    "invalid": "Give the first day as a date, such as 31 3 2027.",
}
END_DAY: dict[str, Any] = {
    "required": "Give the last day.",
    "invalid": "Give the last day as a date, such as 31 3 2027.",
}
WHOLE: dict[str, Any] = {"invalid": "Give a whole number.", "required": "Give a whole number."}


def _number(least: int, most: int, usual: int) -> ma.fields.Integer:
    words = f"Give a whole number from {least} to {most:,}."
    return ma.fields.Integer(
        load_default=usual,
        error_messages={"invalid": words, "too_large": words},
        validate=ma.validate.Range(least, most, error=words),
    )


class CampaignForm(ma.Schema):
    """A campaign as it is typed. Where: areas, streets, a list (pasted, or a file's text) and a drawn polygon."""

    name = ma.fields.String(
        required=True,
        error_messages={"required": "Give the campaign a name."},
        validate=ma.validate.Length(1, 120, error="A name has at most 120 letters."),
    )
    purpose = ma.fields.String(
        load_default="", validate=ma.validate.Length(max=1000, error="At most 1,000 letters, please.")
    )
    owner_id = ma.fields.Integer(
        load_default=None, error_messages=WHOLE, validate=ma.validate.Range(1, LARGEST_ID)
    )
    questionnaire_id = ma.fields.Integer(
        load_default=None, error_messages=WHOLE, validate=ma.validate.Range(1, LARGEST_ID)
    )
    starts_on = ma.fields.Date(required=True, error_messages=FIRST_DAY, validate=LAST_DAY)
    ends_on = ma.fields.Date(required=True, error_messages=END_DAY, validate=LAST_DAY)
    revisit_registered = ma.fields.Boolean(load_default=False)
    most_attempts = _number(1, 50, 4)
    times = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(TIMES)), load_default=[])
    least_gap_hours = _number(0, 8760, Policy().least_gap_hours)
    call_again_days = _number(0, 3650, Policy().call_again_days)
    areas = ma.fields.List(
        ma.fields.String(validate=CODE),
        load_default=[],
        validate=ma.validate.Length(max=MOST_AREAS, error=f"At most {MOST_AREAS} areas: choose larger ones."),
    )
    streets = ma.fields.List(
        ma.fields.String(validate=CODE),
        load_default=[],
        validate=ma.validate.Length(
            max=MOST_STREETS, error=f"At most {MOST_STREETS:,} streets: choose areas for more."
        ),
    )
    polygon = ma.fields.String(load_default="")
    listed = ma.fields.String(load_default="")
    leave_out = ma.fields.Boolean(load_default=False)
    let_go = ma.fields.Boolean(load_default=False)
    find = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))
    step = ma.fields.String(load_default="save")
    version = ma.fields.Integer(load_default=0)


class StepForm(ma.Schema):
    """A confirmed step: the version that was read when it was asked for."""

    version = ma.fields.Integer(load_default=0)


class BackForm(StepForm):
    """Bringing a campaign back until another last day."""

    ends_on = ma.fields.Date(required=True, error_messages=END_DAY, validate=LAST_DAY)


class CampaignListQuery(PageQuery):
    """Filters of the list."""

    state = ma.fields.String(load_default="", validate=ma.validate.OneOf(("", *STATES)))


FIXED = (
    "starts_on",
    "areas",
    "streets",
    "polygon",
    "listed",
    "leave_out",
    "let_go",
    "find",
)  # once it is active


def policy_of(values: Mapping[str, Any]) -> Policy:
    """The rules for calling again, as typed."""
    return Policy(
        revisit_registered=values["revisit_registered"],
        most_attempts=values["most_attempts"],
        need_evening="evening" in values["times"],
        need_weekend="weekend" in values["times"],
        least_gap_hours=values["least_gap_hours"],
        call_again_days=values["call_again_days"],
    )


def plan_of(values: Mapping[str, Any], uprns: tuple[str, ...], drawn: dict[str, Any] | None) -> CampaignPlan:
    """What a new campaign is to be, with the houses that its list and shape mean."""
    return CampaignPlan(
        name=values["name"],
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        areas=tuple(values["areas"]),
        usrns=tuple(values["streets"]),
        uprns=uprns,
        drawn=drawn,
        purpose=values["purpose"],
        policy=policy_of(values),
        questionnaire_id=values["questionnaire_id"],
        owner_id=values["owner_id"],
    )


def changes_of(values: Mapping[str, Any], campaign: CampaignView) -> dict[str, Any]:
    """What the form is to change of a campaign, by CampaignPlan's names; houses chosen one by one aside."""
    wanted = {
        "name": values["name"],
        "purpose": values["purpose"],
        "owner_id": values["owner_id"] or campaign.owner_id,
        "questionnaire_id": values["questionnaire_id"],
        "ends_on": values["ends_on"],
    }
    changes = {name: value for name, value in wanted.items() if value != getattr(campaign, name)}
    kept = msgspec.convert(campaign.policy, Policy)
    if (policy := policy_of(values)) != kept:
        changes["policy"] = policy
    if "starts_on" in values and values["starts_on"] != campaign.starts_on:
        changes["starts_on"] = values["starts_on"]
    for name, ours in (("areas", "areas"), ("streets", "usrns")):
        if name in values and sorted(set(values[name])) != sorted(getattr(campaign, name)):
            changes[ours] = tuple(values[name])
    return changes


def typed_of(campaign: CampaignView) -> dict[str, Any]:
    """A campaign as its form shows it before anybody types."""
    policy = msgspec.convert(campaign.policy, Policy)
    return {
        "name": campaign.name,
        "purpose": campaign.purpose,
        "owner_id": campaign.owner_id,
        "questionnaire_id": campaign.questionnaire_id or "",
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "areas": list(campaign.areas),
        "streets": list(campaign.streets),
        **typed_policy(policy),
    }


def typed_policy(policy: Policy) -> dict[str, Any]:
    """Rules for calling again as the form shows them."""
    return {
        "revisit_registered": "yes" if policy.revisit_registered else "no",
        "most_attempts": policy.most_attempts,
        "times": [name for name in TIMES if getattr(policy, f"need_{name}")],
        "least_gap_hours": policy.least_gap_hours,
        "call_again_days": policy.call_again_days,
    }


def text_of_file(content: bytes) -> str:
    """A text or CSV file's text. ValueError with a sentence for what is no text."""
    if b"\0" in content:
        raise ValueError("This file is not text: save it as CSV or TXT first.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
