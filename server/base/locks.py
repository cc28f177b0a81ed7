"""Locks between processes on one machine, as locked files: let go by the system when their holder ends, however."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from server.base.problems import UserError
from server.base.settings import Settings


def try_file_lock(path: Path) -> int | None:
    """The descriptor that holds the lock until it is closed; None while another process has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise UserError(f"The file {path} cannot be written to.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def hold_embedded_database(settings: Settings) -> int | None:
    """Keep a second serving process off an embedded database: the lock's descriptor, None where it needs none.

    UserError where another process serves it already.
    """
    if not settings.database_url.startswith("sqlite"):
        return None
    held = try_file_lock(settings.home / "serving.lock")
    if held is None:
        raise UserError(f"Another process serves {settings.home} already; SQLite has one at a time.")
    return held
