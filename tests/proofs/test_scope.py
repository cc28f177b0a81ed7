"""An officer's principal reaches nothing outside the granted areas, by any route of the API, tested route by route.

Every route has a case here, or the test fails. The cases name things that lie outside; the same requests, made by
somebody of the whole force, succeed: so what refuses them is the area, and not a slip of the case.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.app import create_app
from server.base.edge import routes
from server.base.service import Service
from server.base.tables import AuditEntry
from server.staff.roles import ROLES as PERMISSIONS
from server.tables import METADATA
from tests.factories.app import Caller
from tests.factories.fieldwork import CROSSING_STREET, LONG_STREET, uprn
from tests.proofs.cases import CASES, OPEN, OWN, Try
from tests.proofs.wards import ROLES, Wards, create_wards, fill_outside

MATCH = {"If-Match": "*"}
# Where priority targets are read: their scores and ranks are of the whole force.
RANKED = ("/api/targets", "/console/campaigns/targets")
# What a look at things leaves behind by itself: the trail of it, and the sign-in that it was made by.
TRACES = {"audit_entry", "audit_head", "sign_in", "sign_in_failure", "public_try"}


@pytest.fixture
def wards(service: Service) -> Wards:
    made = create_wards(service)
    fill_outside(made)
    return made


def test_every_route_has_a_case_and_every_case_a_route(service: Service) -> None:
    there = {f"{method} {rule}" for rule, method, _ in routes(create_app(service))}
    assert there == CASES.keys() | OWN | OPEN


def send(caller: Caller, route: str, one: Try) -> TestResponse:
    """Make a try."""
    method = route.split(maxsplit=1)[0]
    if one.form is not None:
        return caller.send(method, one.path, data=one.form)
    return caller.send(method, one.path, json=one.body, headers=MATCH)


def text_of(answer: TestResponse) -> str:
    """What was answered, as far as it is text: a file's names and codes are, whatever lies between them."""
    return answer.get_data().decode("utf-8", "replace")


def refusals(service: Service) -> int:
    """How many refusals are on the audit trail."""
    counted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "refused")
    return service.db.read(lambda session: session.scalar(counted) or 0)


def rows_of(service: Service) -> dict[str, list[Any]]:
    """Every row of every table that a look does not touch."""
    tables = [table for table in METADATA.sorted_tables if table.name not in TRACES]
    return service.db.read(
        lambda session: {
            table.name: sorted(map(repr, session.execute(select(*table.columns)))) for table in tables
        }
    )


@pytest.mark.parametrize("role", ROLES)
def test_nothing_outside_is_reached_by_any_route(wards: Wards, role: str) -> None:
    caller, service = Caller(wards.app, f"{role}.north"), wards.service
    before, wrong = rows_of(service), []
    for route, tries in CASES.items():
        for one in tries(wards):
            refused = refusals(service)
            answer = send(caller, route, one)
            asked = f"{one.path} {one.body or one.form or ''}"
            told = f"{role}: {route.split()[0]} {asked} → {answer.status_code} {text_of(answer)[:300]}"
            if any(token in text_of(answer) for token in wards.tokens if token not in asked):
                wrong.append(f"tells of outside: {told}")
            if not one.listing and answer.status_code not in (403, 404):
                wrong.append(f"is not refused: {told}")
            if not one.listing and refusals(service) == refused:
                wrong.append(f"is not on the audit trail: {told}")
            if one.listing and answer.status_code not in (200, 403, 404):
                wrong.append(f"is no list: {told}")
    assert not wrong, "\n".join(wrong)
    assert rows_of(service) == before


def test_the_same_requests_succeed_for_those_who_see_the_whole_force(wards: Wards) -> None:
    caller = Caller(wards.app, "everything.force")
    order = sorted(CASES, key=lambda route: (not route.startswith("GET"), "privacy/erasures" in route, route))
    wrong = [
        f"{route.split()[0]} {one.path} → {answer.status_code}, not {one.control}: {text_of(answer)[:300]}"
        for route in order
        for one in CASES[route](wards)
        if (answer := send(caller, route, one)).status_code != one.control
    ]
    assert not wrong, "\n".join(wrong)


def test_those_inside_see_their_own(wards: Wards) -> None:
    mine = wards.inside
    expected = {
        "/api/premises?limit=200": mine["uprn"],
        f"/api/premises/{mine['uprn']}/visits": mine["visit"],
        "/api/hazards": mine["hazard_text"],
        "/api/notes": mine["address_note"],
        "/api/residents": mine["resident"],
        "/api/coverage/houses?limit=200": mine["uprn"],
        "/api/worklists": LONG_STREET,
        "/api/devices": wards.phone_a.id,
        "/api/targets": LONG_STREET,
        "/api/streets": CROSSING_STREET,
    }
    caller = Caller(wards.app, "supervisor.north")
    for path, token in expected.items():
        assert token in caller.get(path).text, path


def test_a_street_that_crosses_is_given_only_as_far_as_ones_areas_reach(wards: Wards) -> None:
    caller = Caller(wards.app, "coordinator.north")
    body = {"officers": [wards.officer_a], "streets": [CROSSING_STREET]}
    given = caller.post(f"/api/campaigns/{wards.both}/allocations", body)
    assert (given.status_code, [one["houses"] for one in given.json]) == (201, [3])
    (worklist_id,) = (one["worklist_id"] for one in given.json)
    rows = caller.get(f"/api/worklists/{worklist_id}/houses").json["rows"]
    assert {row["uprn"] for row in rows} == {uprn(CROSSING_STREET, number) for number in (1, 2, 3)}
    wards.phone_a.sync()
    held = {house.uprn for one in wards.phone_a.lists.values() for _, house in one.houses()}
    assert len(held) == 15
    assert not held & set(wards.tokens)


def readings(made: Wards, role: str) -> dict[str, Any]:
    """Every list, and what stands by itself inside, as this role reads it; without the moment of reading."""
    paths = [route.split()[1] for route in sorted(CASES) if route.startswith("GET ") and "<" not in route]
    paths += [
        f"/api/campaigns/{made.both}",
        f"/api/streets/{CROSSING_STREET}",
        f"/api/worklists/{made.list_a}",
    ]
    paths += [f"{path}?campaign={made.both}" for path in paths if path.startswith("/api/coverage/")]
    paths += ["/api/surveys/results?level=street"]
    caller = Caller(made.app, f"{role}.north")
    found = {path: caller.get(path).get_data(as_text=True) for path in paths if "demographics" not in path}
    return {path: re.sub(r'"as_of":\s*"[^"]+"', "", text) for path, text in found.items()}


@pytest.mark.parametrize("role", ROLES)
def test_whatever_happens_outside_changes_nothing_that_is_read_inside(service: Service, role: str) -> None:
    """No count, rank of lists or page gives away what goes on elsewhere. Ranks of targets are of the whole force."""
    made = create_wards(service)
    before = readings(made, role)
    fill_outside(made)
    after = readings(made, role)
    changed = {path for path in before if before[path] != after[path] and not path.startswith(RANKED)}
    assert not changed, "\n".join(f"{path}:\n{before[path]}\n{after[path]}" for path in changed)


def test_the_roles_tried_hold_every_permission_that_is_not_for_the_whole_force(wards: Wards) -> None:
    held = frozenset().union(*(PERMISSIONS[role] for role in ROLES))
    only_administrators = PERMISSIONS["administrator"] - held
    assert only_administrators == {
        "audit.read",
        "geography.import",
        "operations.read",
        "privacy.erase",
        "staff.read",
        "staff.write",
    }
