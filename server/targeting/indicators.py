"""Keeps the plain counts that streets are ranked by: in the transaction of a sync, and by catching up on the rest.

A sync refreshes the streets it touched. What other rooms change (a supervisor's withdrawal, a new address file, an
answer by e-mail) is found by comparing counts before each ranking.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sqlalchemy import and_, delete, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import among, bound, stored_time, upsert
from server.fieldwork.tables import EVERY_CAMPAIGN, StreetCoverage
from server.geography.lock import lock_streets
from server.surveys.concerns import concern_counts
from server.surveys.tables import Response
from server.targeting.catalogue import CONCERNS
from server.targeting.tables import PriorityTarget, StreetIndicator

CHUNK = 500
COUNTS = ("eligible", "outstanding", "registered", "refused")
COMPARED = (*COUNTS, "responses", "answers", "concerns")


def refresh_streets(
    session: Session, service: Service, usrns: Iterable[str], *, recount: bool = False
) -> None:
    """Bring the indicators of these streets up to date; what changes makes their targets stale.

    Answers are counted again where there are others than before; with `recount` (whose answers they are has changed)
    everywhere. Precondition: the streets are locked. The number of statements does not depend on how many streets
    there are.
    """
    wanted = sorted(set(usrns))
    if not wanted:
        return
    answers = {(usrn, ward): n for usrn, ward, n in _ANSWERS_OF.rows(session, usrns=wanted)}
    standing = [row._asdict() for row in _STANDING.rows(session, usrns=wanted)]
    answered = {
        one["usrn"]
        for one in standing
        if recount or answers.get((one["usrn"], one["ward_code"]), 0) != (one["before_answers"] or 0)
    }
    concerns = concern_counts(session, answered)
    now = stored_time(service.clock.now())
    rows = []
    for one in standing:
        place = (one["usrn"], one["ward_code"])
        responses, named = one["before_responses"] or 0, one["before_concerns"] or {}
        if place[0] in answered:
            responses, named = concerns.get(place, (0, {}))
        counted = {name: one[name] for name in COUNTS} | {
            "responses": responses,
            "answers": answers.get(place, 0),
            "concerns": {code: named[code] for code in CONCERNS if code in named},
        }
        if one["version"] is None or any(one[f"before_{name}"] != counted[name] for name in COMPARED):
            key = {"usrn": place[0], "ward_code": place[1]}
            rows.append(key | counted | {"version": (one["version"] or 0) + 1, "changed_at": now})
    upsert(session, StreetIndicator, rows)


def catch_up(service: Service) -> int:
    """Refresh the streets whose counts are not those that stand in the indicators; how many there were."""
    drifted = service.db.read(find_drift)
    for start in range(0, len(drifted), CHUNK):
        chunk = drifted[start : start + CHUNK]
        service.db.transact(partial(_refresh, service=service, usrns=chunk))
    return len(drifted)


def recount_answers(service: Service) -> int:
    """Count the answers of every street again; how many streets. People may have been joined or forgotten since."""
    usrns = service.db.read(lambda session: session.scalars(_ANSWERED_STREETS).all())
    for start in range(0, len(usrns), CHUNK):
        chunk = list(usrns[start : start + CHUNK])
        service.db.transact(partial(_refresh, service=service, usrns=chunk, recount=True))
    return len(usrns)


def find_drift(session: Session) -> list[str]:
    """USRNs of streets whose indicators are missing, left over, or not equal to what other rooms count, sorted."""
    found = set(session.scalars(_MISCOUNTED))
    found |= set(session.scalars(select(_I.usrn).where(_LEFT_OVER)))
    found |= set(session.scalars(_ANSWERED_SINCE))
    return sorted(found)


def _refresh(session: Session, service: Service, usrns: list[str], *, recount: bool = False) -> None:
    lock_streets(session, usrns)
    gone = session.execute(select(_I.usrn, _I.ward_code).where(among(_I.usrn, usrns), _LEFT_OVER)).all()
    for table in (PriorityTarget, StreetIndicator):
        places = [tuple(place) for place in gone]
        session.execute(delete(table).where(tuple_(table.usrn, table.ward_code).in_(places)))
    refresh_streets(session, service, usrns, recount=recount)


_C, _I, _R = table_of(StreetCoverage).c, table_of(StreetIndicator).c, table_of(Response).c
_SAME_PLACE = and_(_I.usrn == _C.usrn, _I.ward_code == _C.ward_code)
_ALL_TOGETHER = _C.campaign_id == EVERY_CAMPAIGN
_BOTH = table_of(StreetCoverage).outerjoin(table_of(StreetIndicator), _SAME_PLACE)
_STANDING = Prepared(
    select(
        _C.usrn,
        _C.ward_code,
        *(_C[name] for name in COUNTS),
        _I.version,
        *(_I[name].label(f"before_{name}") for name in COMPARED),
    )
    .select_from(_BOTH)
    .where(_ALL_TOGETHER, bound(_C.usrn, "usrns"))
)
_MISCOUNTED = (
    select(_C.usrn)
    .select_from(_BOTH)
    .where(_ALL_TOGETHER, or_(_I.usrn.is_(None), *(_I[name] != _C[name] for name in COUNTS)))
)
_LEFT_OVER = ~exists(select(_C.usrn).where(_ALL_TOGETHER, _SAME_PLACE))
_ANSWERS = select(_R.usrn, _R.ward_code, func.count().label("answers")).group_by(_R.usrn, _R.ward_code)
_ANSWERS_OF = Prepared(_ANSWERS.where(bound(_R.usrn, "usrns")))
_ANSWERED = _ANSWERS.subquery()
_ANSWERED_STREETS = select(_R.usrn).distinct().order_by(_R.usrn)
_ANSWERED_SINCE = (
    select(_I.usrn)
    .outerjoin(_ANSWERED, and_(_I.usrn == _ANSWERED.c.usrn, _I.ward_code == _ANSWERED.c.ward_code))
    .where(_I.answers != func.coalesce(_ANSWERED.c.answers, 0))
)
