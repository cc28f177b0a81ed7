"""OGC API – Features at /api/ogc: what QGIS, Esri and Power BI read coverage from, with a token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request

from server import __version__
from server.base.http import Blueprint, current_principal, current_service, needs
from server.fieldwork.features import documents
from server.fieldwork.features.asked import read_asked, refuse_unknown
from server.fieldwork.features.collections import collection_of
from server.fieldwork.features.documents import GEOJSON, JSON, OPENAPI
from server.fieldwork.features.items import extent, find_items, read_item

blueprint = Blueprint(
    "features", __name__, url_prefix="/api/ogc", description="Coverage as OGC API – Features 1.0, for maps"
)
ITEMS = [
    documents.LIMIT,
    documents.BBOX,
    documents.DATETIME,
    documents.CAMPAIGN,
    documents.AFTER,
    documents.FORM,
]


@blueprint.after_request
def _ask_for_basic(response: Response) -> Response:
    """Desk programs send a token as the password of HTTP Basic, some of them only when they are asked for one."""
    if response.status_code == 401:
        response.headers.add("WWW-Authenticate", 'Basic realm="doorstep"')
    return response


@blueprint.get("")
@needs("coverage.read")
@blueprint.response(200, content_type=JSON)
def get_landing() -> Response:
    """Find everything"""
    return _landing()


@blueprint.get("/")
@needs("coverage.read")
@blueprint.response(200, content_type=JSON)
def get_landing_with_slash() -> Response:
    """Find everything, by the address with a slash"""
    return _landing()


@blueprint.get("/api")
@needs("coverage.read")
@blueprint.response(200, content_type=OPENAPI)
def get_description() -> Response:
    """Read the description in OpenAPI 3.0"""
    refuse_unknown(request.args, ("f",))
    return _answer(documents.description(_base(), __version__), OPENAPI)


@blueprint.get("/conformance")
@needs("coverage.read")
@blueprint.response(200, content_type=JSON)
def get_conformance() -> Response:
    """Read what this conforms to"""
    refuse_unknown(request.args, ("f",))
    return _answer(documents.conformance(), JSON)


@blueprint.get("/collections")
@needs("coverage.read")
@blueprint.response(200, content_type=JSON)
def get_collections() -> Response:
    """List the collections"""
    refuse_unknown(request.args, ("f",))
    box = extent(current_service(), current_principal())
    return _answer(documents.collections(_base(), box), JSON)


@blueprint.get("/collections/<collection>")
@needs("coverage.read")
@blueprint.response(200, content_type=JSON)
def get_collection(collection: str) -> Response:
    """Read about a collection"""
    refuse_unknown(request.args, ("f",))
    one = collection_of(collection)
    return _answer(documents.collection(_base(), one, extent(current_service(), current_principal())), JSON)


@blueprint.get("/collections/<collection>/items")
@needs("coverage.read")
@blueprint.doc(parameters=ITEMS)
@blueprint.response(200, content_type=GEOJSON)
def get_items(collection: str) -> Response:
    """List features, with their geometry"""
    one = collection_of(collection)
    asked = read_asked(request.args, one.filters)
    items = find_items(current_service(), current_principal(), one, asked)
    return _answer(documents.feature_collection(_base(), one, items, request.args.to_dict()), GEOJSON)


@blueprint.get("/collections/<collection>/items/<item>")
@needs("coverage.read")
@blueprint.doc(parameters=[documents.CAMPAIGN])
@blueprint.response(200, content_type=GEOJSON)
def get_item(collection: str, item: str) -> Response:
    """Read a feature"""
    one = collection_of(collection)
    refuse_unknown(request.args, ("campaign", "f"))
    campaign = read_asked(request.args, ()).campaign
    found = read_item(current_service(), current_principal(), one, item, campaign)
    return _answer(documents.feature(_base(), one, found, campaign), GEOJSON)


def _landing() -> Response:
    refuse_unknown(request.args, ("f",))
    return _answer(documents.landing(_base()), JSON)


def _base() -> str:
    return f"{current_service().settings.public_url.rstrip('/')}/api/ogc"


def _answer(document: dict[str, Any] | Sequence[Any], mime: str) -> Response:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, content_type=mime)
