"""The HTTP edge: who may call, problem documents for every error, headers, limits."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.app import create_app
from server.base import edge
from server.base.http import needs, public
from server.base.logs import configure_logs
from server.base.problems import CATALOGUE, Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.staff.roles import PERMISSIONS
from tests.factories.app import Caller, create_application
from tests.factories.staff import create_account

UUID = "0b5b9f4e-3a52-4d0c-9c1f-6a1c6d1f2a3b"
PUBLIC_ROUTES = {
    ("GET", "/api/exchange/card"),
    ("GET", "/api/registrations/form"),
    ("PATCH", "/api/preferences"),
    ("POST", "/api/preferences/look-ups"),
    ("POST", "/api/preferences/unsubscribe"),
    ("POST", "/api/registrations"),
    ("POST", "/api/registrations/confirm"),
    ("POST", "/api/registrations/decline"),
    ("POST", "/api/registrations/house/look-ups"),
    ("POST", "/api/registrations/houses/look-ups"),
    ("POST", "/api/surveys/answers"),
    ("POST", "/api/surveys/invite/look-ups"),
    ("GET", "/"),
    ("GET", "/check"),
    ("GET", "/confirm"),
    ("GET", "/enrol"),
    ("GET", "/join"),
    ("POST", "/check"),
    ("GET", "/phone/"),
    ("GET", "/phone/<path:name>"),
    ("GET", "/api/docs"),
    ("GET", "/api/exchange/card"),
    ("GET", "/api/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/static/<path:name>"),
    ("GET", "/console/assets/<path:name>"),
    ("GET", "/console/sign-in"),
    ("GET", "/console/sign-in/code"),
    ("GET", "/console/sign-in/out"),
    ("GET", "/console/sign-in/setup"),
    ("GET", "/console/sign-in/sso"),
    ("GET", "/console/sign-in/sso/return"),
    ("POST", "/console/sign-in/code"),
    ("POST", "/console/sign-in/passkey"),
    ("POST", "/console/sign-in/passkey/options"),
    ("POST", "/console/sign-in/setup"),
    ("POST", "/console/sign-in/setup/confirm"),
    ("POST", "/console/sign-in"),
    ("POST", "/api/sign-in"),
    ("POST", "/api/tokens"),
}


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def is_problem(answer: Any, status: int, code: str) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    return bool(answer.json["code"] == code)


def test_every_route_needs_a_permission_that_a_role_has_or_is_on_the_list_of_public_ones(app: Flask) -> None:
    for rule, method, access in edge.routes(app):
        assert access is not None, (method, rule)
        if access.kind == "public":
            assert (method, rule) in PUBLIC_ROUTES, f"{method} {rule} is public: is that meant?"
        elif access.kind == "permission":
            assert access.permission in PERMISSIONS | {""}, (method, rule, access.permission)


def test_the_application_does_not_start_with_a_view_that_says_not_who_may_call_it(service: Service) -> None:
    app = create_app(service)
    app.add_url_rule("/api/forgotten", view_func=lambda: "x", endpoint="forgotten")
    with pytest.raises(RuntimeError, match="/api/forgotten"):
        edge.require_access_everywhere(app)


def test_every_route_with_a_permission_asks_strangers_to_sign_in(app: Flask) -> None:
    stranger = Caller(app)
    for rule, method, access in edge.routes(app):
        if access.kind == "permission":
            path = re.sub(r"<[^>]+>", "1", rule)
            answer = stranger.send(method, path)
            if path.startswith("/console"):
                assert_led_to_sign_in(answer, method)
                continue
            assert is_problem(answer, 401, "unauthenticated"), (method, rule)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def assert_led_to_sign_in(answer: TestResponse, method: str) -> None:
    """A page leads a stranger to the form; what a stranger sends is refused with the way there."""
    if method == "GET":
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/console/sign-in")
    else:
        assert answer.status_code == 401
        assert 'href="/console/sign-in"' in answer.text


def test_a_missing_page_is_a_problem(app: Flask) -> None:
    assert is_problem(Caller(app).get("/nowhere"), 404, "not_found")


def test_a_method_that_is_not_answered_is_a_problem_that_names_those_that_are(app: Flask) -> None:
    answer = Caller(app).send("DELETE", "/api/accounts")
    assert is_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_body_that_is_too_large_is_a_problem(app: Flask, service: Service) -> None:
    big = b"x" * (service.settings.most_body_bytes + 1)
    answer = Caller(app).client.post("/api/sign-in", data=big, content_type="application/json")
    assert is_problem(answer, 413, "too_large")


@pytest.mark.parametrize("over", [0, 1, 100_000])
def test_a_body_in_chunks_that_is_too_large_is_a_problem(app: Flask, service: Service, over: int) -> None:
    raw = b'"' + b"x" * (service.settings.most_body_bytes + over - 2) + b'"'
    environ = {
        "wsgi.input": io.BytesIO(raw),
        "wsgi.input_terminated": True,
        "CONTENT_TYPE": "application/json",
    }
    answer = Caller(app).client.post("/api/sign-in", environ_overrides=environ)
    assert is_problem(answer, 413, "too_large")


def test_a_body_in_chunks_is_read(app: Flask) -> None:
    raw = b'{"username": "nobody.example", "password": "wrong"}'
    environ = {
        "wsgi.input": io.BytesIO(raw),
        "wsgi.input_terminated": True,
        "CONTENT_TYPE": "application/json",
    }
    assert is_problem(
        Caller(app).client.post("/api/sign-in", environ_overrides=environ), 401, "sign_in_failed"
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_kind_is_a_problem(app: Flask, kind: str) -> None:
    answer = Caller(app).client.post("/api/sign-in", data=b"username=x", content_type=kind)
    assert is_problem(answer, 415, "unsupported")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"", b'{"username": NaN, '])
def test_a_body_that_cannot_be_read_is_a_problem(app: Flask, body: bytes) -> None:
    answer = Caller(app).client.post("/api/sign-in", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_a_body_that_is_not_right_names_where(app: Flask) -> None:
    answer = Caller(app).post("/api/sign-in", {"username": "x", "extra": 1})
    assert is_problem(answer, 422, "validation_failed")
    assert set(answer.json["errors"]) == {"password", "extra"}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_database_keeps_is_refused(app: Flask, text: str) -> None:
    raw = json.dumps({"username": text, "password": "x"}).encode()
    answer = Caller(app).client.post("/api/sign-in", data=raw, content_type="application/json")
    assert is_problem(answer, 400, "bad_request")
    answer = Caller(app).client.get("/api/%00")
    assert is_problem(answer, 400, "bad_request")


def test_an_id_that_no_database_holds_is_not_there(app: Flask, service: Service) -> None:
    create_account(service, "admin.example", "administrator")
    answer = Caller(app, "admin.example").get(f"/api/accounts/{2**63}")
    assert is_problem(answer, 404, "not_found")


def test_a_bug_is_a_problem_without_its_words(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("Jane Example lives here")

    configure_logs("info")
    create_account(service, "admin.example", "administrator")
    app = create_app(service)
    caller = Caller(app, "admin.example")
    monkeypatch.setattr("server.staff.accounts.find_accounts", broken)
    answer = caller.get("/api/accounts")
    assert is_problem(answer, 500, "internal")
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    written = capsys.readouterr()
    assert "Jane" not in answer.text + written.out + written.err


def test_a_refusal_is_on_the_audit_trail(app: Flask, service: Service) -> None:
    officer = create_account(service, "officer.example", "officer")
    assert is_problem(Caller(app, "officer.example").get("/api/accounts/7"), 403, "forbidden")
    entries = service.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.action == "refused")).all()
    )
    assert [(entry.actor, entry.detail["asked"]) for entry in entries] == [
        (f"account:{officer}", {"account_id": "7"})
    ]


def test_a_try_outside_ones_areas_is_on_the_audit_trail_and_tells_nothing(service: Service) -> None:
    @needs("")
    def hidden() -> str:
        raise Problem("not_found", "There is no such house.", outside_area=True)

    create_account(service, "officer.example", "officer")
    app = create_app(service)
    app._got_first_request = False
    app.add_url_rule("/api/hidden", view_func=hidden)
    answer = Caller(app, "officer.example").get("/api/hidden")
    assert is_problem(answer, 404, "not_found")
    assert "outside" not in answer.text
    actions = service.db.read(lambda session: session.scalars(select(AuditEntry.action)).all())
    assert "refused" in actions


def test_every_answer_has_a_request_id_and_security_headers(app: Flask) -> None:
    for path in ("/healthz", "/nowhere", "/api/me"):
        headers = Caller(app).get(path).headers
        assert len(headers["X-Request-Id"]) == 32
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    tries = ((UUID, True), (UUID.replace("-", ""), True), ("07700900123", False), ("a b\tc", False))
    for given, kept in tries:
        answer = Caller(app).get("/healthz", headers={"X-Request-Id": given})
        assert (answer.headers["X-Request-Id"] == given) is kept


def test_a_log_line_names_the_route_and_no_query(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info")
    create_account(service, "admin.example", "administrator")
    app = create_app(service)
    Caller(app, "admin.example").get("/api/accounts?text=Jane")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    last = lines[-1]
    assert (last["event"], last["route"], last["status"]) == ("request", "/api/accounts", 200)
    assert last["request_id"]
    assert "Jane" not in str(lines)


def test_all_problems_have_a_status_and_a_title() -> None:
    for code, (status, title) in CATALOGUE.items():
        assert 400 <= status < 600
        assert title[0].isupper(), code
        assert Problem(code).document()["code"] == code


def test_a_marked_view_keeps_its_mark_under_other_decorators() -> None:
    assert edge.access_of(public(lambda: None), "GET").kind == "public"
