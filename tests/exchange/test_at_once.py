"""Devices that push at the same moment: counters stay exact, nobody misses a change, nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from server.base.problems import Problem
from server.base.service import Service
from server.checks import check_all
from server.devices.tables import ChainFinding
from server.exchange.receive import exchange
from server.exchange.tables import EventIdentity, JournalEntry
from server.fieldwork.recall import recall
from sync import codec
from sync.worklist_codec import digest
from tests.factories.base import at_once, reopen
from tests.factories.devices import EXCHANGE_PATH, Phone, create_device
from tests.factories.exchange import STREETS, Field, allocate_street, create_field, uprn

OUTCOMES = ("spoke", "no_reply", "not_interested", "no_reply_card", "vacant")


def push(phone: Phone, batches: Sequence[Sequence[Any]]) -> Callable[[], None]:
    """A work that sends batches one after the other."""

    def work() -> None:
        for batch in batches:
            phone.sync(*batch)

    return work


def all_is_well(field: Field) -> None:
    """Every invariant of the service holds."""
    found = {one.name: one.findings for one in check_all(field.service) if one.findings}
    assert found == {}


def test_two_devices_on_one_street_at_once_stay_exact_and_see_each_other(service: Service) -> None:
    """The street goes from the first officer to the second while the first still has visits to send."""
    field = create_field(service, officers=2)
    first, second = field.phones
    first.sync()
    recall(service, field.supervisor, field.lists[0], reason="reallocated")
    shared = allocate_street(field, field.officers[1], STREETS[0])
    second.sync()
    third = create_device(reopen(service), field.officers[1])
    third.sync()

    def batches(phone: Phone, worklist: int, offset: int) -> list[list[Any]]:
        return [
            [
                phone.visit(
                    uprn(0, 1 + (number + part) % 12),
                    OUTCOMES[(number + part + offset) % len(OUTCOMES)],
                    campaign=field.campaign,
                    worklist=worklist,
                )
                for number in range(6)
            ]
            for part in range(5)
        ]

    phones = ((first, field.lists[0]), (second, shared), (third, shared))
    works = [push(phone, batches(phone, number, place)) for place, (phone, number) in enumerate(phones)]
    assert at_once(*works) == []
    assert field.stored()[:2] == (90, 90)
    assert field.count(ChainFinding) == 0
    all_is_well(field)
    for phone in (second, third):
        phone.sync()
    ours, theirs = second.lists[shared], third.lists[shared]
    assert (ours.version, ours.digest) == (theirs.version, theirs.digest)
    assert digest(ours.streets) == ours.digest
    for _, house in ours.houses():
        row = field.coverage(house.uprn)
        assert (house.state.attempts, house.state.last_outcome) == (
            row.state.get("attempts", 0),
            row.state.get("last_outcome", ""),
        )


def test_devices_on_crossing_streets_do_not_lock_each_other_out(service: Service) -> None:
    field = create_field(service, officers=2)
    first, second = field.phones
    for place in (0, 1):
        recall(service, field.supervisor, field.lists[place], reason="reallocated")
    # Each officer has held both streets, and each sends visits to both, in opposite orders.
    for account in field.officers:
        number = allocate_street(field, account, *STREETS)
        recall(service, field.supervisor, number, reason="reallocated")

    def batch(phone: Phone, order: tuple[int, int]) -> list[Any]:
        return [
            phone.visit(uprn(street, number), "spoke", campaign=field.campaign)
            for street in order
            for number in range(1, 7)
        ]

    works = [push(first, [batch(first, (0, 1))] * 1), push(second, [batch(second, (1, 0))])]
    assert at_once(*works) == []
    assert [field.counters(usrn)["contacted"] for usrn in STREETS] == [6, 6]
    all_is_well(field)


def test_one_device_twice_at_once_takes_each_event_once(service: Service) -> None:
    """Two tabs and a service worker: the same events under different request numbers, at the same moment."""
    field = create_field(service)
    phone = field.phones[0]
    events = [field.visit(phone, uprn(0, number), "spoke") for number in range(1, 9)]
    requests = [phone.request(events) for _ in range(3)]
    replies: list[Any] = []

    def send(request: Any) -> Callable[[], None]:
        body = codec.encode(request)
        headers = phone.headers(body, request.number)

        def work() -> None:
            done = exchange(service, method="POST", path=EXCHANGE_PATH, headers=headers, body=body)
            replies.append(codec.decode_exchange_reply(done.body))

        return work

    refused = at_once(*(send(request) for request in requests))
    assert {error.code for error in refused if isinstance(error, Problem)} <= {"replayed"}
    assert len(refused) + len(replies) == 3
    applied = [one for reply in replies for one in reply.receipts if one.status == "applied"]
    assert sorted(one.id for one in applied) == sorted(event.id for event in events)
    assert (field.count(EventIdentity), field.count(JournalEntry)) == (8, 8)
    assert field.counters()["contacted"] == 8
    all_is_well(field)


def test_the_same_request_at_the_same_moment_is_taken_once(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    request = phone.request([field.visit(phone, uprn(0, 1), "spoke")])
    body = codec.encode(request)
    done: list[object] = []
    refused = at_once(*(lambda: done.append(phone.send(body, request.number)) for _ in range(4)))
    assert len(done) == 1
    assert [error.code for error in refused if isinstance(error, Problem)] == ["replayed"] * 3


def test_two_devices_with_one_event_id_at_once_leave_one_of_them_held(service: Service) -> None:
    field = create_field(service, officers=2)
    first, second = field.phones
    one = field.visit(first, uprn(0, 1), "spoke")
    other = second.record(second.body(uprn(1, 1), "spoke", **field.named(second)), event_id=one.id)
    assert at_once(push(first, [[one]]), push(second, [[other]])) == []
    assert [held.reason for held in field.held()] == ["same_id_other_bytes"]
    assert len(field.facts(uprn(0, 1))) + len(field.facts(uprn(1, 1))) == 1
    all_is_well(field)
