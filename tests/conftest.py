"""Fixtures every room shares: a migrated service on SQLite and on PostGIS, with a clock that is set."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from server.base import schema
from server.base.clock import SetClock
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.logs import configure_logs
from server.base.service import Service
from server.base.settings import Settings
from server.base.vault import Vault
from server.tables import METADATA
from tests.phone.browser import NoChromiumError, find_chromium
from tests.postgis import Cluster, NoPostgisError
from tests.reset import RESET, pristine_statements

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all xdist workers of one run share."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def missing(why: str) -> None:
    """Skip where this machine lacks something, with the reason; fail in CI, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, once per worker."""
    try:
        find_chromium()
    except NoChromiumError as error:
        missing(str(error))
    with sync_playwright() as running:
        yield running


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    """Warnings only, whatever a test before has asked for."""
    configure_logs("warning")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The PostGIS cluster of this test run. Skips with the reason where there is none, fails where CI=true."""
    try:
        cluster = Cluster.share(common_folder(tmp_path_factory) / "postgis")
    except NoPostgisError as error:
        missing(str(error))
    yield cluster
    cluster.release()


@pytest.fixture(scope="session")
def postgis_database(cluster: Cluster) -> Iterator[Database]:
    """This worker's migrated database; `service` empties it again after each test."""
    name = f"worker_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    cluster.run(f"CREATE DATABASE {name}")
    database = Database(cluster.url(name))
    schema.upgrade(database)
    for statement in pristine_statements(METADATA):
        cluster.run(statement, name)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgis"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on an empty, migrated database, at 2026-03-02T09:00Z (a Monday), with seeded identifiers."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "doorstep.db")
        database = Database(f"sqlite:///{home / 'doorstep.db'}")
    else:
        database = request.getfixturevalue("postgis_database")
    keys = KeyRing.make()
    settings = Settings(home=home, database_url=database.url, second_factor="offered")
    keys.save(settings.keyring_path)
    yield Service(settings, database, keys, Vault(keys), SetClock(START), random.Random(20260302))
    if request.param == "sqlite":
        database.dispose()
    else:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(RESET)
            connection.commit()


@pytest.fixture
def clock(service: Service) -> SetClock:
    """The service's clock, which tests move."""
    assert isinstance(service.clock, SetClock)
    return service.clock
