"""Everything held on a person, as one JSON document for that person (subject access, Article 15 of the UK GDPR)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.exchange.tables import JournalEntry
from server.fieldwork.bulk import among
from server.fieldwork.tables import PremisesFact
from server.geography.scope import in_scope
from server.geography.tables import Area, Premises, Street
from server.privacy.person import person_of
from server.residents.look_up import open_resident, require_resident
from server.residents.tables import Consent, Registration, Resident
from server.surveys.respond import open_detail
from server.surveys.tables import Answer, Invite, Questionnaire, Response
from sync.consents import WORDINGS
from sync.questionnaires import Document, parse


def export_person(
    service: Service, principal: Principal, resident_id: str, *, reason: str, reference: str = ""
) -> dict[str, Any]:
    """Everything held on the person behind a resident; put on the audit trail with the reason.

    Raises Problem: not_found for somebody unknown, or outside the principal's areas; forbidden for somebody who is on
    file in other areas as well.
    """

    def work(session: Session) -> dict[str, Any]:
        require_resident(session, principal, resident_id)
        ids = person_of(session, service, resident_id).ids
        _require_all_seen(session, principal, ids)
        document = {
            "made_at": service.clock.now().isoformat(),
            "held_by": service.settings.force_name,
            "registrations_on_file": [_resident(session, service, key) for key in ids],
            "consents": _consents(session, ids),
            "acts_of_registering": _acts(session, ids),
            "survey_rounds": _rounds(session, ids),
            "answers": _answers(session, service, ids),
            "marks_on_houses": _marks(session, ids),
            "messages_from_officers_phones": _journal(session, ids),
            "who_looked": _looks(session, ids),
        }
        why = {"reason": reason, "reference": reference}
        audit.record(session, service, principal, "privacy.export", f"resident:{ids[0]}", **why)
        return document

    return service.db.transact(work)


def _require_all_seen(session: Session, principal: Principal, ids: Collection[str]) -> None:
    """Half of what is held would be no answer to the person, and the whole is not for this principal."""
    seen = session.scalar(
        select(func.count())
        .select_from(Resident)
        .join(Premises, Premises.uprn == Resident.uprn)
        .where(among(Resident.id, ids), in_scope(principal, Premises.ward_code))
    )
    if seen != len(ids):
        raise Problem(
            "forbidden",
            "This person is on file in other areas as well: ask a supervisor of the whole force.",
            outside_area=True,
        )


def _resident(session: Session, service: Service, key: str) -> dict[str, Any]:
    row = session.get_one(Resident, key)
    opened = open_resident(session, service, key)
    return {
        "id": key,
        "state": row.state,
        "name": opened.name,
        "address": opened.address,
        "uprn": row.uprn,
        "language": row.language,
        "registered_at": _text(row.registered_at),
        "confirmed_at": _text(row.confirmed_at),
        "contacts": [one | {"confirmed_at": _text(one["confirmed_at"])} for one in opened.contacts],
        **opened.detail,
    }


def _consents(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Consent).where(among(Consent.resident_id, ids)).order_by(Consent.at, Consent.id)
    )
    return [
        {
            "purpose": row.purpose,
            "given": row.given,
            "at": _text(row.at),
            "how": row.how,
            "wording": row.wording,
            "words": WORDINGS.get(row.wording, {}).get(row.purpose, ""),
        }
        for row in rows
    ]


def _acts(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Registration)
        .where(among(Registration.resident_id, ids))
        .order_by(Registration.at, Registration.id)
    )
    return [
        {
            "id": row.id,
            "how": row.how,
            "state": row.state,
            "uprn": row.uprn,
            "at": _text(row.at),
            "received_at": _text(row.received_at),
        }
        for row in rows
    ]


def _rounds(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Invite).where(among(Invite.resident_id, ids)).order_by(Invite.due_at, Invite.id)
    )
    return [
        {
            "round": row.round,
            "questionnaire": row.questionnaire_code,
            "state": row.state,
            "due_at": _text(row.due_at),
            "ended_at": _text(row.ended_at),
        }
        for row in rows
    ]


def _answers(session: Session, service: Service, ids: Collection[str]) -> list[dict[str, Any]]:
    pseudonyms = [service.vault.pseudonym(key) for key in ids]
    rows = session.execute(
        select(Response, Questionnaire.body, Street.name, Area.name)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .outerjoin(Street, Street.usrn == Response.usrn)
        .outerjoin(Area, Area.code == Response.ward_code)
        .where(among(Response.pseudonym, pseudonyms))
        .order_by(Response.answered_at, Response.id)
    ).all()
    chosen: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, question, choice in session.execute(
        select(Answer.response_id, Answer.question, Answer.choice).where(
            among(Answer.response_id, [row[0].id for row in rows])
        )
    ):
        chosen[key][question].append(choice)
    found = []
    for response, body, street, ward in rows:
        texts = open_detail(service, response.id, response.detail_sealed).get("texts", {})
        found.append(
            {
                "answered_on": response.answered_at.astimezone(service.zone).date().isoformat(),
                "how": response.how,
                "street": street or response.usrn,
                "ward": ward or response.ward_code,
                "answers": _in_words(parse(body), chosen[response.id], texts),
            }
        )
    return found


def _in_words(
    document: Document, chosen: dict[str, list[str]], texts: dict[str, str]
) -> list[dict[str, Any]]:
    language = document.languages[0]
    answers = []
    for question in document.questions:
        labels = {choice.code: choice.label[language] for choice in question.choices}
        said = [labels.get(code, code) for code in sorted(chosen.get(question.code, []))]
        if question.code in texts:
            said.append(texts[question.code])
        if said:
            answers.append({"question": question.text[language], "answers": said})
    return answers


def _marks(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    """What coverage keeps of the person: at which house a registration was marked, and its state."""
    houses = select(Registration.uprn).where(among(Registration.resident_id, ids))
    rows = session.execute(
        select(PremisesFact.uprn, PremisesFact.corrected_at, PremisesFact.body)
        .where(PremisesFact.kind == "registration", PremisesFact.uprn.in_(houses))
        .order_by(PremisesFact.corrected_at, PremisesFact.id)
    )
    return [
        {"uprn": row.uprn, "at": _text(row.corrected_at), "state": row.body["state"]}
        for row in rows
        if row.body["resident"] in set(ids)
    ]


def _journal(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    """The sealed messages in which the person was registered: when they came, and that their bytes are kept."""
    events = list(
        session.scalars(
            select(Registration.event_id).where(
                among(Registration.resident_id, ids), Registration.event_id.is_not(None)
            )
        )
    )
    rows = session.execute(
        select(
            JournalEntry.event_id, JournalEntry.received_at, JournalEntry.sealed.is_not(None).label("kept")
        )
        .where(among(JournalEntry.event_id, events))
        .order_by(JournalEntry.received_at, JournalEntry.event_id)
    )
    return [
        {"event": row.event_id, "received_at": _text(row.received_at), "bytes_kept": bool(row.kept)}
        for row in rows
    ]


def _looks(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    """Who looked at or changed what is held: what, when and why; who by the number of the account."""
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.detail)
        .where(among(AuditEntry.target, [f"resident:{key}" for key in ids]))
        .order_by(AuditEntry.at, AuditEntry.lane, AuditEntry.seq)
    )
    return [
        {
            "at": _text(row.at),
            "by": row.actor,
            "what": row.action,
            **{name: row.detail[name] for name in ("reason", "reference") if row.detail.get(name)},
        }
        for row in rows
    ]


def _text(at: Any) -> str | None:
    return None if at is None else str(at.isoformat())
