"""Runs the benchmarks of one part (quick, force, scale) on each database and size, and reports them together."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import measures, report
from benchmarks.force import make_files
from benchmarks.instance import Instance
from benchmarks.machine import ClusterMeter, describe
from benchmarks.measures import QUICK, Effort
from tests.postgis import Cluster

AREA_HOUSES = 10_463
FORCE_HOUSES = 410_511
NATIONAL_HOUSES = 4_105_110
LISTS = (200, 2_000)
PARTS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "quick": (("sqlite", "postgis"), (AREA_HOUSES,)),
    "force": (("sqlite", "postgis"), (AREA_HOUSES, FORCE_HOUSES)),
    "scale": (("postgis",), (NATIONAL_HOUSES,)),
}
"""Which databases and how many houses."""

Figures = dict[str, Any]


def run(
    part: str,
    folder: Path,
    screen: Console,
    *,
    kinds: Sequence[str] | None = None,
    out: Path | None = None,
) -> list[Figures]:
    """Measure a part in `folder`, print it, and write it to the folder `out` (None: nowhere); the figures."""
    databases, sizes = PARTS[part]
    effort = QUICK if part == "quick" else Effort()
    runs: list[Figures] = []
    cluster = Cluster.share(folder / "postgis")
    try:
        # vacuuming is done at known moments: a minute's chance must not fall into one figure and not into another
        cluster.run("ALTER SYSTEM SET autovacuum = off")
        cluster.run("SELECT pg_reload_conf()")
        told: Figures = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": describe(cluster),
            "load": os.getloadavg()[0],
            "runs": runs,
        }
        for houses in sizes:
            files = folder / f"files{houses}"
            screen.print(f"Making address files of {houses:,} houses", style="dim")
            make_files(files, houses)
            for kind in kinds or databases:
                meter = ClusterMeter(cluster) if kind == "postgis" else None
                instance = Instance(folder / f"{kind}{houses}", _free_port(), kind, meter)
                say = partial(_say, screen, f"{houses:,} houses on {kind}")
                runs.append(_measure(instance, houses, files, effort, say))
                if out is not None:  # what has been measured is kept, should the next one be stopped
                    report.write(out, part, told)
    finally:
        cluster.release()
    report.show(screen, part, told)
    return runs


def _measure(
    instance: Instance, houses: int, files: Path, effort: Effort, say: Callable[[str], None]
) -> Figures:
    """The whole job on one instance, which is made for it."""
    instance.make()
    figures: Figures = {"kind": instance.kind, "houses": houses}
    say("import")
    figures["import"] = measures.measure_import(instance, files)
    instance.tidy()
    service = instance.open()
    say("campaign")
    figures["campaign"], made = measures.measure_campaign(instance, service)
    instance.tidy()
    with instance.serving() as pid:
        say("worklists")
        issued = {}
        for size in LISTS:
            issued[size], phone = measures.measure_issue(instance, made, size)
        say("exchanges")
        figures |= measures.measure_exchange(instance, pid, made, phone, effort)
        again = made.phone(phone.account, instance.url)
        issued[LISTS[-1]]["visited_bytes"] = measures.download(again)["bytes"]
        say("coverage")
        figures["coverage"] = measures.measure_coverage(instance, pid, made, effort)
    say("proposal")
    figures["proposal"] = measures.measure_proposal(instance, made)
    service.db.dispose()
    figures["lists"] = list(issued.values())
    return figures


def _say(screen: Console, where: str, words: str) -> None:
    screen.print(f"{where}: {words}", style="dim")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
