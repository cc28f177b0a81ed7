"""The console in a real Chromium, on a real server in a thread: what is seen, at a desk and on a phone."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.factories.staff import PASSWORD
from tests.phone.accessibility import findings

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@dataclass
class Screen:
    """One person's browser. `wrong` gathers what axe finds and what is too wide; a test at its end expects none."""

    browser: Browser
    url: str
    folder: Path
    wrong: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    scripts: bool = True
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, *, scripts: bool = True) -> Page:
        """A new browser profile's page at a desk's size."""
        context = self.browser.new_context(
            viewport=SIZES["desk"],  # type: ignore[arg-type]
            java_script_enabled=scripts,
            base_url=self.url,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self._note(said.type, said.text))
        return page

    def _note(self, kind: str, text: str) -> None:
        """Keep what went wrong; a form that is shown again with its errors (422) did what it should."""
        if kind == "error" and "status of 422" not in text:
            self.faults.append(text)

    def sign_in(self, username: str, *, scripts: bool = True, password: str = PASSWORD) -> Page:
        """A page of somebody who has typed name and password."""
        page = self.open(scripts=scripts)
        page.goto("/console/sign-in")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        return page

    def shoot(self, page: Page, name: str) -> None:
        """Pictures of the page at both sizes, what axe finds there, and whether it must be scrolled sideways."""
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            file = f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{size}.png"
            page.screenshot(path=self.folder / file, full_page=True, animations="disabled")
            if (over := page.evaluate(TOO_WIDE)) > 0:
                self.wrong.append(f"{name} ({size}): {over} px too wide")
            self.wrong += [f"{name} ({size}): {one}" for one in findings(page, schemes=("light",))]
        page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]

    def glance(self, page: Page, name: str) -> None:
        """The quick look at one of many pages: axe once, both widths; pictures only where $DOORSTEP_SHOTS asks."""
        if os.environ.get("DOORSTEP_SHOTS"):
            return self.shoot(page, name)
        self.wrong += [f"{name}: {one}" for one in findings(page, schemes=("light",))]
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if (over := page.evaluate(TOO_WIDE)) > 0:
                self.wrong.append(f"{name} ({size}): {over} px too wide")
        page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]
        return None

    def close(self) -> None:
        """Close every profile."""
        for context in self._contexts:
            context.close()


def pictures(tmp_path: Path) -> Path:
    """Where pictures go: $DOORSTEP_SHOTS where somebody wants to look at them."""
    folder = Path(os.environ.get("DOORSTEP_SHOTS") or tmp_path / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
