"""Files answers under a keyed pseudonym, with street, ward and day only; free text sealed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import bound, insert_rows
from server.surveys.concerns import CONCERN, NO_CONCERN
from server.surveys.invites import Answered, answer_rounds, read_wishes
from server.surveys.questionnaires import Known, documents
from server.surveys.rounds import midnight_of
from server.surveys.tables import Answer, Response
from sync.events import AnswersRecord
from sync.questionnaires import Document, check_answers

UNKNOWN_QUESTIONNAIRE, WRONG_ANSWERS = "unknown_questionnaire", "wrong_answers"  # codes of sync.receipts
LINKED = "current"  # the state of a resident to whom answers are linked, under the pseudonym


@dataclass(frozen=True)
class NewResponse:
    """A questionnaire answered. `id` is the event's id, or a new UUID; how: door | self; `answered_at` is corrected."""

    id: str
    record: AnswersRecord
    resident_id: str | None
    usrn: str
    ward_code: str
    campaign_id: int | None
    how: str
    answered_at: datetime
    received_at: datetime


@dataclass(frozen=True)
class Filed:
    """What became of a response: why it is `held` (unknown_questionnaire, wrong_answers), or "".

    `wordless`: the free text that it had was not kept.
    """

    held: str = ""
    wordless: bool = False


def apply_responses(session: Session, service: Service, responses: Sequence[NewResponse]) -> list[Filed]:
    """File these responses; what became of each, in the order given.

    A response whose id was filed before is left alone. Answers of residents count for their rounds. What a person who
    opted out or was erased had answered is kept without its person, and so without their own words: under no pseudonym,
    an erasure could not find them.
    """
    if not responses:
        return []
    known = documents(session, {(one.record.questionnaire, one.record.version) for one in responses})
    filed = [Filed(_objection(one.record, known)) for one in responses]
    there = stored(session, service, {one.id for one in responses})
    wishes = read_wishes(session, sorted({one.resident_id for one in responses if one.resident_id}))
    rows: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    counted: list[Answered] = []
    seen: set[str] = set()
    for place, one in enumerate(responses):
        if filed[place].held or one.id in there or one.id in seen:
            continue
        seen.add(one.id)
        questionnaire = known[one.record.questionnaire, one.record.version]
        wish = wishes.get(one.resident_id or "")
        person = one.resident_id if wish is not None and wish.state == LINKED else None
        nameless = person is None and bool(one.resident_id or one.record.registration)
        filed[place] = Filed(wordless=nameless and bool(one.record.texts))
        row = _row(service, one, questionnaire.id, person, {} if nameless else dict(one.record.texts))
        rows.append(row)
        answers += _answers(row["id"], one.record, questionnaire.document)
        if person is not None:
            counted.append(Answered(person, one.answered_at, one.how))
    insert_rows(session, Response, rows)
    insert_rows(session, Answer, answers)
    if counted:
        answer_rounds(session, service, counted, wishes)
    return filed


def response_id(service: Service, event_id: str) -> str:
    """The id under which an event's answers are filed: keyed, so that a stolen database does not join the two."""
    return service.vault.pseudonym(f"response/{event_id}")


def stored(session: Session, service: Service, event_ids: Collection[str]) -> set[str]:
    """Those of the events whose answers are filed."""
    by_id = {response_id(service, event_id): event_id for event_id in event_ids}
    found = _STORED.firsts(session, ids=list(by_id)) if by_id else ()
    return {by_id[key] for key in found}


def open_detail(service: Service, key: str, sealed: bytes | None) -> dict[str, Any]:
    """{"event": the event's id, "texts": {question: free text}} of a response; {} once unlinked by an erasure."""
    if not sealed:
        return {}
    text = service.vault.open(sealed, table="response", column="detail_sealed", row=key)
    opened: dict[str, Any] = json.loads(text)
    return opened


def cut_to_day(at: datetime, zone: ZoneInfo) -> datetime:
    """The local midnight before an instant, in UTC."""
    return midnight_of(at.astimezone(zone).date(), zone)


def _objection(record: AnswersRecord, known: dict[tuple[str, int], Known]) -> str:
    questionnaire = known.get((record.questionnaire, record.version))
    if questionnaire is None:
        return UNKNOWN_QUESTIONNAIRE
    return WRONG_ANSWERS if check_answers(questionnaire.document, record) else ""


def _row(
    service: Service, one: NewResponse, questionnaire_id: int, person: str | None, texts: dict[str, str]
) -> dict[str, Any]:
    key = response_id(service, one.id)
    detail = json.dumps({"event": one.id, "texts": texts}, ensure_ascii=False, separators=(",", ":"))
    return {
        "id": key,
        "questionnaire_id": questionnaire_id,
        "pseudonym": service.vault.pseudonym(person) if person else None,
        "usrn": one.usrn,
        "ward_code": one.ward_code,
        "campaign_id": one.campaign_id,
        "how": one.how,
        "answered_at": cut_to_day(one.answered_at, service.zone),
        "received_at": cut_to_day(one.received_at, service.zone),
        "detail_sealed": service.vault.seal(detail, table="response", column="detail_sealed", row=key),
    }


def _answers(key: str, record: AnswersRecord, document: Document) -> list[dict[str, Any]]:
    topics = {
        (question.code, choice.code): NO_CONCERN
        if question.topic == CONCERN and choice.alone
        else question.topic
        for question in document.questions
        for choice in question.choices
    }
    return [
        {"response_id": key, "question": code, "choice": choice, "topic": topics[code, choice]}
        for code, choices in record.choices.items()
        for choice in choices
    ]


_STORED = Prepared(select(table_of(Response).c.id).where(bound(table_of(Response).c.id, "ids")))
