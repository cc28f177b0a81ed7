"""Serves the officers' phone app as `make phone` built it: /phone/ and every path below it, under a policy of its own.

Files whose names carry a hash of what is in them may be kept for ever; all others are asked for again each time.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template
from werkzeug import Response as WerkzeugResponse

from server.base.http import public
from server.base.problems import Problem
from server.web import built_files
from server.web.built_files import ASK_AGAIN, FOR_EVER

blueprint = Blueprint("phone", __name__, template_folder="templates")
BUILT = built_files.BUILT / "phone"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types doorstep"
)
PERMISSIONS = (
    "camera=(self), geolocation=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), "
    "microphone=()"
)


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
    path = built_files.find(BUILT, "index.html" if is_screen else name)
    if path is None:
        raise Problem("not_found", "The app has no such file: close it and open it again to get the newest.")
    response = built_files.answer(path, FOR_EVER if name.startswith("assets/") else ASK_AGAIN)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = PERMISSIONS
    if path.name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/phone/"
    return response
