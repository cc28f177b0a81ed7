"""An officer's device in a temporary folder, and the service that it speaks to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from field_client.client import Client
from field_client.clock import SetClock
from field_client.lockbox import KeyCost
from field_client.store import Fault, Store
from tests.field_client.fake_service import START_MS, FakeService, Wire, a_worklist

PASSPHRASE = "three made up words"
CHEAP = KeyCost(memory_kib=64, passes=1)


@dataclass
class Field:
    """One device and its service. `start` opens the store again, as a new process would."""

    path: Path
    service: FakeService
    wire: Wire
    clock: SetClock
    client: Client
    opened: list[Client]

    def start(self, *, unlocked: bool = True, fault: Fault | None = None, **options: object) -> Client:
        store = Store(self.path, random=Random(5), **({"fault": fault} if fault else {}))  # type: ignore[arg-type]
        self.client = Client(store, self.wire, self.clock, Random(len(self.opened) + 100), **options)  # type: ignore[arg-type]
        self.opened.append(self.client)
        if unlocked:
            self.client.unlock(PASSPHRASE)
        return self.client

    def pass_time(self, ms: int) -> None:
        self.clock.advance(ms)
        self.service.now_ms += ms


@pytest.fixture
def new_field(tmp_path: Path) -> Iterator[Callable[[], Field]]:
    made: list[Field] = []

    def make() -> Field:
        service = FakeService()
        service.give(a_worklist())
        wire = Wire(service)
        clock = SetClock(START_MS)
        path = tmp_path / f"device{len(made)}" / "store.db"
        client = Client(Store(path, random=Random(1)), wire, clock, Random(2))
        client.enrol(service.new_code(), PASSPHRASE, url="http://127.0.0.1:1", cost=CHEAP)
        client.sync()
        made.append(Field(path, service, wire, clock, client, [client]))
        return made[-1]

    yield make
    for field in made:
        for client in field.opened:
            client.store.close()


@pytest.fixture
def field(new_field: Callable[[], Field]) -> Field:
    """A device that is enrolled, synced and unlocked, with one list of ten houses."""
    return new_field()
