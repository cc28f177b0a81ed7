"""Questionnaires and results by API: who may see what, and that small numbers stay here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from server.base.clock import SetClock
from server.base.service import Service
from server.geography.tables import Street
from server.surveys.questionnaires import default_document, ensure_default
from server.surveys.respond import NewResponse
from tests.factories.app import Caller, create_application
from tests.factories.residents import (
    DISTRICT,
    OTHER_STREET,
    OTHER_WARD,
    STREET,
    WARD,
    a_record,
    create_houses,
    register,
)
from tests.factories.staff import create_account
from tests.surveys.test_respond import answers, file


@pytest.fixture(autouse=True)
def _ready(service: Service) -> None:
    create_houses(service)
    ensure_default(service)


def caller(service: Service, role: str, *areas: str) -> Caller:
    create_account(service, f"{role}.example", role, areas=list(areas))
    return Caller(create_application(service), f"{role}.example")


def respond(
    service: Service,
    many: int,
    choice: str,
    *,
    usrn: str = STREET,
    ward: str = WARD,
    residents: list[str] | None = None,
) -> None:
    now = service.clock.now()
    new = [
        NewResponse(
            service.new_uuid(),
            answers({"concerns": [choice]}),
            residents[number] if residents else None,
            usrn,
            ward,
            None,
            "door",
            now,
            now,
        )
        for number in range(many)
    ]
    assert file(service, *new) == [""] * many


def test_results_by_ward_are_counted_within_the_areas(service: Service) -> None:
    respond(service, 9, "asb")
    respond(service, 3, "noise")
    respond(service, 20, "asb", usrn=OTHER_STREET, ward=OTHER_WARD)
    analyst = caller(service, "analyst", WARD)
    found = analyst.get("/api/surveys/results").json
    assert [one["ward_code"] for one in found["places"]] == [WARD]
    assert found["places"][0]["responses"] == 12
    counts = found["places"][0]["counts"]["concerns"]
    assert (counts["asb"], counts["noise"], counts["burglary"]) == (9, 3, 0)
    assert analyst.get(f"/api/surveys/results?area={OTHER_WARD}").json["places"] == []
    assert analyst.get("/api/surveys/results?area=nowhere").status_code == 404
    assert analyst.get("/api/surveys/results?version=9").status_code == 404


def test_streets_with_few_responses_are_hidden_and_never_one_alone(service: Service) -> None:
    service.db.transact(
        lambda s: s.execute(
            insert(Street),
            [{"usrn": f"9100000{n}", "name": "X", "locality": "", "town": ""} for n in range(3)],
        )
    )
    for usrn, many in (("91000000", 5), ("91000001", 30), ("91000002", 12)):
        respond(service, many, "asb", usrn=usrn)
    analyst = caller(service, "analyst", DISTRICT)
    places = analyst.get("/api/surveys/results?level=street").json["places"]
    shown = {one["usrn"]: one["responses"] for one in places}
    assert shown == {"91000000": None, "91000001": 30, "91000002": None}
    assert all(one["counts"] is None for one in places if one["responses"] is None)


def test_pages_of_streets_follow_one_another(service: Service) -> None:
    for number in range(5):
        respond(service, 8, "asb", usrn=f"9100000{number}")
    analyst = caller(service, "analyst", DISTRICT)
    seen: list[str] = []
    after = ""
    while after is not None:
        page = analyst.get(f"/api/surveys/results?level=street&limit=2&after={after}").json
        seen += [one["usrn"] for one in page["places"]]
        after = page["next"]
    assert seen == [f"9100000{number}" for number in range(5)]


def test_a_period_is_counted_by_whole_quarters_of_the_year_so_that_no_day_can_be_told_apart(
    service: Service, clock: SetClock
) -> None:
    respond(service, 8, "asb")
    clock.advance(timedelta(days=1))
    respond(service, 1, "drugs")
    clock.set(datetime(2026, 4, 1, 9, tzinfo=UTC))
    respond(service, 9, "noise")
    analyst = caller(service, "analyst", DISTRICT)

    def responses(query: str) -> list[int]:
        found = analyst.get(f"/api/surveys/results?{query}").json
        assert (found["since"], found["until"]) in (("2026-01-01", "2026-03-31"), (None, "2026-03-31"))
        return [one["responses"] for one in found["places"]]

    assert responses("since=2026-03-02&until=2026-03-02") == [9]
    assert responses("since=2026-03-03&until=2026-03-31") == [9]
    assert responses("until=2026-01-01") == [9]


def test_a_period_with_few_responses_in_it_or_outside_it_is_hidden(service: Service, clock: SetClock) -> None:
    respond(service, 20, "asb")
    clock.set(datetime(2026, 4, 1, 9, tzinfo=UTC))
    respond(service, 3, "noise")
    analyst = caller(service, "analyst", DISTRICT)

    def responses(query: str) -> list[int | None]:
        found = analyst.get(f"/api/surveys/results?{query}").json
        return [one["responses"] for one in found["places"]]

    assert responses("") == [23]
    assert responses("since=2026-04-01") == [None]
    assert responses("until=2026-03-31") == [None], "else 23 less these would tell of the three"


@pytest.mark.parametrize("period", ["since=2026-01-01", "until=2026-03-31"])
def test_streets_have_no_periods_because_their_hidden_ones_would_follow_from_two(
    service: Service, period: str
) -> None:
    respond(service, 20, "asb")
    answer = caller(service, "analyst", DISTRICT).get(f"/api/surveys/results?level=street&{period}")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["level"])


def test_no_two_periods_taken_from_each_other_tell_of_a_quarter_with_few_responses(
    service: Service, clock: SetClock
) -> None:
    for month, many in ((1, 20), (4, 3), (7, 30)):
        clock.set(datetime(2026, month, 2, 9, tzinfo=UTC))
        respond(service, many, "asb")
    clock.set(datetime(2026, 11, 2, 9, tzinfo=UTC))
    analyst = caller(service, "analyst", DISTRICT)

    def responses(first: str, last: str) -> list[int | None]:
        found = analyst.get(f"/api/surveys/results?since=2026-{first}&until=2026-{last}").json
        return [one["responses"] for one in found["places"]]

    assert responses("01-01", "03-31") == [20]
    assert responses("01-01", "06-30") == [None], "23 less the 20 would tell of the three"
    assert responses("07-01", "09-30") == [None], "53 less the 20 and these would tell of the three"
    assert responses("04-01", "09-30") == [33]
    assert responses("01-01", "12-31") == [53]


def test_a_demographic_table_hides_small_numbers_and_rounds_the_others(service: Service) -> None:
    def people(many: int, code: str) -> list[str]:
        return [
            register(
                service,
                a_record(f"{code} {n}", email=f"{code}{n}@example.org", demographics={"ethnicity": code}),
            )
            for n in range(many)
        ]

    respond(service, 11, "asb", residents=people(11, "W1"))
    respond(service, 9, "noise", residents=people(9, "A1"))
    respond(service, 2, "asb", residents=people(2, "B1"))
    respond(service, 12, "asb")
    analyst = caller(service, "analyst", DISTRICT)
    table = analyst.get("/api/surveys/results/demographics?question=concerns&demographic=ethnicity").json
    cell = {
        (row, column): table["cells"][r][c]
        for r, row in enumerate(table["rows"])
        for c, column in enumerate(table["columns"])
    }
    shown = [count for row in table["cells"] for count in row if count is not None]
    assert cell["B1", "asb"] is None
    assert all(count % 5 == 0 for count in shown)
    assert 2 not in shown
    assert cell["A1", "noise"] in (10, None)
    assert "ethnicity" in table["demographic"]


def test_a_question_or_list_that_is_not_there_is_a_problem(service: Service) -> None:
    analyst = caller(service, "analyst", DISTRICT)
    path = "/api/surveys/results/demographics"
    assert analyst.get(f"{path}?question=first_thing&demographic=ethnicity").status_code == 404
    assert analyst.get(f"{path}?question=concerns&demographic=shoe_size").status_code == 422


def test_a_coordinator_makes_versions_and_retires_them(service: Service) -> None:
    coordinator = caller(service, "coordinator", DISTRICT)
    body: dict[str, Any] = {k: v for k, v in default_document().items() if k != "version"}
    made = coordinator.post("/api/questionnaires", body)
    assert made.status_code == 201
    path = f"/api/questionnaires/{made.json['id']}"
    assert coordinator.get(path).json["body"]["version"] == 2
    assert coordinator.send("PUT", f"{path}/active", json={"active": False}).status_code == 204
    listed = coordinator.get("/api/questionnaires?code=doorstep&active=true").json["rows"]
    assert [(one["code"], one["version"]) for one in listed] == [("doorstep", 1)]
    assert coordinator.get("/api/questionnaires/4711").status_code == 404
    broken = coordinator.post("/api/questionnaires", body | {"questions": [{"code": "x"}]})
    assert (broken.status_code, broken.json["code"]) == (422, "validation_failed")


def test_an_officer_reads_questionnaires_and_writes_none(service: Service) -> None:
    officer = caller(service, "officer", DISTRICT)
    assert officer.get("/api/questionnaires").status_code == 200
    assert officer.post("/api/questionnaires", {}).status_code == 403
    assert officer.get("/api/surveys/results").status_code == 403
