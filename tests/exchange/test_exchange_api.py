"""The exchange over HTTP: limits, problem documents, and no traceback whatever the body."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.base.clock import SetClock
from server.base.service import Service
from sync import codec, enrolment, keys, signing
from sync.events import Envelope
from tests.factories.app import Caller, create_application
from tests.factories.devices import ENROL_PATH, EXCHANGE_PATH, Phone, create_phone
from tests.factories.exchange import WARD, create_field, statuses, uprn
from tests.factories.staff import create_account

FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def posted(client: FlaskClient, phone: Phone, body: bytes, path: str = EXCHANGE_PATH) -> TestResponse:
    """The bytes as this phone would send them, under its next number."""
    headers = phone.headers(body, phone.number, path)
    return client.post(path, data=body, headers=headers, content_type="application/json")


def is_problem(answer: TestResponse, status: int, code: str) -> bool:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    return bool(answer.json and answer.json["code"] == code)


def test_a_phone_enrols_and_exchanges_over_http(service: Service, app: Flask) -> None:
    field = create_field(service)
    client = app.test_client()
    create_account(service, "cora.example", "coordinator", areas=["E06000010"])
    coordinator = Caller(app, "cora.example")
    made = coordinator.post("/api/devices/enrolment-codes", {"account_id": field.officers[0]}).json
    assert made is not None
    card = codec.decode_service_card(client.get("/api/exchange/card").data)
    enrolment.check_card(card, enrolment.parse_code(made["code"]))
    phone = create_phone(service)
    phone.next_number()
    answer = posted(client, phone, codec.encode(phone.enrol_request(made["code"])), ENROL_PATH)
    assert answer.status_code == 200, answer.text
    reply = codec.decode_enrol_reply(answer.data)
    phone.epoch = reply.epoch
    request = phone.request([field.phones[0].visit(uprn(0, 1))])
    body = codec.encode(request)
    headers = phone.headers(body, request.number)
    answer = client.post(EXCHANGE_PATH, data=body, headers=headers)
    signing.verify_reply(
        keys.load_public(card.verify_key),
        status=200,
        headers=answer.headers,  # type: ignore[arg-type]
        body=answer.data,
        request_signature=headers["Signature"],
    )
    exchanged = phone.take(codec.decode_exchange_reply(answer.data))
    assert statuses(exchanged) == [("held", "unreadable")]
    assert len(phone.lists) == 1


def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Service) -> None:
    small = replace(service, settings=replace(service.settings, most_exchange_bytes=65536))
    phone = create_field(small).phones[0]
    client = create_application(small).test_client()
    body = b"x" * 65537
    phone.next_number()
    assert is_problem(posted(client, phone, body), 413, "too_large")
    assert is_problem(posted(client, phone, body[:65536]), 400, "malformed_body")


def test_an_unsigned_request_is_a_problem(service: Service, app: Flask) -> None:
    client = app.test_client()
    assert is_problem(client.post(EXCHANGE_PATH, data=b"{}"), 401, "bad_signature")
    assert is_problem(client.post(ENROL_PATH, data=b"{}"), 400, "malformed_body")
    assert client.get(EXCHANGE_PATH).status_code == 405


def test_a_replay_is_a_problem_that_asks_for_a_higher_number(service: Service, app: Flask) -> None:
    phone = create_field(service).phones[0]
    body = codec.encode(phone.request())
    client = app.test_client()
    assert posted(client, phone, body).status_code == 200
    assert is_problem(posted(client, phone, body), 409, "replayed")


@FUZZ
@given(body=st.binary(max_size=300) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_body_gets_a_problem_document(service: Service, body: bytes) -> None:
    phone, client = _world(service)
    phone.next_number()
    for path in (EXCHANGE_PATH, ENROL_PATH):
        answer = posted(client, phone, body, path)
        assert answer.status_code in (400, 401, 422), answer.text
        assert answer.content_type == "application/problem+json"


@FUZZ
@given(
    name=st.sampled_from(
        ["number", "now", "epoch", "events", "have", "waiting", "kid", "app", "guide", "protocol", "more"]
    ),
    value=JSON_VALUES,
)
def test_any_member_of_a_request_is_taken_or_refused_with_a_sentence(
    service: Service, name: str, value: Any
) -> None:
    phone, client = _world(service)
    request = json.loads(codec.encode(phone.request()))
    answer = posted(client, phone, json.dumps(request | {name: value}).encode())
    assert answer.status_code in (200, 400, 401, 409, 422), answer.text
    if answer.status_code == 200:
        codec.decode_exchange_reply(answer.data)


@FUZZ
@given(
    events=st.lists(
        JSON_VALUES | st.dictionaries(st.sampled_from(["id", "seq", "prev", "kid", "sealed"]), JSON_VALUES),
        min_size=1,
        max_size=5,
    )
)
def test_any_event_is_receipted(service: Service, events: list[Any]) -> None:
    phone, client = _world(service)
    request = json.loads(codec.encode(phone.request()))
    body = json.dumps(request | {"events": events}).encode()
    answer = posted(client, phone, body)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        reply = codec.decode_exchange_reply(answer.data)
        assert len(reply.receipts) == len(events)
        assert {receipt.status for receipt in reply.receipts} <= {"held", "duplicate"}


@FUZZ
@given(
    event_id=st.text(max_size=40),
    seq=st.integers(-5, 2**63),
    prev=st.text("0123456789abcdefx\0", max_size=70),
    kid=st.text(max_size=41),
    sealed=st.binary(max_size=200),
    protocol=st.integers(-1, 2**60),
)
def test_any_envelope_is_receipted(service: Service, **members: Any) -> None:
    phone, client = _world(service)
    members["id"] = members.pop("event_id")
    request = json.loads(codec.encode(phone.request()))
    wire = json.loads(codec.encode(Envelope(**members))) if -(2**63) < members["seq"] < 2**64 else {}
    answer = posted(client, phone, json.dumps(request | {"events": [wire]}).encode())
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        assert len(codec.decode_exchange_reply(answer.data).receipts) == 1


_worlds: dict[int, tuple[Service, Phone, FlaskClient]] = {}


def _world(service: Service) -> tuple[Phone, FlaskClient]:
    """One field for all examples of a test: the service is the test's own."""
    if id(service) not in _worlds or _worlds[id(service)][0] is not service:
        _worlds.clear()
        field = create_field(service)
        _worlds[id(service)] = (service, field.phones[0], create_application(service).test_client())
    return _worlds[id(service)][1:]


def test_held_events_are_listed_mended_and_dismissed_over_http(service: Service, app: Flask) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    phone.exchange(field.visit(phone, uprn(1, 1), "spoke"), field.visit(phone, "1"))
    supervisor = Caller(app, "sam.example")
    listed = supervisor.get("/api/held?limit=1").json
    assert listed is not None
    assert listed["next"]
    more = supervisor.get(f"/api/held?limit=1&after={listed['next']}").json
    assert more is not None
    first, second = listed["rows"][0]["id"], more["rows"][0]["id"]
    detail = supervisor.get(f"/api/held/{first}").json
    assert detail is not None
    assert detail["inside"]["uprn"] == uprn(1, 1)
    assert supervisor.post(f"/api/held/{first}/mending").json["state"] == "mended"  # type: ignore[index]
    assert is_problem(supervisor.post(f"/api/held/{first}/mending"), 409, "wrong_state")
    path = f"/api/held/{second}/dismissal"
    assert is_problem(supervisor.post(path, {"decision": "because"}), 422, "validation_failed")
    assert supervisor.post(path, {"decision": "mistake"}).json["state"] == "dismissed"  # type: ignore[index]
    assert supervisor.get("/api/held?state=held").json == {"rows": [], "next": None}
    assert supervisor.get("/api/held/999999").status_code == 404


def test_an_officer_sees_no_held_event_over_http(service: Service, app: Flask) -> None:
    create_field(service)
    create_account(service, "olga.example", "officer", areas=[WARD])
    officer = Caller(app, "olga.example")
    for method, path in (("GET", ""), ("GET", "/1"), ("POST", "/1/mending")):
        assert officer.send(method, f"/api/held{path}").status_code == 403


def test_that_the_guide_was_read_is_kept_with_the_time_it_was_first_told(
    service: Service, app: Flask, clock: SetClock
) -> None:
    phone = create_field(service).phones[0]
    create_account(service, "cora.example", "coordinator", areas=["E06000010"])

    def shown() -> tuple[str, str | None]:
        row = Caller(app, "cora.example").get(f"/api/devices/{phone.id}").json
        return row["guide"], row["guide_at"]

    phone.exchange()
    assert shown() == ("", None)
    first = clock.now().isoformat()
    phone.exchange(guide="1")
    assert shown() == ("1", first)
    clock.advance(timedelta(hours=1))
    phone.exchange(guide="1")
    phone.exchange()
    assert shown() == ("1", first)
    phone.exchange(guide="2")
    assert shown() == ("2", clock.now().isoformat())
