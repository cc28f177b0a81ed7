"""Invariants of surveys, for `doorstep check`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.residents.tables import Resident
from server.surveys.invites import read_wishes
from server.surveys.rounds import LIVE
from server.surveys.tables import Answer, Invite, Questionnaire, Response
from sync.errors import DecodeError
from sync.questionnaires import Document, parse, validate

BATCH = 1000
MOST_NAMED = 20


def find_rounds_out_of_line(session: Session) -> list[str]:
    """Residents who want surveys and have not exactly one round due or open, or who do not and have one."""
    live = {
        resident_id: int(rounds)
        for resident_id, rounds in session.execute(
            select(Invite.resident_id, func.count())
            .where(Invite.state.in_(LIVE))
            .group_by(Invite.resident_id)
        )
    }
    findings, after = [], ""
    while ids := list(
        session.scalars(select(Resident.id).where(Resident.id > after).order_by(Resident.id).limit(BATCH))
    ):
        after = ids[-1]
        for resident_id, wish in read_wishes(session, ids, lock=False).items():
            if live.get(resident_id, 0) != int(wish.wants):
                what = "wants surveys" if wish.wants else "does not want surveys"
                findings.append(
                    f"resident {resident_id} {what} and has {live.get(resident_id, 0)} rounds due or open"
                )
    return findings


def find_broken_questionnaires(session: Session) -> list[str]:
    """Stored questionnaires that cannot be sent, or whose document names another version than its row."""
    findings = []
    for row in session.execute(
        select(Questionnaire.id, Questionnaire.code, Questionnaire.version, Questionnaire.body)
    ):
        document = _document(row.body)
        if document is None:
            findings.append(f"questionnaire {row.id} cannot be read")
            continue
        if (document.code, document.version) != (row.code, row.version):
            findings.append(f"questionnaire {row.id} is not the document that it says")
        findings += [f"questionnaire {row.id}: {fault}" for fault in validate(document)]
    return findings


def find_unasked_answers(session: Session) -> list[str]:
    """Answers to questions, or choices, that their questionnaire does not have."""
    offered = {
        (key, question.code, choice.code)
        for key, body in session.execute(select(Questionnaire.id, Questionnaire.body))
        if (document := _document(body)) is not None
        for question in document.questions
        for choice in question.choices
    }
    given = session.execute(
        select(Response.questionnaire_id, Answer.question, Answer.choice, func.count())
        .join(Answer, Answer.response_id == Response.id)
        .group_by(Response.questionnaire_id, Answer.question, Answer.choice)
    )
    return [
        f"questionnaire {key} has {count} answers {choice} to {question}, which it does not offer"
        for key, question, choice, count in given
        if (key, question, choice) not in offered
    ][:MOST_NAMED]


def _document(body: dict[str, Any]) -> Document | None:
    try:
        return parse(body)
    except DecodeError:
        return None


def _reading(find: Callable[[Session], list[str]]) -> Callable[[Service], list[str]]:
    return lambda service: service.db.read(find)


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("survey rounds follow consents", _reading(find_rounds_out_of_line)),
    ("questionnaires can be sent", _reading(find_broken_questionnaires)),
    ("answers fit their questionnaires", _reading(find_unasked_answers)),
]
