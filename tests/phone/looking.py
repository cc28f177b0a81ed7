"""Looking at a screen as it stands: pictures of it, and what is wrong with it that a program can see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.phone.accessibility import findings
from tests.phone.browser import SIZE

NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 800}
TARGET_PX = 44

# What can be tapped and is too small; a radio button or a box is tapped by its label.
SMALL_TARGETS = """least => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .map(one => one.closest('label.choice') ?? one)
  .filter(one => one.checkVisibility() && !one.closest('.unseen'))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([one, box]) => `${(one.ariaLabel ?? one.textContent ?? one.name).trim()} ${box.width}×${box.height}`)"""

# What reaches beyond the right edge, though no part of it is meant to be scrolled sideways.
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && !one.closest('.unseen, svg, .scroll-sideways'))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => `${one.tagName.toLowerCase()} ${one.className}`)"""

# How high the window would have to be to show a screen whose middle scrolls.
WHOLE_HEIGHT = """() => {
  const main = document.querySelector('main');
  return main ? innerHeight + main.scrollHeight - main.clientHeight : innerHeight;
}"""


@dataclass
class Looker:
    """Looks at screens of one page; pictures go to `folder`, what is wrong to `wrong`, a line each."""

    page: Page
    folder: Path
    wrong: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        """The screen in light and dark at a phone's size, and at 320 px with text twice as large."""
        heading = self.page.get_by_role("heading", level=1)
        if heading.count() != 1:
            self.wrong.append(f"{name}: {heading.count()} titles")
        self._note(name, "small target", self.page.evaluate(SMALL_TARGETS, TARGET_PX))
        self.wrong += [f"{name}: {one}" for one in findings(self.page)]
        self._shoot(name, "dark", SIZE, "dark")
        self._shoot(name, "light", SIZE, "light")
        self._look_narrow(name)
        self.page.set_viewport_size(SIZE)  # type: ignore[arg-type]

    def opened(self, name: str) -> None:
        """The same, of a screen that has just opened: the focus is on its title, so that a screen reader says it."""
        try:
            expect(self.page.get_by_role("heading", level=1)).to_be_focused()
        except AssertionError:
            self.wrong.append(f"{name}: the focus is not on the title")
        self.look(name)

    def look_wide(self, name: str) -> None:
        """The screen on a computer, where a coordinator tries the app."""
        self._shoot(name, "wide", WIDE, "light")
        self._note(name, "too wide at 1280 px", self.page.evaluate(TOO_WIDE))
        self.page.set_viewport_size(SIZE)  # type: ignore[arg-type]

    def _look_narrow(self, name: str) -> None:
        self.page.evaluate("document.documentElement.style.fontSize = '200%'")
        self._shoot(name, "narrow", NARROW, "light")
        self._note(name, "too wide at 320 px", self.page.evaluate(TOO_WIDE))
        self.page.evaluate("document.documentElement.style.fontSize = ''")

    def _shoot(self, name: str, kind: str, size: dict[str, int], scheme: Any) -> None:
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        folder = self.folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        file = f"{re.sub('[^a-z0-9]+', '-', name.lower())}.png"
        self.page.screenshot(path=folder / file, animations="disabled")
        height = int(self.page.evaluate(WHOLE_HEIGHT))
        if kind != "dark" and height > size["height"]:
            self.page.set_viewport_size({"width": size["width"], "height": height})
            self.page.screenshot(path=folder / f"whole-{file}", animations="disabled")
            self.page.set_viewport_size(size)  # type: ignore[arg-type]

    def _note(self, name: str, what: str, found: list[str]) -> None:
        self.wrong += [f"{name}: {what}: {one}" for one in found[:5]]
