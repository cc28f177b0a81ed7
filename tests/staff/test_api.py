"""The staff API: accounts by people who may, with versions; the trail."""

from __future__ import annotations

import pytest

from server.base.service import Service
from tests.factories.app import Caller, create_application
from tests.factories.staff import PASSWORD, create_account

NEW = {"username": "new.example", "display_name": "New Example", "password": PASSWORD, "roles": ["officer"]}


@pytest.fixture
def admin(service: Service) -> Caller:
    create_account(service, "admin.example", "administrator")
    return Caller(create_application(service), "admin.example")


def test_an_account_is_made_read_and_changed_with_its_version(admin: Caller) -> None:
    made = admin.post("/api/accounts", NEW)
    assert made.status_code == 201
    assert "password" not in made.text
    path = made.headers["Location"]
    read = admin.get(path)
    assert read.json == made.json
    change = {"display_name": "Newer Example"}
    assert admin.send("PATCH", path, json=change).status_code == 428
    etag = {"If-Match": read.headers["ETag"]}
    changed = admin.send("PATCH", path, json=change, headers=etag)
    assert (changed.json["display_name"], changed.json["version"]) == ("Newer Example", 2)
    assert admin.send("PATCH", path, json=change, headers=etag).status_code == 412


def test_pages_of_accounts_hold_everyone_once(admin: Caller, service: Service) -> None:
    for place in range(5):
        create_account(service, f"officer{place}.example")
    found, after = [], ""
    while after is not None:
        page = admin.get(f"/api/accounts?limit=2&after={after}").json
        found += [row["username"] for row in page["rows"]]
        after = page["next"]
    assert found == sorted(found)
    assert len(found) == 6


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "role=chief", "after=x", "active=perhaps"]
)
def test_a_wrong_query_is_a_problem(admin: Caller, query: str) -> None:
    answer = admin.get(f"/api/accounts?{query}")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_ones_own_password_needs_the_one_that_holds(admin: Caller) -> None:
    wrong = admin.send(
        "PUT", "/api/me/password", json={"password": "four tall green poplars", "old_password": "x"}
    )
    assert wrong.json["errors"] == {"old_password": "This is not the password that holds now."}
    right = {"password": "four tall green poplars", "old_password": PASSWORD}
    assert admin.send("PUT", "/api/me/password", json=right).status_code == 204
    assert admin.get("/api/me").status_code == 401


def test_somebody_elses_password_is_set_by_an_administrator(admin: Caller, service: Service) -> None:
    account_id = create_account(service, "officer.example")
    body = {"password": "four tall green poplars"}
    assert admin.send("PUT", f"/api/accounts/{account_id}/password", json=body).status_code == 204
    assert admin.send("PUT", "/api/accounts/999/password", json=body).status_code == 404


@pytest.mark.parametrize("role", ["officer", "coordinator", "supervisor", "analyst"])
def test_only_administrators_change_accounts_and_read_the_trail(service: Service, role: str) -> None:
    create_account(service, "other.example", role)
    caller = Caller(create_application(service), "other.example")
    assert caller.post("/api/accounts", NEW).status_code == 403
    assert caller.get("/api/audit").status_code == 403
    assert caller.get("/api/me").json["roles"] == [role]


def test_the_trail_is_read_newest_first_by_what_was_done(admin: Caller) -> None:
    admin.post("/api/accounts", NEW)
    rows = admin.get("/api/audit").json["rows"]
    assert {row["action"] for row in rows} == {"account.create", "sign_in.token"}
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    made = admin.get("/api/audit?action=account.create").json["rows"]
    assert [row["detail"]["roles"] for row in made] == [["officer"]]
    assert admin.get("/api/audit?until=2026-03-01T00:00:00%2B00:00").json["rows"] == []
    assert admin.get("/api/audit?since=2026-03-01").status_code == 422


def test_the_description_names_what_each_operation_needs(admin: Caller) -> None:
    document = admin.get("/api/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/api/accounts"]["post"]["x-permission"] == "staff.write"
    assert document["paths"]["/api/sign-in"]["post"]["security"] == []
    responses = document["paths"]["/api/accounts"]["get"]["responses"]
    assert "default" in responses


def test_an_address_for_mail_is_kept_and_taken_away(admin: Caller) -> None:
    made = admin.post("/api/accounts", NEW | {"email": "new@example.org"})
    assert made.json["email"] == "new@example.org"
    path, etag = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    refused = admin.send("PATCH", path, json={"email": "a@b"}, headers=etag)
    assert refused.json["errors"]["email"] == "Not an e-mail address."
    two_lines = admin.send("PATCH", path, json={"email": "a@example.org\nBcc: b@example.org"}, headers=etag)
    assert two_lines.status_code == 422
    assert admin.send("PATCH", path, json={"email": "a@example.org\n"}, headers=etag).status_code == 422
    assert admin.send("PATCH", path, json={"email": ""}, headers=etag).json["email"] == ""
