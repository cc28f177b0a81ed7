"""People and answers that belong to events, and what the tables hold of them. All of it is made up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.base.clock import milliseconds
from server.base.service import Service
from server.exchange.checks import CHECKS
from server.surveys.questionnaires import default_document
from sync import consents as wordings
from sync import keys
from sync.events import (
    AnswersRecord,
    ConsentRecord,
    EventClock,
    RegistrationRecord,
)
from tests.factories.exchange import uprn

HOUSE = uprn(0, 1)
EMAIL = "zofia.made-up@example.org"


def person(name: str = "Zofia Made-Up", *, surveys: bool = True, **more: Any) -> RegistrationRecord:
    """A made-up person with an e-mail address."""
    consents = [ConsentRecord("surveys", wordings.CURRENT, surveys)]
    return RegistrationRecord(
        **({"id": keys.new_id(), "name": name, "consents": consents, "email": EMAIL} | more)
    )


def answers(registration: str | None = None) -> AnswersRecord:
    """Answers to the questionnaire that comes with the program: the first choice of what is required."""
    document = default_document()
    choices = {
        question["code"]: [question["choices"][0]["code"]]
        for question in document["questions"]
        if question.get("required") and question.get("choices")
    }
    return AnswersRecord(document["code"], document["version"], choices, registration=registration)


def clock_of(service: Service, **parts: Any) -> EventClock:
    """Clocks that prove the time: the service was seen just now."""
    now = milliseconds(service.clock.now())
    return EventClock(**({"recorded_at": now, "service_seen": now, "ticks": 0} | parts))


def rows(service: Service, table: Any) -> list[Any]:
    return service.db.read(lambda session: list(session.scalars(select(table))))


def findings(service: Service) -> list[str]:
    return [finding for _, check in CHECKS for finding in check(service)]
