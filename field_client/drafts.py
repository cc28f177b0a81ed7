"""What was begun at a door and not finished: under the store key, and gone at the end of the shift."""

from __future__ import annotations

from field_client.clock import Clock
from field_client.store import Store

SHIFT_MS = 12 * 3_600_000


class Drafts:
    """Drafts of one store, by a name of the caller's. All of it raises Locked while the store is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def save(self, name: str, content: bytes) -> None:
        """Keep something half done, in place of what was kept under this name."""
        name = self._store.blinded(name)
        with self._store.writing("draft") as db:
            sealed = self._store.seal(content, table="draft", row=name)
            db.execute(
                "INSERT OR REPLACE INTO draft VALUES (?, ?, ?)",
                (name, sealed, self._clock.now_ms() + SHIFT_MS),
            )

    def read(self, name: str) -> bytes | None:
        """Something half done, or None where there is nothing or the shift has ended."""
        name = self._store.blinded(name)
        self._drop_old()
        row = self._store.row("SELECT sealed FROM draft WHERE name = ?", name)
        return None if row is None else self._store.unseal(row["sealed"], table="draft", row=name)

    def drop(self, name: str) -> None:
        """Delete something half done."""
        with self._store.writing("draft") as db:
            db.execute("DELETE FROM draft WHERE name = ?", (self._store.blinded(name),))

    def _drop_old(self) -> None:
        """Delete every draft of an earlier shift; one from the future is of a clock put back since, and goes too."""
        now = self._clock.now_ms()
        if self._store.row("SELECT 1 FROM draft WHERE NOT until BETWEEN ? AND ?", now, now + SHIFT_MS):
            with self._store.writing("draft") as db:
                db.execute("DELETE FROM draft WHERE NOT until BETWEEN ? AND ?", (now, now + SHIFT_MS))
