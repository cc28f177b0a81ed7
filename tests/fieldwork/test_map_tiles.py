"""Map tiles: the same layers, attributes and places on both databases, and nothing from outside one's areas."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from sqlalchemy import update

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.base.tiles import Tile, tile_at
from server.fieldwork.map_tiles import area_tile, house_tile
from server.geography.tables import Area
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
    fact,
    record,
    uprn,
    uprns,
    visit,
)

SQUARES = {
    NORTH: (-0.40, 53.75, -0.33, 53.80),
    SOUTH: (-0.33, 53.75, -0.30, 53.80),
    HULL: (-0.40, 53.75, -0.30, 53.80),
    COAST: (-0.30, 53.75, -0.20, 53.80),
    EAST: (-0.30, 53.75, -0.20, 53.80),
}


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    """A campaign in Hull with a visit of each sort; areas have shapes."""

    def draw(session: Any) -> None:
        for code, square in SQUARES.items():
            shape = shapely.MultiPolygon([shapely.box(*square)])
            session.execute(update(Area).where(Area.code == code).values(geometry=shape))

    service.db.transact(draw)
    campaign_id = activate(service, supervisor, areas=[HULL])
    outcomes = ("no_reply", "no_reply_card", "spoke", "not_interested", "do_not_call", "not_a_home")
    visits = [
        visit(service, uprn(LONG_STREET, number), outcome, campaign_id=campaign_id)
        for number, outcome in enumerate(outcomes, 1)
    ]
    mark = fact(service, uprn(LONG_STREET, 7), "registration", body={"resident": "a", "state": "current"})
    record(service, *visits, mark)
    return campaign_id


def tile_over(z: int, lon: float = -0.3575, lat: float = 53.773) -> Tile:
    """The tile of a zoom that a point lies in."""
    return next(
        tile
        for x in range(int((lon + 180) / 360 * 2**z), int((lon + 180) / 360 * 2**z) + 1)
        for y in range(2**z)
        if (tile := Tile(z, x, y)).bounds[1] < lat <= tile.bounds[3]
    )


def decoded(raw: bytes) -> dict[str, list[dict[str, Any]]]:
    """Layers by name, features as lists; coordinates downward from the north-west."""
    options = {"y_coord_down": True}
    layers = mapbox_vector_tile.decode(raw, default_options=options) if raw else {}
    return {name: layer["features"] for name, layer in layers.items()}


def test_every_house_is_a_dot_with_its_mark_from_street_zoom(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    tile = tile_over(15)
    houses = decoded(house_tile(service, supervisor, tile, campaign))["houses"]
    by_uprn = {one["properties"]["uprn"]: one for one in houses}
    west, south, east, north = tile.bounds
    assert by_uprn[uprn(LONG_STREET, 1)]["properties"] == {
        "uprn": uprn(LONG_STREET, 1),
        "usrn": LONG_STREET,
        "street": f"STREET {LONG_STREET}",
        "number": "1",
        "mark": "tried",
    }
    marks = [by_uprn[uprn(LONG_STREET, number)]["properties"]["mark"] for number in range(1, 9)]
    assert marks == [
        "tried",
        "informed",
        "contacted",
        "refused",
        "do_not_call",
        "not_a_home",
        "registered",
        "never",
    ]
    x, y = by_uprn[uprn(LONG_STREET, 1)]["geometry"]["coordinates"]
    assert x == pytest.approx((-0.35985 - west) / (east - west) * 4096, abs=1)
    assert y == pytest.approx((north - 53.77) / (north - south) * 4096, abs=2)  # latitude is not quite linear


def test_every_house_is_in_one_tile_of_a_zoom(service: Service, supervisor: Principal, campaign: int) -> None:
    middle = tile_over(17)
    around = [Tile(17, middle.x + dx, middle.y + dy) for dx in range(-9, 10) for dy in range(-9, 10)]
    seen = Counter(
        one["properties"]["uprn"]
        for tile in around
        for one in decoded(house_tile(service, supervisor, tile, campaign)).get("houses", [])
    )
    assert seen == Counter(uprns(LONG_STREET) + uprns(CROSSING_STREET) + uprns("90000002"))


def test_further_out_are_streets_and_then_cells_that_add_up(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    streets = decoded(house_tile(service, supervisor, tile_over(13), campaign))["streets"]
    found = {
        (one["properties"]["usrn"], one["properties"]["ward_code"]): one["properties"] for one in streets
    }
    assert found.keys() == {
        (LONG_STREET, NORTH),
        ("90000002", NORTH),
        (CROSSING_STREET, NORTH),
        (CROSSING_STREET, SOUTH),
    }
    assert (found[LONG_STREET, NORTH]["visited"], found[LONG_STREET, NORTH]["eligible"]) == (5, 11)
    for zoom in (11, 8, 5):
        cells = decoded(house_tile(service, supervisor, tile_over(zoom), campaign))["cells"]
        assert sum(one["properties"]["premises"] for one in cells) == 24
        assert sum(one["properties"]["streets"] for one in cells) == 4


def test_areas_are_shapes_with_counters_and_labels_where_their_houses_are(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    layers = decoded(area_tile(service, supervisor, tile_over(9), campaign, "ward"))
    wards = {one["properties"]["code"]: one for one in layers["areas"]}
    assert wards.keys() == {NORTH, SOUTH}
    assert wards[NORTH]["properties"]["premises"] == 19
    assert wards[NORTH]["properties"]["kind"] == "ward"
    tile = tile_over(9)
    scale = 4096 / (tile.bounds[2] - tile.bounds[0])
    drawn = shapely.geometry.shape(wards[NORTH]["geometry"])
    assert drawn.bounds[0] == pytest.approx((-0.40 - tile.bounds[0]) * scale, abs=1.5)
    assert drawn.bounds[2] == pytest.approx((-0.33 - tile.bounds[0]) * scale, abs=1.5)
    labels = {one["properties"]["code"]: one for one in layers["labels"]}
    assert labels.keys() == {NORTH, SOUTH}
    assert labels[NORTH]["geometry"]["coordinates"][0] == pytest.approx(
        (-0.3594 - tile.bounds[0]) * scale, abs=9
    )
    districts = decoded(area_tile(service, supervisor, tile_over(9), 0, "district"))
    assert {one["properties"]["code"]: one["properties"]["premises"] for one in districts["areas"]} == {
        HULL: 24,
        EAST: 6,
    }


def test_nothing_outside_the_areas_is_drawn_nor_counted(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    local = create_supervisor(service, SOUTH)
    houses = decoded(house_tile(service, local, tile_over(15), 0))["houses"]
    assert {one["properties"]["uprn"] for one in houses} == set(uprns(CROSSING_STREET)[3:])
    (cell,) = decoded(house_tile(service, local, tile_over(11), 0))["cells"]
    assert cell["properties"]["premises"] == 5
    (street,) = decoded(house_tile(service, local, tile_over(13), 0))["streets"]
    assert (street["properties"]["usrn"], street["properties"]["premises"]) == (CROSSING_STREET, 5)
    layers = decoded(area_tile(service, local, tile_over(9), 0, "ward"))
    assert {one["properties"]["code"] for layer in layers.values() for one in layer} == {SOUTH}
    (hull,) = decoded(area_tile(service, local, tile_over(9), 0, "district"))["areas"]
    assert hull["properties"]["premises"] == 5
    elsewhere = replace(local, areas=())
    assert house_tile(service, elsewhere, tile_over(15), 0) == b""


def test_whoever_works_with_sums_sees_streets_and_no_house(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    analyst = replace(supervisor, permissions=frozenset({"coverage.read"}))
    assert decoded(house_tile(service, analyst, tile_over(16), campaign)).keys() <= {"streets"}
    assert "streets" in decoded(house_tile(service, analyst, tile_over(15), campaign))


def test_a_campaign_elsewhere_and_a_tile_that_is_none_are_not_found(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    outsider = create_supervisor(service, COAST)
    for ask in (
        lambda: house_tile(service, outsider, tile_over(15), campaign),
        lambda: area_tile(service, outsider, tile_over(9), campaign, "ward"),
        lambda: tile_at(3, 8, 0),
        lambda: tile_at(40, 0, 0),
        lambda: tile_at(3, -1, 0),
    ):
        with pytest.raises(Problem) as refused:
            ask()
        assert refused.value.code == "not_found"


def test_an_empty_place_is_an_empty_tile(service: Service, supervisor: Principal, campaign: int) -> None:
    assert house_tile(service, supervisor, tile_over(15, 1.0, 52.0), 0) == b""
