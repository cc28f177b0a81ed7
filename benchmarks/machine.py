"""What the machine is, and what processes cost: CPU-seconds and peak memory from /proc, buffers from PostgreSQL."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.postgis import Cluster

_TICKS = os.sysconf("SC_CLK_TCK")
_CPU_FIELDS = slice(11, 15)  # utime, stime, cutime and cstime, counted after the name in stat


def describe(cluster: Cluster) -> dict[str, str]:
    """The machine in general words: nothing that tells whose it is or where."""
    memory = int(_field(Path("/proc/meminfo"), "MemTotal")) / 2**20
    version = cluster.run("SHOW server_version")[0][0].split()[0]
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "PostgreSQL": version,
        "PostGIS": cluster.run("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")[
            0
        ][0],
        "SQLite": sqlite3.sqlite_version,
    }


def cpu_of_tree(pid: int) -> float:
    """CPU-seconds of a process, of all below it, and of those of them that have ended and were waited for."""
    return sum(_cpu(one) for one in _tree(pid))


def cpu_of_self() -> float:
    """CPU-seconds of this process, without its children."""
    return time.process_time()


def peak_memory(pid: int) -> int:
    """The most memory that a process has had at a time, in bytes; 0 once it has gone."""
    try:
        return int(_field(Path(f"/proc/{pid}/status"), "VmHWM")) * 1024
    except (OSError, ValueError):
        return 0


@dataclass(frozen=True)
class ClusterMeter:
    """What a PostgreSQL cluster's processes have cost so far."""

    cluster: Cluster

    def cpu(self) -> float:
        """CPU-seconds of the postmaster and everything that it ever started."""
        pid = int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        return cpu_of_tree(pid)

    def buffers(self, database: str) -> int:
        """8-kB pages that the database's sessions have asked for so far, whether or not they were in memory.

        Sessions are ended first (the service's pool makes new ones): a session reports when it ends, else much later.
        """
        self.cluster.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            f"WHERE datname = '{database}' AND backend_type = 'client backend'"
        )
        told = self.cluster.run(
            f"SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = '{database}'"
        )
        return int(told[0][0])

    def tidy(self, database: str) -> None:
        """Do what autovacuum does in the hour after an import, so that it doesn't fall into a measurement."""
        self.cluster.run("VACUUM (ANALYZE)", database)
        self.cluster.run("CHECKPOINT")


def _tree(pid: int) -> list[int]:
    found, front = [pid], [pid]
    while front:
        front = [child for one in front for child in _children(one)]
        found += front
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in _listed(Path(f"/proc/{pid}/task")):
        try:
            children += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return children


def _listed(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _cpu(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[_CPU_FIELDS])) / _TICKS


def _field(path: Path, name: str) -> str:
    found = re.search(rf"^{name}:\s+(\d+)", path.read_text(), re.MULTILINE)
    if not found:
        raise ValueError(f"{path} does not tell {name}")
    return found[1]
