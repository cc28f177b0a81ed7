"""What was told of streets and wards, as staff see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.paging import PageResult, paginate
from server.base.service import Service
from server.engagement.tables import Feedback
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, Premises, Street

READ = "feedback.read"


@dataclass(frozen=True)
class FeedbackView:
    """One thing told. `place` is the name of its street or ward; who published and withdrew it are accounts."""

    id: int
    kind: str
    usrn: str | None
    ward_code: str | None
    place: str
    said: str
    did: str
    on: date
    published_by: int | None
    published_at: datetime
    withdrawn_by: int | None
    withdrawn_at: datetime | None


def list_feedback(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of FeedbackView in the principal's areas, the newest first; filters usrn, ward_code, kind, withdrawn."""
    require(principal, READ)

    def work(session: Session) -> PageResult:
        statement = _visible(principal)
        for name in ("usrn", "ward_code", "kind"):
            if query.get(name):
                statement = statement.where(getattr(Feedback, name) == query[name])
        if query.get("withdrawn") is not None:
            is_gone = Feedback.withdrawn_at.is_not(None)
            statement = statement.where(is_gone if query["withdrawn"] else ~is_gone)
        page = paginate(session, statement, [Feedback.dated_on.desc(), Feedback.id.desc()], query)
        return PageResult([_view(row) for row in page.rows], page.next)

    return service.db.read(work)


def read_feedback(session: Session, principal: Principal, feedback_id: int) -> FeedbackView:
    """One thing told. Raises Problem("not_found") outside the principal's areas."""
    row = session.execute(
        _visible(principal).where(Feedback.id == feedback_id).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise no_such("feedback", feedback_id)
    return _view(row)


def _visible(principal: Principal) -> Select[Feedback, str | None, str | None]:
    return (
        select(Feedback, Street.name.label("street"), Area.name.label("ward"))
        .outerjoin(Street, Street.usrn == Feedback.usrn)
        .outerjoin(Area, Area.code == Feedback.ward_code)
        .where(_in_areas(principal))
    )


def _in_areas(principal: Principal) -> ColumnElement[bool]:
    seen = in_scope(principal, Premises.ward_code)
    on_street = exists(select(1).where(Premises.usrn == Feedback.usrn, seen))
    return or_(on_street, Feedback.ward_code.is_not(None) & in_scope(principal, Feedback.ward_code))


def _view(row: Any) -> FeedbackView:
    told: Feedback = row.Feedback
    return FeedbackView(
        id=told.id,
        kind=told.kind,
        usrn=told.usrn,
        ward_code=told.ward_code,
        place=row.street or row.ward or "",
        said=told.said,
        did=told.did,
        on=told.dated_on,
        published_by=told.published_by,
        published_at=told.published_at,
        withdrawn_by=told.withdrawn_by,
        withdrawn_at=told.withdrawn_at,
    )
