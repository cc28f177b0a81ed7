"""Answers: checked, filed once, under a pseudonym and a day, and joined to nothing in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from server.base.clock import SetClock
from server.base.service import Service
from server.residents.tables import Resident
from server.surveys.concerns import concern_counts
from server.surveys.questionnaires import ensure_default
from server.surveys.respond import NewResponse, apply_responses, open_detail, stored
from server.surveys.tables import Answer, Invite, Response
from sync.events import AnswersRecord
from tests.factories.residents import STREET, WARD, a_record, create_houses, register

EVENT = "0b8e7a52-1111-4000-8000-00000000000{}"


@pytest.fixture(autouse=True)
def _ready(service: Service) -> None:
    create_houses(service)
    ensure_default(service)


def answers(
    choices: Mapping[str, Sequence[str]],
    *,
    texts: Mapping[str, str] | None = None,
    registration: str | None = None,
) -> AnswersRecord:
    return AnswersRecord(
        questionnaire="doorstep",
        version=1,
        choices={code: list(chosen) for code, chosen in choices.items()},
        texts=dict(texts or {}),
        registration=registration,
    )


def response(
    service: Service, record: AnswersRecord, number: int = 1, resident: str | None = None
) -> NewResponse:
    now = service.clock.now()
    return NewResponse(EVENT.format(number), record, resident, STREET, WARD, 1, "door", now, now)


def file(service: Service, *responses: NewResponse) -> list[str]:
    """File the responses; why each is held."""
    filed = service.db.transact(lambda session: apply_responses(session, service, responses))
    return [one.held for one in filed]


def count(service: Service, table: type) -> int:
    return service.db.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


def test_answers_are_filed_once_under_a_pseudonym_a_day_and_no_event(service: Service) -> None:
    key = register(service)
    one = response(
        service, answers({"concerns": ["asb"]}, texts={"first_thing": "Mend the light"}), resident=key
    )
    assert file(service, one) == [""]
    assert file(service, one) == [""]
    assert count(service, Response) == 1
    found = service.db.read(lambda session: session.scalars(select(Response)).one())
    assert found.pseudonym == service.vault.pseudonym(key)
    assert key not in (found.pseudonym or "")
    assert one.id not in found.id
    assert (found.answered_at.hour, found.answered_at.minute) == (0, 0)
    assert open_detail(service, found.id, found.detail_sealed) == {
        "event": one.id,
        "texts": {"first_thing": "Mend the light"},
    }
    assert service.db.read(lambda s: stored(s, service, [one.id, EVENT.format(9)])) == {one.id}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (AnswersRecord(questionnaire="doorstep", version=7), "unknown_questionnaire"),
        (AnswersRecord(questionnaire="other", version=1), "unknown_questionnaire"),
        (answers({"concerns": ["dragons"]}), "wrong_answers"),
        (answers({"concerns": ["none", "asb"]}), "wrong_answers"),
        (answers({}), "wrong_answers"),
    ],
)
def test_answers_that_fit_no_questionnaire_are_held(
    service: Service, record: AnswersRecord, reason: str
) -> None:
    good = response(service, answers({"concerns": ["none"]}), 2)
    assert file(service, response(service, record), good) == [reason, ""]
    assert count(service, Response) == 1


def test_an_answer_at_the_door_counts_for_the_residents_round(service: Service) -> None:
    key = register(service)
    file(service, response(service, answers({"concerns": ["none"]}), resident=key))
    states = service.db.read(lambda s: list(s.scalars(select(Invite.state).order_by(Invite.round))))
    assert states == ["answered", "due"]


@pytest.mark.parametrize("state", ["opted_out", "erased", "unconfirmed"])
def test_answers_of_somebody_not_registered_now_are_filed_without_their_person_and_their_words(
    service: Service, state: str
) -> None:
    record = a_record()
    key = register(service, record)
    service.db.transact(lambda session: session.execute(update(Resident).values(state=state)))
    late = answers({"concerns": ["asb"]}, texts={"first_thing": "I am Anna"}, registration=record.id)
    assert file(service, response(service, late, resident=None if state == "erased" else key)) == [""]
    found = service.db.read(lambda session: session.scalars(select(Response)).one())
    assert found.pseudonym is None
    assert open_detail(service, found.id, found.detail_sealed)["texts"] == {}
    assert count(service, Answer) == 1


def test_the_words_of_nobody_in_particular_are_kept(service: Service) -> None:
    said = {"first_thing": "Mend the light"}
    assert file(service, response(service, answers({"concerns": ["asb"]}, texts=said))) == [""]
    found = service.db.read(lambda session: session.scalars(select(Response)).one())
    assert open_detail(service, found.id, found.detail_sealed)["texts"] == said


def test_concerns_are_counted_once_for_each_person_by_the_newest_answer(
    service: Service, clock: SetClock
) -> None:
    key = register(service)
    file(service, response(service, answers({"concerns": ["asb", "noise"]}), 1, key))
    clock.advance(timedelta(days=90))
    file(
        service,
        response(service, answers({"concerns": ["burglary"]}), 2, key),
        response(service, answers({"concerns": ["none"]}), 3),
        response(service, answers({"concerns": ["burglary", "asb"], "worst": ["asb"]}), 4),
    )
    counts = service.db.read(lambda session: concern_counts(session, [STREET, "nowhere"]))
    assert counts == {(STREET, WARD): (3, {"asb": 1, "burglary": 2})}
    assert count(service, Answer) == 7
