"""Databases for the simulator's tests, one of each kind for each worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from server.base.keyring import KeyRing
from tests.conftest import common_folder
from tests.simulation.databases import Databases


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The simulator's databases; PostGIS is the cluster of this test run."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    made = Databases(
        tmp_path_factory.mktemp("simulation"),
        common_folder(tmp_path_factory) / "postgis",
        f"simulation_{worker}",
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    """One key ring for all worlds: making one is no part of what is tested."""
    return KeyRing.make()
