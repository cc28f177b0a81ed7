"""One simulated week by seed: officers knock, phones die, the network misbehaves; then everything comes to rest.

Everything that is decided is drawn from the seed, so the same seed does the same again on either database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from flask import Flask
from structlog.testing import capture_logs

from field_client.clock import SetClock as PhoneClock
from field_client.problems import FieldProblem
from server.app import create_app
from server.base.clock import from_milliseconds, milliseconds
from server.base.keyring import KeyRing
from server.base.service import Service
from server.devices.invite import make_code
from sync.enrolment import parse_code
from tests.simulation.checkers import findings
from tests.simulation.databases import Databases, MortalDatabase
from tests.simulation.deeds import Deeds
from tests.simulation.doors import Doors
from tests.simulation.network import Killed, Network, Weather, Wire
from tests.simulation.phone import Phone
from tests.simulation.world import World, make_world

DAY_MS = 24 * 3_600_000
MOST_ROUNDS = 12
STEPS = (50, 90)
WEIGHTS: dict[str, int] = {
    "knock": 30,
    "sync": 24,
    "wait": 12,
    "doom": 6,
    "kill": 2,
    "take_back": 3,
    "undo": 2,
    "lock": 2,
    "reboot": 2,
    "skew": 2,
    "late": 4,
    "carry": 2,
    "recall": 3,
    "allocate": 8,
    "supervise": 6,
    "address": 2,
    "work": 2,
    "grant": 2,
    "epoch": 1,
}


class Violation(AssertionError):
    """What stands is not what happened. Its text names the seed, the database, the findings, and the last steps."""

    def __init__(self, seed: int, kind: str, found: list[str], trace: list[str]) -> None:
        self.seed, self.found, self.trace = seed, found, trace
        more = f"\n  … and {len(found) - 8} more" if len(found) > 8 else ""
        super().__init__(
            f"seed {seed} on {kind}: {len(found)} findings\n"
            + "\n".join(f"  {finding}" for finding in found[:8])
            + more
            + f"\nthe last of {len(trace)} steps:\n"
            + "\n".join(f"  {step}" for step in trace[-25:])
            + f"\nagain with: make simulate SEED={seed} SEEDS=1"
        )


@dataclass
class Outcome:
    """What one run came to: its steps, and how much happened in it."""

    trace: list[str]
    events: int
    kills: int
    mishaps: int


def simulate(seed: int, kind: str, databases: Databases, *, keys: KeyRing | None = None) -> Outcome:
    """Run one seed on one kind of database. Raises Violation."""
    home = Path(tempfile.mkdtemp(prefix="doorstep-sim-", dir=_fast_folder()))
    home.chmod(0o700)
    database = databases.fresh(kind)
    run = None
    try:
        random = Random(seed)
        with capture_logs():
            world = make_world(database, home, keys or KeyRing.make(), random)
            run = _Run(seed, random, world, database, home)
            run.go()
            found = run.unrest or findings(world, run.phones, run.deeds.things)
        if found:
            raise Violation(seed, kind, found, run.trace)
        return Outcome(
            run.trace, sum(len(phone.kept) for phone in run.phones), run.kills, len(run.network.mishaps)
        )
    except Exception as error:
        if isinstance(error, Violation):
            raise
        broke = f"a step broke: {type(error).__name__}: {error}"
        raise Violation(seed, kind, [broke], run.trace if run else []) from error
    finally:
        if run is not None:
            run.close()
        shutil.rmtree(home, ignore_errors=True)


_APPLICATIONS: list[Flask] = []


def _application(service: Service) -> Flask:
    """The real application, made once in a process (it writes its own description) and given each world's service."""
    if not _APPLICATIONS:
        _APPLICATIONS.append(create_app(service))
    app = _APPLICATIONS[0]
    app.extensions["doorstep"] = replace(app.extensions["doorstep"], service=service)
    return app


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass
class _Run:
    seed: int
    random: Random
    world: World
    database: MortalDatabase
    home: Path
    trace: list[str] = field(default_factory=list)
    kills: int = 0
    unrest: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = _application(self.world.service)
        self.network = Network(app, self.random, _weather(self.random), database=self.database)
        self.deeds = Deeds(self.world, self.random)
        self.phones = [
            self._make_phone(number, account) for number, account in enumerate(self.world.officers)
        ]
        self._show_time()

    def close(self) -> None:
        for phone in self.phones:
            phone.kill()

    def go(self) -> None:
        for phone in self.phones:
            self._enrol(phone)
        for _ in range(4):
            self._allocate(self.phones[0])
        for phone in self.phones:
            self._sync(phone)
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        for _ in range(self.random.randint(*STEPS)):
            self._pass(self.random.randint(1, 60_000))
            step = self.random.choices(names, weights)[0]
            getattr(self, f"_{step}")(self._someone())
        self._come_to_rest()

    # Phones.

    def _make_phone(self, number: int, account_id: int) -> Phone:
        name = f"phone{number}"
        clock = PhoneClock(milliseconds(self.world.clock.now()), skew_ms=self._skewed(), run=name)
        return Phone(
            name,
            account_id,
            self.home / f"{name}.db",
            Wire(self.network, name),
            clock,
            Random(self.random.random()),
        )

    def _skewed(self) -> int:
        return self.random.choice([0, 0, self.random.randint(-4 * DAY_MS, 4 * DAY_MS)])

    def _someone(self) -> Phone:
        phone = self.random.choice(self.phones)
        if not phone.alive:
            with self._dying(phone):
                phone.start()
        return phone

    def _enrol(self, phone: Phone) -> None:
        made = make_code(self.world.service, self.world.supervisor, phone.account_id)
        for _ in range(40):
            with self._dying(phone), self._failing():
                if not phone.alive:
                    phone.start()
                if phone.running.store.state != "active":
                    phone.enrol(parse_code(made.code))
                return
        raise RuntimeError(f"{phone.name} could not be enrolled")

    @contextmanager
    def _dying(self, phone: Phone) -> Iterator[None]:
        """A kill ends the phone's process, and nothing else."""
        try:
            yield
        except Killed:
            self.kills += 1
            self.trace.append(f"    {phone.name} dies")
            phone.kill()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """A client may say that something did not work; it says so in a sentence, and nothing else."""
        try:
            yield
        except FieldProblem as problem:
            self.trace.append(f"    {type(problem).__name__}: {problem}")

    def _say(self, phone: Phone, what: str) -> None:
        self.trace.append(f"{self.world.clock.now():%d %H:%M:%S} {phone.name} {what}")

    # Time.

    def _pass(self, ms: int) -> None:
        now = milliseconds(self.world.clock.now()) + ms
        self.world.clock.set(from_milliseconds(now))
        for phone in self.phones:
            phone.clock.put(now)
        self._show_time()

    def _show_time(self) -> None:
        self.network.true_ms = milliseconds(self.world.clock.now())

    # Steps: each takes one phone, drawn beforehand, which those of the service leave alone.

    def _knock(self, phone: Phone) -> None:
        for _ in range(self.random.randint(1, 4)):
            if not phone.alive:
                return
            with self._dying(phone), self._failing():
                self._say(phone, Doors(phone, self.random).knock())
            self._pass(self.random.randint(1, 20_000))

    def _take_back(self, phone: Phone) -> None:
        if not phone.alive:
            return
        with self._dying(phone), self._failing():
            self._say(phone, Doors(phone, self.random).withdraw())

    def _undo(self, phone: Phone) -> None:
        if not phone.alive:
            return
        with self._dying(phone), self._failing():
            self._say(phone, Doors(phone, self.random).knock_and_undo())

    def _sync(self, phone: Phone) -> None:
        if not phone.alive:
            return
        with self._dying(phone), self._failing():
            self._say(phone, "syncs")
            done = phone.running.sync()
            self.trace.append(
                f"    sent {done.sent}, receipted {done.receipted}, lists {done.packages}, left {done.left}"
            )
            phone.open_lists()

    def _wait(self, _phone: Phone) -> None:
        self._pass(self.random.choice([600_000, 3_600_000, 6 * 3_600_000, 14 * 3_600_000]))

    def _doom(self, phone: Phone) -> None:
        phone.doom(self.random.randrange(14))

    def _kill(self, phone: Phone) -> None:
        self._say(phone, "is killed")
        phone.kill()

    def _lock(self, phone: Phone) -> None:
        if phone.alive:
            phone.running.lock()
            self._say(phone, "is locked, and syncs")
            with self._dying(phone), self._failing():
                phone.running.sync()
            phone.kill()

    def _reboot(self, phone: Phone) -> None:
        self._say(phone, "is rebooted")
        phone.reboot()

    def _skew(self, phone: Phone) -> None:
        phone.clock.skew_ms = self._skewed()
        self._say(phone, f"has its clock put {phone.clock.skew_ms / DAY_MS:+.2f} days off")

    def _late(self, _phone: Phone) -> None:
        self.network.deliver_late()

    def _carry(self, phone: Phone) -> None:
        if not phone.alive:
            return
        with self._dying(phone), self._failing():
            raw = phone.running.export()
            self._deed(phone, lambda: self.deeds.carry_unsigned(raw))

    def _recall(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.recall)

    def _allocate(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.allocate)

    def _supervise(self, phone: Phone) -> None:
        kept = [thing for one in self.phones for event in one.kept.values() for thing in event.things]
        self._deed(phone, lambda: self.deeds.supervise(kept, self.network.first_seen))

    def _address(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.change_address)

    def _work(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.do_worker_jobs)

    def _grant(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.grant)

    def _epoch(self, phone: Phone) -> None:
        self._deed(phone, self.deeds.begin_epoch)

    def _deed(self, _phone: Phone, do: Callable[[], str]) -> None:
        what = do()
        if what:
            self.trace.append(f"{self.world.clock.now():%d %H:%M:%S} service: {what}")

    # The end.

    def _come_to_rest(self) -> None:
        """Mend the network, start every phone, let all undo windows pass, and sync until nothing is left to say."""
        self.trace.append("everything comes to rest")
        self.network.weather = Weather.fine()
        self.network.mortal = False
        while self.network.late:
            self.network.deliver_late()
        self._pass(1)
        for phone in self.phones:
            phone.writes_left = None
            if not phone.alive:
                phone.start()
            elif not phone.running.store.unlocked:
                phone.kill()
                phone.start()
        self._pass(11 * 60_000)
        self.deeds.do_worker_jobs()
        for _ in range(MOST_ROUNDS):
            moved = [self._sync_at_rest(phone) for phone in self.phones]
            if not any(moved):
                break
        for phone in self.phones:
            for event_id, recorded in phone.kept.items():
                received = self.network.first_seen.get(event_id)
                if received is not None:
                    recorded.settle(*received)

    def _sync_at_rest(self, phone: Phone) -> bool:
        """Sync one phone, which must work now; whether anything moved."""
        self._pass(1)
        try:
            phone.running.settle()
            done = phone.running.sync()
            phone.open_lists()
        except FieldProblem as problem:
            self.unrest.append(f"{phone.name} cannot sync though all is well: {problem}")
            return False
        return bool(done.sent or done.packages or done.removed)


def _weather(random: Random) -> Weather:
    """Some weeks are calm, some are not."""
    return random.choice([Weather.fine(), Weather(), Weather(), Weather(lost=15, reply_lost=15, delayed=10)])
