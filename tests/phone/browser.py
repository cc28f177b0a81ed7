"""A real Chromium as a phone: a process of its own on a profile of its own, which a test may kill at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",  # a phone lays them over the page
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
SIZE = {"width": 360, "height": 740}
START_SECONDS = 60.0


class NoChromiumError(Exception):
    """No Chromium is on this machine; the text says what to install."""


def find_chromium() -> str:
    """The Chromium that .ci/chromium finds."""
    asked = subprocess.run(
        ["bash", str(ROOT / ".ci" / "chromium")], capture_output=True, text=True, check=False
    )
    if asked.returncode != 0:
        raise NoChromiumError(asked.stderr.strip())
    return asked.stdout.split("\n")[0]


@dataclass
class PhoneBrowser:
    """One phone: its profile folder stays when the browser ends, so that the next start finds what was stored.

    `faults` are the console's errors and uncaught exceptions, which a test at its end expects to be none. `script` runs
    in each page before its own; `flags` are given to Chromium beside the usual ones.
    """

    playwright: Playwright
    profile: Path
    scheme: str = "light"
    script: str = ""
    flags: Sequence[str] = ()
    faults: list[str] = field(default_factory=list)
    origins: set[str] = field(default_factory=set)
    _process: subprocess.Popen[bytes] | None = None
    _browser: Browser | None = None

    @property
    def is_on(self) -> bool:
        """Whether its browser runs."""
        return self._process is not None

    def start(self) -> Page:
        """Open the browser on an empty page of a phone's size."""
        (self.profile / "DevToolsActivePort").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [find_chromium(), *FLAGS, *self.flags, f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._browser = self.playwright.chromium.connect_over_cdp(
            f"http://127.0.0.1:{self._debugging_port()}"
        )
        context = self._browser.contexts[0]
        context.set_default_timeout(20_000)
        return self.page()

    def page(self) -> Page:
        """Another tab."""
        assert self._browser is not None
        page = self._browser.contexts[0].new_page()
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=self.scheme)  # type: ignore[arg-type]
        page.add_init_script(self.script)
        page.on("console", self._hear)
        page.on("request", self._note_origin)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def strike(self) -> None:
        """What an empty battery does: every process of the browser ends at once. For any thread; `kill` tidies up."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def crash_tabs(self) -> None:
        """What a phone short of memory does: the tabs' processes end, the browser stays. For any thread."""
        assert self._process is not None
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                pid = int(folder.name)
                is_ours = os.getpgid(pid) == self._process.pid
                if is_ours and b"--type=renderer" in (folder / "cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """End every process of the browser at once, as an empty battery does."""
        if self._process is None:
            return
        self.strike()
        self._process.wait()
        self._process = None
        with suppress(Exception):
            if self._browser is not None:
                self._browser.close()
        self._browser = None
        (self.profile / "SingletonLock").unlink(missing_ok=True)

    def stop(self) -> None:
        """Close it in good order, so that everything is on disk; then make sure that it is gone."""
        if self._browser is not None:
            with suppress(Exception):
                self._browser.new_browser_cdp_session().send("Browser.close")
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self.kill()

    def _debugging_port(self) -> int:
        told = self.profile / "DevToolsActivePort"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(FileNotFoundError, ValueError, IndexError):
                return int(told.read_text().split("\n")[0])
            time.sleep(0.05)
        raise AssertionError(f"Chromium did not start within {START_SECONDS:.0f} s")

    def _note_origin(self, request: Request) -> None:
        scheme, _, host, *_ = request.url.split("/", 3)
        self.origins.add(f"{scheme}//{host}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "net::ERR" not in message.text:
            self.faults.append(message.text)
