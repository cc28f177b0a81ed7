"""Maps and downloads: tiles and boxes by page, and in a browser what is really drawn on the canvas."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import shapely
from playwright.sync_api import Page as BrowserPage
from sqlalchemy import select, update

from server.base.service import Service
from server.base.tables import AuditEntry
from server.geography.tables import Area
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.fieldwork import (
    COAST,
    CROSSING_STREET,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
    record,
    uprn,
    visit,
)
from tests.factories.staff import create_account
from tests.fieldwork.test_map_tiles import SQUARES, tile_over

pytestmark = sqlite_only
SHARE_OF = """async (picture) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const found = {};
  for (let at = 0; at < data.length; at += 4) {
    const colour = [data[at], data[at + 1], data[at + 2]].join(",");
    found[colour] = (found[colour] ?? 0) + 1;
  }
  return found;
}"""
INK = {"tried": "230,159,0", "contacted": "0,114,178", "refused": "213,94,0", "never": "255,255,255"}


@pytest.fixture
def campaign(service: Service) -> int:
    """A force with shapes, a campaign in Hull with some visits, and people to look at it."""
    create_force(service)

    def draw(session: Any) -> None:
        for code, square in SQUARES.items():
            shape = shapely.MultiPolygon([shapely.box(*square)])
            session.execute(update(Area).where(Area.code == code).values(geometry=shape))

    service.db.transact(draw)
    campaign_id = activate(service, create_supervisor(service), areas=[HULL])
    outcomes = ("no_reply", "no_reply", "spoke", "spoke", "not_interested", "not_interested")
    visits = [
        visit(service, uprn(LONG_STREET, number), outcome, campaign_id=campaign_id)
        for number, outcome in enumerate(outcomes, 1)
    ]
    record(service, *visits)
    create_account(service, "sam.force", "supervisor", areas=[FORCE])
    create_account(service, "sam.south", "supervisor", areas=[SOUTH])
    create_account(service, "ana.force", "analyst", areas=[FORCE])
    return campaign_id


def bounds(desk: Desk, query: str = "") -> Any:
    """The box that a map begins with."""
    return json.loads(desk.get(f"/console/map/bounds?{query}").response.text)["bounds"]


def test_the_whole_map_has_its_table_and_its_legend(service: Service, campaign: int) -> None:
    page = Desk(service, "sam.force").get(f"/console/map?campaign={campaign}")
    assert (page.status, page.title) == (200, "Map of coverage")
    assert page.one("[data-map]")["data-campaign"] == str(campaign)
    assert f"Area {NORTH}" in page.text
    assert [one.get_text() for one in page.html.select(".map__marks li")][:2] == ["Never visited", "Tried"]
    assert "data-base-map" not in page.response.text


def test_a_base_map_is_let_in_by_its_origin_alone(service: Service, campaign: int) -> None:
    url = "https://tiles.example/{z}/{x}/{y}.png"
    settings = replace(service.settings, base_map_url=url, base_map_attribution="© somebody")
    page = Desk(replace(service, settings=settings), "sam.force").get("/console/map")
    assert page.one("[data-map]")["data-base-map"] == url
    assert page.one("[data-map]")["data-attribution"] == "© somebody"
    policy = page.response.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy
    assert "connect-src 'self' https://tiles.example;" in policy
    plain = Desk(service, "sam.force").get("/console/map").response.headers["Content-Security-Policy"]
    assert "tiles.example" not in plain
    assert "default-src 'none'" in plain


def test_tiles_are_kept_shortly_and_told_apart_by_their_content(service: Service, campaign: int) -> None:
    desk, tile = Desk(service, "sam.force"), tile_over(15)
    path = f"/console/tiles/houses/{tile.z}/{tile.x}/{tile.y}.pbf?campaign={campaign}"
    first = desk.get(path).response
    assert first.content_type == "application/vnd.mapbox-vector-tile"
    assert first.headers["Cache-Control"] == "private, max-age=30"
    again = desk.get(path, headers={"If-None-Match": first.headers["ETag"]}).response
    assert (again.status_code, again.data) == (304, b"")
    record(service, visit(service, uprn(LONG_STREET, 9), "do_not_call", campaign_id=campaign))
    changed = desk.get(path, headers={"If-None-Match": first.headers["ETag"]}).response
    assert (changed.status_code, b"do_not_call" in changed.data) == (200, True)
    assert desk.get("/console/tiles/areas/3/9/1.pbf").status == 404
    assert desk.get(f"/console/tiles/areas/{tile.z}/{tile.x}/{tile.y}.pbf?level=district").status == 200


def test_a_map_begins_on_what_it_is_about_within_ones_areas(service: Service, campaign: int) -> None:
    desk = Desk(service, "sam.force")
    west, south, east, north = bounds(desk)
    assert (west, south) == (-0.35985, 53.77)
    assert (east, north) == (pytest.approx(-0.3582), pytest.approx(53.776))
    assert bounds(desk, f"area={COAST}")[1] == pytest.approx(53.776)
    assert bounds(desk, f"campaign={campaign}")[3] == pytest.approx(53.774)
    assert bounds(desk, f"usrn={LONG_STREET}")[3] == pytest.approx(53.77)
    officer = create_officer(service)
    held = allocate(service, create_supervisor(service), campaign, officer, CROSSING_STREET)
    assert bounds(desk, f"worklist={held}") == [
        pytest.approx(-0.35985),
        53.774,
        pytest.approx(-0.3588),
        53.774,
    ]
    local = Desk(service, "sam.south")
    assert bounds(local) == [pytest.approx(-0.3594), 53.774, pytest.approx(-0.3588), 53.774]
    assert bounds(local, f"worklist={held}")[0] == pytest.approx(-0.3594)
    assert bounds(local, f"usrn={LONG_STREET}") is None
    assert local.get(f"/console/map/bounds?area={COAST}").status == 404


def test_downloads_are_of_ones_areas_and_on_the_audit_trail(service: Service, campaign: int) -> None:
    desk = Desk(service, "sam.force")
    page = desk.get(f"/console/downloads?campaign={campaign}")
    answer = desk.get(page.link("CSV of coverage by house")).response
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=coverage-houses-campaign-{campaign}-2026-03-02.csv"
    )
    assert len(rows) == 24
    assert (rows[0]["uprn"], rows[0]["state"], rows[0]["attempts"]) == (uprn(LONG_STREET, 1), "Tried", "1")
    assert rows[0]["last_outcome"] == "No reply"
    for what, many in (("districts", 1), ("wards", 2), ("streets", 4)):
        for form in ("csv", "geojson", "gpkg"):
            answer = desk.get(f"/console/downloads/coverage/{what}.{form}?campaign={campaign}").response
            assert (answer.status_code, len(answer.data) > 100) == (200, True)
        assert answer.data.startswith(b"SQLite format 3")
        found = json.loads(
            desk.get(f"/console/downloads/coverage/{what}.geojson?campaign={campaign}").response.data
        )
        assert len(found["features"]) == many
    noted = select(AuditEntry.detail).where(AuditEntry.action == "coverage.download").order_by(AuditEntry.seq)
    first = service.db.read(lambda session: session.scalars(noted).all())[0]
    assert first == {"what": "houses", "form": "csv", "area": "", "rows": 24}


@pytest.mark.parametrize(
    "asked",
    ["downloads/coverage/streets.csv?area=E0500-1", "houses.csv?campaign=1x", "best-time.csv?from=yesterday"],
)
def test_a_filter_that_is_not_understood_gives_no_file_of_everything(
    service: Service, campaign: int, asked: str
) -> None:
    page = Desk(service, "sam.force").get(f"/console/{asked}")
    assert page.status == 422
    assert "choose it on the page again" in page.text


def test_downloads_stop_at_ones_areas_and_at_sums(service: Service, campaign: int) -> None:
    local = Desk(service, "sam.south")
    found = json.loads(local.get("/console/downloads/coverage/houses.geojson").response.data)
    assert {one["properties"]["ward_code"] for one in found["features"]} == {SOUTH}
    assert local.get(f"/console/downloads/coverage/wards.csv?area={COAST}").status == 404
    assert local.get("/console/downloads/coverage/persons.csv").status == 404
    assert local.get("/console/downloads/coverage/wards.xls").status == 404
    analyst = Desk(service, "ana.force")
    assert "Coverage by house" not in analyst.get("/console/downloads").text
    assert analyst.get("/console/downloads/coverage/houses.csv").status == 403
    assert analyst.get("/console/downloads/coverage/streets.csv").status == 200


def inks(page: BrowserPage) -> dict[str, int]:
    """How often each colour ("r,g,b") stands in a picture of the map."""
    page.locator("[data-drawn=yes]").wait_for()
    page.wait_for_timeout(400)
    picture = base64.b64encode(page.locator(".maplibregl-canvas").screenshot()).decode()
    found: dict[str, int] = page.evaluate(SHARE_OF, f"data:image/png;base64,{picture}")
    return found


def test_the_map_draws_wards_and_every_house_by_its_state(
    service: Service, campaign: int, screen: Screen
) -> None:
    page = screen.sign_in("sam.force")
    page.goto(f"/console/map?campaign={campaign}&level=house")
    found = inks(page)
    for name in ("tried", "contacted", "refused"):
        assert found.get(INK[name], 0) > 10, f"{name} is not drawn: {sorted(found.items())[:9]}"
    screen.shoot(page, "map houses")
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    page.goto("/console/map")
    assert max(inks(page).values()) < 0.99 * 460 * box["width"]
    page.locator(".map__label").first.wait_for()
    page.mouse.click(box["x"] + 60, box["y"] + box["height"] / 2)
    page.locator(".maplibregl-popup a").wait_for()
    assert "visited" in page.locator(".maplibregl-popup").inner_text()
    screen.shoot(page, "map wards")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("+")
    page.goto("/console/downloads")
    screen.shoot(page, "downloads")


def test_a_shape_is_drawn_undone_closed_and_taken_from_what_is_pasted(
    service: Service, campaign: int, screen: Screen
) -> None:
    page = screen.sign_in("sam.force")
    page.goto("/console/campaigns/new")
    canvas, typed = page.locator(".maplibregl-canvas"), page.locator("textarea[data-draw]")
    told = page.locator(".map__told")
    canvas.scroll_into_view_if_needed()
    for many, (x, y) in enumerate(((60, 60), (260, 60), (260, 200), (200, 260), (60, 200)), 1):
        canvas.click(position={"x": x, "y": y})
        told.get_by_text(f"{many} corner").wait_for()
    page.get_by_role("button", name="Undo last corner").click()
    assert typed.input_value() == ""
    page.get_by_role("button", name="Finish shape").click()
    drawn = shapely.from_geojson(typed.input_value())
    assert drawn.is_valid
    assert len(drawn.exterior.coords) == 5
    typed.fill(json.dumps({"type": "Polygon", "coordinates": [[[0, 53], [1, 53], [1, 54], [0, 53]]]}))
    typed.blur()
    told.get_by_text("with 3 corners").wait_for()
    page.get_by_role("button", name="Start again").click()
    assert typed.input_value() == ""
