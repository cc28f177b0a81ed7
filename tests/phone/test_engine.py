"""The phone's engine, in Node with an IndexedDB in memory, against the real service; a browser's part comes beside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.exchange.tables import EventIdentity
from server.fieldwork.checks import CHECKS
from server.fieldwork.tables import PremisesFact
from tests.phone.place import Place
from tests.sync.peer import find_node

PHONE = Path(__file__).parents[2] / "field_client" / "phone"
VITEST = PHONE / "node_modules" / "vitest" / "vitest.mjs"


@pytest.fixture
def node() -> str:
    """Node.js. Skips where it or the phone's packages are missing, fails in CI."""
    found = find_node()
    if found is None or not VITEST.exists():
        why = "Node.js or the phone's packages are missing: run `make phone`."
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


def walk(node: str, place: Place) -> dict[str, Any]:
    """What the officer in test/live recorded, as Node tells it on the way out."""
    told = subprocess.run(
        [node, str(VITEST), "run", "test/live", "--disable-console-intercept"],
        cwd=PHONE,
        env=os.environ | {"DOORSTEP_LIVE_URL": place.url, "DOORSTEP_LIVE_CODE": place.code()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    [line] = [line for line in told.stdout.splitlines() if line.startswith("RECORDED ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RECORDED "))
    return found


def test_what_an_officer_recorded_on_the_phone_is_counted_once_by_the_service(
    node: str, place: Place
) -> None:
    told = walk(node, place)
    with Session(place.service.db.engine) as session:
        identities = session.scalars(select(EventIdentity.event_id)).all()
        facts = session.scalars(select(PremisesFact)).all()
    assert sorted(map(str, identities)) == sorted([*told["recorded"], told["withdrawn"]])
    assert len([fact for fact in facts if fact.kind == "visit"]) == 3
    for name, check in CHECKS:
        assert check(place.service) == [], name
