"""The search for what lies readable in a profile finds what a page keeps in clear, wherever it keeps it."""

from __future__ import annotations

from collections.abc import Callable

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place
from tests.phone.profile import found, unsnappy

KEEP = """async () => {
  const db = await new Promise((resolve) => {
    const opening = indexedDB.open("clear");
    opening.onupgradeneeded = () => opening.result.createObjectStore("rows");
    opening.onsuccess = () => resolve(opening.result);
  });
  const writing = db.transaction("rows", "readwrite");
  const rows = writing.objectStore("rows");
  rows.put({ word: "small-canary" }, 1);
  rows.put({ words: "sealed ".repeat(300) + "packed-canary" + " sealed".repeat(300) }, 2);
  rows.put({ word: "wide-canary-ł" }, 3);
  rows.put({ bytes: new TextEncoder().encode("x".repeat(200_000) + "long-canary") }, 4);
  rows.put(0, "key-canary");
  // Once more what stands before: packing takes it for a repetition of that.
  rows.put({ words: "the quick brown fox ".repeat(20) + "fox-canary the quick-canary" }, 5);
  await new Promise((resolve) => { writing.oncomplete = resolve; });
  db.close();
  localStorage.setItem("local", "local-canary");
  sessionStorage.setItem("session", "session-canary");
  await (await caches.open("clear")).put("/cached", new Response("cache-canary"));
  history.pushState(null, "", "#url-canary");
  document.title = "title-canary";
}"""
# More than LevelDB keeps in its log: what came before goes into a table.
FILL = """async () => {
  const opening = indexedDB.open("clear");
  const db = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
  for (let row = 100; row < 220; row += 1) {
    const writing = db.transaction("rows", "readwrite");
    writing.objectStore("rows").put(crypto.getRandomValues(new Uint8Array(50_000)), row);
    await new Promise((resolve) => { writing.oncomplete = resolve; });
  }
  db.close();
}"""
KEPT = [
    "small-canary",
    "packed-canary",
    "wide-canary-ł",
    "long-canary",
    "key-canary",
    "fox-canary",
    "quick-canary",
    "local-canary",
    "cache-canary",
    "url-canary",
    "title-canary",
]


def test_what_a_page_keeps_in_clear_is_found_before_and_after_leveldb_packs_it(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone = new_phone()
    page = phone.start()
    page.goto(f"{place.url}/check")
    page.evaluate(KEEP)
    phone.stop()
    first = found(phone.profile, KEPT)
    page = phone.start()
    page.goto(f"{place.url}/check")
    page.evaluate(FILL)
    phone.stop()
    for word in KEPT:
        assert any(line.startswith(repr(word)) for line in first), word
    again = found(phone.profile, KEPT[:7], within="IndexedDB")
    for word in KEPT[:7]:
        assert any(line.startswith(repr(word)) for line in again), word
    assert any(line.endswith(".ldb") for line in again)


def test_snappy_is_unpacked_as_its_format_says() -> None:
    copy_of_four_from_four_back, copy_of_eight_from_two_back = b"\x01\x04", b"\x1e\x02\x00"
    assert unsnappy(b"\x08\x0cabcd" + copy_of_four_from_four_back, 0) == b"abcdabcd"
    assert unsnappy(b"\x0a\x04ab" + copy_of_eight_from_two_back, 0) == b"ababababab"
    assert unsnappy(b"\x46\xf0\x45" + b"z" * 70, 0) == b"z" * 70
