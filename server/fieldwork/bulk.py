"""Many rows in one statement whose text never changes, however many there are.

A list of keys is bound as one value and unfolded by the database; on PostgreSQL so are rows, as one JSON text. Thus
both databases and SQLAlchemy keep the prepared statement whether an exchange brings three events or sixty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from server.base.db import Base, UtcTime, table_of
from server.base.prepared import Prepared

GivenRow = dict[str, Any] | msgspec.Struct


class ForEach(NamedTuple):
    """SQLite's text of a statement for one row, the row's values in the order of its marks, and what some become."""

    sql: str
    in_order: Callable[[list[Any]], tuple[Any, ...]]
    become: tuple[tuple[int, Callable[[Any], Any]], ...]


class _Keys(TypeDecorator[list[Any]]):
    """A list of keys: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, whole_numbers: bool = False) -> None:
        super().__init__()
        self.whole_numbers = whole_numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(BigInteger() if self.whole_numbers else Text()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" or value is None else msgspec.json.encode(value).decode()


class _Among(FunctionElement[bool]):
    """`column` is one of a bound list; see `among`."""

    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Itself: a comparison on every database, where SQLAlchemy would write `= 1` and lose SQLite's index."""
        return self


@compiles(_Among, "postgresql")
def _any_of(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{left} = ANY ({right})"


@compiles(_Among, "sqlite")
def _in_each(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{left} IN (SELECT value FROM json_each({right}))"  # noqa: S608 - both are compiled clauses


class _AmongSelected(_Among):
    """`column` is one of what a SELECT gives; see `among_selected`."""

    name = "among_selected"
    inherit_cache = True


@compiles(_AmongSelected, "postgresql")
def _any_selected(element: _AmongSelected, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{left} = ANY (ARRAY{right})"


@compiles(_AmongSelected, "sqlite")
def _in_selected(element: _AmongSelected, compiler: SQLCompiler, **kw: Any) -> str:
    left, right = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{left} IN {right}"


def among_selected(key: ColumnElement[Any], chosen: Select[Any]) -> ColumnElement[bool]:
    """True in SQL where the key is one of what a SELECT gives: found by the key's index, however large its table is.

    (PostgreSQL would plan `IN (SELECT …)` as a join, and often read the whole table for it.)
    """
    return _AmongSelected(key, chosen.scalar_subquery())


def among(key: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """True in SQL where the key is one of the values (texts, or whole numbers for a whole-number column)."""
    return _Among(key, bindparam(None, list(values), type_=_keys_for(key), unique=True))


def bound(key: ColumnElement[Any] | InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """As `among`, for a statement that is made once: the values are given by name, as a list, at each execution."""
    return _Among(key, bindparam(name, type_=_keys_for(key)))


def upsert(session: Session, table: type[Base], rows: Sequence[GivenRow], *, add: bool = False) -> None:
    """Write rows by primary key in key order; those that are there take the new values, or with `add` the sums.

    Rows are locked in that order, so two transactions that touch the same counters wait and never deadlock here.
    `add` sums whole-number columns and replaces the others. A row is a dict by column or a struct with columns for
    members, all alike. Values are texts, numbers, flags, bytes, aware times (or `stored_time`s), None, and for a
    column of JSON whatever msgspec makes JSON of.
    """
    if not rows:
        return
    names = _names(rows[0])
    if dialect_of(session) == "postgresql":
        _upsert_given(table_of(table), names, add).run(session, rows=_as_json(rows))
    else:
        _each(session, _upsert_each(table_of(table), names, add), rows)


def insert_new(session: Session, table: type[Base], rows: Sequence[GivenRow]) -> list[Any]:
    """Insert the rows whose key (a single column) is new; the keys of those. Rows are as for `upsert`."""
    if not rows:
        return []
    target, names = table_of(table), _names(rows[0])
    if dialect_of(session) == "postgresql":
        return _insert_new_given(target, names).firsts(session, rows=_as_json(rows))
    (key,) = target.primary_key
    place = names.index(key.name)
    keys = [_values(row)[place] for row in rows]
    there = set(_present(target).firsts(session, keys=keys))
    new = [row for row, one in zip(rows, keys, strict=True) if one not in there]
    if new:
        _each(session, _insert_each(target, names), new)
    return [one for one in keys if one not in there]


def insert_rows(session: Session, table: type[Base], rows: Sequence[GivenRow]) -> None:
    """Insert rows, all of which are new. Rows are as for `upsert`."""
    if not rows:
        return
    target, names = table_of(table), _names(rows[0])
    if dialect_of(session) == "postgresql":
        _insert_given(target, names).run(session, rows=_as_json(rows))
    else:
        _each(session, _insert_each(target, names), rows)


def dialect_of(session: Session) -> str:
    """postgresql or sqlite."""
    return session.get_bind().dialect.name


def insert_into(dialect: str, table: Table) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def stored_time(instant: datetime | None) -> str | None:
    """An instant as both databases read it out of JSON: UTC, without its zone (sessions are in UTC)."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _upsert_given(table: Table, names: tuple[str, ...], add: bool) -> Prepared:
    keys = [key.name for key in table.primary_key]
    given = _given(table, names)
    source = given.order_by(*(given.selected_columns[key] for key in keys))
    return Prepared(
        _on_conflict(postgresql.insert(table).from_select(list(names), source), table, names, add)
    )


@cache
def _insert_new_given(table: Table, names: tuple[str, ...]) -> Prepared:
    (key,) = table.primary_key
    statement = postgresql.insert(table).from_select(list(names), _given(table, names))
    return Prepared(statement.on_conflict_do_nothing(index_elements=[key.name]).returning(key))


@cache
def _insert_given(table: Table, names: tuple[str, ...]) -> Prepared:
    return Prepared(postgresql.insert(table).from_select(list(names), _given(table, names)))


def _as_json(rows: Sequence[GivenRow]) -> str:
    """The rows as `_given` unfolds them: bytes in base64, times with their zone."""
    return msgspec.json.encode(rows).decode()


def _given(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """The rows bound as `rows`, one JSON text: what sixty rows bound one by one would cost three times over.

    JSONB unfolds faster, documents above all; JSON reads long texts, which is what bytes become, faster.
    """
    kinds = {name: table.c[name].type for name in names}
    has_bytes = any(isinstance(kind, LargeBinary) for kind in kinds.values())
    sent = {name: Text() if isinstance(kind, LargeBinary) else kind for name, kind in kinds.items()}
    unfold, document = (
        (func.json_to_recordset, postgresql.JSON)
        if has_bytes
        else (func.jsonb_to_recordset, postgresql.JSONB)
    )
    unfolded = (
        unfold(sql_cast(bindparam("rows", type_=Text), document))
        .table_valued(*(column(name, kind) for name, kind in sent.items()))
        .render_derived(name="given", with_types=True)
    )
    return select(
        *(
            func.decode(unfolded.c[name], "base64", type_=kind).label(name)
            if isinstance(kind, LargeBinary)
            else unfolded.c[name]
            for name, kind in kinds.items()
        )
    )


def _on_conflict(statement: Any, table: Table, names: tuple[str, ...], add: bool) -> Any:
    keys = [key.name for key in table.primary_key]
    changes = {
        name: table.c[name] + statement.excluded[name]
        if add and isinstance(table.c[name].type, Integer)
        else statement.excluded[name]
        for name in names
        if name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


@cache
def _upsert_each(table: Table, names: tuple[str, ...], add: bool) -> ForEach:
    return _text_of(_on_conflict(sqlite.insert(table).values(_marks(names)), table, names, add), table, names)


@cache
def _insert_each(table: Table, names: tuple[str, ...]) -> ForEach:
    return _text_of(sqlite.insert(table).values(_marks(names)), table, names)


@cache
def _present(table: Table) -> Prepared:
    (key,) = table.primary_key
    return Prepared(select(key).where(bound(key, "keys")))


def _marks(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


def _text_of(statement: Any, table: Table, names: tuple[str, ...]) -> ForEach:
    compiled = statement.compile(dialect=sqlite.dialect())
    in_order = itemgetter(*(names.index(name) for name in compiled.positiontup))
    become = ((place, _becomes(table.c[name].type)) for place, name in enumerate(names))
    return ForEach(
        str(compiled), in_order, tuple((place, what) for place, what in become if what is not None)
    )


def _becomes(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What a value of a column's type has to go through before SQLite's driver takes it; None: nothing."""
    if isinstance(kind, JSON):
        return lambda value: None if value is None else msgspec.json.encode(value).decode()
    if isinstance(kind, UtcTime):
        return lambda value: stored_time(value) if isinstance(value, datetime) else value
    return None


def _each(session: Session, statement: ForEach, rows: Sequence[GivenRow]) -> None:
    """Run a statement for each row inside SQLite's own library: a third of what unfolding JSON in SQL costs there."""
    plain = []
    for row in rows:
        values = _values(row)
        for place, process in statement.become:
            values[place] = process(values[place])
        plain.append(statement.in_order(values))
    session.connection().exec_driver_sql(statement.sql, plain)


def _names(row: GivenRow) -> tuple[str, ...]:
    return tuple(row) if isinstance(row, dict) else row.__struct_fields__


def _values(row: GivenRow) -> list[Any]:
    return list(row.values()) if isinstance(row, dict) else list(msgspec.structs.astuple(row))


def _keys_for(key: ColumnElement[Any] | InstrumentedAttribute[Any]) -> _Keys:
    return _Keys(whole_numbers=isinstance(key.type, Integer))
