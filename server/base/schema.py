"""Brings a database to the newest migration, and says how far it is: the schema is made in no other way."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from server.base.db import Database
from server.base.problems import UserError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
NOT_OURS = {"spatial_ref_sys", "alembic_version"}


def upgrade(database: Database) -> None:
    """Run the migrations that are missing; nothing happens where there are none. Two at once wait for each other."""
    command.upgrade(alembic_config(database), "head")


@cache
def head() -> str:
    """The newest migration's name."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def revision(database: Database) -> str | None:
    """The migration that the database is at, or None where it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """UserError unless the database is at the newest migration."""
    found = revision(database)
    if found != head():
        raise UserError(
            f"The database is at migration {found or 'none'}, this program needs {head()}. Run: doorstep init"
        )


def differences(database: Database, metadata: MetaData) -> list[str]:
    """What the tables in code have and the migrated database has not, or the other way round. None when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": ours(connection.dialect.name)}
        )
        return [repr(found) for found in compare_metadata(context, metadata)]


def ours(dialect: str) -> Callable[[Any, str | None, str, bool, Any], bool]:
    """Which objects a comparison looks at: not PostGIS's and Alembic's own tables, nor GiST indexes on SQLite."""

    def is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
        if kind == "index" and dialect != "postgresql":
            return bool(thing.dialect_options["postgresql"].get("using") != "gist")
        return not (kind == "table" and name in NOT_OURS)

    return is_ours


def alembic_config(database: Database | None = None) -> Config:
    """Alembic's configuration on our migrations folder and, where given, an open database."""
    config = Config(attributes={"database": database} if database else {})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
