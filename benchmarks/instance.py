"""One instance under measurement: a home folder, a database of either kind, and the real programs on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.machine import ClusterMeter, cpu_of_self, cpu_of_tree, peak_memory
from demo.programs import DemoError, Programs, stop
from server.base.service import Service
from server.config import open_service, read_settings

MOST_HOUSES = 2_500
WATCH_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What something took: seconds by the clock, CPU-seconds of our process and of the database's processes."""

    seconds: float
    own_cpu: float
    database_cpu: float
    peak_bytes: int = 0

    @property
    def cpu(self) -> float:
        """CPU-seconds of both."""
        return self.own_cpu + self.database_cpu


class Meter:
    """Counts the cost of a stretch of work. `pid` is the process that does it; None for this one."""

    def __init__(self, instance: Instance, pid: int | None = None) -> None:
        self._instance, self._pid = instance, pid
        self._start = self._read()

    def _read(self) -> tuple[float, float, float]:
        own = cpu_of_self() if self._pid is None else cpu_of_tree(self._pid)
        return time.monotonic(), own, self._instance.database_cpu()

    def cost(self) -> Cost:
        """The cost since this meter was made."""
        seconds, own, database = (now - then for now, then in zip(self._read(), self._start, strict=True))
        return Cost(seconds, own, database)


@dataclass(frozen=True)
class Instance:
    """A home, and a database: SQLite's file in it, or one of `postgis`. The home must be this instance's own."""

    home: Path
    port: int
    kind: str
    postgis: ClusterMeter | None = None

    @property
    def database(self) -> str:
        """The database's name in the cluster."""
        return f"bench_{self.home.name}"

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the programs are told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
        told = {
            "DOORSTEP_HOME": str(self.home),
            "DOORSTEP_PORT": str(self.port),
            "DOORSTEP_PUBLIC_URL": self.url,
            "DOORSTEP_MOST_HOUSES": str(MOST_HOUSES),
            "DOORSTEP_LOG_LEVEL": "warning",
            "DOORSTEP_SECOND_FACTOR": "offered",
        }
        if self.postgis is not None:
            told["DOORSTEP_DATABASE_URL"] = self.postgis.cluster.url(self.database)
        return kept | told

    def make(self) -> None:
        """An empty database, migrated, with keys."""
        self.home.mkdir(mode=0o700, parents=True)
        if self.postgis is not None:
            self.postgis.cluster.run(f"CREATE DATABASE {self.database}")
        self.run("init")

    def open(self) -> Service:
        """The service in this process; whoever opens it disposes of its connections."""
        return open_service(read_settings(self.environment()))

    def database_cpu(self) -> float:
        """CPU-seconds of the database's own processes; SQLite has none: its work is in our process."""
        return self.postgis.cpu() if self.postgis is not None else 0.0

    def buffers(self) -> int | None:
        """Pages asked for so far; None on SQLite, which does not tell."""
        return self.postgis.buffers(self.database) if self.postgis is not None else None

    def tidy(self) -> None:
        """Vacuum and analyse, as happens by itself before long."""
        if self.postgis is not None:
            self.postgis.tidy(self.database)

    def run(self, *arguments: str) -> Cost:
        """Run a `doorstep` command to its end: its cost, with its peak memory. Raises DemoError with what it said."""
        command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
        database, began = self.database_cpu(), time.monotonic()
        with (self.home / "commands.log").open("w+") as log:
            process = subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log)
            peak = 0
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            while not pid:
                peak = max(peak, peak_memory(process.pid))
                time.sleep(WATCH_SECONDS)
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - began
            if process.returncode != 0:
                log.seek(0)
                raise DemoError(f"`doorstep {' '.join(arguments[:2])}` failed: {log.read()[-800:]}")
        return Cost(seconds, usage.ru_utime + usage.ru_stime, self.database_cpu() - database, peak)

    @contextmanager
    def serving(self) -> Iterator[int]:
        """`doorstep serve`, up and ready: the process id of gunicorn's first process."""
        programs = Programs(self.home, self.port, self.url)
        with (self.home / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", "from server.cli import main; main()", "serve"],
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        try:
            programs.await_ready(process)
            yield process.pid
        finally:
            stop(process)


def sign_in(url: str, username: str, password: str) -> httpx.Client:
    """A member of staff's connection to the API."""
    client = httpx.Client(base_url=url, timeout=60)
    answer = client.post("/api/tokens", json={"username": username, "password": password})
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client
