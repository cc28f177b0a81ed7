"""Who can see this street, or this area: by which grant, and until when."""

from __future__ import annotations

import marshmallow as ma
from flask import Response

from server.base.http import current_principal, current_service, needs
from server.base.pages import Pages, read_query, render
from server.geography.places import find_streets
from server.staff.grantable import areas_to_grant
from server.staff.roles import WORDS
from server.staff.schemas import CODE
from server.staff.who_sees import who_sees_area, who_sees_street

pages = Pages("who_sees_pages", __name__)


class PlaceQuery(ma.Schema):
    """A street by USRN, an area by code, or part of a street's name to choose from."""

    usrn = ma.fields.String(load_default="", validate=ma.validate.Regexp(r"^[0-9]{1,8}\Z"))
    area = ma.fields.String(load_default="", validate=CODE)
    street = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))


@pages.get("/who-sees")
@needs("staff.read")
def who_sees() -> Response:
    """The list for a street or an area; without one, the form to choose it."""
    service, principal = current_service(), current_principal()
    query = read_query(PlaceQuery())
    usrn, area, street = (query.values[name] for name in ("usrn", "area", "street"))
    found = None
    if usrn:
        found = who_sees_street(service, principal, usrn)
    elif area:
        found = who_sees_area(service, principal, area)
    streets = find_streets(service, principal, {"name": street, "limit": 50}).rows if street else []
    return render(
        "staff/who_sees.html",
        found=found,
        streets=streets,
        query={"usrn": usrn, "area": area, "street": street},
        areas=areas_to_grant(service),
        words=WORDS,
    )
