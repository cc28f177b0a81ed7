"""Keys are replaced while the service serves: nothing becomes unreadable, nothing written meanwhile is lost."""

from __future__ import annotations

import multiprocessing
import time
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from server.base import keyring, rotation
from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.service import Service
from server.base.settings import Settings
from server.base.vault import SEALED, Vault, kid_of
from server.fieldwork.tables import Hazard
from server.geography.tables import Premises, Street
from tests.factories.base import reopen

ROWS = 30


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SETTLE_SECONDS", 0.05)


def sealed_for(service: Service, row: str, text: str) -> bytes:
    return service.vault.seal(text, table="hazard", column="text_sealed", row=row)


def fill(service: Service) -> None:
    def work(session: Session) -> None:
        session.execute(insert(Street).values(usrn="1", name="Example Street", locality="", town=""))
        house = {
            "uprn": "1",
            "usrn": "1",
            "address": "1 Example Street",
            "number_text": "1",
            "sub_building": "",
        }
        house |= {"building": "", "postcode": "HU5 1AA", "classification": "RD04", "residential": True}
        session.execute(insert(Premises).values(house | {"status": "live", "lon": 0, "lat": 0, "digest": ""}))
        for place in range(ROWS):
            hazard = {
                "id": f"h{place}",
                "uprn": "1",
                "text_sealed": sealed_for(service, f"h{place}", f"0 of {place}"),
            }
            session.execute(
                insert(Hazard).values(hazard | {"state": "reported", "reported_at": service.clock.now()})
            )

    service.db.transact(work)


def texts(service: Service) -> dict[str, str]:
    rows = service.db.read(lambda session: session.execute(select(Hazard.id, Hazard.text_sealed)).all())
    return {
        row.id: service.vault.open(row.text_sealed, table="hazard", column="text_sealed", row=row.id)
        for row in rows
    }


def kids(service: Service) -> set[str]:
    rows = service.db.read(lambda session: session.scalars(select(Hazard.text_sealed)).all())
    return {kid_of(sealed) for sealed in rows}


def test_every_value_is_sealed_anew_and_says_the_same(service: Service) -> None:
    fill(service)
    before, old = texts(service), service.keys.keys.field_active
    done = rotation.rotate(service, SYSTEM)
    assert (done.resealed, done.unreadable) == (ROWS, 0)
    assert texts(service) == before
    assert kids(service) == {service.keys.keys.field_active} != {old}


def test_the_old_key_stays_until_its_grace_is_over(service: Service, clock: SetClock) -> None:
    fill(service)
    old = service.keys.keys.field_active
    rotation.rotate(service, SYSTEM)
    assert rotation.retire(service) == {"resealed": 0, "retired": 0}
    assert old in service.keys.keys.field_keys
    clock.advance(timedelta(hours=service.settings.key_grace_hours))
    assert rotation.retire(service) == {"resealed": 0, "retired": 1}
    assert old not in service.keys.keys.field_keys
    assert rotation.unreadable(service) == []


def test_a_row_sealed_late_under_the_old_key_is_sealed_anew_before_the_key_goes(
    service: Service, clock: SetClock
) -> None:
    fill(service)
    asleep = Vault(KeyRing(service.keys.keys))
    rotation.rotate(service, SYSTEM)
    late = asleep.seal("late", table="hazard", column="text_sealed", row="h3")
    service.db.transact(
        lambda session: session.execute(update(Hazard).where(Hazard.id == "h3").values(text_sealed=late))
    )
    clock.advance(timedelta(hours=service.settings.key_grace_hours))
    assert rotation.retire(service) == {"resealed": 1, "retired": 1}
    assert texts(service)["h3"] == "late"


def test_a_rotation_that_was_cut_short_is_taken_up_again(service: Service) -> None:
    fill(service)
    path = service.settings.keyring_path
    keyring.change(path, keyring.with_field_key)
    newest = next(reversed(service.keys.keys.field_keys))
    rotation.rotate(service, SYSTEM)
    assert len(service.keys.keys.field_keys) == 2
    assert service.keys.keys.field_active == newest
    assert kids(service) == {newest}


def test_a_value_that_somebody_changed_meanwhile_is_not_overwritten(service: Service) -> None:
    fill(service)
    column = next(sealed for sealed in SEALED if sealed.table is Hazard)
    read = service.db.read(lambda session: session.execute(select(Hazard.id, Hazard.text_sealed)).first())
    assert read is not None
    newer = (
        update(Hazard).where(Hazard.id == read.id).values(text_sealed=sealed_for(service, read.id, "newer"))
    )
    service.db.transact(lambda session: session.execute(newer))
    service.db.transact(lambda session: rotation._reseal_row(session, service, column, read))
    assert texts(service)[read.id] == "newer"


def test_a_value_moved_to_another_row_is_found_and_keeps_its_key(service: Service, clock: SetClock) -> None:
    fill(service)
    moved = sealed_for(service, "h5", "of another row")
    old = service.keys.keys.field_active
    service.db.transact(
        lambda session: session.execute(update(Hazard).where(Hazard.id == "h4").values(text_sealed=moved))
    )
    assert rotation.unreadable(service) == ["hazard.text_sealed: 1 values do not open"]
    assert rotation.rotate(service, SYSTEM).unreadable == 1
    clock.advance(timedelta(hours=service.settings.key_grace_hours))
    assert rotation.retire(service)["retired"] == 0
    assert old in service.keys.keys.field_keys


def opened(home: Path, url: str) -> Service:
    """The instance as another process opens it."""
    keys = KeyRing.load(home / "keyring.json")
    settings = Settings(home=home, database_url=url)
    return Service(settings, Database(url), keys, Vault(keys))


def rotate_in_a_process(home: Path, url: str) -> None:
    rotation.SETTLE_SECONDS = 0.05
    service = opened(home, url)
    for _ in range(3):
        rotation.rotate(service, SYSTEM)


def write_in_a_process(home: Path, url: str, stop: Event) -> None:
    service = opened(home, url)
    count = 0
    while not stop.is_set() or count < 50:
        count += 1
        for place in (1, 7):
            sealed = sealed_for(service, f"h{place}", f"{count} of {place}")
            statement = update(Hazard).where(Hazard.id == f"h{place}").values(text_sealed=sealed)
            service.db.transact(lambda session, statement=statement: session.execute(statement))
            assert texts(service)[f"h{place}"] == f"{count} of {place}"


def test_two_processes_rotating_while_a_third_writes_lose_nothing(service: Service) -> None:
    fill(service)
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    home, url = service.settings.home, service.settings.database_url
    writer = spawn.Process(target=write_in_a_process, args=(home, url, stop))
    rotators = [spawn.Process(target=rotate_in_a_process, args=(home, url)) for _ in range(2)]
    for process in (writer, *rotators):
        process.start()
    for rotator in rotators:
        rotator.join(90)
    stop.set()
    writer.join(90)
    assert [process.exitcode for process in (writer, *rotators)] == [0, 0, 0]
    assert len(service.keys.keys.field_keys) > 3
    found = texts(service)
    assert {key: text for key, text in found.items() if key not in ("h1", "h7")} == {
        f"h{place}": f"0 of {place}" for place in range(ROWS) if place not in (1, 7)
    }
    assert rotation.reseal(service).unreadable == 0
    assert kids(service) == {service.keys.keys.field_active}


def test_a_process_that_serves_opens_what_another_sealed_under_a_new_key(service: Service) -> None:
    serving = reopen(service)
    fill(service)
    rotation.rotate(service, SYSTEM)
    began = time.monotonic()
    assert len(texts(serving)) == ROWS
    assert time.monotonic() - began < 5
    serving.db.dispose()
