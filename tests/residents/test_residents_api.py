"""The residents API: areas, reasons, the audit trail; and what names nobody without one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.base.service import Service
from server.base.tables import AuditEntry
from tests.factories.app import Caller, create_application
from tests.factories.residents import FAR_AWAY, HOUSE, WARD, a_record, create_houses, register
from tests.factories.staff import create_account

WHY = {"reason": "person_asked", "reference": "SAR-12"}


@pytest.fixture
def supervisor(service: Service) -> Caller:
    create_houses(service)
    create_account(service, "sam.example", "supervisor", areas=[WARD])
    return Caller(create_application(service), "sam.example")


def trail(service: Service, action: str) -> list[AuditEntry]:
    wanted = select(AuditEntry).where(AuditEntry.action == action)
    return service.db.read(lambda session: list(session.scalars(wanted)))


def test_lists_and_single_rows_show_states_and_nothing_that_names(
    service: Service, supervisor: Caller
) -> None:
    key = register(service, a_record(email="anna@example.org", no=["groups"]))
    listed = supervisor.get("/api/residents")
    read = supervisor.get(f"/api/residents/{key}")
    assert [one["id"] for one in listed.json["rows"]] == [key]
    assert listed.json["rows"][0]["consents"] == ["messages", "surveys"]
    assert [one["given"] for one in read.json["history"]].count(False) == 1
    for answer in (listed, read):
        assert "Nowak" not in answer.text
        assert "example.org" not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        (f"uprn={HOUSE}", 2),
        ("state=erased", 0),
        ("state=current", 2),
        (f"ward={WARD}", 2),
        ("usrn=1", 0),
    ],
)
def test_lists_are_filtered(service: Service, supervisor: Caller, query: str, found: int) -> None:
    register(service, a_record("Anna Nowak"))
    register(service, a_record("Jan Nowak"))
    assert len(supervisor.get(f"/api/residents?{query}").json["rows"]) == found


def test_pages_follow_one_another_without_gap_or_repeat(service: Service, supervisor: Caller) -> None:
    keys = sorted(register(service, a_record(f"Person {number}")) for number in range(5))
    seen: list[str] = []
    after = ""
    while after is not None:
        page = supervisor.get(f"/api/residents?limit=2&after={after}").json
        seen += [one["id"] for one in page["rows"]]
        after = page["next"]
    assert seen == keys


def test_a_name_is_given_out_with_a_reason_that_stands_on_the_trail(
    service: Service, supervisor: Caller
) -> None:
    key = register(service, a_record(email="anna@example.org"))
    answer = supervisor.post(f"/api/residents/{key}/disclosures", WHY)
    assert (answer.json["name"], answer.json["contacts"][0]["value"]) == ("Anna Nowak", "anna@example.org")
    (entry,) = trail(service, "resident.disclose")
    assert (entry.target, entry.detail) == (f"resident:{key}", WHY)
    assert supervisor.post(f"/api/residents/{key}/disclosures", {}).status_code == 422
    assert supervisor.post(f"/api/residents/{key}/disclosures", {"reason": "curious"}).status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "email", "value": "ANNA@example.org"},
        {"kind": "phone", "value": "+44 1482 5550100"},
        {"kind": "name_at_house", "value": "mrs anna nowak", "uprn": HOUSE},
    ],
)
def test_people_are_found_by_contact_or_name_and_the_look_up_names_nobody(
    service: Service, supervisor: Caller, asked: dict[str, Any]
) -> None:
    key = register(service, a_record(email="anna@example.org", phone="01482 555 0100"))
    answer = supervisor.post("/api/residents/look-ups", asked | WHY)
    assert [one["id"] for one in answer.json["rows"]] == [key]
    (entry,) = trail(service, "resident.look_up")
    assert entry.detail == {"found": [key]} | WHY
    assert asked["value"] not in str((entry.target, entry.detail))


def test_a_look_up_that_finds_nobody_is_on_the_trail_too(service: Service, supervisor: Caller) -> None:
    asked = {"kind": "email", "value": "nobody@example.org"} | WHY
    assert supervisor.post("/api/residents/look-ups", asked).json["rows"] == []
    assert trail(service, "resident.look_up")[0].detail["found"] == []


def test_nobody_outside_the_areas_is_reached_by_any_route_and_the_try_is_noted(
    service: Service, supervisor: Caller
) -> None:
    key = register(service, a_record(email="anna@example.org"), FAR_AWAY)
    assert supervisor.get("/api/residents").json["rows"] == []
    assert supervisor.get(f"/api/residents?uprn={FAR_AWAY}").json["rows"] == []
    by_contact = {"kind": "email", "value": "anna@example.org"} | WHY
    assert supervisor.post("/api/residents/look-ups", by_contact).json["rows"] == []
    tries = [
        supervisor.get(f"/api/residents/{key}"),
        supervisor.post(f"/api/residents/{key}/disclosures", WHY),
        supervisor.post(f"/api/residents/{key}/preferences", {"opt_out": True} | WHY),
        supervisor.post("/api/privacy/exports", {"resident_id": key} | WHY),
    ]
    assert [one.status_code for one in tries] == [404] * 4
    unknown = supervisor.get("/api/residents/no-such-resident")
    assert (unknown.status_code, unknown.json["detail"]) == (404, tries[0].json["detail"])
    assert len(trail(service, "refused")) == 4, "a resident that does not exist is no try"


def test_preferences_are_changed_on_the_persons_word(service: Service, supervisor: Caller) -> None:
    key = register(service)
    answer = supervisor.post(f"/api/residents/{key}/preferences", {"opt_out": True} | WHY)
    assert answer.json == {
        "state": "opted_out",
        "language": "en",
        "consents": {"messages": False, "surveys": False, "groups": False},
    }
    (entry,) = trail(service, "resident.preferences")
    assert (entry.detail["reason"], entry.detail["opt_out"]) == ("person_asked", True)


@pytest.mark.parametrize("role", ["officer", "coordinator", "analyst", "administrator"])
def test_others_than_supervisors_see_no_resident(service: Service, role: str) -> None:
    create_houses(service)
    key = register(service)
    create_account(service, "pat.example", role, areas=[WARD])
    caller = Caller(create_application(service), "pat.example")
    answers = [
        caller.get("/api/residents"),
        caller.get(f"/api/residents/{key}"),
        caller.post("/api/residents/look-ups", {"kind": "email", "value": "x@example.org"} | WHY),
        caller.post(f"/api/residents/{key}/disclosures", WHY),
        caller.post(f"/api/residents/{key}/preferences", WHY),
        caller.post("/api/privacy/exports", {"resident_id": key} | WHY),
    ]
    assert [one.status_code for one in answers] == [403] * 6
