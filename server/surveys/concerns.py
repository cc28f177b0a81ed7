"""What people named as a concern, counted by street: for targeting."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from server.surveys.tables import Answer, Response

CONCERN, NO_CONCERN = (
    "concern",
    "no_concern",
)  # topics of answers: a concern named, "none of these" and the like

Place = tuple[
    str, str
]  # USRN and ward: a street may cross wards, and who sees one side need not see the other


def concern_counts(session: Session, usrns: Iterable[str]) -> dict[Place, tuple[int, dict[str, int]]]:
    """(USRN, ward) → (responses, {choice: how many of them name it}), where somebody answered the question.

    Of each person only the newest response on that street counts, so that four rounds are not four voices; an
    anonymous response is a voice of its own. Somebody who has no concern is among the responses.
    """
    wanted = sorted(set(usrns))
    if not wanted:
        return {}
    person = func.coalesce(Response.pseudonym, Response.id)
    place = func.row_number().over(
        partition_by=(Response.usrn, person), order_by=(Response.answered_at.desc(), Response.id.desc())
    )
    asked = exists().where(Answer.response_id == Response.id, Answer.topic.in_((CONCERN, NO_CONCERN)))
    ranked = (
        select(Response.id, Response.usrn, Response.ward_code, place.label("place"))
        .where(Response.usrn.in_(wanted), asked)
        .subquery()
    )
    newest = select(ranked.c.id, ranked.c.usrn, ranked.c.ward_code).where(ranked.c.place == 1).subquery()
    voices = select(newest.c.usrn, newest.c.ward_code, func.count()).group_by(
        newest.c.usrn, newest.c.ward_code
    )
    named = (
        select(newest.c.usrn, newest.c.ward_code, Answer.choice, func.count(newest.c.id.distinct()))
        .join(Answer, Answer.response_id == newest.c.id)
        .where(Answer.topic == CONCERN)
        .group_by(newest.c.usrn, newest.c.ward_code, Answer.choice)
        .order_by(newest.c.usrn, newest.c.ward_code, Answer.choice)
    )
    counts: dict[Place, tuple[int, dict[str, int]]] = {
        (usrn, ward): (n, {}) for usrn, ward, n in session.execute(voices)
    }
    for usrn, ward, choice, n in session.execute(named):
        counts[usrn, ward][1][choice] = n
    return counts
