"""The service worker in a real browser: the app opens with no connection, from nothing but its own built files."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place

READY = "async () => { await navigator.serviceWorker.ready; return caches.keys() }"
KEPT = """async () => {
  const cache = await caches.open((await caches.keys())[0]);
  const kept = await Promise.all((await cache.keys()).map((request) => cache.match(request)));
  return kept.map((answer) => [new URL(answer.url).pathname, answer.headers.get("Content-Type")]);
}"""


def test_the_app_opens_with_no_connection_after_a_kill(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone = new_phone()
    page = phone.start()
    page.goto(f"{place.url}/phone/")
    expect(page.get_by_role("heading").first).to_be_visible()
    said = page.get_by_role("heading").first.inner_text()
    page.evaluate(READY)
    phone.kill()
    place.wire.mode = "gone"
    page = phone.start()
    page.goto(f"{place.url}/phone/any/screen")
    expect(page.get_by_role("heading").first).to_have_text(said)
    assert phone.faults == []


def test_the_workers_cache_holds_the_built_files_and_nothing_that_the_service_said(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    page = new_phone().start()
    page.goto(f"{place.url}/phone/")
    assert len(page.evaluate(READY)) == 1
    page.evaluate("() => fetch('/api/exchange/card').then((answer) => answer.text())")
    kept = dict(page.evaluate(KEPT))
    assert "/phone/" in kept
    assert any(path.endswith(".js") for path in kept)
    assert not [path for path in kept if not path.startswith("/phone/") or path.endswith("/sw.js")]
    assert not [path for path, kind in kept.items() if "html" in kind and path != "/phone/"]
