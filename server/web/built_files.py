"""Files that `make phone` and `make console` built, served gzipped and with tags that say which they are.

Files whose names carry a hash of what is in them may be kept for ever; all others are asked for again each time.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Response, request
from werkzeug.security import safe_join

BUILT = Path(__file__).parent / "built"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
PACKED_ALREADY = {".png"}
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True)
class BuiltFile:
    """A file as it is and gzipped, and the tag that says which it is."""

    raw: bytes
    gzipped: bytes
    tag: str


def find(folder: Path, name: str) -> Path | None:
    """The path of a file in a built folder; None where there is none, or where the name leads out of it."""
    path = safe_join(str(folder), name)
    return Path(path) if path is not None and Path(path).is_file() else None


def answer(path: Path, keeping: str) -> Response:
    """The file, packed where the browser takes that; 304 where it has it already."""
    file = _read(path, path.stat().st_mtime_ns)
    zipped = path.suffix not in PACKED_ALREADY and request.accept_encodings.quality("gzip") > 0
    response = Response(file.gzipped if zipped else file.raw)
    response.content_type = KINDS.get(path.suffix, "application/octet-stream")
    response.headers["Cache-Control"] = keeping
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{file.tag}-gz" if zipped else file.tag)
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _read(path: Path, _changed_at: int) -> BuiltFile:
    """A file, packed once for as long as it stays unchanged."""
    raw = path.read_bytes()
    return BuiltFile(raw, gzip.compress(raw, 9, mtime=0), hashlib.sha256(raw).hexdigest()[:32])
