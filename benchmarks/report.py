"""The figures as tables: on the terminal, in RESULTS.md and results.json. Each part keeps its own date and machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = dict[str, Any]
TITLES = {
    "force": "Up to one force (`make bench`)",
    "scale": "National size (`make bench-scale`)",
    "quick": "The area alone (`python -m benchmarks --quick`)",
}
KINDS = {"sqlite": "SQLite", "postgis": "PostGIS"}
FORCE_HOUSES = 410_511
MOST_EXCHANGE_CPU = 0.25
MOST_DOWNLOAD_BYTES = 120_000
MOST_COVERAGE_MS = 50
MOST_IMPORT_SECONDS = {"sqlite": 60, "postgis": 30}
MOST_IMPORT_MB = 500
MOST_PAGES_RATIO = 1.25

INTRODUCTION = """\
# What the main job costs

Written by `python -m benchmarks` (`make bench`, `make bench-scale`); the same figures are in results.json. Address
files are fixtures/area again and again, side by side (benchmarks/force.py).

How to read it:
- CPU is CPU-seconds of user and system together: of our processes **and** of PostgreSQL's, read from /proc. Seconds and
  milliseconds are by the clock, which counts what else the machine does.
- "× seals alone": the cost over that of opening 1,000 sealed visits and doing nothing else, measured in the same
  minute. It is the figure to compare between machines, and between quiet and busy ones: a busy machine's CPU-seconds
  are longer too (cores and caches are shared).
- The service is `doorstep serve` (gunicorn, two processes on PostGIS, one on SQLite), asked over loopback HTTP.
- Pages are the 8-kB pages that PostgreSQL's sessions asked for, in memory or not. SQLite does not tell them.
- PostgreSQL is a temporary cluster with fsync off, autovacuum off while measuring (it vacuums and analyses before) and
  256 MB of shared buffers. SQLite runs as the service runs it, with synchronous=FULL.
- The campaign covers every house of the size, so that coverage and exchange meet as many rows as there can be.
- Before each exchange that is counted others have warmed the database's sessions, as they are in service. Pages are
  those of all of them.
- An exchange brings 60 visits as an officer's day has them (registrations, survey answers, hazards, notes among them),
  and takes back the receipts and the changed houses of the officer's lists. Phones' own work is not counted.
"""


@dataclass(frozen=True)
class Grid:
    """A table: title, headings, rows of cells."""

    title: str
    headings: Sequence[str]
    rows: list[Sequence[str]]


def show(screen: Console, part: str, told: Figures) -> None:
    """Print a part's tables."""
    screen.print(f"[bold]{TITLES[part].replace('`', '')}[/]  {_machine(told)}")
    for grid in grids(told):
        table = Table(title=grid.title, title_justify="left")
        for place, heading in enumerate(grid.headings):
            table.add_column(heading, justify="left" if place < 1 else "right")
        for row in grid.rows:
            table.add_row(*row)
        screen.print(table)


def write(folder: Path, part: str, told: Figures) -> None:
    """Put a part into results.json, leaving the others as they are, and write RESULTS.md anew from all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "results.json"
    parts: Figures = json.loads(kept.read_text()) if kept.exists() else {}
    parts[part] = _rounded(told)
    kept.write_text(json.dumps(parts, indent=1) + "\n")
    (folder / "RESULTS.md").write_text(page(parts))


def page(parts: Figures) -> str:
    """RESULTS.md, from what results.json holds."""
    lines = [INTRODUCTION]
    for name, title in TITLES.items():
        if name in parts:
            lines += [f"## {title}\n", f"{parts[name]['date']}: {_machine(parts[name])}\n"]
            lines += [_markdown(grid) for grid in grids(parts[name])]
        elif name != "quick":
            lines += [f"## {title}\n", "Not run yet.\n"]
    return "\n".join(lines)


def grids(told: Figures) -> list[Grid]:
    """The tables of a part."""
    runs = told["runs"]
    tables = [
        Grid("Aims", ("Aim", "Measured", "Met"), list(_aims(runs))),
        Grid("Import of premises", _IMPORT, [_import_row(run) for run in runs]),
        Grid(
            "Issue of a worklist, and its first download",
            _ISSUE,
            [_issue_row(run, one) for run in runs for one in run["lists"]],
        ),
        Grid(
            "Proposal of an allocation (the aim: under 5 s for 10,000 houses and 20 officers)",
            _PROPOSAL,
            [_proposal_row(run, run["proposal"]) for run in runs if "proposal" in run],
        ),
        Grid(
            "Exchange: CPU-seconds per 1,000 events (idle: per 1,000 exchanges)",
            _EXCHANGE,
            [_exchange_row(run, what, words) for run in runs for what, words in _EXCHANGES],
        ),
        Grid(
            "Where an exchange's CPU-seconds go (per 1,000 events, 60 an exchange, lists of 200 houses)",
            _SHARES,
            [_shares_row(run) for run in runs if "http" in run],
        ),
        Grid(
            "Coverage queries (CPU-seconds per 1,000)",
            _COVERAGE,
            [_coverage_row(run, name, one) for run in runs for name, one in run["coverage"].items()],
        ),
    ]
    growth = list(_growth(runs))
    if growth:
        title = (
            f"Growth with the force: figures at {FORCE_HOUSES:,} houses over those at {runs[0]['houses']:,}"
        )
        tables.append(Grid(title, ("Database", "What", "CPU ratio", "Pages ratio"), growth))
    return tables


_IMPORT = (
    "Houses, database",
    "Seconds",
    "CPU-s",
    "of it database",
    "CPU-s per 100,000",
    "Peak MB",
    "Campaign CPU-s",
)


def _import_row(run: Figures) -> Sequence[str]:
    taken = run["import"]
    return (
        _name(run),
        f"{taken['seconds']:.1f}",
        f"{taken['cpu']:.1f}",
        f"{taken['database_cpu']:.1f}",
        f"{taken['cpu'] / run['houses'] * 1e5:.2f}",
        f"{taken['peak_mb']:.0f}",
        f"{run['campaign']['cpu']:.1f}",
    )


_ISSUE = (
    "Houses, database",
    "List",
    "Allocate CPU-s",
    "Pack, seal CPU-s",
    "Bytes",
    "JSON bytes",
    "Ratio",
    "Bytes, all visited",
)


def _issue_row(run: Figures, one: Figures) -> Sequence[str]:
    return (
        _name(run),
        f"{one['houses']:,}",
        f"{one['allocate_cpu']:.3f}",
        f"{one['pack_cpu']:.3f}",
        f"{one['bytes']:,}",
        f"{one['json_bytes']:,}",
        f"{one['bytes'] / one['json_bytes']:.2f}",
        f"{one['visited_bytes']:,}" if "visited_bytes" in one else "",
    )


_PROPOSAL = ("Houses, database", "Shared out", "Streets", "Officers", "Seconds", "CPU-s", "Loads differ by")


def _proposal_row(run: Figures, one: Figures) -> Sequence[str]:
    return (
        _name(run),
        f"{one['houses']:,}",
        f"{one['streets']:,}",
        f"{one['officers']}",
        f"{one['seconds']:.2f}",
        f"{one['cpu']:.2f}",
        f"{one['spread']:.1%}",
    )


_SHARES = (
    "Houses, database",
    "Opening seals",
    "HTTP, framework",
    "Signatures, number, versions",
    "Applying, writing, packing",
    "Database",
    "Together",
)


def _shares_row(run: Figures) -> Sequence[str]:
    """By subtraction: an empty request, an idle exchange and the seals are measured; what is left does the work."""
    one, seals = run["exchange"], run["seals"]["cpu"]
    events_each = one["events"] / one["exchanges"]
    empty, idle = (run[what]["own_cpu"] / events_each for what in ("http", "idle"))
    shares = (seals, empty, idle - empty, one["own_cpu"] - idle - seals, one["database_cpu"], one["cpu"])
    return _name(run), *(f"{share:.3f}" for share in shares)


_COVERAGE = ("Houses, database", "Question", "Median ms", "Fastest ms", "CPU-s", "Bytes", "Pages each")


def _coverage_row(run: Figures, name: str, one: Figures) -> Sequence[str]:
    return (
        _name(run),
        name,
        f"{one['median_ms']:.1f}",
        f"{one['fastest_ms']:.1f}",
        f"{one['cpu']:.2f}",
        f"{one['bytes']:,}",
        _pages(one["pages"]),
    )


_EXCHANGE = (
    "Houses, database",
    "What",
    "Count",
    "CPU-s",
    "service",
    "database",
    "× seals alone",
    "Bytes down",
    "Pages",
)
_EXCHANGES = (("exchange", "60 events, 200 houses"), ("large", "60 events, 2,000 houses"), ("idle", "idle"))


def _exchange_row(run: Figures, what: str, words: str) -> Sequence[str]:
    one = run[what]
    return (
        _name(run),
        words,
        f"{one.get('events', one['exchanges']):,}",
        f"{one['cpu']:.3f}",
        f"{one['own_cpu']:.3f}",
        f"{one['database_cpu']:.3f}",
        f"{one['cpu'] / run['seals']['cpu']:.1f}" if "events" in one else "",
        f"{one['bytes']:,.0f}" if "bytes" in one else "",
        _pages(one["pages"]),
    )


def _aims(runs: Sequence[Figures]) -> Iterator[Sequence[str]]:
    """Every aim of which these runs can tell something; of what was measured several times, the worst."""
    for run in runs:
        yield _aim(
            f"Exchange under {MOST_EXCHANGE_CPU} CPU-s per 1,000 events ({_name(run)})",
            f"{run['exchange']['cpu']:.3f}",
            run["exchange"]["cpu"] < MOST_EXCHANGE_CPU,
        )
    for kind, small, large in _pairs(runs):
        if small["exchange"]["pages"] is not None:
            ratio = large["exchange"]["pages"] / small["exchange"]["pages"]
            words = f"Exchange reads no more pages in a larger force ({KINDS[kind]}, within {MOST_PAGES_RATIO - 1:.0%})"
            yield _aim(words, f"× {ratio:.2f}", ratio < MOST_PAGES_RATIO)
    fresh = max(run["lists"][-1]["bytes"] for run in runs)
    visited = max(run["lists"][-1]["visited_bytes"] for run in runs)
    yield _aim(
        f"Download of 2,000 houses under {MOST_DOWNLOAD_BYTES:,} bytes",
        f"{fresh:,}",
        fresh < MOST_DOWNLOAD_BYTES,
    )
    yield _aim("The same where all were visited before", f"{visited:,}", visited < MOST_DOWNLOAD_BYTES)
    for run in runs:
        if run["houses"] >= FORCE_HOUSES:
            yield from _aims_of_force(run)


def _aims_of_force(run: Figures) -> Iterator[Sequence[str]]:
    force, taken, where = run["coverage"]["force"]["median_ms"], run["import"], _name(run)
    met = force < MOST_COVERAGE_MS
    yield _aim(f"Force coverage under {MOST_COVERAGE_MS} ms ({where})", f"{force:.1f} ms", met)
    if run["houses"] == FORCE_HOUSES:
        most = MOST_IMPORT_SECONDS[run["kind"]]
        measured = f"{taken['seconds']:.1f} s ({taken['cpu']:.1f} CPU-s)"
        yield _aim(f"Import under {most} s ({where})", measured, taken["seconds"] < most)
    met = taken["peak_mb"] < MOST_IMPORT_MB
    yield _aim(f"Import below {MOST_IMPORT_MB} MB ({where})", f"{taken['peak_mb']:.0f} MB", met)


def _aim(words: str, measured: str, met: bool) -> Sequence[str]:
    return words, measured, "yes" if met else "no"


def _growth(runs: Sequence[Figures]) -> Iterator[Sequence[str]]:
    for kind, small, large in _pairs(runs):
        for name, before, after in _compared(small, large):
            pages = "" if before["pages"] is None else f"{after['pages'] / before['pages']:.2f}"
            yield KINDS[kind], name, f"{after['cpu'] / before['cpu']:.2f}", pages


def _compared(small: Figures, large: Figures) -> Iterator[tuple[str, Figures, Figures]]:
    for what, words in _EXCHANGES:
        yield f"exchange: {words}", small[what], large[what]
    for name, one in small["coverage"].items():
        yield f"coverage: {name}", one, large["coverage"][name]


def _pairs(runs: Sequence[Figures]) -> Iterator[tuple[str, Figures, Figures]]:
    for kind in dict.fromkeys(run["kind"] for run in runs):
        sizes = sorted((run for run in runs if run["kind"] == kind), key=lambda run: run["houses"])
        if len(sizes) > 1:
            yield kind, sizes[0], sizes[-1]


def _machine(told: Figures) -> str:
    said = told["machine"]
    versions = ", ".join(f"{name} {said[name]}" for name in ("Python", "PostgreSQL", "PostGIS", "SQLite"))
    where = f"{said['cores']} cores, {said['memory']}, {said['system']}"
    return f"{where}; {versions}; load {told['load']:.1f} at the start."


def _name(run: Figures) -> str:
    return f"{run['houses']:,} {KINDS[run['kind']]}"


def _pages(number: float | None) -> str:
    return "" if number is None else f"{number:,.0f}"


def _markdown(grid: Grid) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    ruler = ["---"] + ["---:"] * (len(grid.headings) - 1)
    return "\n".join([f"### {grid.title}\n", line(grid.headings), line(ruler), *map(line, grid.rows), ""])


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
