"""Statements of the hot path: compiled once, and run past what SQLAlchemy does anew at each execution.

An exchange runs some fifty small statements, and SQLAlchemy's own work on one costs as much as the database's. A
`Prepared` is made of a plain Core statement and gives rows with the same names and types. It runs in the session's
transaction, and the driver is asked through SQLAlchemy, so that errors and listeners are the usual ones.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Process = Callable[[Any], Any]

_BY_KEYS = """\
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"""


class Prepared:
    """A Core statement with bound values by name; a list of values is bound by `bound` (server/fieldwork/bulk.py)."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, session: Session, **given: Any) -> list[Any]:
        """All the rows, as named tuples. Raises DBAPIError as `Session.execute` does."""
        ready = self._for(session)
        result = session.connection().exec_driver_sql(ready.sql, ready.values(given))
        rows = ready.read(result.cursor)
        result.close()
        return rows

    def row(self, session: Session, **given: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.rows(session, **given)), None)

    def firsts(self, session: Session, **given: Any) -> list[Any]:
        """The first column of all the rows."""
        return [row[0] for row in self.rows(session, **given)]

    def run(self, session: Session, **given: Any) -> None:
        """Run it for its effect."""
        ready = self._for(session)
        session.connection().exec_driver_sql(ready.sql, ready.values(given))

    def run_each(self, session: Session, given: Sequence[Mapping[str, Any]]) -> None:
        """Run it for its effect, once with each of these values, in order."""
        for one in given:
            self.run(session, **one)

    def _for(self, session: Session) -> _Ready:
        dialect = session.get_bind().dialect
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _Ready(self._statement, dialect)
        return ready


def find_by_keys(session: Session) -> None:
    """Let PostgreSQL plan each prepared statement once per connection, and by its keys, until this transaction ends.

    Planning anew at each execution is a fifth of what an exchange costs there. A plan that is kept must not be one that
    reads a whole table because the table was small on the first morning.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(_BY_KEYS)


class _Ready:
    """A statement as one dialect's driver takes it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise ValueError(
                "bind a list of values by `bound`: the text of a prepared statement never changes"
            )
        self.sql = str(compiled)
        self._order = tuple(compiled.positiontup) if compiled.positional else None
        asked = {name for name, bind in compiled.binds.items() if bind.required}
        self._fixed = {name: value for name, value in compiled.params.items() if name not in asked}
        binds = {name: _bind_of(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._binds = [(name, process) for name, process in binds.items() if process is not None]
        self._columns = list(getattr(statement, "exported_columns", ()))
        names = [str(getattr(one, "name", "")) for one in self._columns]
        self._row: Any = namedtuple("_row", names, rename=True)  # type: ignore[misc]
        self._dialect = dialect
        self._reads: list[tuple[int, Process]] | None = None

    def values(self, given: Mapping[str, Any]) -> Any:
        """The bound values as the driver takes them: by place or by name."""
        told = {**self._fixed, **given}
        for name, process in self._binds:
            told[name] = process(told[name])
        return told if self._order is None else tuple(told[name] for name in self._order)

    def read(self, cursor: Any) -> list[Any]:
        """The rows that an executed statement gives, as named tuples of what their types say."""
        if self._reads is None:
            self._reads = self._readers(cursor.description)
        make = self._row._make
        if not self._reads:
            return [make(row) for row in cursor.fetchall()]
        rows = []
        for values in cursor.fetchall():
            row = list(values)
            for place, process in self._reads:
                row[place] = process(row[place])
            rows.append(make(row))
        return rows

    def _readers(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Process]]:
        """The places of a row whose values have to be brought to their type, as the driver says what they are."""
        found = []
        for place, (column, told) in enumerate(zip(self._columns, description, strict=True)):
            kind = column.type.dialect_impl(self._dialect)
            process = kind.result_processor(self._dialect, told[1])
            if process is not None:
                found.append((place, process))
        return found


def _bind_of(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)
