"""Databases for the simulation: a fresh one of either kind for each world, and a service that can die at a commit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from server.base import schema
from server.base.db import Database
from server.tables import METADATA
from tests.postgis import Cluster
from tests.reset import RESET, pristine_statements

T = TypeVar("T")
KINDS = ("sqlite", "postgis")


class ServiceDied(Exception):
    """The service's process ended here."""


class MortalDatabase(Database):
    """A database whose service may die just before or just after a commit. `fate` is asked once a transaction."""

    fate: Callable[[], str] | None = None
    committed: bool = False

    def transact(self, work: Callable[[Session], T]) -> T:
        """As Database.transact, unless fate says "before commit" or "after commit"."""
        self.committed = False
        fate = self.fate() if self.fate is not None else ""
        if fate == "before commit":
            return self.die_before_commit(work)
        result = super().transact(work)
        self.committed = True
        if fate == "after commit":
            raise ServiceDied
        return result

    def die_before_commit(self, work: Callable[[Session], T]) -> T:
        """Do all of the work and lose it."""

        def doomed(session: Session) -> Any:
            work(session)
            session.flush()
            raise ServiceDied

        return super().transact(doomed)


class Databases:
    """Makes fresh databases. `pointer` names the PostGIS cluster to share; `name` is this process's database there.

    There is one engine of each kind, and its database is made new for each world: compiled statements are kept.
    """

    def __init__(self, folder: Path, pointer: Path, name: str = "simulation") -> None:
        self._folder, self._pointer, self._name = folder, pointer, name
        self._cluster: Cluster | None = None
        self._open: dict[str, MortalDatabase] = {}

    def fresh(self, kind: str) -> MortalDatabase:
        """An empty, migrated database. There is one at a time of each kind."""
        database = self._sqlite() if kind == "sqlite" else self._postgis()
        database.fate = None
        return database

    def close(self) -> None:
        """Close everything."""
        for database in self._open.values():
            database.dispose()
        if self._cluster is not None:
            self._cluster.release()

    def _sqlite(self) -> MortalDatabase:
        template, path = self._folder / "template.db", self._folder / "world.db"
        if not template.exists():
            made = Database(f"sqlite:///{template}")
            schema.upgrade(made)
            with made.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            made.dispose()
        database = self._open.setdefault("sqlite", MortalDatabase(f"sqlite:///{path}"))
        database.dispose()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(template, path)
        return database

    def _postgis(self) -> MortalDatabase:
        if self._cluster is None:
            self._cluster = Cluster.share(self._pointer)
            self._cluster.run(f"CREATE DATABASE {self._name}")
            database = self._open["postgis"] = MortalDatabase(self._cluster.url(self._name))
            schema.upgrade(database)
            for statement in pristine_statements(METADATA):
                self._cluster.run(statement, self._name)
        database = self._open["postgis"]
        with database.engine.connect() as connection:
            connection.exec_driver_sql(RESET)
            connection.commit()
        return database
