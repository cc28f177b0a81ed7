"""The serving process: gunicorn around the application. `doorstep serve` becomes `python -m server.serving`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import NoMoreData, ParseException
from prometheus_client import multiprocess
from werkzeug.exceptions import BadRequest

from server.app import create_app
from server.base.locks import hold_embedded_database
from server.base.logs import ThroughStructlog, configure_logs
from server.base.problems import UserError
from server.base.settings import Settings
from server.config import open_service, read_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads; one process on SQLite, which has one writer at a time anyway."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        configure_logs(settings.log_level)
        super().__init__()

    def load_config(self) -> None:
        """Take everything from our settings, nothing from gunicorn's own files or environment."""
        for name, value in gunicorn_options(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one serving process, with its own connections."""
        configure_logs(self.settings.log_level)
        app = create_app(open_service(self.settings))
        app.wsgi_app = blaming_the_sender(app.wsgi_app)  # type: ignore[assignment,method-assign]
        return app


class Body:
    """A request's body as gunicorn reads it; chunks that are broken or cut short are the sender's fault (400)."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def read(self, *size: int) -> bytes:
        """Bytes of the body. Raises werkzeug's BadRequest."""
        try:
            return bytes(self._raw.read(*size))
        except (ParseException, NoMoreData):
            raise BadRequest("The body's chunks are broken, or it was cut short.") from None


def blaming_the_sender(application: WSGIApplication) -> WSGIApplication:
    """The application, told that a body cannot be read instead of meeting gunicorn's own errors."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return application(environ, start_response)

    return serve


class WithoutWords(ThroughStructlog):
    """gunicorn's records as ours: what happened, never the words of a request, which it quotes when it refuses one."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line."""
        record.msg = str(record.msg).split(" from ip=")[0]
        super().emit(record)


class GunicornLog(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger, writing through structlog."""

    def setup(self, cfg: Any) -> None:
        """Take the place of gunicorn's own handlers."""
        super().setup(cfg)
        self.error_log.handlers = [WithoutWords()]


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
        "logger_class": GunicornLog,
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
