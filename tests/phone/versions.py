"""Another version of the app, made from the built one: every asset under a new name, and the worker's list to match."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from tests.phone.wire import Instead

BASE = "/phone/"
WORKER = "sw.js"
MARK = "-newer"
_TEXT = {".css", ".html", ".js", ".webmanifest"}
_LISTED = re.compile(r"(url:[`'\"])([^`'\"]+)([`'\"],integrity:[`'\"])sha256-[^`'\"]+")
_NAMED = re.compile(r"(version:[`'\"])[0-9a-f]{16}")


def newer_version(built: Path) -> dict[str, Instead]:
    """Path → file of a version whose assets all have names of their own, as when every one of them had changed."""
    names = [path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()]
    renamed = {Path(name).name: _marked(Path(name)) for name in names if name.startswith("assets/")}
    made: dict[str, Instead] = {}
    for name in names:
        place = Path(name)
        url = BASE + (
            "" if name == "index.html" else str(place.with_name(renamed.get(place.name, place.name)))
        )
        body = (built / name).read_bytes()
        if place.suffix in _TEXT:
            body = _with_names(body.decode(), renamed).encode()
        made[url] = Instead(BASE + ("" if name == "index.html" else name), body)
    worker = made[BASE + WORKER]
    made[BASE + WORKER] = Instead(worker.like, _listing(worker.body.decode(), made).encode())
    return made


def _marked(path: Path) -> str:
    return f"{path.stem}{MARK}{path.suffix}"


def _with_names(text: str, renamed: dict[str, str]) -> str:
    # The longest first: no name is taken for the end of another.
    every = "|".join(re.escape(name) for name in sorted(renamed, key=len, reverse=True))
    return re.sub(every, lambda found: renamed[found[0]], text)


def _listing(worker: str, made: dict[str, Instead]) -> str:
    listed = _LISTED.sub(
        lambda found: f"{found[1]}{found[2]}{found[3]}{_integrity(made[found[2]].body)}", worker
    )
    assert listed != worker, "the worker's list of files does not look as expected"
    return _NAMED.sub(lambda found: f"{found[1]}{hashlib.sha256(listed.encode()).hexdigest()[:16]}", listed)


def _integrity(body: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}"
