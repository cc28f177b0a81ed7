from __future__ import annotations

import pytest

from server.targeting.rank import rank
from tests.factories.app import Caller, create_application
from tests.factories.staff import create_account
from tests.factories.targeting import (
    FORCE,
    OTHER_WARD,
    WARD,
    create_counted_street,
    create_responses,
    create_wards,
)

ONE, TWO = "10000001", "10000002"
ROUTES = ("/api/targets", "/api/targets/wards", "/api/targets/changes")


@pytest.fixture
def app(service):
    create_wards(service)
    create_counted_street(service, ONE)
    create_counted_street(service, TWO, ward_code=OTHER_WARD, outstanding=10, registered=20)
    create_responses(service, ONE, [["burglary"]] * 9)
    rank(service)
    create_account(service, "officer.ward", "officer", areas=[OTHER_WARD])
    create_account(service, "analyst.force", "analyst", areas=[FORCE])
    create_account(service, "administrator.none", "administrator")
    return create_application(service)


def test_streets_come_with_parts_reasons_action_and_time(app, service):
    body = Caller(app, "analyst.force").get("/api/targets?limit=1").json
    (row,) = body["rows"]
    assert (row["usrn"], row["rank"], row["ward_code"], row["stale"]) == (ONE, 1, WARD, False)
    assert row["score"] == pytest.approx(sum(part["contribution"] for part in row["parts"]))
    assert "Burglary: named by 9 of 9 who answered." in row["why"]
    assert row["action"]["code"] == "call_again"
    assert body["as_of"] == service.clock.now().isoformat()
    following = Caller(app, "analyst.force").get(f"/api/targets?limit=1&after={body['next']}").json
    assert [row["usrn"] for row in following["rows"]] == [TWO]
    assert following["next"] is None


def test_wards_and_changes_are_served(app):
    caller = Caller(app, "analyst.force")
    assert [row["ward_code"] for row in caller.get("/api/targets/wards").json["rows"]] == [WARD, OTHER_WARD]
    changes = caller.get("/api/targets/changes?since=2026-03-02").json
    assert [(row["usrn"], row["change"]) for row in changes["rows"]] == [(ONE, 0.0), (TWO, 0.0)]
    assert changes["since"] == changes["as_of"]


@pytest.mark.parametrize("route", ROUTES)
def test_an_officer_sees_no_street_or_ward_outside_the_areas_granted(app, route):
    caller = Caller(app, "officer.ward")
    rows = caller.get(route).json["rows"]
    assert {row["ward_code"] for row in rows} == {OTHER_WARD}
    refused = caller.get(f"{route}?area={WARD}")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert WARD not in caller.get(f"{route}?area={FORCE}").text


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_reads_targets_without_signing_in(app, route):
    assert Caller(app).get(route).status_code == 401


@pytest.mark.parametrize(
    "query", ["limit=0", "after=nonsense", "area=E0&limit=x", "since=yesterday&limit=500"]
)
@pytest.mark.parametrize("route", ROUTES)
def test_a_query_that_cannot_be_is_a_problem_document(app, route, query):
    answer = Caller(app, "analyst.force").get(f"{route}?{query}")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"
