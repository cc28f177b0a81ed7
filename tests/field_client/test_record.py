"""What would be held by the service is refused at the door, in words, and without repeating what was said."""

from __future__ import annotations

from typing import Any

import pytest

from field_client.problems import Refused
from field_client.terminal import answers
from sync import consents
from sync.events import AnswersRecord, Callback, ConsentRecord, RegistrationRecord
from tests.field_client.conftest import Field

HOUSE = "100000012"
PERSON = {"name": "Ada Madeup", "consents": {"messages": True}}


def a_person(**changes: Any) -> RegistrationRecord:
    known: dict[str, Any] = {
        "id": "6f1c1d7e-2f0a-4b7c-9d3e-0123456789ab",
        "name": "Ada Madeup",
        "consents": [ConsentRecord("messages", consents.CURRENT, True)],
    }
    return RegistrationRecord(**(known | changes))


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        ({"outcome": "went_in"}, "no outcome"),
        ({"outcome": "callback"}, "needs the day"),
        ({"outcome": "spoke", "callback": Callback("2026-03-05")}, "does not go with"),
        ({"outcome": "callback", "callback": Callback("2026-02-30")}, "no day"),
        ({"outcome": "callback", "callback": Callback("2026-03-01")}, "has passed"),
        ({"outcome": "callback", "callback": Callback("2028-03-01")}, "more than a year"),
        ({"outcome": "callback", "callback": Callback("2026-03-05", "teatime")}, "morning, afternoon"),
        ({"outcome": "language"}, "needs the language"),
        ({"outcome": "language", "language": "Polish, I think"}, "two or three letters"),
        ({"outcome": "no_access", "note": "x" * 2001}, "too long"),
        ({"outcome": "no_access", "note": "odd \0 one"}, "cannot be sent"),
        ({"outcome": "no_access", "note": "half \ud800 pair"}, "cannot be sent"),
    ],
)
def test_a_visit_that_would_be_held_is_refused(field: Field, visit: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words) as told:
        field.client.record_visit(HOUSE, **visit)
    assert "xxx" not in str(told.value)
    assert field.client.status().counts.unsent == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, "name"),
        ({"email": "ada at home"}, "e-mail"),
        ({"phone": "ring me"}, "phone"),
        ({"consents": [ConsentRecord("messages", consents.CURRENT, True)] * 2}, "twice"),
        ({"consents": [ConsentRecord("messages", "1999-01", True)]}, "wording"),
        ({"demographics": {"age_band": "old"}}, "age_band"),
        ({"demographics": {"shoe_size": "9"}}, "does not have"),
        ({"interests": ["y" * 201]}, "too long"),
    ],
)
def test_a_registration_that_would_be_held_is_refused(
    field: Field, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words) as told:
        field.client.register(HOUSE, [a_person(**changes)])
    assert "ada" not in str(told.value).casefold()
    assert "yyy" not in str(told.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (AnswersRecord("doorstep", 2), "needs an answer"),
        (AnswersRecord("doorstep", 1, {"concerns": ["none"]}), "not on this list"),
        (AnswersRecord("doorstep", 2, {"concerns": ["none", "burglary"]}), "excludes"),
        (AnswersRecord("doorstep", 2, {"concerns": ["none"]}, {"where": "here"}), "not asked"),
    ],
)
def test_answers_that_do_not_fit_the_questionnaire_are_refused(
    field: Field, given: AnswersRecord, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        field.client.survey(HOUSE, given)


def test_one_door_is_one_event_with_everything_in_it_and_none_of_it_can_be_read_back(field: Field) -> None:
    client = field.client
    given = AnswersRecord(
        "doorstep", 2, {"concerns": ["speeding"]}, {"where": "at the school"}, a_person().id
    )
    event = client.record_visit(HOUSE, "spoke", registrations=[a_person()], answers=given)
    [mine] = client.own_events()
    assert (mine.record.id, mine.record.registrations, mine.record.answered) == (
        event,
        (a_person().id,),
        True,
    )
    assert "Ada" not in repr(mine)
    assert client.house(HOUSE).state.registered == "registered"
    client.sync()
    body = field.service.bodies[event]
    assert (body.registrations, body.answers) == ([a_person()], given)


def test_an_answers_file_becomes_registrations_and_answers_linked_to_their_person(field: Field) -> None:
    view = field.client.house(HOUSE)
    said = answers.parse(
        {
            "registrations": [PERSON],
            "survey": {"choices": {"concerns": ["speeding"]}, "texts": {"where": " "}},
        }
    )
    people = answers.registrations(said.registrations, view.worklist, field.client.new_id)
    assert said.survey is not None
    given = answers.survey(said.survey, view.worklist, made_now=people, before=())
    assert given.registration == people[0].id
    assert (given.questionnaire, given.version, given.texts) == ("doorstep", 2, {})
    assert people[0].consents == [ConsentRecord("messages", consents.CURRENT, True)]
    field.client.register(HOUSE, people)
    before = field.client.own_events()
    later = answers.parse({"survey": {"choices": {"concerns": ["none"]}, "person": "last"}}).survey
    assert later is not None
    assert answers.survey(later, view.worklist, made_now=(), before=before).registration == people[0].id


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"not json", "not in their form"),
        ({"registrations": [{"nmae": "Ada"}]}, "nmae"),
        ({"registrations": [{"name": "Ada", "consents": {"spam": True}}]}, "not in their form"),
        ({"registrations": [{"name": "Ada", "consents": {"messages": "yes"}}]}, "not in their form"),
        ({"surveys": {}}, "surveys"),
    ],
)
def test_a_slip_in_an_answers_file_is_refused_and_named(said: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        answers.parse(said)


@pytest.mark.parametrize("person", [1, 2, "last"])
def test_answers_of_nobody_known_are_refused(field: Field, person: Any) -> None:
    given = answers.parse({"survey": {"choices": {"concerns": ["none"]}, "person": person}}).survey
    assert given is not None
    with pytest.raises(Refused):
        answers.survey(given, field.client.house(HOUSE).worklist, made_now=(), before=())
