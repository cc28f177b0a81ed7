"""What maps in pages ask for: tiles, the box to begin with; and the legend's words for the templates."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request

from server.base.access import has
from server.base.http import LARGEST_ID, current_principal, current_service, needs
from server.base.pages import Pages, read_query, render
from server.base.paging import MOST_ROWS
from server.base.tiles import MIME, tile_at
from server.fieldwork.bounds import Shown, bounds_of
from server.fieldwork.choices import read_choices
from server.fieldwork.coverage import ward_coverage
from server.fieldwork.house_marks import MARKS
from server.fieldwork.map_tiles import area_tile, house_tile

pages = Pages("map_pages", __name__)
KEPT = "private, max-age=30"  # seconds: what is shown is at most a minute behind a sync


class TileQuery(ma.Schema):
    """Which campaign's figures (0: all together), and whether districts or wards are drawn."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    level = ma.fields.String(load_default="ward", validate=ma.validate.OneOf(("district", "ward")))


class MapQuery(ma.Schema):
    """What the whole map shows: wards or districts coloured in, or houses."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    level = ma.fields.String(load_default="ward", validate=ma.validate.OneOf(("district", "ward", "house")))


class BoundsQuery(ma.Schema):
    """What a map is to show first."""

    campaign = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))
    area = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    usrn = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))
    worklist = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, LARGEST_ID))


@pages.app_context_processor
def _legend() -> dict[str, Any]:
    settings = current_service().settings
    return {
        "house_marks": MARKS,
        "base_map": {"url": settings.base_map_url, "attribution": settings.base_map_attribution},
    }


@pages.get("/map")
@needs("coverage.read")
def whole_map() -> Response:
    """All that one sees on one map, with the wards' figures as a table."""
    service, principal = current_service(), current_principal()
    query = read_query(MapQuery()).values
    wards = ward_coverage(service, principal, query["campaign"], {"limit": MOST_ROWS})
    campaigns = read_choices(service, principal).campaigns if has(principal, "campaign.read") else []
    choices = [(0, "All campaigns together"), *campaigns]
    return render("fieldwork/map.html", query=query, wards=wards, choices=choices)


@pages.get("/tiles/areas/<int:z>/<int:x>/<int:y>.pbf")
@needs("coverage.read")
def areas(z: int, x: int, y: int) -> Response:
    """Districts or wards with their counters."""
    query = read_query(TileQuery()).values
    tile = tile_at(z, x, y)
    return _tile(area_tile(current_service(), current_principal(), tile, query["campaign"], query["level"]))


@pages.get("/tiles/houses/<int:z>/<int:x>/<int:y>.pbf")
@needs("coverage.read")
def houses(z: int, x: int, y: int) -> Response:
    """Houses as dots; further out streets, and cells of streets."""
    query = read_query(TileQuery()).values
    return _tile(house_tile(current_service(), current_principal(), tile_at(z, x, y), query["campaign"]))


@pages.get("/map/bounds")
@needs("coverage.read")
def bounds() -> Response:
    """The box around what is to be shown: {"bounds": [west, south, east, north] or null}."""
    shown = Shown(**read_query(BoundsQuery()).values)
    response = jsonify({"bounds": bounds_of(current_service(), current_principal(), shown), **asdict(shown)})
    response.headers["Cache-Control"] = KEPT
    return response


def _tile(raw: bytes) -> Response:
    """The tile with a tag of what is in it: counters that stand still do not say that no dot changed."""
    tag = hashlib.sha256(raw).hexdigest()[:32]
    known = request.if_none_match.contains(tag)
    response = Response("" if known else raw, status=304 if known else 200, content_type=MIME)
    response.set_etag(tag)
    response.headers["Cache-Control"] = KEPT
    response.headers["Vary"] = "Cookie, Authorization"
    return response
