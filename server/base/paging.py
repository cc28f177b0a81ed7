"""Paging rows in a stable order, by key and not by offset, so that a page stays right while rows come and go.

PageQuery        the schema of `limit` and `after`; a room's filters inherit from it
paginate(...)    the rows of one page and the cursor of the next
page_of(Schema)  the schema of an answer: {"rows": […], "next": "…" or null}
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import marshmallow as ma
from sqlalchemy import BigInteger, ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import desc_op
from sqlalchemy.types import TypeEngine

from server.base.problems import Problem

MOST_ROWS = 200
USUAL_ROWS = 50

Key = ColumnElement[Any] | InstrumentedAttribute[Any]


class PageQuery(ma.Schema):
    """How many rows, and after which cursor."""

    limit = ma.fields.Integer(
        load_default=USUAL_ROWS,
        validate=ma.validate.Range(1, MOST_ROWS),
        metadata={"description": f"Most rows to answer with, up to {MOST_ROWS}."},
    )
    after = ma.fields.String(
        load_default="",
        validate=ma.validate.Length(max=1000),
        metadata={"description": "The `next` of the page before."},
    )


@dataclass(frozen=True)
class PageResult:
    """The rows (scalars where one entity was selected, else Rows) and the next page's cursor, None at the end."""

    rows: list[Any]
    next: str | None


def paginate(
    session: Session, statement: Select[*tuple[Any, ...]], keys: Sequence[Key], query: Mapping[str, Any]
) -> PageResult:
    """One page of a select, ordered by `keys` (the last unique among the rest; `column.desc()` for falling).

    Key columns are never NULL. Problem("bad_request") for a cursor that did not come from the same list.
    """
    columns = [_column(key) for key in keys]
    falling = [_is_falling(key) for key in keys]
    one_entity = len(statement.column_descriptions) == 1
    if query.get("after"):
        statement = statement.where(_beyond(columns, falling, _decoded(query["after"], columns)))
    limit = int(query.get("limit", USUAL_ROWS))
    statement = statement.order_by(*keys).limit(limit + 1)
    statement = statement.add_columns(
        *(column.label(f"page_key_{place}") for place, column in enumerate(columns))
    )
    found = session.execute(statement).all()
    rows = found[:limit]
    after = _encoded(list(rows[-1])[-len(columns) :]) if len(found) > limit else None
    return PageResult([row[0] for row in rows] if one_entity else list(rows), after)


def after_of(keys: Sequence[Key], query: Mapping[str, Any]) -> list[Any] | None:
    """The values of the keys that the page begins after; None for the first page. Raises as `paginate` does."""
    return _decoded(query["after"], [_column(key) for key in keys]) if query.get("after") else None


def page_of(row: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page of such rows."""
    name = f"{row.__name__.removesuffix('Schema')}Page"
    page = ma.Schema.from_dict(
        {
            "rows": ma.fields.List(ma.fields.Nested(row), required=True),
            "next": ma.fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Cursor of the next page; null at the end."},
            ),
        },
        name=name,
    )
    page.__module__ = row.__module__
    return page


def _column(key: Key) -> ColumnElement[Any]:
    if isinstance(key, UnaryExpression):
        return key.element
    return key.expression if isinstance(key, InstrumentedAttribute) else key


def _is_falling(key: Key) -> bool:
    return isinstance(key, UnaryExpression) and key.modifier is desc_op


def _beyond(columns: list[ColumnElement[Any]], falling: list[bool], values: list[Any]) -> ColumnElement[bool]:
    """(a > x) or (a = x and b > y) or …, each by its own direction."""
    choices = []
    for place, column in enumerate(columns):
        same = [before == value for before, value in zip(columns[:place], values[:place], strict=True)]
        further = column < values[place] if falling[place] else column > values[place]
        choices.append(and_(*same, further))
    return or_(*choices)


def _encoded(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, (date, datetime)) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def _decoded(cursor: str, columns: list[ColumnElement[Any]]) -> list[Any]:
    try:
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(plain, list) or len(plain) != len(columns):
            raise ValueError("another list's cursor")
        return [_typed(value, column.type) for value, column in zip(plain, columns, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise Problem(
            "bad_request", "`after` is no cursor of this list: take it from the page before."
        ) from None


def _typed(value: Any, column_type: TypeEngine[Any]) -> Any:
    kind = column_type.python_type
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError("a time has its zone")
        return instant
    if kind is date:
        return date.fromisoformat(value)
    if kind is float and isinstance(value, int):
        return float(value)
    if type(value) is not kind or (isinstance(value, str) and "\0" in value):
        raise ValueError("another kind of value")
    if isinstance(value, str):
        value.encode()
    if isinstance(value, int) and abs(value) >= 2 ** (63 if isinstance(column_type, BigInteger) else 31):
        raise ValueError("out of range")
    return value
