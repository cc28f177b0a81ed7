"""`make bench-phone`: how fast the phone app is in a real Chromium, at full speed and with its processor throttled.

Needs Chromium and the built app (`make phone`). Writes RESULTS-PHONE.md.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, expect, sync_playwright

from server.base import schema
from server.base.db import Database
from server.base.keyring import KeyRing
from tests.phone.browser import PhoneBrowser
from tests.phone.officer import SLOW_MS, STREET, Officer
from tests.phone.place import serving
from tests.phone.test_sizes import sizes

RATES = (1, 4)
HOUSES = 2_000
STARTS, UNLOCKS, VISITS = 5, 3, 10
FRAMES, PIXELS = 240, 120
NOTES = Path(__file__).with_suffix(".js")
RESULTS = Path(__file__).with_name("RESULTS-PHONE.md")
START, UNLOCK, UNLOCK_ALL = "Start offline", "Unlock", "Unlock, Argon2id slowed too (reckoned)"
KEPT, SAID = "Record: kept on disk", "Record: the screen says so"
FRAME = "Frame while scrolling"
LONG = "Tasks over 50 ms while scrolling"
AIMS_MS = {START: 1_000, UNLOCK: 2_000, UNLOCK_ALL: 2_000, KEPT: 100, SAID: None, FRAME: None, LONG: None}

INTRODUCTION = f"""\
# How fast the phone app is

Written by `make bench-phone`. Milliseconds in a real Chromium on a street of {HOUSES:,} houses, with the service
stopped, at full speed and with `Emulation.setCPUThrottlingRate` 4. The machine's own load is in every figure.

- Start offline: from the navigation to the first screen's heading painted, out of the service worker, which is not
  running before. {STARTS} times.
- Unlock: from the tap to Today painted. {UNLOCKS} times. Chromium throttles a page's main thread and not its workers,
  where Argon2id (64 MiB, 3 passes) is computed: the line below it counts the worker's time as often as the rate says.
- Record: from the tap on an outcome to the end of its transaction (`durability: strict`), and to "Recorded" painted.
  {VISITS} visits one after another, each of which also chains the one before.
- Scrolling: {PIXELS} pixels a frame, {FRAMES} frames; what a screen of 60 Hz makes of it is 16.7 ms.
"""

Figures = dict[str, list[float]]


@dataclass
class Measured:
    """One officer's phone under measurement, at one rate."""

    officer: Officer
    rate: int
    session: CDPSession = field(init=False)

    @property
    def page(self) -> Page:
        """The tab."""
        return self.officer.page

    def seen(self) -> dict[str, Any]:
        """What the page has noted so far (phone.js)."""
        noted: dict[str, Any] = self.page.evaluate("() => ({ ...doorstepSeen, scroll: null })")
        return noted

    def open_tab(self) -> None:
        """A new tab at the rate."""
        self.session = self.officer.new_tab().context.new_cdp_session(self.page)
        self.session.send("Emulation.setCPUThrottlingRate", {"rate": self.rate})

    def start(self) -> float:
        """The app from nothing."""
        self.session.send("ServiceWorker.enable")
        self.session.send("ServiceWorker.stopAllWorkers")
        self.page.goto(f"{self.officer.place.url}/phone/")
        return self.shown("Doorstep")

    def shown(self, words: str) -> float:
        """When words were painted."""
        handle = self.page.locator("h1, section.undo .undo-words").filter(has_text=words)
        expect(handle.first).to_be_visible(timeout=SLOW_MS)
        while True:
            for said, at in self.seen()["shown"].items():
                if words in said and at:
                    return float(at)
            self.page.wait_for_timeout(20)

    def unlock(self) -> tuple[float, float]:
        """From the first screen: until Today, and of it in the worker."""
        self.officer.unlock()
        at, seen = self.shown("Today"), self.seen()
        return at - seen["tapped"], seen["worker"]

    def record(self, number: str) -> tuple[float, float]:
        """From the street: until kept, and until said."""
        self.officer.open_house(number)
        self.officer.record("No reply")
        said, seen = self.shown(f"No reply{number} {STREET}"), self.seen()
        return seen["kept"] - seen["tapped"], said - seen["tapped"]


def measure(officer: Officer, rate: int, first_house: int) -> Figures:
    """All of it at one rate."""
    one = Measured(officer, rate)
    told: Figures = {what: [] for what in AIMS_MS}
    for _ in range(STARTS):
        one.open_tab()
        told[START].append(one.start())
        if len(told[START]) <= UNLOCKS:
            whole, worker = one.unlock()
            told[UNLOCK].append(whole)
            told[UNLOCK_ALL].append(whole + (rate - 1) * worker)
        if len(told[START]) < STARTS:
            one.page.close()
    officer.unlock()
    officer.open_street()
    for number in range(first_house, first_house + VISITS):
        kept, said = one.record(str(number))
        told[KEPT].append(kept)
        told[SAID].append(said)
    scrolled = one.page.evaluate(f"() => doorstepSeen.scroll({FRAMES}, {PIXELS})")
    told[FRAME], told[LONG] = scrolled["taken"], scrolled["long"]
    one.page.close()
    return told


def report(found: dict[int, Figures], loaded: tuple[int, int], chromium: str, load: float) -> str:
    """RESULTS-PHONE.md."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    slow = RATES[-1]
    lines = [
        INTRODUCTION,
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.machine()}; Chromium {chromium}; load {load:.1f} at the start, "
        f"{os.getloadavg()[0]:.1f} at the end.\n",
        f"Scripts and styles, gzipped: {loaded[0]:,} bytes for the first screen, {loaded[1]:,} once Today is open.\n",
        f"| What | Aim at {slow}× | Median 1× | Worst 1× | Median {slow}× | Worst {slow}× | {slow}× over 1× | Met |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for what, aim in AIMS_MS.items():
        whole, throttled = found[RATES[0]][what], found[slow][what]
        if what == LONG:
            lines.append(f"| {LONG} | | {len(whole)} | | {len(throttled)} | | | |")
            continue
        fast, slowed = statistics.median(whole), statistics.median(throttled)
        met = "" if aim is None else "yes" if slowed < aim else "no"
        lines.append(
            f"| {what} | {aim or ''} | {fast:.0f} | {max(whole):.0f} | {slowed:.0f} | {max(throttled):.0f} "
            f"| {slowed / fast:.1f} | {met} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, print and write."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as folder, sync_playwright() as playwright:
        url, ring = f"sqlite:///{folder}/phone.db", Path(folder) / "keyring.json"
        database = Database(url)
        schema.upgrade(database)
        database.dispose()
        KeyRing.make().save(ring)
        phone = PhoneBrowser(playwright, Path(folder) / "profile", script=NOTES.read_text())
        with serving(Path(folder) / "home", url, ring, officers=1, houses=HOUSES) as place:
            try:
                officer = Officer(place, phone)
                officer.enrol()
                opened = sum(sizes(officer.page).values())
                officer.open()
                expect(officer.heading("Doorstep")).to_be_visible()
                asked = sum(sizes(officer.page).values())
                chromium = officer.page.context.browser.version  # type: ignore[union-attr]
                place.stop()
                place.wire.mode = "gone"
                found = {rate: measure(officer, rate, 1 + at * VISITS) for at, rate in enumerate(RATES)}
            finally:
                phone.kill()
    told = report(found, (asked, opened), chromium, load)
    RESULTS.write_text(told)
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
