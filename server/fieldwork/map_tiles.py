"""Map tiles of coverage: areas to colour in, then streets summed in cells, streets, and at last every house as a dot.

What is drawn lies in the principal's areas; the SELECTs see to it. The figures are those of the pages, by campaign.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, Integer, Select, and_, cast, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, has
from server.base.service import Service
from server.base.tiles import Layer, Tile, cell_of, encode, in_tile
from server.fieldwork.bulk import dialect_of
from server.fieldwork.coverage import require_campaign
from server.fieldwork.coverage_rows import DISTRICT, PLACED, area_rows, street_rows
from server.fieldwork.house_marks import mark_of_house
from server.fieldwork.tables import Coverage, StreetCoverage
from server.geography.scope import in_scope
from server.geography.tables import Area, Premises, Street, StreetPlace
from sync.fold import COUNTERS

STREETS_FROM, HOUSES_FROM = 12, 15  # zooms: below are cells of streets
CELLS = 12  # across a tile
MOST_DOTS = 20_000


def area_tile(service: Service, principal: Principal, tile: Tile, campaign_id: int, kind: str) -> bytes:
    """Districts or wards in `areas` (code, name, kind, counters), and in `labels` where their houses lie on average.

    Raises Problem("not_found") for a campaign outside the principal's areas.
    """

    def work(session: Session) -> bytes:
        require_campaign(session, principal, campaign_id)
        shapes = _area_shapes(session, principal, tile, campaign_id, kind)
        labels = _area_labels(principal, tile, campaign_id, kind)
        return encode(session, tile, [Layer("areas", shapes, polygons=True), Layer("labels", labels)])

    return service.db.read(work)


def house_tile(service: Service, principal: Principal, tile: Tile, campaign_id: int) -> bytes:
    """From zoom 15 `houses` (uprn, usrn, street, number, mark), from 12 `streets`, and above that `cells`.

    Houses one by one are for those who knock or plan it; others have streets instead. Raises Problem("not_found").
    """

    def work(session: Session) -> bytes:
        require_campaign(session, principal, campaign_id)
        if tile.z < STREETS_FROM:
            layer = Layer("cells", _cells(principal, tile, campaign_id))
        elif tile.z < HOUSES_FROM or not may_see_houses(principal):
            layer = Layer("streets", _streets(principal, tile, campaign_id))
        else:
            layer = Layer("houses", _houses(principal, tile, campaign_id))
        return encode(session, tile, [layer])

    return service.db.read(work)


def may_see_houses(principal: Principal) -> bool:
    """True for those who may see houses one by one; an analyst works with sums."""
    return has(principal, "visit.read") or has(principal, "worklist.read")


def _area_shapes(
    session: Session, principal: Principal, tile: Tile, campaign_id: int, kind: str
) -> Select[Any]:
    counted = area_rows(principal, campaign_id, kind).subquery()
    statement = select(
        counted.c.code,
        counted.c.name,
        Area.kind,
        *(counted.c[name] for name in COUNTERS),
        Area.geometry.label("shape"),
    ).join(Area, Area.code == counted.c.code)
    if dialect_of(session) == "postgresql":
        around = func.ST_MakeEnvelope(*tile.bounds, 4326)
        statement = statement.where(Area.geometry.op("&&")(func.ST_Expand(around, 360 / 2**tile.z / 64)))
    return statement.where(Area.geometry.is_not(None))


def _area_labels(principal: Principal, tile: Tile, campaign_id: int, kind: str) -> Select[Any]:
    counted = area_rows(principal, campaign_id, kind).subquery()
    ward = select(Area.code, Area.parent_code).where(Area.kind == "ward").subquery()
    of = ward.c.parent_code if kind == DISTRICT else ward.c.code
    lon, lat = func.avg(StreetPlace.lon), func.avg(StreetPlace.lat)
    return (
        select(
            counted.c.code,
            counted.c.name,
            *(func.max(counted.c[name]).label(name) for name in ("eligible", "visited")),
            cast(lon, Float).label("lon"),
            cast(lat, Float).label("lat"),
        )
        .join(ward, of == counted.c.code)
        .join(StreetPlace, StreetPlace.ward_code == ward.c.code)
        .where(in_scope(principal, StreetPlace.ward_code))
        .group_by(counted.c.code, counted.c.name)
        .having(in_tile(tile, lon, lat))
    )


def _cells(principal: Principal, tile: Tile, campaign_id: int) -> Select[Any]:
    west, south, east, north = tile.bounds
    across = cell_of(StreetPlace.lon, west, east, CELLS)
    up = cell_of(StreetPlace.lat, south, north, CELLS)
    columns: list[Any] = [
        cast(func.count(), Integer).label("streets"),
        *(cast(func.sum(getattr(StreetCoverage, name)), Integer).label(name) for name in COUNTERS),
        cast(func.avg(StreetPlace.lon), Float).label("lon"),
        cast(func.avg(StreetPlace.lat), Float).label("lat"),
    ]
    return (
        select(*columns)
        .select_from(StreetPlace)
        .join(StreetCoverage, and_(PLACED, StreetCoverage.campaign_id == campaign_id))
        .where(in_tile(tile, StreetPlace.lon, StreetPlace.lat), in_scope(principal, StreetPlace.ward_code))
        .where(StreetCoverage.premises > 0)
        .group_by(across, up)
        .order_by(across, up)
    )


def _streets(principal: Principal, tile: Tile, campaign_id: int) -> Select[Any]:
    rows = street_rows(principal, campaign_id)
    kept = ("usrn", "name", "ward_code", *COUNTERS, "lon", "lat")
    return (
        rows.with_only_columns(*(rows.selected_columns[name] for name in kept), maintain_column_froms=True)
        .where(in_tile(tile, StreetPlace.lon, StreetPlace.lat), StreetCoverage.premises > 0)
        .order_by(StreetCoverage.usrn, StreetCoverage.ward_code)
    )


def _houses(principal: Principal, tile: Tile, campaign_id: int) -> Select[Any]:
    return (
        select(
            Premises.uprn,
            Premises.usrn,
            Street.name.label("street"),
            Premises.number_text.label("number"),
            mark_of_house().label("mark"),
            Premises.lon,
            Premises.lat,
        )
        .join(Street, Street.usrn == Premises.usrn)
        .join(Coverage, and_(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id))
        .where(in_tile(tile, Premises.lon, Premises.lat), Coverage.premises)
        .where(in_scope(principal, Premises.ward_code))
        .order_by(Premises.uprn)
        .limit(MOST_DOTS)
    )
