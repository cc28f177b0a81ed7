"""`make bench-maps`: map tiles at the size of a force, on both databases: time, CPU time and bytes each.

The fullest tile of each zoom is measured, found by where the houses lie, as the use case makes it.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from benchmarks.console import EVERYTHING, FORCE, knock
from benchmarks.field import plan_campaign, start_campaign
from benchmarks.force import make_files
from benchmarks.instance import Instance
from benchmarks.machine import ClusterMeter
from benchmarks.measures import measure_import
from benchmarks.run import AREA_HOUSES, FORCE_HOUSES
from server.base.access import Principal
from server.base.logs import configure_logs
from server.base.service import Service
from server.base.tiles import Tile
from server.fieldwork.download import download_coverage
from server.fieldwork.map_tiles import area_tile, house_tile
from server.geography.tables import Premises
from tests.factories.base import free_port
from tests.factories.staff import create_account, principal_for
from tests.postgis import Cluster

ROUNDS = 7
AIM_MS, AIM_BYTES = 300, 200_000
HOUSE_ZOOMS, AREA_ZOOMS = (15, 14, 13, 12, 11, 9, 7), (13, 11, 9, 7)


@dataclass(frozen=True)
class Measured:
    """What one tile took: milliseconds by the clock and of this process's CPU (medians), and its bytes."""

    name: str
    ms: float
    cpu_ms: float
    size: int


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maps", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,463 houses only")
    parser.add_argument("--database", choices=("sqlite", "postgis"), help="only this one")
    chosen = parser.parse_args()
    houses = AREA_HOUSES if chosen.quick else FORCE_HOUSES
    configure_logs("warning")
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name:
        folder = Path(name)
        make_files(folder / "files", houses)
        cluster = Cluster.share(folder / "cluster")
        try:
            for kind in (chosen.database,) if chosen.database else ("sqlite", "postgis"):
                load = os.getloadavg()[0]
                show(screen, f"{houses:,} houses on {kind}, load {load:.1f}", measure(folder, kind, cluster))
        finally:
            cluster.release()
    return 0


def measure(folder: Path, kind: str, cluster: Cluster) -> list[Measured]:
    """Make the force on a database of this kind, knock at some doors, and make the fullest tiles and the downloads."""
    meter = ClusterMeter(cluster) if kind == "postgis" else None
    instance = Instance(folder / kind, free_port(), kind, meter)
    instance.make()
    measure_import(instance, folder / "files")
    service = instance.open()
    supervisor, campaign = plan_campaign(service)
    start_campaign(service, supervisor, campaign)
    account = create_account(service, "everything.maps", *EVERYTHING, areas=[FORCE])
    knock(service, campaign, account)
    instance.tidy()
    principal = principal_for(service, account)
    found = [*tiles(service, principal, campaign), *downloads(service, principal, campaign)]
    service.db.dispose()
    return found


def tiles(service: Service, principal: Principal, campaign: int) -> list[Measured]:
    """The fullest tile of each zoom."""
    points = service.db.read(
        lambda session: [tuple(row) for row in session.execute(select(Premises.lon, Premises.lat))]
    )
    found = []
    for zoom in HOUSE_ZOOMS:
        tile = fullest(points, zoom)
        found.append(
            timed(f"houses, zoom {zoom}", lambda tile=tile: house_tile(service, principal, tile, campaign))
        )
    for zoom in AREA_ZOOMS:
        tile = fullest(points, zoom)
        found.append(
            timed(
                f"wards, zoom {zoom}", lambda tile=tile: area_tile(service, principal, tile, campaign, "ward")
            )
        )
    return found


def downloads(service: Service, principal: Principal, campaign: int) -> list[Measured]:
    """Every house as a file, once for each form."""
    found = []
    for form in ("csv", "geojson", "gpkg"):

        def take(form: str = form) -> bytes:
            made = download_coverage(service, principal, "houses", form, campaign_id=campaign)
            with made.file:
                return made.file.read()

        found.append(timed(f"download of houses, {form}", take, rounds=1))
    return found


def fullest(points: list[tuple[float, float]], zoom: int) -> Tile:
    """The tile of a zoom that most houses lie in."""
    across = 2**zoom
    counted: Counter[tuple[int, int]] = Counter()
    for lon, lat in points:
        sine = math.sin(math.radians(lat))
        y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
        counted[int((lon / 360 + 0.5) * across), int(y * across)] += 1
    ((x, y), _), *_ = counted.most_common(1)
    return Tile(zoom, x, y)


def timed(name: str, make: Callable[[], bytes], rounds: int = ROUNDS) -> Measured:
    """The medians of some rounds."""
    clock, cpu, size = [], [], 0
    for _ in range(rounds):
        began, burnt = time.perf_counter(), time.process_time()
        size = len(make())
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - burnt) * 1000)
    return Measured(name, statistics.median(clock), statistics.median(cpu), size)


def show(screen: Console, title: str, found: list[Measured]) -> None:
    """The figures as a table; the aims are for tiles at street zoom."""
    table = Table("what", "ms", "of them CPU here", "bytes", title=title)
    for one in found:
        table.add_row(one.name, f"{one.ms:,.0f}", f"{one.cpu_ms:,.0f}", f"{one.size:,}")
    screen.print(table)
    screen.print(f"Aim at street zoom: under {AIM_MS} ms and {AIM_BYTES:,} bytes.")


if __name__ == "__main__":
    sys.exit(main())
