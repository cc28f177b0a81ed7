"""Three mistakes that a rewrite could make, planted on purpose: the simulator must find each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy.orm import Session

from server.exchange import opening, pack
from server.fieldwork.lists import ListContent, read_list
from sync.events import EventClock
from tests.simulation.databases import MortalDatabase, ServiceDied


@contextmanager
def receipt_before_commit() -> Iterator[None]:
    """The reply is made as soon as the work is done; when the service dies before the commit, it is out already."""

    def promise(self: MortalDatabase, work: Callable[[Session], Any]) -> Any:
        promised: list[Any] = []
        try:
            return die(self, lambda session: promised.append(work(session)))
        except ServiceDied:
            return promised[0]

    die = MortalDatabase.die_before_commit
    with mock.patch.object(MortalDatabase, "die_before_commit", promise):
        yield


@contextmanager
def delta_cursor_off_by_one() -> Iterator[None]:
    """What changed at the version after the one held is left out of the changes that are sent."""

    def late(session: Session, service: Any, worklist_id: int, since: int = 0) -> ListContent:
        return read_list(session, service, worklist_id, since + 1 if since else 0)

    with mock.patch.object(pack, "read_list", late):
        yield


@contextmanager
def ordering_by_device_clock() -> Iterator[None]:
    """The phone's own clock is taken for the time at which something happened."""

    def trusting(clock: EventClock, _request_now: int, _received_at: int) -> int:
        return clock.recorded_at

    with mock.patch.object(opening.clocks, "corrected_at", trusting):
        yield


BUGS = {
    "receipt before commit": (
        receipt_before_commit,
        "was recorded and never arrived|does not know this device",
    ),
    "delta cursor off by one": (delta_cursor_off_by_one, "had to be asked for anew"),
    "ordering by device clock": (ordering_by_device_clock, "is stored at"),
}
