"""Every page of the console in a real browser, at a desk and on a phone: axe, nothing too wide; pictures if wanted.

On the practice instance, which has something of everything; one page of each route, found by walking along the links.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from server.base.service import Service
from server.config import open_service, read_settings
from server.practice.make import make
from tests.console.desk import Desk
from tests.console.screens import Screen, pictures, served
from tests.console.walk import Step, walk
from tests.factories.app import create_application

AREA = Path(__file__).parents[2] / "fixtures" / "area"
PASSWORD = "practice-makes-it-better"  # of an instance that lives for one run of the tests
PARTS = 2  # that workers share; each opens its part of the routes
WHO = ("supervisor", "admin")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The practice instance, made anew."""
    home = tmp_path_factory.mktemp("practice") / "home"
    make(home, AREA, password=PASSWORD, say=lambda _: None)
    service = open_service(read_settings({"DOORSTEP_HOME": str(home)}))
    yield service
    service.db.dispose()


def first_of_each_route(service: Service, username: str) -> dict[str, Step]:
    """The first page of HTML of each route that this person reaches."""
    desk = Desk(service, username, password=PASSWORD)
    found: dict[str, Step] = {}
    for step in walk(desk, most_of_a_kind=1, downloads=False):
        response = step.page.response
        if step.page.status == 200 and response.mimetype == "text/html" and "<html" in response.text:
            found.setdefault(step.rule, step)
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_as_it_is_seen(practice: Service, chromium: Browser, tmp_path: Path, part: int) -> None:
    done: set[str] = set()
    with served(create_application(practice)) as url:
        screen = Screen(chromium, url, pictures(tmp_path))
        for username in WHO:
            pages = first_of_each_route(practice, username)
            mine = [rule for rule in sorted(pages.keys() - done) if zlib.crc32(rule.encode()) % PARTS == part]
            done |= pages.keys()
            if not mine:
                continue
            browser = screen.sign_in(username, password=PASSWORD)
            for rule in mine:
                browser.goto(pages[rule].path, wait_until="load")
                screen.glance(browser, f"every {rule.removeprefix('/console') or 'start'}")
        screen.close()
    assert screen.wrong == []
    assert screen.faults == []
