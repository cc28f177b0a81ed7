"""The HTTP edge: request ids, who may call, problem documents for every error, headers, a log line and metrics each.

`install(app, inside)` hangs it on a Flask application; `require_access_everywhere(app)` fails the start when a view
does not say who may call it.
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import DataError
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from server.base import audit, pages
from server.base.access import require
from server.base.http import (
    LARGEST_ID,
    Access,
    Inside,
    access_of,
    current_principal,
    current_service,
    limit_of,
    refuse_unstorable,
)
from server.base.problems import Problem
from server.base.settings import Settings

log = structlog.get_logger()

REQUESTS = Counter("doorstep_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "doorstep_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUEST_ID = re.compile(r"^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$")
CODE = re.compile(
    r"^(?=.*\d)[A-Za-z0-9-]{1,40}$"
)  # what an id looks like: words that somebody typed are not kept
CODE_BY_STATUS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    412: "stale_version",
    413: "too_large",
    415: "unsupported",
    422: "validation_failed",
    428: "precondition_required",
    429: "too_many_requests",
    500: "internal",
    503: "not_ready",
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}


def page_policy(settings: Settings) -> str:
    """What a page of ours may load: only what is ours, and the base map's tiles where one is set."""
    if not settings.base_map_origin:
        return PAGE_POLICY
    policy = PAGE_POLICY
    for source in ("img-src 'self' data:", "connect-src 'self'"):
        policy = policy.replace(source, f"{source} {settings.base_map_origin}")
    return policy


class BoundedInteger(IntegerConverter):
    """`<int:…>` in a path: what no database can hold is simply not there."""

    def __init__(self, map: Any, *arguments: Any, **options: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, *arguments, **({"max": LARGEST_ID} | options))


def install(app: Flask, inside: Inside) -> None:
    """Hang the edge on an application."""
    app.extensions["doorstep"] = inside
    app.config["MAX_CONTENT_LENGTH"] = inside.service.settings.most_body_bytes
    app.url_map.converters["int"] = BoundedInteger
    app.before_request(_begin)
    app.before_request(_admit)
    app.after_request(_finish)
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(DataError, _on_data)
    app.register_error_handler(OverflowError, _on_data)
    app.register_error_handler(Exception, _on_bug)


def require_access_everywhere(app: Flask) -> None:
    """RuntimeError naming each route and method whose view does not say who may call it."""
    silent = [f"{method} {rule}" for rule, method, access in routes(app) if access is None]
    if silent:
        raise RuntimeError(f"these views lack @needs, @public or @by_device: {', '.join(silent)}")


def routes(app: Flask) -> list[tuple[str, str, Any]]:
    """Every (path rule, method, access) that the application answers, sorted; HEAD and OPTIONS go with GET."""
    found = [
        (rule.rule, method, access_of(app.view_functions[rule.endpoint], method))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted(found, key=lambda one: one[:2])


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.match(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    refuse_unstorable(request.path)


def _admit() -> None:
    if request.url_rule is None or request.endpoint is None or request.method == "OPTIONS":
        return
    view = current_app.view_functions[request.endpoint]
    settings = current_service().settings
    request.max_content_length = getattr(settings, limit_of(view, request.method))
    access = access_of(view, request.method)
    if access is not None and access.kind == "permission":
        _identify(access)
    if request.content_length is None and request.method not in ("GET", "HEAD"):
        request.get_data(cache=True)
        request.stream.read(1)  # a body in chunks is cut at its limit without a word; asking for more says so


def _identify(access: Access) -> None:
    inside: Inside = current_app.extensions["doorstep"]
    principal = inside.authenticate(inside.service, request)
    if principal is None:
        raise Problem("unauthenticated", "Sign in at /api/sign-in, or send a bearer token from /api/tokens.")
    g.principal = principal
    if access.permission:
        require(principal, access.permission)


def _on_problem(problem: Problem) -> ResponseReturnValue:
    if problem.code == "forbidden" or problem.fields.pop("outside_area", False):
        _note_refusal(problem)
    return _answer(problem)


def _note_refusal(problem: Problem) -> None:
    principal = current_principal()
    if principal.actor == "public":
        return
    service = current_service()
    target = f"{request.method} {request.url_rule.rule if request.url_rule else ''}"
    asked = {
        name: str(value) if CODE.match(str(value)) else "(no id)"
        for name, value in (request.view_args or {}).items()
    }
    service.db.transact(
        lambda session: audit.record(
            session, service, principal, "refused", target, code=problem.code, asked=asked
        )
    )


def _on_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error.get_response()  # a redirect to the same address with its slash
    data = getattr(error, "data", None) or {}
    messages = data.get("errors") or data.get("messages") or {}
    code = CODE_BY_STATUS.get(error.code or 500, "other_http")
    if code == "bad_request" and messages:
        code = "malformed_body"
    detail = "" if messages else str(error.description or "")
    if isinstance(error, RequestEntityTooLarge):
        detail = f"The body may have {request.max_content_length} bytes."
    problem = Problem(code, detail, **({"errors": flat(messages)} if messages else {}))
    if code == "other_http" and error.code:
        problem.status = error.code
    response = _answer(problem)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _on_data(_error: Exception) -> ResponseReturnValue:
    return _answer(Problem("validation_failed", "A value is outside the range that can be kept."))


def _on_bug(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", error=error)
    return _answer(
        Problem(
            "internal", "It was noted; quote the request id when you report it.", request_id=_request_id()
        )
    )


def flat(messages: Any, where: str = "") -> dict[str, str]:
    """Nested validation messages as {where: what}: {"json": {"name": ["Missing"]}} → {"name": "Missing"}."""
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for name, inner in messages.items():
            skipped = not where and name in ("json", "query", "path", "headers", "_schema")
            found |= flat(inner, where if skipped else f"{where}.{name}" if where else str(name))
        return found
    parts = messages if isinstance(messages, list) else [messages]
    return {where or "body": " ".join(str(part) for part in parts)}


def _answer(problem: Problem) -> WerkzeugResponse:
    """A page for those who look at the console, a problem document for programs."""
    return pages.problem_page(problem) if pages.is_page() else _document(problem)


def _document(problem: Problem) -> Response:
    response = jsonify(problem.document(instance=quote(request.path)))
    response.status_code = problem.status
    response.content_type = "application/problem+json"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="doorstep"'
    if "retry_after" in problem.fields:
        response.headers["Retry-After"] = str(problem.fields["retry_after"])
    return response


def _request_id() -> str:
    return str(g.get("request_id", ""))


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = _request_id()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", page_policy(current_service().settings))
    response.headers.setdefault("Cache-Control", "no-store")
    if current_service().settings.over_tls:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(method, route).observe(seconds)
    log.info(
        "request",
        method=method,
        route=route,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        actor=current_principal().actor,
    )
    return response
