"""Serves the officers' phone app as `make phone` built it: /phone/ and every path below it, under a policy of its own.

Files whose names carry a hash of what is in them may be kept for ever; all others are asked for again each time.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug import Response as WerkzeugResponse
from werkzeug.security import safe_join

from server.base.http import public
from server.base.problems import Problem

blueprint = Blueprint("phone", __name__, template_folder="templates")
BUILT = Path(__file__).parent / "built" / "phone"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
PACKED_ALREADY = {".png"}
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types doorstep"
)
PERMISSIONS = (
    "camera=(self), geolocation=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), "
    "microphone=()"
)


@dataclass(frozen=True)
class BuiltFile:
    """A file of the app, as it is and gzipped, and the tag that says which it is."""

    raw: bytes
    gzipped: bytes
    tag: str


@blueprint.get("/enrol")
@public
def enrol() -> WerkzeugResponse:
    """Where an enrolment code's link leads; a browser carries the code behind the # along, and sends it nowhere."""
    return redirect("/phone/enrol")


@blueprint.get("/phone/")
@blueprint.get("/phone/<path:name>")
@public
def phone(name: str = "") -> Response | tuple[str, int]:
    """A file of the app; for the path of a screen, the app itself."""
    if not (BUILT / "index.html").is_file():
        return render_template("not_built.html"), 503
    is_screen = "." not in name.rsplit("/", 1)[-1] and not name.startswith("assets/")
    path = safe_join(str(BUILT), "index.html" if is_screen else name)
    if path is None or not Path(path).is_file():
        raise Problem("not_found", "The app has no such file: close it and open it again to get the newest.")
    return _answer(Path(path), FOR_EVER if name.startswith("assets/") else ASK_AGAIN)


def _answer(path: Path, keeping: str) -> Response:
    file = _read(path, path.stat().st_mtime_ns)
    zipped = path.suffix not in PACKED_ALREADY and request.accept_encodings.quality("gzip") > 0
    response = Response(file.gzipped if zipped else file.raw)
    response.content_type = KINDS.get(path.suffix, "application/octet-stream")
    response.headers["Cache-Control"] = keeping
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = PERMISSIONS
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if path.name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/phone/"
    response.set_etag(f"{file.tag}-gz" if zipped else file.tag)
    response.make_conditional(request)
    return response


@lru_cache(maxsize=128)
def _read(path: Path, _changed_at: int) -> BuiltFile:
    """A file, packed once for as long as it stays unchanged."""
    raw = path.read_bytes()
    return BuiltFile(raw, gzip.compress(raw, 9, mtime=0), hashlib.sha256(raw).hexdigest()[:32])
