"""A temporary table that an import fills first, so that the merge is a few statements over sets.

Filled by COPY on PostgreSQL and by executemany on SQLite; it is gone at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.base.problems import Problem

IMPORT_LOCK = 0x0D005
"""Key of the advisory lock that lets one import run at a time."""


def on_postgresql(session: Session) -> bool:
    """True on PostgreSQL, False on SQLite: the bulk paths differ."""
    return session.get_bind().dialect.name == "postgresql"


def lock_imports(session: Session) -> None:
    """Let nobody else import until this transaction ends. Problem("conflict") where somebody does already."""
    if on_postgresql(session) and not session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK}
    ):
        raise Problem("conflict", "Another import is running: start this one again when it has ended.")


class Staging:
    """One temporary table: `columns` are name → SQL type, read the same by both databases."""

    def __init__(self, session: Session, name: str, columns: dict[str, str]) -> None:
        self.session = session
        self.name = name
        self.columns = list(columns)
        self._postgresql = on_postgresql(session)
        ending = " ON COMMIT DROP" if self._postgresql else ""
        described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        session.execute(text(f"DROP TABLE IF EXISTS {name}"))
        session.execute(text(f"CREATE TEMPORARY TABLE {name} ({described}){ending}"))

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows, each with a value for every column."""
        connection = self.session.connection().connection.driver_connection
        if connection is None:
            raise RuntimeError("the session has lost its connection")
        listed = ", ".join(self.columns)
        if self._postgresql:
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {self.name} ({listed}) FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(self.columns))
            connection.executemany(f"INSERT INTO {self.name} ({listed}) VALUES ({marks})", rows)  # noqa: S608

    def index(self, column: str) -> None:
        """Index a column once the table is filled, and let the planner know what is in it."""
        self.session.execute(text(f"CREATE INDEX {self.name}_{column} ON {self.name} ({column})"))
        self.session.execute(text(f"ANALYZE {self.name}"))

    def drop(self) -> None:
        """Drop it now (SQLite keeps temporary tables until the connection closes)."""
        self.session.execute(text(f"DROP TABLE IF EXISTS {self.name}"))
