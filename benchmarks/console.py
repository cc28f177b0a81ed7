"""`make bench-console`: every console page at the size of a force, on both databases: time to answer, queries, bytes.

Pages are asked for in this process, without a network, by walking along their links as somebody who may see everything.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from benchmarks.field import plan_campaign, start_campaign
from benchmarks.force import make_files
from benchmarks.instance import Instance
from benchmarks.machine import ClusterMeter, describe
from benchmarks.measures import measure_import
from benchmarks.run import AREA_HOUSES, FORCE_HOUSES
from server.base.logs import configure_logs
from server.base.service import Service
from server.fieldwork.facts import NewFact, lock_premises, record_facts
from server.fieldwork.tables import Coverage
from tests.console.desk import Desk
from tests.console.walk import walk
from tests.factories.base import free_port
from tests.factories.staff import create_account
from tests.postgis import Cluster

RESULTS = Path(__file__).parent / "RESULTS-CONSOLE.md"
AIM_MS = 300.0
ROUNDS = 5
VISITS, AT_ONCE = 12_000, 1_000
DAYS = 60
OUTCOMES = ("no_reply", "no_reply", "no_reply_card", "spoke", "spoke", "not_interested", "callback", "vacant")
EVERYTHING = ("supervisor", "administrator", "analyst")
FORCE = "E23000012"


@dataclass(frozen=True)
class Measured:
    """What one page took: milliseconds (median of ROUNDS), database queries, bytes of its body."""

    rule: str
    ms: float
    queries: int
    size: int


def main() -> int:
    """Measure, print, and write RESULTS-CONSOLE.md; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,463 houses only; nothing is written")
    parser.add_argument("--database", choices=("sqlite", "postgis"), help="only this one; nothing is written")
    chosen = parser.parse_args()
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    houses = AREA_HOUSES if chosen.quick else FORCE_HOUSES
    load = os.getloadavg()[0]
    configure_logs("warning")
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name:
        folder = Path(name)
        make_files(folder / "files", houses)
        cluster = Cluster.share(folder / "cluster")
        try:
            kinds = (chosen.database,) if chosen.database else ("sqlite", "postgis")
            found = {kind: measure(folder, kind, cluster, houses, screen) for kind in kinds}
            told = report(found, houses, load, describe(cluster))
        finally:
            cluster.release()
    if not chosen.quick and not chosen.database:
        RESULTS.write_text(told, encoding="utf-8")
    return 0


def measure(folder: Path, kind: str, cluster: Cluster, houses: int, screen: Console) -> list[Measured]:
    """Make the force on a database of this kind, knock at some doors, and look at every page."""
    meter = ClusterMeter(cluster) if kind == "postgis" else None
    instance = Instance(folder / kind, free_port(), kind, meter)
    instance.make()
    measure_import(instance, folder / "files")
    service = instance.open()
    service = replace(service, settings=replace(service.settings, second_factor="offered"))
    supervisor, campaign = plan_campaign(service)
    start_campaign(service, supervisor, campaign)
    account = create_account(service, "everything.bench", *EVERYTHING, areas=[FORCE])
    knock(service, campaign, account)
    instance.tidy()
    found = look(service)
    show(screen, f"{houses:,} houses on {kind}", found)
    service.db.dispose()
    return found


def knock(service: Service, campaign: int, account: int) -> None:
    """Visits at doors spread over the force and over the last weeks."""
    dice = random.Random(410)
    statement = select(Coverage.uprn).where(Coverage.campaign_id == campaign).order_by(Coverage.uprn)
    every = service.db.read(lambda session: list(session.scalars(statement)))
    chosen = sorted(dice.sample(every, min(VISITS, len(every))))
    for start in range(0, len(chosen), AT_ONCE):
        facts = [_visit(service, dice, uprn, campaign, account) for uprn in chosen[start : start + AT_ONCE]]

        def work(session: Any, facts: list[NewFact] = facts) -> None:
            lock_premises(session, [one.uprn for one in facts])
            record_facts(session, service, facts)

        service.db.transact(work)


def _visit(service: Service, dice: random.Random, uprn: str, campaign: int, account: int) -> NewFact:
    at = service.clock.now() - timedelta(days=dice.randrange(1, DAYS), hours=dice.randrange(0, 10))
    return NewFact(
        service.new_uuid(),
        uprn,
        "visit",
        at,
        at,
        at,
        campaign_id=campaign,
        outcome=dice.choice(OUTCOMES),
        account_id=account,
    )


def look(service: Service) -> list[Measured]:
    """Every page that links lead to, one of each route, the slowest first."""
    desk = Desk(service, "everything.bench")
    found: dict[str, Measured] = {}
    for step in walk(desk, most_of_a_kind=1, downloads=False):
        if step.rule in found or step.page.status != 200 or "/assets/" in step.rule:
            continue
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            page = desk.get(step.path)
            times.append((time.perf_counter() - began) * 1000)
        size = len(page.response.get_data())
        found[step.rule] = Measured(step.rule, statistics.median(times), page.queries, size)
    return sorted(found.values(), key=lambda one: -one.ms)


def show(screen: Console, title: str, found: list[Measured]) -> None:
    """The figures as a table on the screen."""
    table = Table("page", "ms", "queries", "bytes", title=title)
    for one in found:
        table.add_row(one.rule, f"{one.ms:.0f}", str(one.queries), f"{one.size:,}")
    screen.print(table)


def report(found: dict[str, list[Measured]], houses: int, load: float, machine: dict[str, str]) -> str:
    """RESULTS-CONSOLE.md."""
    lines = [
        "# The console at the size of a force",
        "",
        f"`make bench-console`, {datetime.now(UTC):%Y-%m-%d}: {houses:,} houses, {VISITS:,} visits; "
        f"{machine['cores']} cores, {machine['memory']}, load {load:.1f} at the start. Median of {ROUNDS} answers in "
        f"one process, without a network, HTML included. Aim: under {AIM_MS:.0f} ms, at most 15 queries.",
        "",
    ]
    for kind, rows in found.items():
        over = [one.rule for one in rows if one.ms > AIM_MS]
        lines += [
            f"## {kind}",
            "",
            f"{len(rows)} pages; {len(rows) - len(over)} within the aim"
            + (f"; over it: {', '.join(over)}" if over else "")
            + ".",
            "",
            "| page | ms | queries | bytes |",
            "| --- | ---: | ---: | ---: |",
            *(f"| `{one.rule}` | {one.ms:.0f} | {one.queries} | {one.size:,} |" for one in rows),
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
