"""Coverage in pages: force, district, ward and street, each with its numbers, its weeks and what lies below."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, url_for

from server.base import charts
from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Form, Pages, read_query, render
from server.fieldwork import house_search
from server.fieldwork.coverage import Counted, reads_houses
from server.fieldwork.overview import Asked, Overview, area_overview
from server.fieldwork.trend import Trend
from server.fieldwork.trend_chart import happened_by_week

pages = Pages("coverage_pages", __name__)

SORTS = ("name", "premises", "visited", "contacted", "registered", "outstanding")
FIGURES = (  # counter → what it is called, and what it means
    ("premises", "Houses", "in the address file"),
    ("eligible", "Can be called on", "homes as far as anybody knows"),
    ("visited", "Visited", "somebody has been to the door"),
    ("informed", "Informed", "got a card or an answer at the door"),
    ("contacted", "Contacted", "had a conversation with us"),
    ("registered", "Registered", "somebody there has registered"),
    ("refused", "Refused", "did not want to talk"),
    ("outstanding", "Outstanding", "still owed a visit"),
)


class AskedQuery(ma.Schema):
    """Campaign (0: all together) and days, both included."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    since = ma.fields.Date(
        data_key="from", load_default=None, error_messages={"invalid": "Enter the first day as a date."}
    )
    until = ma.fields.Date(
        data_key="to", load_default=None, error_messages={"invalid": "Enter the last day as a date."}
    )
    sort = ma.fields.String(load_default="name", validate=ma.validate.OneOf(SORTS))

    @ma.validates_schema
    def in_order(self, values: dict[str, Any], **_: Any) -> None:
        """The last day is not before the first."""
        if values.get("since") and values.get("until") and values["until"] < values["since"]:
            raise ma.ValidationError("The last day is before the first.", "to")


class StreetQuery(AskedQuery):
    """What a street's page is asked for besides: which of its houses, and which page of them."""

    show = ma.fields.String(load_default="premises", validate=ma.validate.OneOf(house_search.SHOWS))
    after = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))


@pages.get("/coverage")
@needs("coverage.read")
def force() -> Response:
    """All that one sees, by district."""
    return _area("")


@pages.get("/coverage/<code>")
@needs("coverage.read")
def area(code: str) -> Response:
    """A district by ward, or a ward by street."""
    return _area(code)


@pages.get("/streets/<usrn>")
@needs("coverage.read")
def street(usrn: str) -> Response:
    """A street, with its houses for those who may read houses one by one."""
    query = read_query(StreetQuery())
    service, principal = current_service(), current_principal()
    asked = _asked(query)
    wanted = house_search.Wanted(query.values["show"], "", asked.campaign_id, usrn)
    page = {"after": query.values["after"], "limit": 100}
    found, houses = house_search.street_page(service, principal, wanted, asked, page)
    return render(
        "fieldwork/street.html",
        **_shown(found, query),
        houses=houses,
        show=query.values["show"],
        shows=[*((key, name) for key, name, _ in FIGURES), ("never", "Never visited")],
    )


def _area(code: str) -> Response:
    query = read_query(AskedQuery())
    found = area_overview(current_service(), current_principal(), code, _asked(query))
    below = sorted(found.below, key=_order(query.values["sort"]))
    return render("fieldwork/coverage.html", **_shown(found, query), below=below)


def _asked(query: Form) -> Asked:
    return Asked(query.values["campaign"], query.values["since"], query.values["until"])


def _shown(found: Overview, query: Form) -> dict[str, Any]:
    """What both templates take. `keep` are the words of the query that links carry on."""
    keep = {name: query.typed[name] for name in ("campaign", "from", "to") if name in query.typed}
    if str(keep.get("campaign")) == "0":
        del keep["campaign"]
    return {
        "found": found,
        "form": query,
        "keep": keep,
        "sort": query.values["sort"],
        "figures": FIGURES,
        "by_week": happened_by_week(found.trend),
        "so_far": _so_far(found),
        "reads_houses": reads_houses(current_principal()),
        "crumbs": [
            *((name, _path(place, code, keep)) for place, (name, code) in enumerate(found.above)),
            (found.name, ""),
        ],
    }


def _path(place: int, code: str, keep: dict[str, Any]) -> str:
    """The page of an area above; the first is the force's."""
    if place == 0:
        return url_for("coverage_pages.force", **keep)
    return url_for("coverage_pages.area", code=code, **keep)


def _order(sort: str) -> Any:
    """By name, or the largest number first."""

    def key(one: Counted) -> tuple[int, str, str]:
        return (0 if sort == "name" else -one.counters[sort], one.name.casefold(), one.code)

    return key


def _so_far(found: Overview) -> charts.Chart:
    premises, trend = found.counters["premises"], found.trend
    shares = [min(1.0, week.reached / premises) if premises else None for week in trend.weeks]
    where = " in this campaign" if found.campaign_id else ""
    return charts.lines(
        f"Share of houses ever called at{where}, by week",
        _weeks(trend),
        [charts.Series("Houses called at", shares, 1)],
        shares=True,
        first="Week from",
    )


def _weeks(trend: Trend) -> list[str]:
    return [f"{week.starts.day} {week.starts:%b}" for week in trend.weeks]
