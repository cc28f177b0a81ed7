"""Fixtures of the console: a lived-in force on both databases or on SQLite alone, desks, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from server.base.service import Service
from server.web.built_files import BUILT
from tests.conftest import missing
from tests.console.screens import FLAGS, Screen, pictures, served
from tests.factories.app import create_application
from tests.phone.browser import find_chromium

sqlite_only = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests of a worker; each has a new profile in it."""
    if not (BUILT / "console" / "console.js").is_file():
        missing("The console's scripts are not built: run `make console`.")
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def screen(service: Service, chromium: Browser, tmp_path: Path) -> Iterator[Screen]:
    """A browser on this test's service. At its end nothing may have been wrong on any page that was shot."""
    with served(create_application(service)) as url:
        screen = Screen(chromium, url, pictures(tmp_path))
        yield screen
        screen.close()
    assert screen.wrong == []
    assert screen.faults == []
