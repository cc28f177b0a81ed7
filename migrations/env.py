"""Runs the migrations on the database that `server.base.schema` hands over; Alembic calls this file by itself."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from server.base.db import Database, UtcTime
from server.base.schema import ours
from server.base.spatial import Shape
from server.tables import METADATA

MIGRATION_LOCK = 0x646F6F72  # "door"


def rendered(kind: str, value: Any, autogen: AutogenContext) -> str | Literal[False]:
    """How our own column types are written into a migration."""
    if kind == "type" and isinstance(value, Shape):
        autogen.imports.add("from server.base.spatial import Shape")
        return f"Shape({value.kind!r})"
    if kind == "type" and isinstance(value, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, JSONB):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


def run(database: Database) -> None:
    """Run in one transaction; on PostgreSQL under a lock, on SQLite as the only writer."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            compare_type=True,
            include_object=ours(connection.dialect.name),
            render_item=rendered,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            context.run_migrations()
        if connection.in_transaction():
            connection.commit()


run(context.config.attributes["database"])
