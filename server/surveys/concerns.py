"""What people named as a concern, counted by street: for targeting."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.fieldwork.bulk import bound
from server.surveys.tables import Answer, Response

# topics of answers: a concern named, "none of these" and the like
CONCERN, NO_CONCERN = "concern", "no_concern"

# USRN and ward: a street may cross wards, and who sees one side need not see the other
Place = tuple[str, str]


def concern_counts(session: Session, usrns: Iterable[str]) -> dict[Place, tuple[int, dict[str, int]]]:
    """(USRN, ward) → (responses, {choice: how many of them name it}), where somebody answered the question.

    Of each person only the newest response on that street counts, so that four rounds are not four voices; an
    anonymous response is a voice of its own. Somebody who has no concern is among the responses.
    """
    counts: dict[Place, tuple[int, dict[str, int]]] = {}
    wanted = sorted(set(usrns))
    if not wanted:
        return counts
    for usrn, ward, n in _VOICES.rows(session, usrns=wanted):
        counts[usrn, ward] = (n, {})
    for usrn, ward, choice, n in _NAMED.rows(session, usrns=wanted):
        counts[usrn, ward][1][choice] = n
    return counts


_R, _A = table_of(Response).c, table_of(Answer).c
_PLACE = func.row_number().over(
    partition_by=(_R.usrn, func.coalesce(_R.pseudonym, _R.id)), order_by=(_R.answered_at.desc(), _R.id.desc())
)
_ASKED = exists().where(_A.response_id == _R.id, or_(_A.topic == CONCERN, _A.topic == NO_CONCERN))
_IN_ORDER = (
    select(_R.id, _R.usrn, _R.ward_code, _PLACE.label("place"))
    .where(bound(_R.usrn, "usrns"), _ASKED)
    .subquery()
)
_NEWEST = (
    select(_IN_ORDER.c.id, _IN_ORDER.c.usrn, _IN_ORDER.c.ward_code).where(_IN_ORDER.c.place == 1).subquery()
)
_VOICES = Prepared(
    select(_NEWEST.c.usrn, _NEWEST.c.ward_code, func.count()).group_by(_NEWEST.c.usrn, _NEWEST.c.ward_code)
)
_NAMED = Prepared(
    select(_NEWEST.c.usrn, _NEWEST.c.ward_code, _A.choice, func.count(_NEWEST.c.id.distinct()))
    .join(table_of(Answer), _A.response_id == _NEWEST.c.id)
    .where(_A.topic == CONCERN)
    .group_by(_NEWEST.c.usrn, _NEWEST.c.ward_code, _A.choice)
    .order_by(_NEWEST.c.usrn, _NEWEST.c.ward_code, _A.choice)
)
