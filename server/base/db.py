"""The database: one engine for SQLite or PostgreSQL, transactions that rerun, and the tables' common base.

`Database.transact(work)` runs `work(session)` in one transaction and reruns the whole of it after a deadlock, a
serialisation failure or a busy SQLite; `Database.read(work)` gives one consistent snapshot and can't write.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

MOST_TRIES = 8
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
PREPARED_MOST = 400  # statements that a connection keeps prepared: an exchange alone has some sixty
RERUN_SQLSTATES = {"40001", "40P01"}

BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """An instant. Always aware and in UTC on the Python side; SQLite keeps it as naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is in Python; cursors of pages are read back by it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored with their zone; got a naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table's base; the schema itself is made by migrations only."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One engine. `is_sqlite` is for this module and the importers' bulk paths only."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url, pool_size)

    def transact(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, committed. `work` may run several times: it must have no effect outside the session."""
        for tried in range(1, MOST_TRIES + 1):
            with Session(self.engine, expire_on_commit=False) as session:
                try:
                    if self.is_sqlite:
                        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                    result = work(session)
                    session.commit()
                except DBAPIError as error:
                    session.rollback()
                    if tried == MOST_TRIES or not must_rerun(error):
                        raise
                else:
                    return result
            time.sleep(random.uniform(0.005, 0.02) * tried)  # noqa: S311 - spreads reruns, keeps no secret
        raise AssertionError("unreachable")

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` returns from one snapshot; nothing it writes is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN")
            else:
                session.connection(execution_options=SNAPSHOT)
            try:
                result = work(session)
                session.expunge_all()  # what was read stays readable: a rollback would expire it
                if not self.is_sqlite:
                    session.commit()  # of nothing; after a rollback the driver forgets its prepared statements
                return result
            finally:
                session.rollback()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def must_rerun(error: DBAPIError) -> bool:
    """True for a deadlock, a serialisation failure or a SQLite that stayed busy past its time-out."""
    if getattr(error.orig, "sqlstate", None) in RERUN_SQLSTATES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def insert_many(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """One INSERT for many rows of one table (Core, not ORM: a third of the cost)."""
    if rows:
        session.execute(table.__table__.insert(), list(rows))  # type: ignore[attr-defined]


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """Insert those rows whose key is not there yet, leaving the others as they are; how many were inserted."""
    if not rows:
        return 0
    connection = session.connection()
    dialect_insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    inserted = 0
    for row in rows:
        statement = dialect_insert(table).values(row).on_conflict_do_nothing()
        statement = statement.execution_options(preserve_rowcount=True)  # PostgreSQL's is not kept else: -1
        inserted += connection.execute(statement).rowcount
    return inserted


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun by us, never by the driver
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgres_engine(url: str, pool_size: int) -> Engine:
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text may reach a log; a row's values must not
        isolation_level="READ COMMITTED",
        connect_args={"options": "-c timezone=UTC"},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.prepared_max = PREPARED_MOST

    return engine


def table_of(table: type[Base]) -> Table:
    """The table behind a mapped class: what statements on the hot path are made of, past the ORM's own work."""
    return cast(Table, table.__table__)
