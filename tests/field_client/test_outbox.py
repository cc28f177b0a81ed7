"""What is recorded is kept whole, chained once, and sent exactly once, whatever is killed and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from field_client import outbox
from field_client.client import Client
from field_client.problems import Refused, UnknownHouse
from sync import journal
from tests.field_client.conftest import PASSPHRASE, Field

HOUSE = "100000012"


class Killed(BaseException):
    """The process ends here: nothing after this point runs."""


def chain_is_whole(client: Client) -> None:
    events = outbox.every(client.store)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert not journal.check(client.store.device, events, 0, "").breaks


def test_events_are_chained_in_the_order_in_which_they_were_recorded(field: Field) -> None:
    made = [field.client.record_visit(HOUSE, "no_reply") for _ in range(5)]
    assert [event.id for event in outbox.every(field.client.store)] == made
    chain_is_whole(field.client)


def test_an_event_within_its_undo_window_can_be_taken_back_without_a_trace(field: Field) -> None:
    client = field.client
    event = client.record_visit(HOUSE, "spoke", undo_ms=8000)
    assert client.status().counts.pending == 1
    assert client.house(HOUSE).decision.code == "contacted"
    client.undo(event)
    assert client.status().counts.unsent == 0
    assert client.house(HOUSE).decision.code == "not_visited"
    assert not client.own_events()


def test_an_event_whose_undo_window_has_passed_is_chained_and_can_only_be_withdrawn(field: Field) -> None:
    client = field.client
    event = client.record_visit(HOUSE, "spoke", undo_ms=8000)
    field.pass_time(7000)
    client.settle()
    assert client.status().counts.pending == 1
    field.pass_time(1000)
    client.settle()
    assert client.status().counts.pending == 0
    with pytest.raises(Refused, match="too late"):
        client.undo(event)
    client.withdraw(event)
    assert client.house(HOUSE).decision.code == "not_visited"


def test_the_next_record_chains_the_one_before_it(field: Field) -> None:
    first = field.client.record_visit(HOUSE, "no_reply", undo_ms=8000)
    second = field.client.record_visit("100000013", "no_reply", undo_ms=8000)
    assert [event.id for event in outbox.every(field.client.store)] == [first]
    field.client.undo(second)
    chain_is_whole(field.client)


def test_a_sync_leaves_what_is_in_its_undo_window_until_the_next(field: Field) -> None:
    event = field.client.record_visit(HOUSE, "no_reply", undo_ms=8000)
    assert field.client.sync().sent == 0
    field.pass_time(9000)
    assert field.client.sync().receipted == 1
    assert list(field.service.bodies) == [event]


def test_a_wall_clock_put_back_does_not_keep_an_event_in_its_undo_window_for_ever(field: Field) -> None:
    field.client.record_visit(HOUSE, "no_reply", undo_ms=8000)
    field.clock.skew_ms = -30 * 24 * 3_600_000
    assert field.client.sync().receipted == 1


def test_a_kill_within_the_undo_window_chains_the_event_at_the_next_start(field: Field) -> None:
    event = field.client.record_visit(HOUSE, "spoke", undo_ms=8000)
    client = field.start(unlocked=False)
    assert client.status().counts == outbox.Counts(pending=0, waiting=1, receipted=0, held=0)
    assert [one.id for one in outbox.every(client.store)] == [event]


def writes_of(field: Field, work: str) -> list[str]:
    """The fault points that one piece of work passes."""
    points: list[str] = []
    client = field.start(fault=points.append)
    points.clear()
    do(client, work)
    return points


def do(client: Client, work: str) -> None:
    if work == "record":
        client.record_visit(HOUSE, "no_reply")
    elif work == "record with undo, then settle":
        client.record_visit(HOUSE, "no_reply", undo_ms=1)
        client.settle()
    else:
        client.sync()


@pytest.mark.parametrize("work", ["record", "record with undo, then settle"])
def test_killed_at_any_write_a_record_is_there_whole_or_not_at_all(field: Field, work: str) -> None:
    points = writes_of(field, work)
    assert len(points) >= 3
    recorded = 1
    for deadly in range(len(points)):
        passed: list[str] = []

        def kill(point: str, deadly: int = deadly, passed: list[str] = passed) -> None:
            passed.append(point)
            if len(passed) == deadly + 1:
                raise Killed

        client = field.start(fault=lambda point: None)
        client.store._fault = kill
        with pytest.raises(Killed):
            do(client, work)
        client.store._db.close()
        client = field.start()
        recorded += any(point == "after record" for point in passed)
        assert client.status().counts == outbox.Counts(0, recorded, 0, 0)
        assert len(client.own_events()) == recorded
        chain_is_whole(client)
    assert field.client.sync().receipted == recorded
    assert len(field.service.bodies) == recorded


def test_killed_at_any_write_of_a_sync_every_event_arrives_exactly_once(field: Field) -> None:
    for uprn in ("100000011", "100000012", "100000013"):
        field.client.record_visit(uprn, "no_reply")
    made = [event.id for event in outbox.every(field.client.store)]
    deadly = 0
    while True:
        passed: list[str] = []

        def kill(point: str, passed: list[str] = passed, deadly: int = deadly) -> None:
            passed.append(point)
            if len(passed) == deadly + 1:
                raise Killed

        client = field.start(most_events=2)
        client.store._fault = kill
        try:
            client.sync()
        except Killed:
            client.store._db.close()
            deadly += 1
            continue
        break
    assert deadly >= 3
    client = field.start()
    client.sync()
    assert [event.id for _, event in field.service.journal] == made
    assert sorted(field.service.bodies) == sorted(made)
    assert client.status().counts == outbox.Counts(0, 0, 3, 0)
    assert client.worklists() == [field.service.lists[11]]
    numbers = [request.number for request in field.service.requests]
    assert numbers == sorted(set(numbers)), "no request number was used twice"


RECORDER = """
import sys
from pathlib import Path
from field_client.client import Client
from field_client.clock import SetClock
from field_client.store import Store
from field_client.transport import NoTransport
client = Client(Store(Path(sys.argv[1])), NoTransport(), SetClock(int(sys.argv[2])))
client.unlock(sys.argv[3])
for _ in range(int(sys.argv[4])):
    print(client.record_visit("100000012", "no_reply"), flush=True)
"""


def test_two_processes_on_one_store_never_fork_the_chain(field: Field, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", RECORDER, str(field.path), str(field.clock.true_ms), PASSPHRASE, "30"]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert {event.id for event in outbox.every(field.client.store)} == {*said[0], *said[1]}
    assert len(outbox.every(field.client.store)) == 60
    chain_is_whole(field.client)
    assert field.client.sync().receipted == 60


def test_a_withdrawal_takes_back_a_visit_before_and_after_it_was_sent(field: Field) -> None:
    client = field.client
    first = client.record_visit(HOUSE, "spoke")
    client.withdraw(first)
    assert client.house(HOUSE).decision.code == "not_visited"
    second = client.record_visit(HOUSE, "do_not_call")
    client.sync()
    assert client.house(HOUSE).decision.code == "do_not_call"
    client.withdraw(second)
    client.sync()
    assert client.house(HOUSE).decision.code == "not_visited"
    assert not field.service.lists[11].find(HOUSE)[1].state.visited  # type: ignore[index]


def test_what_cannot_be_withdrawn_is_said(field: Field) -> None:
    client = field.client
    visit = client.record_visit(HOUSE, "spoke")
    withdrawal = client.withdraw(visit)
    hazard = client.hazard(HOUSE, "dog")
    for event, words in (
        (visit, "already"),
        (withdrawal, "cannot itself"),
        (hazard, "Only a visit"),
        ("nothing", "last 14 days"),
    ):
        with pytest.raises(Refused, match=words):
            client.withdraw(event)


def test_a_visit_can_be_withdrawn_after_its_list_was_recalled(field: Field) -> None:
    event = field.client.record_visit(HOUSE, "spoke")
    field.service.recall(11)
    field.client.sync()
    with pytest.raises(UnknownHouse):
        field.client.house(HOUSE)
    withdrawal = field.client.withdraw(event)
    field.client.sync()
    assert field.service.bodies[withdrawal].withdraws == event
