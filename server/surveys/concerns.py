"""What people named as a concern, counted by street: for targeting."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.surveys.tables import Answer, Response

QUESTION = "concerns"
NO_CONCERN = ("none", "not_said")


def concern_counts(session: Session, usrns: Iterable[str]) -> dict[str, tuple[int, dict[str, int]]]:
    """USRN → (responses, {choice: how many of them name it}), for the streets where somebody answered the question.

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
    asked = select(Answer.response_id).where(Answer.question == QUESTION)
    ranked = (
        select(Response.id, Response.usrn, place.label("place"))
        .where(Response.usrn.in_(wanted), Response.id.in_(asked))
        .subquery()
    )
    newest = select(ranked.c.id, ranked.c.usrn).where(ranked.c.place == 1).subquery()
    voices = select(newest.c.usrn, func.count()).group_by(newest.c.usrn)
    named = (
        select(newest.c.usrn, Answer.choice, func.count())
        .join(Answer, Answer.response_id == newest.c.id)
        .where(Answer.question == QUESTION, Answer.choice.not_in(NO_CONCERN))
        .group_by(newest.c.usrn, Answer.choice)
        .order_by(newest.c.usrn, Answer.choice)
    )
    counts: dict[str, tuple[int, dict[str, int]]] = {usrn: (n, {}) for usrn, n in session.execute(voices)}
    for usrn, choice, n in session.execute(named):
        counts[usrn][1][choice] = n
    return counts
