"""Officers' devices as they really are: the field client on a store file, speaking HTTP to the whole application."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from flask import Flask

from field_client.client import Client
from field_client.clock import SetClock as DeviceClock
from field_client.lockbox import KeyCost
from field_client.store import Store
from field_client.transport import HttpTransport
from server.base.access import SYSTEM
from server.base.clock import SetClock, milliseconds
from server.base.service import Service
from server.devices.invite import make_code
from sync import enrolment

URL = "http://doorstep.test"
PASSPHRASE = "three made up words"
CHEAP = KeyCost(memory_kib=64, passes=1)


@dataclass
class Carried:
    """A client with its clock, which is set apart from the service's."""

    client: Client
    clock: DeviceClock

    @property
    def files(self) -> list[Path]:
        """The store's files as they lie on the device now."""
        folder = self.client.store.path.parent
        return sorted(path for path in folder.rglob("*") if path.is_file())


def create_client(service: Service, app: Flask, account_id: int, folder: Path, *, seed: int = 0) -> Carried:
    """A device of an officer's, enrolled over HTTP and synced once; unlocked."""
    http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url=URL)
    clock = DeviceClock(milliseconds(service.clock.now()))
    client = Client(Store(folder / "store.db"), HttpTransport(URL, client=http), clock, random.Random(seed))
    code = enrolment.parse_code(make_code(service, SYSTEM, account_id).code)
    client.enrol(code, PASSPHRASE, url=URL, cost=CHEAP)
    client.sync()
    return Carried(client, clock)


def pass_time(service: Service, *carried: Carried, **length: float) -> None:
    """Let time pass for the service and for these devices alike."""
    assert isinstance(service.clock, SetClock)
    service.clock.advance(timedelta(**length))
    for one in carried:
        one.clock.advance(int(timedelta(**length).total_seconds() * 1000))
