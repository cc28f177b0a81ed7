"""OGC API – Features: the standard's abstract tests that concern us, our areas, and GDAL as a customer's program."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import shapely
from sqlalchemy import update
from werkzeug.serving import make_server

from server.base.access import Principal
from server.base.service import Service
from server.geography.tables import Area
from tests.factories.app import Caller, create_application
from tests.factories.base import free_port
from tests.factories.fieldwork import (
    COAST,
    CROSSING_STREET,
    EAST,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    create_supervisor,
    record,
    uprn,
    visit,
)
from tests.factories.staff import create_account
from tests.fieldwork.test_map_tiles import SQUARES

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    """A campaign in Hull with one visit; areas have shapes; an analyst of the force and one of SOUTH."""

    def draw(session: Any) -> None:
        for code, square in SQUARES.items():
            shape = shapely.MultiPolygon([shapely.box(*square)])
            session.execute(update(Area).where(Area.code == code).values(geometry=shape))

    service.db.transact(draw)
    campaign_id = activate(service, supervisor, areas=[HULL])
    record(service, visit(service, uprn(LONG_STREET, 1), "spoke", campaign_id=campaign_id))
    create_account(service, "ana.force", "analyst", areas=["E23000012"])
    create_account(service, "ana.south", "analyst", areas=[SOUTH])
    return campaign_id


@pytest.fixture
def caller(service: Service, campaign: int) -> Caller:
    """The analyst of the whole force."""
    return Caller(create_application(service), "ana.force")


def items(caller: Caller, collection: str, **query: Any) -> dict[str, Any]:
    """A page of items, which must be well."""
    answer = caller.get(f"/api/ogc/collections/{collection}/items", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/geo+json"
    found: dict[str, Any] = answer.json
    assert found["numberReturned"] == len(found["features"])
    return found


def ids(page: dict[str, Any]) -> list[str]:
    """The features' ids."""
    return [one["id"] for one in page["features"]]


def linked(document: dict[str, Any], rel: str) -> str:
    """Where a link leads, by its relation, without the scheme and host."""
    (href,) = (link["href"] for link in document["links"] if link["rel"] == rel)
    return str(href).removeprefix("http://127.0.0.1:8000")


def test_everything_is_found_from_the_landing_page(caller: Caller) -> None:
    landing = caller.get("/api/ogc").json
    assert caller.get("/api/ogc/").json == landing
    conformance = caller.get(linked(landing, "conformance")).json
    assert [one.rsplit("/", 1)[1] for one in conformance["conformsTo"]] == ["core", "geojson", "oas30"]
    description = caller.get(linked(landing, "service-desc"))
    assert description.content_type == "application/vnd.oai.openapi+json;version=3.0"
    assert description.json["openapi"].startswith("3.0")
    collections = caller.get(linked(landing, "data")).json
    assert linked(collections, "self") == "/api/ogc/collections"
    for one in collections["collections"]:
        assert one["crs"] == [CRS84]
        assert caller.get(linked(one, "self")).json == one
        page = caller.get(linked(one, "items")).json
        assert f"/collections/{one['id']}/items" in description.json["paths"]
        (west, south, east, north), crs = (
            one["extent"]["spatial"]["bbox"][0:1][0],
            one["extent"]["spatial"]["crs"],
        )
        assert (west, south, crs) == (-0.35985, 53.77, CRS84)
        assert east > west
        assert north > south
        first = page["features"][0]
        alone = caller.get(f"/api/ogc/collections/{one['id']}/items/{first['id']}").json
        assert alone == first | {"links": alone["links"]}
        assert linked(alone, "collection") == linked(one, "self")


def test_wards_are_shapes_with_their_counters_by_campaign(caller: Caller, campaign: int) -> None:
    page = items(caller, "wards", campaign=campaign)
    assert ids(page) == [NORTH, SOUTH]
    assert page["numberMatched"] == 2
    ward = page["features"][0]
    assert ward["geometry"]["type"] == "MultiPolygon"
    assert ward["properties"] | {"changed_at": ""} == {
        "code": NORTH,
        "name": f"Area {NORTH}",
        "parent_code": HULL,
        "parent": f"Area {HULL}",
        "premises": 19,
        "eligible": 19,
        "visited": 1,
        "informed": 1,
        "contacted": 1,
        "registered": 0,
        "refused": 0,
        "outstanding": 18,
        "changed_at": "",
    }
    assert ids(items(caller, "districts")) == [HULL, EAST]


def test_pages_follow_one_another_to_the_end(caller: Caller, campaign: int) -> None:
    query: dict[str, Any] = {"limit": 2, "campaign": campaign}
    seen, path, pages = [], "/api/ogc/collections/streets/items?limit=2&campaign=" + str(campaign), 0
    while path:
        page = caller.get(path).json
        assert page["numberMatched"] == 4
        seen += ids(page)
        pages += 1
        path = linked(page, "next") if any(link["rel"] == "next" for link in page["links"]) else ""
    assert pages == 2
    assert seen == ids(items(caller, "streets", **query | {"limit": 100000}))
    assert seen == [
        f"{LONG_STREET}-{NORTH}",
        f"90000002-{NORTH}",
        f"{CROSSING_STREET}-{NORTH}",
        f"{CROSSING_STREET}-{SOUTH}",
    ]


def test_items_are_filtered_by_place_time_and_property(service: Service, caller: Caller) -> None:
    assert ids(items(caller, "streets", bbox="-0.3604,53.7690,-0.3580,53.7710")) == [f"{LONG_STREET}-{NORTH}"]
    assert ids(items(caller, "streets", bbox="-0.3604,53.7690,0,-0.3580,53.7710,9")) == [
        f"{LONG_STREET}-{NORTH}"
    ]
    assert ids(items(caller, "wards", bbox="-0.29,53.76,-0.28,53.77")) == [COAST]
    assert ids(items(caller, "wards", bbox="170,53.76,-0.32,53.77")) == [NORTH, SOUTH]
    assert ids(items(caller, "wards", bbox="3,53.76,4,53.77")) == []
    assert ids(items(caller, "wards", parent_code=EAST)) == [COAST]
    assert ids(items(caller, "streets", ward_code=SOUTH)) == [f"{CROSSING_STREET}-{SOUTH}"]
    now = service.clock.now().isoformat().replace("+00:00", "Z")
    assert len(ids(items(caller, "wards", datetime=now))) == 3
    assert len(ids(items(caller, "wards", datetime="2026-03-01T00:00:00Z/.."))) == 3
    assert ids(items(caller, "wards", datetime="../2026-03-01T00:00:00+01:00")) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "bbox=1,2,3",
        "bbox=1,2,3,x",
        "bbox=0,5,1,4",
        "bbox=0,nan,1,4",
        "datetime=yesterday",
        "datetime=2026-03-02",
        "datetime=2026-03-02T00:00:00Z/2026-03-01T00:00:00Z",
        "campaign=x",
        "campaign=99999999999999999999",
        "f=html",
        "colour=red",
    ],
)
def test_a_parameter_without_meaning_is_refused(caller: Caller, query: str) -> None:
    answer = caller.get(f"/api/ogc/collections/wards/items?{query}")
    assert answer.status_code == 400, answer.text


def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    for path in (
        "/collections/houses",
        "/collections/houses/items",
        "/collections/wards/items/E05099999",
        "/collections/streets/items/90000001",
        f"/collections/streets/items/{LONG_STREET}-{COAST}",
        "/collections/wards/items?campaign=4711",
    ):
        assert caller.get(f"/api/ogc{path}").status_code == 404, path


def test_a_ward_analyst_reads_that_ward_alone(service: Service, caller: Caller, campaign: int) -> None:
    local = Caller(create_application(service), "ana.south")
    assert ids(items(local, "wards")) == [SOUTH]
    assert [one["properties"]["premises"] for one in items(local, "districts")["features"]] == [5]
    assert ids(items(local, "streets")) == [f"{CROSSING_STREET}-{SOUTH}"]
    for path in (f"wards/items/{NORTH}", f"districts/items/{EAST}", f"streets/items/{LONG_STREET}-{NORTH}"):
        assert local.get(f"/api/ogc/collections/{path}").status_code == 404
    (box,) = local.get("/api/ogc/collections/wards").json["extent"]["spatial"]["bbox"]
    assert box[0] == pytest.approx(-0.3594)
    elsewhere = activate(service, create_supervisor(service), areas=[COAST])
    assert local.get(f"/api/ogc/collections/wards/items?campaign={elsewhere}").status_code == 404


@pytest.fixture
def served(service: Service, caller: Caller) -> Iterator[str]:
    """The address of the service, served in a thread."""
    port = free_port()
    settings = replace(service.settings, public_url=f"http://127.0.0.1:{port}")
    app = create_application(replace(service, settings=settings))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings.public_url
    server.shutdown()
    thread.join(10)


READ_BY_GDAL = """
import json, sys, pyogrio, shapely
source = sys.argv[1]
pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": sys.stdin.read()})
layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
meta, _, shapes, fields = pyogrio.raw.read(source, layer="wards")
values = dict(zip(meta["fields"], fields))
near = pyogrio.raw.read(source, layer="streets", bbox=(-0.3604, 53.7690, -0.3580, 53.7710))
print(json.dumps([layers, list(values["code"]), [int(one) for one in values["premises"]],
    shapely.from_wkb(shapes[0]).bounds, len(near[2])]))
"""


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_gdal_reads_all_collections_with_a_token(served: str, caller: Caller) -> None:
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    read = subprocess.run(  # in a process of its own: GDAL waits for answers without letting our threads run
        [sys.executable, "-c", READ_BY_GDAL, f"OAPIF:{served}/api/ogc"],
        input=token,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    layers, codes, premises, bounds, near = json.loads(read.stdout)
    assert layers == ["districts", "wards", "streets"]
    assert (codes, premises, near) == ([NORTH, SOUTH, COAST], [19, 5, 6], 1)
    assert bounds == pytest.approx(list(SQUARES[NORTH]))
