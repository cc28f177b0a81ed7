"""What a phone's store holds, and what the service made of it, held against each other."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from server.devices.tables import ChainFinding
from server.exchange.tables import EventIdentity, HeldEvent
from server.fieldwork.checks import CHECKS
from server.fieldwork.tables import PremisesFact, Worklist
from tests.factories.exchange import uprn
from tests.phone.officer import Officer
from tests.phone.place import Place

STORES = """async () => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const plain = (key, value) => value instanceof Uint8Array ? Array.from(value).join() : value;
  const found = {};
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith("doorstep-")) continue;
    const db = await settled(indexedDB.open(name));
    const tables = [...db.objectStoreNames].filter((table) => table !== "keys");
    const reading = db.transaction(tables);
    const rows = tables.map(async (table) => [table, await settled(reading.objectStore(table).getAll())]);
    found[name.slice(9)] = JSON.parse(JSON.stringify(Object.fromEntries(await Promise.all(rows)), plain));
    db.close();
  }
  return found;
}"""


@dataclass(frozen=True)
class Kept:
    """An event in the outbox: state pending | waiting | receipted."""

    device: str
    id: str
    state: str
    status: str


def stores(page: Page) -> dict[str, dict[str, list[Any]]]:
    """Device → table → rows: all that the stores on this phone hold but the signing key, read beside the app."""
    found: dict[str, dict[str, list[Any]]] = page.evaluate(STORES)
    return found


def outbox(page: Page) -> list[Kept]:
    """The events of all stores on this phone."""
    return [
        Kept(device, row["id"], row["state"], row["status"])
        for device, tables in stores(page).items()
        for row in tables["outbox"]
    ]


def sync_whole(officer: Officer) -> dict[str, Any]:
    """Syncs from Today until nothing waits, and once more; what that last exchange said to the service."""
    officer.sync()
    officer.sync()
    told: dict[str, Any] = json.loads(officer.place.wire.bodies[-1])
    return told


def visits(place: Place, street: int = 0) -> Counter[tuple[int, str]]:
    """(house number, outcome code) of every visit that the service counted on a street, withdrawn ones too."""
    facts = place.service.db.read(
        lambda session: session.scalars(select(PremisesFact).where(PremisesFact.kind == "visit")).all()
    )
    start = uprn(street, 1)[:-4]
    return Counter((int(one.uprn[-4:]), one.outcome) for one in facts if one.uprn.startswith(start))


def expect_all_is_well(officer: Officer) -> None:
    """Everything in the store is receipted and applied once, in one chain, and both sides hold the same list."""
    place = officer.place
    last = sync_whole(officer)
    kept = outbox(officer.page)
    assert {one.state for one in kept} <= {"receipted"}
    devices = {one.device for one in kept}
    identities = place.service.db.read(lambda session: session.scalars(select(EventIdentity)).all())
    arrived = [one for one in identities if one.device_id in devices]
    assert sorted((one.device_id, one.event_id) for one in arrived) == sorted(
        (one.device, one.id) for one in kept
    )
    assert {one.status for one in arrived} <= {"applied"}
    assert place.field.count(HeldEvent) == 0
    assert place.field.count(ChainFinding) == 0
    assert {name: found for name, check in CHECKS if (found := check(place.service))} == {}
    expect_the_same_lists(place, last)


def expect_the_same_lists(place: Place, request: dict[str, Any]) -> None:
    """The phone's list has the service's version and digest: every house's state is the same on both sides."""
    for held in request["have"]:
        row = place.service.db.read(
            lambda session, wanted=held["worklist"]: session.get_one(Worklist, wanted)
        )
        assert (held["version"], held["digest"]) == (row.version, row.digest)
    assert request["have"]
