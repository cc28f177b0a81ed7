"""Questionnaires by code and version. A version is never changed once it is made: a new one follows it."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib import resources
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal
from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import among, bound
from server.surveys.tables import Questionnaire
from sync.errors import DecodeError
from sync.questionnaires import Document, parse, validate
from sync.worklist import QuestionnaireCard

DEFAULT = "doorstep"  # the code of the questionnaire that comes with the program, and that invites ask


class Known(NamedTuple):
    """A stored version: its row's id and its document."""

    id: int
    document: Document


def cards(session: Session, ids: Collection[int]) -> dict[int, QuestionnaireCard]:
    """The questionnaires with these ids as a device gets them; an id that is not there is absent."""
    if not ids:
        return {}
    rows = session.execute(
        select(Questionnaire.id, Questionnaire.code, Questionnaire.version, Questionnaire.body).where(
            among(Questionnaire.id, ids)
        )
    )
    return {row.id: QuestionnaireCard(row.code, row.version, row.body) for row in rows}


def documents(session: Session, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Known]:
    """(code, version) → the stored version, for those that are there."""
    if not wanted:
        return {}
    rows = _BY_CODE.rows(session, codes=sorted({code for code, _ in wanted}))
    return {
        (row.code, row.version): Known(row.id, parse(row.body))
        for row in rows
        if (row.code, row.version) in wanted
    }


def newest(session: Session, code: str) -> Known | None:
    """The newest active version of a questionnaire."""
    row = session.execute(
        select(Questionnaire.id, Questionnaire.body)
        .where(Questionnaire.code == code, Questionnaire.active)
        .order_by(Questionnaire.version.desc())
        .limit(1)
    ).first()
    return Known(row.id, parse(row.body)) if row else None


def ensure_default(service: Service) -> int:
    """The id of the doorstep questionnaire that comes with the program, stored now if it was not."""
    body = default_document()
    key = (body["code"], body["version"])

    def work(session: Session) -> int:
        found = session.scalar(
            select(Questionnaire.id).where(Questionnaire.code == key[0], Questionnaire.version == key[1])
        )
        if found is not None:
            return found
        made = _insert(session, service, parse(body))
        audit.record(
            session, service, SYSTEM, "questionnaire.create", f"questionnaire:{made}", version=key[1]
        )
        return made

    return service.db.transact(work)


def default_document() -> dict[str, Any]:
    """The doorstep questionnaire as the program brings it, in English and Polish."""
    text = resources.files("server.surveys").joinpath(f"{DEFAULT}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def create_version(service: Service, principal: Principal, body: dict[str, Any]) -> int:
    """Make the next version of a questionnaire; its number is given here, whatever the body says. Its id.

    Raises Problem("validation_failed") naming what an author has to mend.
    """
    try:
        given = parse(body | {"version": 1})
    except DecodeError as error:
        raise Problem("validation_failed", str(error), errors={error.where: str(error)}) from None
    if wrong := validate(given):
        raise Problem("validation_failed", wrong[0], errors={"document": " ".join(wrong)})

    def work(session: Session) -> int:
        last = session.scalar(select(func.max(Questionnaire.version)).where(Questionnaire.code == given.code))
        document = msgspec.structs.replace(given, version=(last or 0) + 1)
        made = _insert(session, service, document)
        audit.record(
            session,
            service,
            principal,
            "questionnaire.create",
            f"questionnaire:{made}",
            code=document.code,
            version=document.version,
        )
        return made

    try:
        return service.db.transact(work)
    except IntegrityError:
        raise Problem("conflict", "Somebody made a version at the same moment: send yours again.") from None


def set_active(service: Service, principal: Principal, questionnaire_id: int, active: bool) -> None:
    """Offer a version for new campaigns and rounds, or offer it no longer. Raises Problem("not_found")."""

    def work(session: Session) -> None:
        found = session.execute(
            update(Questionnaire)
            .where(Questionnaire.id == questionnaire_id)
            .values(active=active)
            .returning(Questionnaire.id)
        ).first()
        if found is None:
            raise Problem("not_found", "There is no questionnaire with this number.")
        action = "questionnaire.offer" if active else "questionnaire.retire"
        audit.record(session, service, principal, action, f"questionnaire:{questionnaire_id}")

    service.db.transact(work)


def _insert(session: Session, service: Service, document: Document) -> int:
    row = {
        "code": document.code,
        "version": document.version,
        "title": document.title[document.languages[0]],
        "body": msgspec.to_builtins(document),
        "active": True,
        "created_at": service.clock.now(),
    }
    return session.execute(insert(Questionnaire).values(row).returning(Questionnaire.id)).scalar_one()


_table = table_of(Questionnaire)
_BY_CODE = Prepared(
    select(_table.c.id, _table.c.code, _table.c.version, _table.c.body).where(bound(_table.c.code, "codes"))
)
