"""What the demonstration shows of the service's figures: coverage, invites and priority targets, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console as Screen
from rich.table import Table

from demo.console import Console

SHOWN = ("eligible", "visited", "informed", "contacted", "registered", "refused", "outstanding")
MOST_STREETS = 12

Counters = dict[str, int]


@dataclass(frozen=True)
class Figures:
    """One reading of the service: counters by ward and by "USRN ward", names, targets in order of rank."""

    wards: dict[str, Counters]
    streets: dict[str, Counters]
    names: dict[str, str]
    targets: list[dict[str, Any]]
    as_of: str

    @property
    def total(self) -> Counters:
        """The wards' sum."""
        return {name: sum(counters[name] for counters in self.wards.values()) for name in SHOWN}


def read_figures(console: Console, campaign: int) -> Figures:
    """Read coverage by ward and street, and the first targets, as one member of staff sees them."""
    wards = list(console.every("/api/coverage/wards", campaign=campaign))
    streets = list(console.every("/api/coverage/streets", campaign=campaign))
    targets = console.get("/api/targets", limit=200)
    return Figures(
        wards={row["code"]: row["counters"] for row in wards},
        streets={f"{row['code']} {row['ward_code']}": row["counters"] for row in streets},
        names={row["code"]: row["name"] for row in [*wards, *streets]},
        targets=targets["rows"],
        as_of=console.get("/api/coverage/force", campaign=campaign)["as_of"],
    )


def print_coverage(screen: Screen, before: Figures, after: Figures, *, streets: int = MOST_STREETS) -> None:
    """Wards, then the streets where most was done: each counter, with what it was before."""
    table = _table("Coverage by ward: houses, before → after")
    for ward, counters in sorted(after.wards.items(), key=lambda one: after.names[one[0]]):
        _row(table, after.names[ward], before.wards.get(ward, {}), counters)
    table.add_section()
    _row(table, "Together", before.total, after.total)
    screen.print(table)
    table = _table("Coverage street by street")
    changed = sorted(
        after.streets,
        key=lambda key: (-after.streets[key]["visited"], _street(after, key)),
    )
    for key in changed[:streets]:
        _row(table, _street(after, key), before.streets.get(key, {}), after.streets[key])
    screen.print(table)
    left = sum(after.streets[key]["visited"] > 0 for key in changed[streets:])
    if left:
        screen.print(
            f"… and {left} more streets with visits; all of them: /api/coverage/streets", style="dim"
        )


def print_targets(screen: Screen, before: Figures, after: Figures) -> None:
    """The streets that need attention next, why, and the suggested action; with their rank before."""
    ranks = {(row["usrn"], row["ward_code"]): row["rank"] for row in before.targets}
    table = Table(title="Priority targets", title_justify="left", expand=True)
    for heading in ("Rank", "Before", "Score"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Street", ratio=2)
    table.add_column("Why", ratio=5)
    table.add_column("Suggested action", ratio=4)
    for row in after.targets[:6]:
        rank = ranks.get((row["usrn"], row["ward_code"]))
        table.add_row(
            str(row["rank"]),
            "–" if rank is None else str(rank),
            f"{row['score']:.1f}",
            row["street"],
            " ".join(row["why"]),
            row["action"]["words"],
        )
    screen.print(table)


def to_json(read: Figures) -> bytes:
    """A reading, to keep."""
    return msgspec.json.encode(read)


def from_json(kept: bytes) -> Figures:
    """A reading that was kept."""
    return msgspec.json.decode(kept, type=Figures)


def _street(read: Figures, key: str) -> str:
    return read.names[key.split(maxsplit=1)[0]]


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in SHOWN:
        table.add_column(name.capitalize(), justify="right", no_wrap=True)
    return table


def _row(table: Table, name: str, before: Counters, after: Counters) -> None:
    table.add_row(name, *(_change(before.get(counter, 0), after[counter]) for counter in SHOWN))


def _change(before: int, after: int) -> str:
    return f"{after:,}" if before == after else f"{before:,} → {after:,}"
