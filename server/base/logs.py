"""Structured logs, one JSON object a line on standard error: codes, ids and counts, never a person's data.

An exception is logged by its type and the places it passed, without its message: a database error's message may quote
the row.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logs(level: str) -> None:
    """Set up structlog, and let other libraries speak through it from warnings upward."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_message,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    root = logging.getLogger()
    root.handlers = [ThroughStructlog()]
    root.setLevel(logging.WARNING)


def without_message(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception under `error` by its type and places."""
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event.update(places_of(error))
    elif error is not None:
        event["error"] = error
    return event


def places_of(error: BaseException) -> dict[str, Any]:
    """Type, SQLSTATE where there is one, and the last places of an exception; nothing of its message."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    told: dict[str, Any] = {
        "error": type(error).__name__,
        "places": [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
    return told | ({"sqlstate": sqlstate} if sqlstate else {})


class ThroughStructlog(logging.Handler):
    """Other libraries' log records: their logger, level and bare text without arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line."""
        told: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            told["error"] = record.exc_info[1]
        structlog.get_logger().log(max(record.levelno, 10), str(record.msg), **told)
