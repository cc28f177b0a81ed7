"""The serving process: gunicorn around the application. `doorstep serve` becomes `python -m server.serving`."""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from server.app import create_app
from server.base.locks import hold_embedded_database
from server.base.logs import configure_logs
from server.base.problems import UserError
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


if __name__ == "__main__":
    try:
        _settings = read_settings()
        _held = hold_embedded_database(_settings)
    except UserError as _error:
        sys.exit(f"doorstep: {_error}")
    Server(_settings).run()
