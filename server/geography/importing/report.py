"""What an import did: counts, notes, and the lines it could not take."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from server.base.problems import Problem, UserError

Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is (bytes while reading, else steps)."""

MOST_NOTES = 100


def silent(_doing: str, _done: int, _total: int) -> None:
    """A Progress that shows nothing."""


@dataclass(frozen=True)
class Reject:
    """A line (or a feature of GeoJSON) that was not taken, and why. The reason names codes, never a person."""

    file: str
    line: int
    reason: str


@dataclass
class ImportSummary:
    """Counts of one import. read = new + changed + unchanged + rejected + passed_over, and the rows that retire.

    `retired` also counts what a full file no longer lists. `passed_over` rows are right but not for this force.
    """

    kind: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    rejected: int = 0
    passed_over: int = 0
    repaired: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    rejects_file: Path | None = None

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader; from the hundredth on, only how many there were."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(sentence)
        elif len(self.notes) == MOST_NOTES:
            self.notes.append("There is more to note than is shown here.")

    def as_dict(self) -> dict[str, Any]:
        """The counts and notes, as kept in the record of imports."""
        names = ("read", "new", "changed", "unchanged", "retired", "rejected", "passed_over", "repaired")
        return {name: getattr(self, name) for name in names} | {"notes": self.notes, "seconds": self.seconds}

    def sentence(self) -> str:
        """The counts as one sentence."""
        parts = [
            f"{self.read:,} read",
            f"{self.new:,} new",
            f"{self.changed:,} changed",
            f"{self.unchanged:,} unchanged",
            f"{self.retired:,} retired",
            f"{self.rejected:,} rejected",
        ]
        if self.passed_over:
            parts.append(f"{self.passed_over:,} passed over")
        if self.repaired:
            parts.append(f"{self.repaired:,} repaired")
        return f"{self.kind}: {', '.join(parts)} in {self.seconds:.1f} s"


class Rejects:
    """Collects rejected lines and writes them as CSV (file, line, reason) when there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Reject] = []

    def add(self, file: str, line: int, reason: str) -> None:
        """Keep one."""
        self.rows.append(Reject(file, line, reason))

    def write(self) -> Path | None:
        """Write the file, sorted by file and line; None where nothing was rejected. Raises UserError."""
        if not self.rows:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(("file", "line", "reason"))
                for row in sorted(self.rows, key=lambda reject: (reject.file, reject.line)):
                    writer.writerow((row.file, row.line, row.reason))
        except OSError as error:
            raise UserError(
                f"The file of rejected lines cannot be written ({error.strerror}): {self.path}. Nothing was "
                "imported; give another place with --rejects."
            ) from error
        return self.path

    def refuse_if_most(self, read: int) -> None:
        """Problem where more than half of what was read is of no use: it is more likely the wrong file."""
        if len(self.rows) * 2 > read:
            first = self.rows[0]
            raise Problem(
                "validation_failed",
                f"{len(self.rows):,} of {read:,} lines could not be taken, so nothing was imported. "
                f"The first: {first.file}, line {first.line}: {first.reason}",
            )
