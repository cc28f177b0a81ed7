"""The API's description, as data and as pages to read."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from server.base import edge
from server.base.openapi import VARIABLE
from server.base.service import Service
from server.web.reference import form_of
from tests.factories.app import Caller, create_application


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def test_every_api_route_is_described_with_who_may_call_it(app: Flask) -> None:
    paths = Caller(app).get("/api/openapi.json").json["paths"]
    for rule, method, access in edge.routes(app):
        if rule.startswith("/api/") and rule not in ("/api/openapi.json", "/api/docs"):
            operation = paths[VARIABLE.sub(r"{\1}", rule)][method.lower()]
            assert operation["summary"], rule
            assert operation.get("x-permission", "") == access.permission
            assert (operation["security"] == []) == (access.kind != "permission")


def test_every_error_is_described_as_a_problem_document(app: Flask) -> None:
    document = Caller(app).get("/api/openapi.json").json
    for name, response in document["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name


def test_schemas_are_named_once_and_after_their_room(app: Flask) -> None:
    names = list(Caller(app).get("/api/openapi.json").json["components"]["schemas"])
    assert not [name for name in names if re.search(r"\d$", name)]
    assert "StaffAccount" in names


def test_the_pages_show_every_operation_and_load_nothing_from_elsewhere(app: Flask) -> None:
    answer = Caller(app).get("/api/docs")
    assert answer.status_code == 200
    for path in Caller(app).get("/api/openapi.json").json["paths"]:
        assert path in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert re.findall(r'(?:src|href)="(?!#|/)[^"]*"', answer.text) == []
    for link in re.findall(r'href="#([^"]+)"', answer.text):
        assert f'id="{link}"' in answer.text, link
    styles = Caller(app).get("/static/reference.css")
    assert styles.content_type.startswith("text/css")
    assert "http" not in styles.text


def test_whoever_opens_the_services_address_finds_the_app_and_the_apis_pages(app: Flask) -> None:
    caller = Caller(app)
    answer = caller.get("/")
    assert answer.status_code == 200
    ways = re.findall(r'<li><a href="([^"]+)"', answer.text)
    assert {"/phone/", "/api/docs"} <= set(ways)
    for way in ways:
        assert caller.get(way).status_code in (200, 303, 503), way  # 303: the console asks to sign in


def test_nothing_but_our_own_files_is_served(app: Flask) -> None:
    for name in ("../reference.py", "%2e%2e/reference.py", "nothing.css", "..%5creference.py"):
        assert Caller(app).get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "maxLength": 9}, "text, up to 9 characters"),
        ({"type": ["string", "null"], "format": "date"}, "date or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/StaffGrant"}}, "list of StaffGrant"),
        ({"type": "integer", "minimum": 1, "maximum": 200}, "whole number, 1 to 200"),
        ({"type": "string", "enum": ["a", "b"]}, "text: a, b"),
        ({"anyOf": [{"$ref": "#/x/A"}, {"type": "null"}]}, "A or null"),
        ({}, ""),
    ],
)
def test_a_form_is_said_in_words(schema: dict[str, object], words: str) -> None:
    assert form_of(schema) == words
