"""Houses that the address file lacks: listed for coordinators, and ended once the file has them."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug import Response as WerkzeugResponse

from server.base.http import current_principal, current_service, needs
from server.base.pages import Form, Pages, go, read_query, render
from server.base.paging import PageQuery
from server.fieldwork import provisional

pages = Pages("provisional_pages", __name__)


@pages.get("/provisional-houses")
@needs("campaign.write")
def provisional_houses() -> Response:
    """Every provisional house in one's areas, and whether the file has its address now."""
    query = read_query(PageQuery())
    return render(
        "fieldwork/provisional_houses.html",
        page=provisional.list_provisional(current_service(), current_principal(), query.values),
        first=not query.values.get("after"),
    )


@pages.get("/provisional-houses/<string(maxlength=12):uprn>/end")
@needs("campaign.write")
def confirm_ending(uprn: str) -> Response:
    """What ending one means, before it is done."""
    return _ending(uprn, Form({}, {}))


@pages.post("/provisional-houses/<string(maxlength=12):uprn>/end")
@needs("campaign.write")
def end(uprn: str) -> WerkzeugResponse:
    """Retire a provisional house."""
    provisional.end_provisional(current_service(), current_principal(), uprn)
    return go(url_for("provisional_pages.provisional_houses"), "The provisional house is ended.")


def _ending(uprn: str, form: Form) -> Response:
    house = provisional.read_provisional(current_service(), current_principal(), uprn)
    return render("fieldwork/provisional_end.html", form=form, house=house)
