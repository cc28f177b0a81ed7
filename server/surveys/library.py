"""Reading of stored questionnaires: the list of versions, and one with its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.surveys.tables import Questionnaire


def find_questionnaires(service: Service, query: Mapping[str, Any]) -> PageResult:
    """One page of questionnaire versions by code and version. Filters: code, active."""
    statement = select(Questionnaire)
    if query.get("code"):
        statement = statement.where(Questionnaire.code == query["code"])
    if query.get("active") is not None:
        statement = statement.where(Questionnaire.active.is_(query["active"]))
    keys = [Questionnaire.code, Questionnaire.version]
    return service.db.read(lambda session: paginate(session, statement, keys, query))


def read_questionnaire(service: Service, questionnaire_id: int) -> Questionnaire:
    """One version with its document. Problem("not_found") where there is none."""
    found = service.db.read(lambda session: session.get(Questionnaire, questionnaire_id))
    if found is None:
        raise Problem("not_found", "There is no questionnaire with this number.")
    return found
