"""Subject access: everything held on a person, and on nobody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.privacy.access_request import export_person
from server.residents.links import PREFERENCES, make_link
from server.residents.look_up import disclose
from server.residents.preferences import PreferenceChange
from server.surveys.questionnaires import ensure_default
from server.surveys.self_service import change_by_link
from tests.factories.base import create_principal
from tests.factories.residents import (
    DISTRICT,
    FAR_AWAY,
    FORCE,
    HOUSE,
    WARD,
    a_record,
    create_houses,
    register,
)
from tests.surveys.test_respond import answers, file, response

SUPERVISOR = create_principal("privacy.export", "resident.read")


def test_everything_held_on_a_person_is_in_it_and_nothing_of_the_neighbours(
    service: Service, clock: SetClock
) -> None:
    create_houses(service)
    ensure_default(service)
    anna = a_record(
        email="anna@example.org",
        phone="01482 555 0100",
        groups=["Allotments"],
        interests=["road safety"],
        demographics={"ethnicity": "W9"},
    )
    key = register(service, anna)
    register(service, a_record("Jan Nowak", email="jan@example.org"))
    said = answers({"concerns": ["speeding"]}, texts={"first_thing": "Slow the vans down"})
    file(service, response(service, said, resident=key))
    clock.advance(timedelta(days=1))
    change_by_link(service, make_link(service, PREFERENCES, key), PreferenceChange({"messages": False}))
    disclose(service, SUPERVISOR, key, reason="complaint", reference="C-17")
    document = export_person(service, SUPERVISOR, key, reason="person_asked")
    text = json.dumps(document)
    for expected in (
        "Anna Nowak",
        "anna@example.org",
        "01482 555 0100",
        "Allotments",
        "road safety",
        "W9",
        "Speeding or dangerous driving",
        "Slow the vans down",
        HOUSE,
        "complaint",
        "C-17",
    ):
        assert expected in text
    assert "Jan" not in text
    assert [one["given"] for one in document["consents"]] == [True, True, False]
    assert [one["state"] for one in document["survey_rounds"]] == ["answered", "due"]
    assert [one["state"] for one in document["marks_on_houses"]] == ["current"]
    assert {one["what"] for one in document["who_looked"]} == {"resident.preferences", "resident.disclose"}


def test_an_export_is_itself_on_the_trail_and_in_the_next_one(service: Service) -> None:
    create_houses(service)
    key = register(service)
    export_person(service, SUPERVISOR, key, reason="person_asked")
    again = export_person(service, SUPERVISOR, key, reason="person_asked")
    assert [one["what"] for one in again["who_looked"]] == ["privacy.export"]


def test_nobody_outside_ones_areas_is_exported(service: Service) -> None:
    create_houses(service)
    key = register(service)
    elsewhere = create_principal("privacy.export", areas=("/E23000012/E06000010/E05011538/",))
    with pytest.raises(Problem) as caught:
        export_person(service, elsewhere, key, reason="person_asked")
    assert caught.value.code == "not_found"


def test_somebody_on_file_in_other_areas_too_is_exported_by_those_who_see_both(service: Service) -> None:
    create_houses(service)
    key = register(service, a_record(email="anna@example.org"))
    register(service, a_record(email="anna@example.org"), FAR_AWAY)
    of_one_ward = create_principal("privacy.export", areas=(f"/{FORCE}/{DISTRICT}/{WARD}/",))
    with pytest.raises(Problem) as caught:
        export_person(service, of_one_ward, key, reason="person_asked")
    assert caught.value.code == "forbidden"
    assert FAR_AWAY not in str(caught.value)
    assert FAR_AWAY in json.dumps(export_person(service, SUPERVISOR, key, reason="person_asked"))
