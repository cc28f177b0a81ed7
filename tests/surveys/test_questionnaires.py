"""Questionnaires: the one that comes with the program, and versions that are never changed."""

from __future__ import annotations

from typing import Any

import pytest

from server.base.problems import Problem
from server.base.service import Service
from server.surveys.questionnaires import (
    DEFAULT,
    cards,
    create_version,
    default_document,
    documents,
    ensure_default,
    newest,
    set_active,
)
from server.targeting.catalogue import CONCERNS
from sync.questionnaires import parse, validate
from tests.factories.base import create_principal

AUTHOR = create_principal("survey.write")


def test_the_doorstep_questionnaire_can_be_sent_in_english_and_polish_throughout() -> None:
    document = parse(default_document())
    assert validate(document) == []
    texts = [document.title, *(question.text for question in document.questions)]
    texts += [choice.label for question in document.questions for choice in question.choices]
    assert all(set(one) == {"en", "pl"} for one in texts)


def test_every_concern_that_a_street_is_ranked_by_can_be_chosen() -> None:
    document = parse(default_document())
    offered = {c.code for q in document.questions if q.topic == "concern" for c in q.choices}
    assert offered >= set(CONCERNS)


def test_storing_it_twice_makes_one(service: Service) -> None:
    assert ensure_default(service) == ensure_default(service)
    found = service.db.read(lambda session: newest(session, DEFAULT))
    assert found is not None
    assert found.document.version == 1


def test_a_new_version_leaves_the_old_one_as_it_was(service: Service) -> None:
    first = ensure_default(service)
    body: dict[str, Any] = default_document()
    body["questions"] = body["questions"][:3]
    second = create_version(service, AUTHOR, body)
    found = service.db.read(lambda session: cards(session, [first, second, 99]))
    assert {key: card.version for key, card in found.items()} == {first: 1, second: 2}
    assert len(found[first].body["questions"]) == len(default_document()["questions"])
    known = service.db.read(lambda session: documents(session, {(DEFAULT, 1), (DEFAULT, 2), (DEFAULT, 3)}))
    assert {key: one.id for key, one in known.items()} == {(DEFAULT, 1): first, (DEFAULT, 2): second}


def test_a_retired_version_is_not_the_newest_any_more(service: Service) -> None:
    first = ensure_default(service)
    second = create_version(service, AUTHOR, default_document())
    set_active(service, AUTHOR, second, False)
    found = service.db.read(lambda session: newest(session, DEFAULT))
    assert found is not None
    assert found.id == first
    with pytest.raises(Problem, match="no questionnaire"):
        set_active(service, AUTHOR, 4711, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "x", "title": {"en": "X"}, "languages": ["en"], "questions": []},
        {
            "code": "x",
            "title": {"en": "X"},
            "languages": ["en"],
            "questions": [{"code": "q", "kind": "one", "text": {}}],
        },
        {"code": "x", "title": "X", "languages": ["en"], "questions": []},
    ],
)
def test_a_questionnaire_that_cannot_be_sent_is_refused_with_what_to_mend(
    service: Service, body: dict[str, Any]
) -> None:
    with pytest.raises(Problem) as caught:
        create_version(service, AUTHOR, body)
    assert caught.value.code == "validation_failed"
    assert caught.value.fields["errors"]
