"""Killed at any moment of a day, by an empty battery or a crashed tab: nothing recorded is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Error, expect

from tests.phone.ledger import expect_all_is_well, visits
from tests.phone.officer import Officer
from tests.phone.wire import nothing

# A minute's worth; DOORSTEP_PHONE_KILLS=200 for a night.
KILLS = int(os.environ.get("DOORSTEP_PHONE_KILLS", "10"))
SEED = int(os.environ.get("DOORSTEP_PHONE_SEED", "1"))
OUTCOMES = {
    "No reply": "no_reply",
    "No reply, card left": "no_reply_card",
    "Spoke with the household": "spoke",
    "Not interested": "not_interested",
}
HOUSES = range(1, 13)
Deed = tuple[int, str]  # at which house, with which outcome


STRIKE_SECONDS = 30.0
TABS = 4


@dataclass
class Day:
    """One officer's day with kills in it.

    `surely` counts what the screen said was recorded; `maybe` what was tapped, or taken back, when the phone died
    before it said so. What was said to be undone is in neither.
    """

    officer: Officer
    chance: random.Random
    surely: Counter[Deed] = field(default_factory=Counter)
    maybe: Counter[Deed] = field(default_factory=Counter)
    left: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.struck = threading.Event()
        self.striking = threading.Lock()
        self.timer: threading.Timer | None = None

    def begin(self) -> None:
        """Open the app again and unlock it, with no connection: what waits goes on waiting."""
        self.officer.place.wire.mode = "gone"
        self.reopen()
        self.officer.unlock()
        self.officer.open_street()
        self.is_battery = self.chance.random() < 0.5
        self.timer = None
        self.struck.clear()

    def reopen(self) -> None:
        """A new tab may be given a process that died with the others; the next one is a new process."""
        for _ in range(TABS - 1):
            with suppress(Error):
                self.officer.open()
                return
        self.officer.open()

    def strike(self) -> None:
        """The battery is empty, or the tab crashes and the browser stays: once, in whatever thread."""
        with self.striking:
            if not self.struck.is_set():
                phone = self.officer.phone
                (phone.strike if self.is_battery else phone.crash_tabs)()
                self.struck.set()

    def end(self) -> None:
        """Tidies up after a strike; the wire is whole again."""
        if self.is_battery:
            self.officer.phone.kill()
        wire = self.officer.place.wire
        wire.before_exchange = wire.before_answer = wire.after_answer = nothing
        wire.mode = "whole"

    def record(self) -> Deed:
        """One more visit, up to where the screen says that it is recorded."""
        if not self.left:
            self.left = [(number, label) for number in HOUSES for label in OUTCOMES]
            self.chance.shuffle(self.left)
        number, label = self.left.pop()
        deed = (number, OUTCOMES[label])
        self.officer.open_house(str(number))
        another = self.officer.button("Record another visit")
        if another.is_visible():
            another.click()
        self.maybe[deed] += 1
        self.officer.button(label).click()
        # The bar of the visit before may still be there, and say the same of another house.
        said = re.compile(rf"Recorded: {re.escape(label)}\s*{number} Street 1")
        expect(self.officer.undo_bar).to_have_text(said)
        self.maybe[deed] -= 1
        self.surely[deed] += 1
        if not self.officer.heading("Street 1").is_visible():
            self.officer.button("Back").click()
        return deed

    def strike_within(self, most_ms: float) -> None:
        """The phone dies so long from now at most, whatever it is doing then."""
        with self.striking:
            if self.timer is None:
                self.timer = threading.Timer(self.chance.uniform(0, most_ms) / 1000, self.strike)
                self.timer.start()

    def until_dead(self, work: Callable[[], object]) -> None:
        """Does something that the phone need not live through, and waits until it is dead."""
        try:
            work()
        except (Error, AssertionError):
            if not self.struck.is_set():
                raise
        assert self.struck.wait(STRIKE_SECONDS), "the moment to strike never came"


def while_recording(day: Day) -> None:
    """Anywhere from opening the door's screen to after the screen said so."""
    day.record()
    day.strike_within(900)
    day.until_dead(day.record)


def in_the_undo_window(day: Day) -> None:
    day.record()
    day.strike()


def while_undoing(day: Day) -> None:
    deed = day.record()

    def undo() -> None:
        day.surely[deed] -= 1
        day.maybe[deed] += 1
        day.officer.undo()
        day.maybe[deed] -= 1

    day.strike_within(300)
    day.until_dead(undo)


def while_chaining(day: Day) -> None:
    """Locking ends the undo window at once."""
    day.record()
    day.officer.home()
    day.strike_within(200)
    day.until_dead(day.officer.button("Lock").click)


def before_the_request_arrives(day: Day) -> None:
    day.officer.place.wire.before_exchange = day.strike
    sync_till_dead(day)


def when_the_service_has_answered(day: Day) -> None:
    day.officer.place.wire.before_answer = day.strike
    sync_till_dead(day)


def while_the_reply_is_taken(day: Day) -> None:
    day.officer.place.wire.after_answer = lambda: day.strike_within(120)
    sync_till_dead(day)


def sync_till_dead(day: Day) -> None:
    day.record()
    day.record()
    day.officer.home()
    day.officer.place.wire.mode = "whole"
    day.until_dead(day.officer.button("Sync now").click)


MOMENTS = [
    while_recording,
    in_the_undo_window,
    while_undoing,
    while_chaining,
    before_the_request_arrives,
    when_the_service_has_answered,
    while_the_reply_is_taken,
]


@pytest.mark.parametrize("seed", [SEED])
def test_killed_at_any_moment_of_a_day_everything_recorded_arrives_exactly_once(
    officer: Officer, seed: int
) -> None:
    officer.phone.kill()
    chance = random.Random(seed)
    day = Day(officer, chance)
    moments = [
        moment for _ in range(KILLS // len(MOMENTS) + 1) for moment in chance.sample(MOMENTS, len(MOMENTS))
    ]
    for moment in moments[:KILLS]:
        day.begin()
        moment(day)
        day.end()
    day.reopen()
    officer.unlock()
    expect_all_is_well(officer)
    counted = visits(officer.place)
    assert day.surely - counted == Counter()
    assert counted - day.surely - day.maybe == Counter()
