"""Phones against a real service. PostGIS where it is (always in CI), SQLite where it is not."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from server.base import schema
from server.base.db import Database
from server.base.keyring import KeyRing
from server.web.phone import BUILT
from tests.conftest import missing
from tests.factories.lived_in import create_lived_in_street
from tests.phone.browser import PhoneBrowser
from tests.phone.officer import Officer
from tests.phone.place import Place, serving
from tests.postgis import Cluster

# A machine that does something else beside may be slow; nothing here is judged by time.
expect.set_options(timeout=20_000)

SHOTS = Path(os.environ.get("DOORSTEP_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    if not (BUILT / "index.html").exists():
        missing("The phone app is not built: run `make phone`.")


@pytest.fixture(scope="session")
def phone_template(cluster: Cluster) -> str:
    """The name of a migrated, empty database in the cluster, to copy."""
    name = f"phone_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    cluster.run(f"CREATE DATABASE {name}")
    database = Database(cluster.url(name))
    schema.upgrade(database)
    database.dispose()
    return name


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster, phone_template: str
) -> Iterator[Place]:
    """A served instance on PostGIS with two officers, each with a street of twelve houses.

    An indirect parameter, a timedelta, is how far the service's clock is ahead of those of the phones.
    """
    name = f"place_{uuid.uuid4().hex[:12]}"
    cluster.run(f"CREATE DATABASE {name} TEMPLATE {phone_template}")
    ring = tmp_path / "keyring.json"
    KeyRing.make().save(ring)
    ahead = getattr(request, "param", timedelta())
    with serving(tmp_path / "home", cluster.url(name), ring, clock_ahead=ahead) as made:
        yield made
    cluster.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_phone(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., PhoneBrowser]]:
    """Makes phones; each is ended, and its profile deleted, at the end of the test."""
    made: list[PhoneBrowser] = []

    def make(**options: Any) -> PhoneBrowser:
        phone = PhoneBrowser(playwright, tmp_path / f"profile{len(made)}", **options)
        made.append(phone)
        return phone

    yield make
    for phone in made:
        phone.kill()
        shutil.rmtree(phone.profile, ignore_errors=True)


@pytest.fixture
def officer(place: Place, new_phone: Callable[..., PhoneBrowser]) -> Iterator[Officer]:
    """The first of the field's officers, enrolled, on Today. No fault may be in the browser's console at the end."""
    phone = new_phone()
    made = Officer(place, phone)
    made.enrol()
    yield made
    assert phone.faults == []


@pytest.fixture
def lived_in(place: Place, new_phone: Callable[..., PhoneBrowser]) -> Iterator[Officer]:
    """The same with a second list: a street where things have happened (tests/factories/lived_in)."""
    create_lived_in_street(place.field)
    phone = new_phone()
    made = Officer(place, phone)
    made.enrol()
    yield made
    assert phone.faults == []
