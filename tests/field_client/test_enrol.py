"""Enrolment trusts only the service that made the code, and survives a lost reply and a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from field_client.client import Client
from field_client.clock import SetClock
from field_client.problems import NotReached, NotTrusted, Refused, WrongPassphrase
from field_client.store import Store
from field_client.transport import Answer
from sync import codec, enrolment, keys
from sync.exchange import SealKey
from tests.field_client.conftest import CHEAP, PASSPHRASE, Field
from tests.field_client.fake_service import START_MS, FakeService, Wire, a_worklist

URL = "http://127.0.0.1:1"


@pytest.fixture
def service() -> FakeService:
    made = FakeService()
    made.give(a_worklist())
    return made


@pytest.fixture
def start(tmp_path: Path, service: FakeService) -> Callable[..., Client]:
    wire = Wire(service)

    def make(**options: Any) -> Client:
        return Client(
            Store(tmp_path / "d" / "store.db", random=Random(), **options), wire, SetClock(START_MS)
        )

    return make


def enrol(client: Client, code: enrolment.EnrolmentCode, passphrase: str = PASSPHRASE) -> str:
    return client.enrol(code, passphrase, url=URL, cost=CHEAP).officer


def test_an_enrolled_device_knows_its_officer_and_fetches_its_lists(
    start: Callable[..., Client], service: FakeService
) -> None:
    client = start()
    assert enrol(client, service.new_code()) == "PC Made Up"
    client.sync()
    assert (client.officer(), len(client.streets()), client.status().state) == ("PC Made Up", 2, "active")


def test_a_service_that_did_not_make_the_code_is_not_trusted_and_learns_nothing(
    start: Callable[..., Client], service: FakeService
) -> None:
    client = start()
    with pytest.raises(NotTrusted, match="not the one that made the code"):
        enrol(client, FakeService().new_code())
    assert (client.store.state, service.devices) == ("", {})


def test_a_service_key_swapped_on_the_way_is_noticed_before_anything_is_sealed_to_it(
    start: Callable[..., Client], service: FakeService
) -> None:
    client = start()
    sent: list[str] = []
    stranger = keys.public_bytes(keys.generate_private())

    def swap(method: str, path: str, headers: Any, body: bytes) -> Answer:
        sent.append(path)
        answer = service.answer(method, path, headers, body)
        card = codec.decode_service_card(answer.body)
        return Answer(200, {}, codec.encode(msgspec.structs.replace(card, seal_key=SealKey("x", stranger))))

    client.transport.send = swap  # type: ignore[method-assign]
    with pytest.raises(NotTrusted):
        enrol(client, service.new_code())
    assert sent == ["/api/exchange/card"]


@pytest.mark.parametrize(
    ("trouble", "expected"), [("reply lost", NotReached), ("reply cut", NotTrusted), ("unsigned", NotTrusted)]
)
def test_a_lost_or_spoilt_answer_is_made_good_by_the_same_code_again(
    start: Callable[..., Client], service: FakeService, trouble: str, expected: type[Exception]
) -> None:
    client, code = start(), service.new_code()
    client.transport.trouble = ["", trouble]  # type: ignore[attr-defined]
    with pytest.raises(expected):
        enrol(client, code)
    device = client.store.device
    client.store.close()
    client = start()
    assert client.store.state == "enrolling"
    with pytest.raises(WrongPassphrase):
        enrol(client, code, "another passphrase")
    enrol(client, code)
    assert (client.store.device, list(service.devices)) == (device, [device])
    assert client.sync().packages == 1


def test_killed_at_any_write_enrolment_can_be_tried_again_with_the_same_code(
    tmp_path: Path, service: FakeService
) -> None:
    class Killed(BaseException):
        pass

    deadly, done = 0, False
    while not done:
        code = service.new_code()
        passed: list[str] = []

        def kill(point: str, passed: list[str] = passed, deadly: int = deadly) -> None:
            passed.append(point)
            if len(passed) == deadly + 1:
                raise Killed

        path = tmp_path / str(deadly) / "store.db"
        store = Store(path, fault=kill)
        try:
            enrol(Client(store, Wire(service), SetClock(START_MS)), code)
            done = True
        except Killed:
            store._db.close()
            client = Client(Store(path), Wire(service), SetClock(START_MS))
            if client.store.state != "active":
                enrol(client, code)
            assert client.sync().packages == 1
        deadly += 1
    assert deadly > 9


def test_a_new_code_after_a_failed_one_starts_with_new_keys(
    start: Callable[..., Client], service: FakeService
) -> None:
    client = start()
    client.transport.trouble = ["", "no way there"]  # type: ignore[attr-defined]
    with pytest.raises(NotReached):
        enrol(client, service.new_code())
    before = client.store.device
    enrol(client, service.new_code(), "quite another passphrase")
    assert client.store.device != before
    client.lock()
    client.unlock("quite another passphrase")


def test_refusals_of_the_service_are_said_in_words(
    start: Callable[..., Client], service: FakeService
) -> None:
    client, code = start(), service.new_code()
    service.codes[enrolment.stored_form(code)] = "another device"
    with pytest.raises(NotReached, match="used already"):
        enrol(client, code)
    service.codes.clear()
    with pytest.raises(NotReached, match="does not know this code"):
        enrol(client, code)


def test_a_short_passphrase_is_refused_before_anything_is_sent(
    start: Callable[..., Client], service: FakeService
) -> None:
    client = start()
    client.transport.down = True  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="at least 8"):
        enrol(client, service.new_code(), "short")


def test_an_enrolled_store_is_not_enrolled_over(field: Field) -> None:
    with pytest.raises(Refused, match="enrolled already"):
        enrol(field.client, field.service.new_code())
    field.client.record_visit("100000012", "spoke")
    field.client.store.wipe("wiped")
    with pytest.raises(Refused, match="another place"):
        enrol(field.client, field.service.new_code())
