"""The documents of OGC API – Features: landing page, conformance, collections, features, and their own description.

Pure: what they say, given the address they are reached at (`base`, without a slash at its end).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from server.base.downloads.as_geojson import geometry_of
from server.fieldwork.features.asked import MOST, USUAL, Box
from server.fieldwork.features.collections import COLLECTIONS, Collection
from server.fieldwork.features.items import Item, Items

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SPEC = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CONFORMS = tuple(f"{SPEC}/{name}" for name in ("core", "geojson", "oas30"))
JSON, GEOJSON, OPENAPI = (
    "application/json",
    "application/geo+json",
    "application/vnd.oai.openapi+json;version=3.0",
)
KINDS = {"number": {"type": "integer"}, "time": {"type": "string", "format": "date-time"}}
TITLE = "Doorstep: coverage"


def landing(base: str) -> dict[str, Any]:
    """Where everything is."""
    return {
        "title": TITLE,
        "description": "How far the knocking has got, by district, ward and street, in your areas.",
        "links": [
            _link(f"{base}", "self", JSON, "This page"),
            _link(f"{base}/api", "service-desc", OPENAPI, "The description of this interface"),
            _link(f"{base.removesuffix('/ogc')}/docs", "service-doc", "text/html", "The whole API to read"),
            _link(f"{base}/conformance", "conformance", JSON, "What this conforms to"),
            _link(f"{base}/collections", "data", JSON, "The collections"),
        ],
    }


def conformance() -> dict[str, Any]:
    """The classes of the standard that hold."""
    return {"conformsTo": list(CONFORMS)}


def collections(base: str, box: Box | None) -> dict[str, Any]:
    """All collections."""
    return {
        "links": [_link(f"{base}/collections", "self", JSON, "The collections")],
        "collections": [collection(base, one, box) for one in COLLECTIONS],
    }


def collection(base: str, one: Collection, box: Box | None) -> dict[str, Any]:
    """One collection; `box` holds all its features."""
    here = f"{base}/collections/{one.id}"
    extent = {"extent": {"spatial": {"bbox": [list(box)], "crs": CRS84}}} if box else {}
    return {
        "id": one.id,
        "title": one.title,
        "description": one.about,
        "itemType": "feature",
        "crs": [CRS84],
        **extent,
        "links": [
            _link(here, "self", JSON, one.title),
            _link(f"{here}/items", "items", GEOJSON, one.title),
        ],
    }


def feature_collection(base: str, one: Collection, items: Items, query: dict[str, str]) -> dict[str, Any]:
    """A page of features; the next page's link asks for the same again."""
    here = f"{base}/collections/{one.id}/items"
    asked = f"{here}?{urlencode(query)}" if query else here
    links = [
        _link(asked, "self", GEOJSON, "These features"),
        _link(f"{base}/collections/{one.id}", "collection", JSON, one.title),
    ]
    if items.after is not None:
        further = urlencode(query | {"after": items.after})
        links.append(_link(f"{here}?{further}", "next", GEOJSON, "Further features"))
    return {
        "type": "FeatureCollection",
        "links": links,
        "timeStamp": _utc(items.as_of),
        "numberMatched": items.matched,
        "numberReturned": len(items.rows),
        "features": [_feature(one, item) for item in items.rows],
    }


def feature(base: str, one: Collection, item: Item, campaign_id: int) -> dict[str, Any]:
    """One feature by itself."""
    here = f"{base}/collections/{one.id}"
    query = f"?campaign={campaign_id}" if campaign_id else ""
    links = [
        _link(f"{here}/items/{quote(item.id)}{query}", "self", GEOJSON, "This feature"),
        _link(here, "collection", JSON, one.title),
    ]
    return _feature(one, item) | {"links": links}


def description(base: str, version: str) -> dict[str, Any]:
    """The interface in OpenAPI 3.0, which programs read to learn what can be asked."""
    paths = {
        "/": _get("Landing page", "landing", JSON),
        "/api": _get("This description", "api", OPENAPI),
        "/conformance": _get("What this conforms to", "conformance", JSON),
        "/collections": _get("The collections", "collections", JSON),
    }
    for one in COLLECTIONS:
        properties = {column.name: KINDS.get(column.kind, {"type": "string"}) for column in one.columns}
        schema = {
            "type": "object",
            "properties": {"properties": {"type": "object", "properties": properties}},
        }
        paths[f"/collections/{one.id}"] = _get(one.title, f"{one.id}_collection", JSON)
        paths[f"/collections/{one.id}/items"] = _get(
            f"{one.title}: features", f"{one.id}_items", GEOJSON, item_parameters(one)
        )
        by_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[f"/collections/{one.id}/items/{{featureId}}"] = _get(
            f"{one.title}: one feature", f"{one.id}_item", GEOJSON, [by_id, CAMPAIGN], schema
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE, "version": version},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
    }


def item_parameters(one: Collection) -> list[dict[str, Any]]:
    """The parameters of a request for items."""
    texts = [
        _parameter(name, {"type": "string"}, f"Only features whose {name} is this.") for name in one.filters
    ]
    return [LIMIT, BBOX, DATETIME, CAMPAIGN, AFTER, FORM, *texts]


def _parameter(name: str, schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


LIMIT = _parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "Most features of one page.",
)
BBOX = _parameter(
    "bbox",
    {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
    "West, south, east, north in degrees.",
)
DATETIME = _parameter(
    "datetime",
    {"type": "string"},
    "Only features that changed then: a time, or two with / between (.. for open).",
)
CAMPAIGN = _parameter(
    "campaign", {"type": "integer", "minimum": 0, "default": 0}, "0: all campaigns together."
)
AFTER = _parameter("after", {"type": "string"}, "Taken from the next link of the page before.")
FORM = _parameter("f", {"type": "string", "enum": ["json", "geojson"]}, "JSON is the only form.")


def _get(
    summary: str,
    name: str,
    mime: str,
    parameters: list[dict[str, Any]] | None = None,
    schema: dict[str, Any] | None = None,
) -> dict[str, Any]:
    answer = {"description": summary, "content": {mime: {"schema": schema or {"type": "object"}}}}
    told = {"parameters": parameters} if parameters else {}
    errors = {code: {"description": why} for code, why in ERRORS.items()}
    return {"get": {"summary": summary, "operationId": name, **told, "responses": {"200": answer, **errors}}}


ERRORS = {
    "400": "A parameter is unknown or has no meaning",
    "401": "Sign in, or send a token",
    "403": "You may not read coverage",
    "404": "There is no such thing in your areas",
}


def _feature(one: Collection, item: Item) -> dict[str, Any]:
    properties = {
        column.name: _utc(value) if isinstance(value, datetime) else value
        for column, value in zip(one.columns, item.values, strict=True)
    }
    return {"type": "Feature", "id": item.id, "geometry": geometry_of(item.shape), "properties": properties}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _link(href: str, rel: str, mime: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": mime, "title": title}
