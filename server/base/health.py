"""Addresses for whoever runs the service: /healthz (alive), /readyz (can do its work), /metrics (Prometheus)."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from server.base.http import current_service, public
from server.base.keyring import KeyRing
from server.base.problems import Problem, UserError
from server.base.schema import require_current
from server.base.service import Service

blueprint = Blueprint("health", __name__)
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
HERE = {"127.0.0.1", "::1", None}


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Alive: this process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Ready: database, migrations and key ring are as they should be; 503 and which is not otherwise."""
    found = readiness(current_service())
    ready = all(answer == "ok" for answer in found.values())
    return jsonify({"status": "ready" if ready else "not_ready", "checks": found}), 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus' figures: with the token of the settings, or without one from this very machine only."""
    token = current_service().settings.metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), token.encode())
    else:
        allowed = request.remote_addr in HERE and not any(name in request.headers for name in FORWARDED)
    if not allowed:
        raise Problem("not_found")
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry = REGISTRY
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def readiness(service: Service) -> dict[str, str]:
    """What the service needs → "ok" or what is wrong, in words that name no secret."""
    needed: dict[str, Callable[[], object]] = {
        "database": lambda: service.db.read(lambda session: session.connection().exec_driver_sql("SELECT 1")),
        "migrations": lambda: require_current(service.db),
        "keyring": lambda: KeyRing.load(service.settings.keyring_path),
    }
    found = {}
    for name, ask in needed.items():
        try:
            ask()
            found[name] = "ok"
        except UserError:
            found[name] = "not as it should be: run doorstep check"
        except (SQLAlchemyError, OSError):
            found[name] = "does not answer"
    return found
