"""An officer's phone in the simulation: the real client on a real store file, which can die between any two writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from field_client import outbox
from field_client.client import Client
from field_client.clock import SetClock
from field_client.lockbox import KeyCost
from field_client.store import Store
from sync.enrolment import EnrolmentCode
from tests.simulation.network import Killed, Wire
from tests.simulation.oracle import Happened, Recorded

PASSPHRASE = "three quiet brown horses"
CHEAP = KeyCost(memory_kib=8, passes=1)

Attempt = Callable[[Client], str]
Say = Callable[[str], list[Happened]]


class Phone:
    """One officer's phone. `kept` are the events that its store is known to hold: they must reach the service."""

    def __init__(
        self, name: str, account_id: int, path: Path, wire: Wire, clock: SetClock, random: Random
    ) -> None:
        self.name, self.account_id = name, account_id
        self.path, self.wire, self.clock, self.random = path, wire, clock, random
        self.client: Client | None = None
        self.kept: dict[str, Recorded] = {}
        self.undone: set[str] = set()
        self.damaged: list[str] = []
        self.writes_left: int | None = None
        self._maybe: tuple[Recorded, Say] | None = None
        self._maybe_undone = ""
        self._restarts = 0

    @property
    def alive(self) -> bool:
        """True while the client's process runs."""
        return self.client is not None

    @property
    def running(self) -> Client:
        """The client's process, which runs."""
        assert self.client is not None
        return self.client

    @property
    def device(self) -> str:
        """The device's id, once enrolled."""
        return self.running.store.device

    def start(self) -> None:
        """Start the client's process on the store, unlock it, and see what a kill left."""
        store = Store(self.path, random=self.random, fault=self._fault)
        try:
            self.client = Client(
                store,
                self.wire,
                self.clock,
                self.random,
                app="simulated",
                most_events=self.random.choice([1, 3, 60]),
            )
            if store.state == "active":
                self.client.unlock(PASSPHRASE)
                self._resolve()
        except Killed:
            self._end(store)
            raise

    def enrol(self, code: EnrolmentCode) -> None:
        """Enrol, trying again after each kill and each loss."""
        self.running.enrol(code, PASSPHRASE, url="http://service", name=self.name, cost=CHEAP)

    def doom(self, writes: int) -> None:
        """Let the process die at the given point of its writes to come (before, within or after one)."""
        self.writes_left = writes

    def kill(self) -> None:
        """End the process now."""
        if self.client is not None:
            self._end(self.client.store)

    def attempt(self, do: Attempt, recorded: Recorded, say: Say, *, undo: bool = False) -> str:
        """Record something: kept once this returns, maybe kept if the process dies on the way. The event's id."""
        self._maybe = (recorded, say)
        event_id = do(self.running)
        self._maybe = None
        self._keep(event_id, recorded, say)
        return event_id

    def undo(self, event_id: str) -> None:
        """Take back an event: gone once this returns, maybe gone if the process dies on the way."""
        self._maybe_undone = event_id
        self.running.undo(event_id)
        self._forget(event_id)

    def clocks(self) -> dict[str, Any]:
        """What the phone's clocks say now, for a `Recorded`."""
        seen = self.running.store.seen()
        assert seen is not None
        return {
            "true_ms": self.clock.true_ms,
            "wall_ms": self.clock.now_ms(),
            "seen_ms": seen.service_ms,
            "ticks_count": seen.boot == self.clock.boot(),
        }

    def reboot(self) -> None:
        """Restart the machine: the process ends, and the count of time with it."""
        self.kill()
        self._restarts += 1
        self.clock.restart(f"{self.name} {self._restarts}")

    def open_lists(self) -> None:
        """Look at the lists, as an officer would: none ever should fail to open."""
        if self.client is not None and self.client.store.unlocked:
            self.client.worklists()

    def _keep(self, event_id: str, recorded: Recorded, say: Say) -> None:
        recorded.id = event_id
        recorded.things = say(event_id)
        self.kept[event_id] = recorded

    def _resolve(self) -> None:
        """After a kill while recording or undoing: whatever the outbox holds, and only that, was recorded."""
        held = outbox.fates(self.running.store).keys()
        if self._maybe_undone and self._maybe_undone not in held:
            self._forget(self._maybe_undone)
        self._maybe_undone = ""
        if self._maybe is not None:
            recorded, say = self._maybe
            self._maybe = None
            for event_id in held - self.kept.keys() - self.undone:
                self._keep(event_id, recorded, say)

    def _forget(self, event_id: str) -> None:
        del self.kept[event_id]
        self.undone.add(event_id)
        self._maybe_undone = ""

    def _fault(self, point: str) -> None:
        if point == "before ask anew":
            self.damaged.append("a list did not open, and had to be asked for anew")
        if self.writes_left is None:
            return
        if self.writes_left == 0:
            self.writes_left = None
            raise Killed
        self.writes_left -= 1

    def _end(self, store: Store) -> None:
        store.lock()
        store._db.close()
        self.client = None
        self.writes_left = None
