"""Erasure and export by API: who may, and what they get."""

from __future__ import annotations

from typing import Any

import pytest

from server.base.service import Service
from tests.factories.app import Caller, create_application
from tests.factories.residents import DISTRICT, FORCE, HOUSE, a_record, create_houses, register
from tests.factories.staff import create_account

WHY = {"reason": "person_asked"}


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    create_houses(service)


def caller(service: Service, role: str, *areas: str) -> Caller:
    create_account(service, f"{role}.example", role, areas=list(areas))
    return Caller(create_application(service), f"{role}.example")


def test_an_administrator_erases_by_id_or_contact_and_reads_the_ledger(service: Service) -> None:
    first = register(service, a_record("Anna Nowak", email="anna@example.org"))
    register(service, a_record("Jan Nowak", email="jan@example.org"))
    admin = caller(service, "administrator")
    by_id = admin.post("/api/privacy/erasures", {"resident_id": first} | WHY)
    assert by_id.json == {"residents": 1, "events": 0, "responses": 0}
    assert admin.post("/api/privacy/erasures", {"email": "jan@example.org"} | WHY).json["residents"] == 1
    assert admin.post("/api/privacy/erasures", {"email": "new@example.org"} | WHY).json["residents"] == 0
    ledger = admin.get("/api/privacy/erasures").json["rows"]
    assert len(ledger) == 3
    assert ledger[-1]["resident_id"] == first
    assert "example.org" not in str(ledger)
    again = admin.post("/api/privacy/erasures", {"resident_id": first} | WHY)
    assert again.status_code == 404


def test_the_reason_and_the_reference_of_an_erasure_are_on_the_trail(service: Service) -> None:
    admin = caller(service, "administrator")
    body = {"email": "new@example.org", "reason": "complaint", "reference": "C-17"}
    assert admin.post("/api/privacy/erasures", body).status_code == 200
    (entry,) = admin.get("/api/audit?action=privacy.erase").json["rows"]
    assert (entry["detail"]["reason"], entry["detail"]["reference"]) == ("complaint", "C-17")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone": "01482 555 0100"},
        {"name": "Anna", "reason": "boredom"},
        {"resident_id": "x", "email": "a@example.org"},
        {"uprn": "not a number", "name": "Anna"},
    ],
)
def test_a_request_that_names_nobody_clearly_is_refused(service: Service, body: dict[str, Any]) -> None:
    answer = caller(service, "administrator").post("/api/privacy/erasures", WHY | body)
    assert answer.status_code == 422
    assert answer.json["code"] == "validation_failed"


def test_a_supervisor_exports_and_does_not_erase(service: Service) -> None:
    key = register(service, a_record(email="anna@example.org"))
    supervisor = caller(service, "supervisor", FORCE)
    answer = supervisor.post("/api/privacy/exports", {"resident_id": key} | WHY)
    assert answer.json["registrations_on_file"][0]["name"] == "Anna Nowak"
    assert supervisor.post("/api/privacy/erasures", {"resident_id": key} | WHY).status_code == 403
    assert supervisor.get("/api/privacy/erasures").status_code == 403
    assert HOUSE in answer.text


@pytest.mark.parametrize("role", ["officer", "coordinator", "analyst"])
def test_nobody_else_does_either(service: Service, role: str) -> None:
    key = register(service)
    someone = caller(service, role, DISTRICT)
    assert someone.post("/api/privacy/exports", {"resident_id": key} | WHY).status_code == 403
    assert someone.post("/api/privacy/erasures", {"resident_id": key} | WHY).status_code == 403
