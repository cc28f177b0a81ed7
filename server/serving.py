"""Serves the application by gunicorn: `doorstep serve` becomes this process (`python -m server.serving`)."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from server.app import create_app
from server.base.logs import configure_logs
from server.base.problems import UserError
from server.base.schema import require_current
from server.base.settings import Settings
from server.config import open_service, read_settings


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads; one process on SQLite, which has one writer at a time anyway."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Take everything from our settings, nothing from gunicorn's own files or environment."""
        for name, value in gunicorn_options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one serving process, with its own connections."""
        configure_logs(self.settings.log_level)
        return create_app(open_service(self.settings))


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings for ours."""
    on_sqlite = settings.database_url.startswith("sqlite")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options: dict[str, Any] = {
        "bind": f"{host}:{settings.port}",
        "worker_class": "gthread",
        "workers": 1 if on_sqlite else settings.workers,
        "threads": settings.threads,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        "loglevel": "warning",
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "proc_name": "doorstep",
        "child_exit": _child_exit,
    }
    if settings.tls_certificate:
        options |= {"certfile": settings.tls_certificate, "keyfile": settings.tls_key}
    return options


def _child_exit(_server: object, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def hold_embedded_database(settings: Settings) -> int | None:
    """Keep a second serving process off an embedded database; UserError where one serves it already."""
    if not settings.database_url.startswith("sqlite"):
        return None
    descriptor = os.open(settings.home / "serving.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"Another process serves {settings.home} already; SQLite has one at a time."
        ) from None
    return descriptor


def figures_folder(settings: Settings) -> dict[str, str]:
    """What several serving processes need to add up their figures: a folder that starts empty."""
    if settings.database_url.startswith("sqlite") or settings.workers == 1:
        return {}
    folder = settings.home / "metrics"
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def require_servable(settings: Settings) -> None:
    """UserError where certificate, keys or database are unfit, or an embedded database is served already."""
    for name in (settings.tls_certificate, settings.tls_key):
        if name and not Path(name).is_file():
            raise UserError(f"There is no file {name} for TLS.")
    service = open_service(settings)
    require_current(service.db)
    service.db.dispose()
    held = hold_embedded_database(settings)
    if held is not None:
        os.close(held)


def become_server(settings: Settings, environment: dict[str, str]) -> None:
    """Replace this process by the server, in an environment that gives these settings."""
    command = [sys.executable, "-m", "server.serving"]
    os.execve(command[0], command, environment | figures_folder(settings))  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    try:
        _settings = read_settings()
        _held = hold_embedded_database(_settings)
    except UserError as _error:
        sys.exit(f"doorstep: {_error}")
    Server(_settings).run()
