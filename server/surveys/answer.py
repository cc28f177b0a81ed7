"""Answering a round by signed link: what a resident sees behind it, and filing what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.facts import lock_premises
from server.residents.links import SURVEY, make_link, not_ours, read_link
from server.residents.tables import Resident
from server.surveys.questionnaires import newest
from server.surveys.respond import UNKNOWN_QUESTIONNAIRE, NewResponse, apply_responses
from server.surveys.rounds import OPEN
from server.surveys.self_service import under_locks
from server.surveys.tables import Invite
from sync.events import AnswersRecord
from sync.questionnaires import Document

_WHY_NOT = {
    "due": "This survey has not begun yet.",
    "answered": "This survey was answered already. Thank you.",
    "lapsed": "This survey has closed.",
    "cancelled": "This survey was stopped, as you asked.",
}


@dataclass(frozen=True)
class OpenInvite:
    """A round that can be answered: in which language, until when, and the questionnaire."""

    language: str
    closes_at: datetime | None
    questionnaire: Document


def invite_link(service: Service, invite_id: str) -> str:
    """The token of the link that is sent with an open round. It ends with the round, whatever the link says."""
    return make_link(service, SURVEY, invite_id)


def read_invite(service: Service, link: str) -> OpenInvite:
    """What stands behind a survey link. Problem("gone"), or Problem("wrong_state") where the round is not open."""
    invite_id = read_link(service, SURVEY, link).subject
    return service.db.read(lambda session: _open_invite(session, invite_id))


def answer(service: Service, link: str, record: AnswersRecord) -> None:
    """File the answers of a survey link's resident; the round is answered, and the next one planned.

    Raises Problem("gone"), Problem("wrong_state") where the round is not open, Problem("validation_failed") for answers
    that do not fit the questionnaire.
    """
    invite_id = read_link(service, SURVEY, link).subject

    def houses(session: Session) -> list[str]:
        statement = (
            select(Resident.uprn)
            .join(Invite, Invite.resident_id == Resident.id)
            .where(Invite.id == invite_id)
        )
        return list(session.scalars(statement))

    def work(session: Session, locked: set[str]) -> bool | None:
        premises = lock_premises(session, locked)
        row = session.execute(
            select(Resident.id, Resident.uprn)
            .join(Invite, Invite.resident_id == Resident.id)
            .where(Invite.id == invite_id)
            .with_for_update(of=Resident, key_share=True)
        ).first()
        asked = _open_invite(session, invite_id).questionnaire.code
        if row is None or row.uprn not in premises:
            return None
        if record.questionnaire != asked:
            raise _does_not_fit("questionnaire")
        now, house = service.clock.now(), premises[row.uprn]
        new = NewResponse(
            invite_id, record, row.id, house.usrn, house.ward_code or "", None, "self", now, now
        )
        held = apply_responses(session, service, [new])[0].held
        if held:
            raise _does_not_fit("questionnaire" if held == UNKNOWN_QUESTIONNAIRE else "choices")
        audit.record(session, service, PUBLIC, "survey.answer", f"invite:{invite_id}")
        return True

    under_locks(service, houses, work)


def _does_not_fit(what: str) -> Problem:
    sentence = "These answers do not fit the questionnaire: open the link again."
    return Problem("validation_failed", sentence, errors={what: sentence})


def _open_invite(session: Session, invite_id: str) -> OpenInvite:
    row = session.execute(
        select(Invite.state, Invite.closes_at, Invite.questionnaire_code, Resident.language)
        .join(Resident, Resident.id == Invite.resident_id)
        .where(Invite.id == invite_id)
    ).first()
    if row is None:
        raise not_ours()
    if row.state != OPEN:
        raise Problem("wrong_state", _WHY_NOT[row.state])
    known = newest(session, row.questionnaire_code)
    if known is None:
        raise Problem("not_ready", "There is no questionnaire to answer.")
    return OpenInvite(row.language, row.closes_at, known.document)
