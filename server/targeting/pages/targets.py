"""The priority targets, to make a campaign of: streets are ticked here and go on to the campaign's form."""

from __future__ import annotations

import marshmallow as ma
from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import Pages, read_query, render
from server.targeting.catalogue import ACTIONS
from server.targeting.targets import list_targets, list_wards

pages = Pages("target_pages", __name__)
MOST_SHOWN = (25, 50, 100, 200)
MOST_WARDS = 200


class TargetQuery(ma.Schema):
    """Which streets are shown: of a ward, with a suggested action, and how many."""

    area = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    action = ma.fields.String(load_default="", validate=ma.validate.OneOf(("", *ACTIONS)))
    limit = ma.fields.Integer(load_default=25, validate=ma.validate.OneOf(MOST_SHOWN))


@pages.get("/campaigns/targets")
@needs("campaign.write")
def targets() -> Response:
    """Streets in order of priority, each with a tick."""
    service, principal = current_service(), current_principal()
    query = read_query(TargetQuery()).values
    found = list_targets(service, principal, query)
    wards = list_wards(service, principal, {"limit": MOST_WARDS})
    names = sorted(
        (row["ward"] or row["ward_code"], row["ward_code"]) for row in wards.rows if row["ward_code"]
    )
    return render(
        "targeting/targets.html",
        found=found,
        query=query,
        wards=[(code, name) for name, code in names],
        actions=ACTIONS,
        limits=[(many, many) for many in MOST_SHOWN],
    )
