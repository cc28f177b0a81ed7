"""Items of a collection: coverage by district, ward or street, in the principal's areas only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, RowMapping, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.coverage import require_campaign
from server.fieldwork.coverage_rows import DISTRICT, WARD, area_rows, street_rows
from server.fieldwork.coverage_sheets import values_of
from server.fieldwork.features.asked import Asked, Box
from server.fieldwork.features.collections import Collection
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, StreetPlace

KINDS = {"districts": DISTRICT, "wards": WARD}


@dataclass(frozen=True)
class Item:
    """A feature: values in the order of its collection's columns."""

    id: str
    values: tuple[Any, ...]
    shape: BaseGeometry | None


@dataclass(frozen=True)
class Items:
    """A page of items, how many match in all, the id to go on after (None at the end), and when it was read."""

    rows: list[Item]
    matched: int
    after: str | None
    as_of: datetime


def find_items(service: Service, principal: Principal, collection: Collection, asked: Asked) -> Items:
    """One page of items by id. Raises Problem("not_found") for a campaign outside the principal's areas."""

    def work(session: Session) -> Items:
        require_campaign(session, principal, asked.campaign)
        rows = _rows(principal, collection, asked.campaign)
        keys = [rows.selected_columns[name] for name in _keys(collection)]
        wanted = _filtered(session, principal, rows, collection, asked)
        matched = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        if asked.after:
            wanted = wanted.where(_beyond(keys, asked.after))
        found = session.execute(wanted.order_by(*keys).limit(asked.limit + 1)).mappings().all()
        page = _items(session, collection, found[: asked.limit])
        after = page[-1].id if len(found) > asked.limit else None
        return Items(page, matched, after, service.clock.now())

    return service.db.read(work)


def read_item(
    service: Service, principal: Principal, collection: Collection, item_id: str, campaign_id: int
) -> Item:
    """One item. Raises Problem("not_found"), also for one outside the principal's areas."""

    def work(session: Session) -> Item:
        require_campaign(session, principal, campaign_id)
        rows = _rows(principal, collection, campaign_id)
        keys = [rows.selected_columns[name] for name in _keys(collection)]
        parts = item_id.split("-", 1) if len(keys) == 2 else [item_id]
        if len(parts) != len(keys):
            raise no_such("item", item_id)
        found = session.execute(rows.where(*(key == part for key, part in zip(keys, parts, strict=True))))
        items = _items(session, collection, list(found.mappings()))
        if not items:
            raise no_such("item", item_id)
        return items[0]

    return service.db.read(work)


def extent(service: Service, principal: Principal) -> Box | None:
    """West, south, east and north of all houses in the principal's areas; None where there are none."""
    columns = (
        func.min(StreetPlace.west),
        func.min(StreetPlace.south),
        func.max(StreetPlace.east),
        func.max(StreetPlace.north),
    )
    statement = select(*columns).where(in_scope(principal, StreetPlace.ward_code))
    west, south, east, north = service.db.read(lambda session: session.execute(statement).one())
    return None if west is None else (west, south, east, north)


def _rows(principal: Principal, collection: Collection, campaign_id: int) -> Select[Any]:
    """The collection's rows as one flat subquery, so that every column can be asked for by its name."""
    if collection.id in KINDS:
        rows = area_rows(principal, campaign_id, KINDS[collection.id]).subquery()
    else:
        rows = street_rows(principal, campaign_id).subquery()
    return select(*rows.c)


def _keys(collection: Collection) -> tuple[str, ...]:
    return ("code",) if collection.id in KINDS else ("usrn", "ward_code")


def _filtered(
    session: Session, principal: Principal, rows: Select[Any], collection: Collection, asked: Asked
) -> Select[Any]:
    column = rows.selected_columns
    for name, value in asked.properties.items():
        rows = rows.where(column[name] == value)
    changed = column["changed_at"]
    if asked.since is not None:  # what has no time matches every period, as the standard has it
        rows = rows.where(or_(changed.is_(None), changed >= asked.since))
    if asked.until is not None:
        rows = rows.where(or_(changed.is_(None), changed <= asked.until))
    if not asked.boxes:
        return rows
    if collection.id in KINDS:
        codes = _touching(session, session.scalars(rows.with_only_columns(column["code"])).all(), asked.boxes)
        return rows.where(among(column["code"], codes))
    return rows.where(or_(false(), *(_inside(column, box) for box in asked.boxes)))


def _inside(column: Any, box: Box) -> ColumnElement[bool]:
    west, south, east, north = box
    return and_(column["lon"].between(west, east), column["lat"].between(south, north))


def _touching(session: Session, codes: Any, boxes: tuple[Box, ...]) -> list[str]:
    """Which of these areas touch one of the boxes. There are a few hundred: their shapes are read and compared."""
    shapes = _shapes(session, codes)
    window = shapely.union_all([shapely.box(*box) for box in boxes])
    return sorted(code for code, shape in shapes.items() if shapely.intersects(shape, window))


def _shapes(session: Session, codes: Any) -> dict[str, BaseGeometry]:
    found = session.execute(
        select(Area.code, Area.geometry).where(among(Area.code, codes), Area.geometry.is_not(None))
    )
    return {row.code: row.geometry for row in found}


def _beyond(keys: list[Any], after: str) -> ColumnElement[bool]:
    first, _, second = after.partition("-")
    if len(keys) == 1:
        return and_(keys[0] > after)
    return or_(keys[0] > first, and_(keys[0] == first, keys[1] > second))


def _items(session: Session, collection: Collection, rows: list[RowMapping] | Any) -> list[Item]:
    keys = _keys(collection)
    shapes = _shapes(session, [row["code"] for row in rows]) if collection.id in KINDS else {}
    return [
        Item(
            "-".join(row[key] for key in keys),
            values_of(collection.columns, row),
            shapes.get(row["code"]) if collection.id in KINDS else _point(row),
        )
        for row in rows
    ]


def _point(row: RowMapping) -> BaseGeometry | None:
    return None if row["lon"] is None else shapely.Point(row["lon"], row["lat"])
