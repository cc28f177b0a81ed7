"""What the app's policy forbids, a real browser refuses: another origin, in page and worker, and text as code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Error, Page, Worker, expect

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place

ASKS = "async (url) => { await fetch(url, { mode: 'no-cors' }) }"
RUNS_TEXT = {
    "innerHTML": "() => { document.body.innerHTML = '<b>text</b>' }",
    "a script's text": "() => { document.createElement('script').text = 'globalThis.ran = true' }",
    "a script's address": "() => { document.createElement('script').src = '/phone/sw.js' }",
    "a worker's address": "() => { new Worker('/phone/sw.js') }",
    "another policy": "() => { trustedTypes.createPolicy('another', {}) }",
}
VIOLATIONS = """() => { globalThis.refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective)); }"""


@dataclass
class Opened:
    """The app's page and its service worker."""

    page: Page
    worker: Worker


@pytest.fixture
def opened(place: Place, new_phone: Callable[..., PhoneBrowser]) -> Opened:
    """The app on its first screen, with its worker at work."""
    page = new_phone().start()
    page.goto(f"{place.url}/phone/")
    expect(page.get_by_role("heading", name="Doorstep", level=1)).to_be_visible()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    (worker,) = page.context.service_workers
    return Opened(page, worker)


def test_neither_page_nor_worker_can_ask_another_origin(place: Place, opened: Opened) -> None:
    elsewhere = f"http://localhost:{place.wire.port}/elsewhere"
    opened.page.evaluate(VIOLATIONS)
    for asking in (opened.page, opened.worker):
        with pytest.raises(Error, match="Failed to fetch"):
            asking.evaluate(ASKS, elsewhere)
        asking.evaluate(ASKS, f"{place.url}/readyz")
    asked = [path for _, path in place.wire.asked]
    assert "/elsewhere" not in asked
    assert asked.count("/readyz") == 2
    assert opened.page.evaluate("refused") == ["connect-src"]


def test_text_never_becomes_code_or_style(opened: Opened) -> None:
    page = opened.page
    for way, doing in RUNS_TEXT.items():
        with pytest.raises(Error) as refusal:
            page.evaluate(doing)
        assert "Trusted" in str(refusal.value) or "policy" in str(refusal.value), way
    page.evaluate(VIOLATIONS)
    page.evaluate("""() => {
      const button = document.createElement("button");
      button.setAttribute("style", "color: rgb(1, 2, 3)");
      document.body.append(button);
    }""")
    assert page.evaluate("getComputedStyle(document.body.lastElementChild).color") != "rgb(1, 2, 3)"
    assert page.evaluate("refused") == ["style-src-attr"]
