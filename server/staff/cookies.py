"""The cookies of signing in: the session's, and the one that tells a browser apart that has signed in before."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Request
from werkzeug import Response

from server.base.service import Service
from server.staff import gate
from server.staff.sign_in import HALF_LIFE, SignedIn

KNOWN = "doorstep_known"
KNOWN_SECONDS = 365 * 86400
AnyResponse = TypeVar("AnyResponse", bound=Response)


def set_sign_in(service: Service, response: AnyResponse, done: SignedIn) -> AnyResponse:
    """Give the browser what a step of signing in that succeeded hands out, and take back that of the step before."""
    common = attributes(service)
    if done.kind == "half":
        life = int(HALF_LIFE.total_seconds())
        response.set_cookie(gate.half_cookie_name(service), done.token, max_age=life, path="/", **common)
        response.delete_cookie(gate.cookie_name(service), path="/", **common)
        return response
    life = service.settings.session_hours * 3600
    response.set_cookie(gate.cookie_name(service), done.token, max_age=life, path="/", **common)
    response.delete_cookie(gate.half_cookie_name(service), path="/", **common)
    for path in ("/api/sign-in", "/console/sign-in"):
        response.set_cookie(KNOWN, done.known_token, max_age=KNOWN_SECONDS, path=path, **common)
    return response


def known(request: Request) -> str:
    """The token of an earlier sign-in in this browser, or an empty text."""
    return request.cookies.get(KNOWN, "")


def attributes(service: Service) -> dict[str, Any]:
    """What every cookie of ours has: no script reads it, and no other site's form sends it along."""
    return {"httponly": True, "samesite": "Lax", "secure": service.settings.over_tls}
