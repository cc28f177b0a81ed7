"""A test client that signs in and sends the CSRF token by itself."""

from __future__ import annotations

import copy
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.app import create_app
from server.base.http import Inside
from server.base.service import Service
from server.staff.gate import authenticate
from tests.factories.staff import PASSWORD

_BUILT: list[Flask] = []


def create_application(service: Service) -> Flask:
    """The real application on the test's service. It is put together once: what differs is the service inside."""
    if not _BUILT:
        _BUILT.append(create_app(service))
    app = copy.copy(_BUILT[0])
    app.config = copy.copy(app.config)
    app.extensions = app.extensions | {"doorstep": Inside(service, authenticate)}
    return app


class Caller:
    """Calls the API as one account, by bearer token (by default) or by session cookie."""

    def __init__(self, app: Flask, username: str | None = None, *, by: str = "token") -> None:
        self.client: FlaskClient = app.test_client()
        self.headers: dict[str, str] = {}
        if username is None:
            return
        body = {"username": username, "password": PASSWORD}
        answer = self.client.post("/api/tokens" if by == "token" else "/api/sign-in", json=body)
        assert answer.status_code in (200, 201), answer.text
        if by == "token":
            self.headers["Authorization"] = f"Bearer {answer.json['token']}"
        else:
            self.headers["X-CSRF-Token"] = answer.json["csrf_token"]

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET as this account."""
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """POST a JSON body as this account."""
        return self.send("POST", path, json=body, **options)

    def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """Any method as this account; `headers` are added to its own."""
        return self.client.open(path, method=method, headers=self.headers | (headers or {}), **options)
