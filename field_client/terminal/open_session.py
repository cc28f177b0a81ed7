"""A store that stays unlocked between commands, when its officer asks for it: the key, in memory, for a while.

The store key is put into a file in a memory file system that only this user may read (XDG_RUNTIME_DIR, else
/dev/shm); `lock`, a restart or the end of the time given takes it away. Without `unlock` nothing is ever put there.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

import msgspec

from field_client.clock import Clock
from field_client.problems import Refused
from field_client.store import Store

MOST_MINUTES = 12 * 60


class _Session(msgspec.Struct):
    key: bytes
    until_ms: int
    boot: str


def _folder() -> Path | None:
    named = os.environ.get("XDG_RUNTIME_DIR")
    if named and Path(named).is_dir():
        return Path(named)
    shared = Path("/dev/shm")  # noqa: S108 - memory, and the folder made in it is checked below
    if not shared.is_dir():
        return None
    own = shared / f"doorstep-field-{os.getuid()}"
    with suppress(FileExistsError):
        own.mkdir(mode=0o700)
    found = own.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return own if private else None


def _file(store: Store) -> Path | None:
    folder = _folder()
    name = hashlib.sha256(str(store.path.resolve()).encode()).hexdigest()[:24]
    return None if folder is None else folder / f"doorstep-field-{name}"


def keep_open(store: Store, clock: Clock, *, minutes: int) -> None:
    """Leave the store unlocked for the commands of the next minutes. Raises Refused where memory cannot hold it."""
    file = _file(store)
    if file is None:
        raise Refused(
            "This machine has no place in memory for an open store (XDG_RUNTIME_DIR is not set); give the "
            "passphrase with each command instead."
        )
    session = _Session(store.store_key, clock.ticks_ms() + minutes * 60_000, clock.boot())
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        out.write(msgspec.msgpack.encode(session))


def resume(store: Store, clock: Clock) -> bool:
    """Unlock with a key left open, if there is one whose time is not up."""
    file = _file(store)
    try:
        session = msgspec.msgpack.decode(file.read_bytes(), type=_Session) if file else None
    except (OSError, msgspec.DecodeError):
        return False
    if session is None or session.boot != clock.boot() or session.until_ms < clock.ticks_ms():
        end(store)
        return False
    return store.unlock_with_key(session.key)


def end(store: Store) -> bool:
    """Take the key out of memory; whether one was there."""
    file = _file(store)
    if file is None or not file.exists():
        return False
    file.unlink(missing_ok=True)
    return True
