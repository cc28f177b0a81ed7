"""Keeps the plain counts that streets are ranked by: in the transaction of a sync, and by catching up on the rest.

A sync refreshes the streets it touched. What other rooms change (a supervisor's withdrawal, a new address file, an
answer by e-mail) is found by comparing counts before each ranking.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import Subquery, and_, delete, func, or_, select, true, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.bulk import among, rows_as_table, stored_time
from server.fieldwork.tables import EVERY_CAMPAIGN, StreetCoverage
from server.geography.lock import lock_streets
from server.surveys.concerns import concern_counts
from server.surveys.tables import Response
from server.targeting.catalogue import CONCERNS
from server.targeting.tables import PriorityTarget, StreetIndicator

CHUNK = 500
COUNTS = ("eligible", "outstanding", "registered", "refused")
COMPARED = (*COUNTS, "responses", "answers", "concerns")


def refresh_streets(session: Session, service: Service, usrns: Iterable[str]) -> None:
    """Bring the indicators of these streets up to date; what changes makes their targets stale.

    Precondition: the streets are locked. The number of statements does not depend on how many streets there are.
    """
    wanted = sorted(set(usrns))
    if not wanted:
        return
    answers = _answers(session, wanted)
    concerns = concern_counts(session, sorted({usrn for usrn, _ in answers})) if answers else {}
    now = stored_time(service.clock.now())
    rows = []
    for one in session.execute(_counts().where(among(StreetCoverage.usrn, wanted))):
        place = (one.usrn, one.ward_code)
        responses, named = concerns.get(place, (0, {}))
        rows.append(
            one._asdict()
            | {
                "responses": responses,
                "answers": answers.get(place, 0),
                "concerns": {code: named[code] for code in CONCERNS if code in named},
                "version": 1,
                "changed_at": now,
            }
        )
    _write(session, rows)


def catch_up(service: Service) -> int:
    """Refresh the streets whose counts are not those that stand in the indicators; how many there were."""
    drifted = service.db.read(find_drift)
    for start in range(0, len(drifted), CHUNK):
        chunk = drifted[start : start + CHUNK]
        service.db.transact(partial(_refresh, service=service, usrns=chunk))
    return len(drifted)


def find_drift(session: Session) -> list[str]:
    """USRNs of streets whose indicators are missing, left over, or not equal to what other rooms count, sorted."""
    counted = _counts().subquery()
    answers = _answer_counts().subquery()
    here = and_(StreetIndicator.usrn == counted.c.usrn, StreetIndicator.ward_code == counted.c.ward_code)
    differs = or_(
        StreetIndicator.usrn.is_(None),
        *(getattr(StreetIndicator, name) != counted.c[name] for name in COUNTS),
    )
    found = set(session.scalars(select(counted.c.usrn).outerjoin(StreetIndicator, here).where(differs)))
    found |= set(session.scalars(select(StreetIndicator.usrn).where(_left_over(counted))))
    same = and_(StreetIndicator.usrn == answers.c.usrn, StreetIndicator.ward_code == answers.c.ward_code)
    found |= set(
        session.scalars(
            select(StreetIndicator.usrn)
            .outerjoin(answers, same)
            .where(StreetIndicator.answers != func.coalesce(answers.c.answers, 0))
        )
    )
    return sorted(found)


def _refresh(session: Session, service: Service, usrns: list[str]) -> None:
    lock_streets(session, usrns)
    counted = _counts().where(among(StreetCoverage.usrn, usrns)).subquery()
    gone = session.execute(
        select(StreetIndicator.usrn, StreetIndicator.ward_code).where(
            among(StreetIndicator.usrn, usrns), _left_over(counted)
        )
    ).all()
    for table in (PriorityTarget, StreetIndicator):
        places = [tuple(place) for place in gone]
        session.execute(delete(table).where(tuple_(table.usrn, table.ward_code).in_(places)))
    refresh_streets(session, service, usrns)


def _counts() -> Any:
    columns = (getattr(StreetCoverage, name) for name in COUNTS)
    return select(StreetCoverage.usrn, StreetCoverage.ward_code, *columns).where(
        StreetCoverage.campaign_id == EVERY_CAMPAIGN
    )


def _left_over(counted: Subquery) -> Any:
    place = and_(counted.c.usrn == StreetIndicator.usrn, counted.c.ward_code == StreetIndicator.ward_code)
    return ~select(counted.c.usrn).where(place).exists()


def _answer_counts() -> Any:
    return select(Response.usrn, Response.ward_code, func.count().label("answers")).group_by(
        Response.usrn, Response.ward_code
    )


def _answers(session: Session, usrns: list[str]) -> dict[tuple[str, str], int]:
    found = session.execute(_answer_counts().where(among(Response.usrn, usrns)))
    return {(usrn, ward): n for usrn, ward, n in found}


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write the rows in key order; a row that says the same as before keeps its version."""
    if not rows:
        return
    target = StreetIndicator.__table__
    given = rows_as_table(session, rows, {name: target.c[name].type for name in rows[0]})
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    source = select(*given.c).where(true()).order_by(given.c.usrn, given.c.ward_code)
    statement = dialect.insert(target).from_select(list(rows[0]), source)
    changes = {name: statement.excluded[name] for name in (*COMPARED, "changed_at")}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["usrn", "ward_code"],
            set_=changes | {"version": target.c.version + 1},
            where=or_(*(target.c[name] != statement.excluded[name] for name in COMPARED)),
        )
    )
