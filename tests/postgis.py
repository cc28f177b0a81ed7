"""A PostgreSQL with PostGIS of our own, in a temporary folder: for tests, the simulator and benchmarks.

It listens on a UNIX socket in a folder that only its owner enters, never as root. Several test processes share one:
each holds a shared lock on a file; a watcher that waits for the exclusive lock stops the cluster and removes the folder
once the last of them has gone, however it went.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "error",
}


class NoPostgisError(Exception):
    """PostgreSQL or PostGIS is not on this machine; the text says what to install."""


def find_programs() -> Path:
    """The folder of initdb and pg_ctl of the newest PostgreSQL that has PostGIS."""
    for bin_folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True):
        control = Path("/usr/share/postgresql") / bin_folder.parent.name / "extension" / "postgis.control"
        if control.exists() and (bin_folder / "initdb").exists():
            return bin_folder
    asked = shutil.which("pg_config")
    if asked:
        told = subprocess.run([asked, "--bindir", "--sharedir"], capture_output=True, text=True, check=True)
        bin_text, share_text = told.stdout.split("\n")[:2]
        if (Path(share_text) / "extension" / "postgis.control").exists() and (
            Path(bin_text) / "initdb"
        ).exists():
            return Path(bin_text)
    raise NoPostgisError(
        "PostgreSQL with PostGIS is not installed (Debian: postgresql postgresql-15-postgis-3)"
    )


class Cluster:
    """A running cluster in `folder`. `share` joins the one that is there or starts one."""

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self._holder = holder

    @classmethod
    def share(cls, pointer: Path) -> Cluster:
        """The cluster that `pointer` (a file path) names; started and named there by whoever comes first."""
        with pointer.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = Path(pointer.read_text()) if pointer.exists() else _start()
            holder = _hold(folder)
            if not (folder / "data").exists():  # everybody who shared it had gone before we came
                os.close(holder)
                folder.with_suffix(".users").unlink(missing_ok=True)
                folder = _start()
                holder = _hold(folder)
            pointer.write_text(str(folder))
            if not (folder / "watched").exists():
                _watch(folder)
                (folder / "watched").touch()
        return cls(folder, holder)

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside a transaction, and give its rows."""
        with psycopg.connect(
            f"user=postgres dbname={database} host={self.folder}", autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def release(self) -> None:
        """Let go; the last to do so lets the watcher stop the cluster."""
        os.close(self._holder)


def _hold(folder: Path) -> int:
    """The descriptor of a shared lock that keeps a cluster running, once nobody is stopping it."""
    holder = os.open(folder.with_suffix(".users"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_SH)
    return holder


def _major(bin_folder: Path) -> int:
    name = bin_folder.parent.name
    return int(name) if name.isdigit() else 0


def _owner() -> dict[str, Any]:
    """Popen's user and group: a server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoPostgisError("there is no user postgres or nobody to run the database as")


def _start() -> Path:
    programs, owner = find_programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="doorstep-pg-"))
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **owner}
    data = folder / "data"
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([*initdb, "--no-sync"], check=True, **quiet)
    with (data / "postgresql.conf").open("a") as file:
        for name, value in (OPTIONS | {"unix_socket_directories": str(folder)}).items():
            file.write(f"{name} = '{value}'\n")
    subprocess.run(
        [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "start"], check=True, **quiet
    )
    return folder


def _watch(folder: Path) -> None:
    subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _stop_when_left(folder: Path) -> None:
    users = folder.with_suffix(".users")
    with users.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    stop = [find_programs() / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"]
    subprocess.run(stop, stdout=subprocess.DEVNULL, cwd=folder, check=False, **_owner())
    shutil.rmtree(folder, ignore_errors=True)
    users.unlink(missing_ok=True)


if __name__ == "__main__":
    _stop_when_left(Path(sys.argv[1]))
