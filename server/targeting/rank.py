"""Ranks the streets again: reads one snapshot, scores it outside any transaction, writes what differs."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal
from server.base.db import insert_many
from server.base.service import Service
from server.fieldwork.bulk import upsert
from server.targeting.catalogue import INDICATORS
from server.targeting.indicators import catch_up
from server.targeting.rules import Figures, Scored, Scores, score_all
from server.targeting.tables import KeptTarget, PriorityTarget, Ranking, StreetIndicator, WardTarget

CHUNK = 1_000
KEPT_DAYS = 400
METHOD = 1

Place = tuple[str, str]


Standing = dict[Place, tuple[Any, ...]]  # what the last ranking said of each street


def rank(service: Service, *, keep: bool = False, principal: Principal = SYSTEM) -> Ranking | None:
    """Rank all streets again if anything changed since, or the local day did, or this ranking is to be kept.

    None where nothing was to be done. The first ranking of each local day is kept to be compared with later.
    """
    catch_up(service)
    today = service.clock.now().astimezone(service.zone).date()
    new_day = service.db.read(_last_day) < today
    if not (new_day or keep or service.db.read(_is_due)):
        return None
    figures, before = service.db.read(_read)
    if not (figures or before):
        return None
    scored = score_all(figures)
    ranking = {
        "ranked_at": service.clock.now(),
        "local_day": today,
        "streets": len(scored.streets),
        "kept": keep or new_day,
        "parameters": parameters(),
    }

    def write(session: Session) -> Ranking:
        return _write(session, service, principal=principal, ranking=ranking, scored=scored, before=before)

    return service.db.transact(write)


def count_stale(session: Session) -> int:
    """How many streets changed since they were last ranked."""
    return session.scalar(select(func.count()).select_from(_stale().subquery())) or 0


def parameters() -> dict[str, Any]:
    """The method as kept with each ranking: every indicator's points and scale."""
    return {
        "method": METHOD,
        "indicators": [
            {"name": one.name, "points": one.points, "low": one.low, "high": one.high} for one in INDICATORS
        ],
    }


def forget_old(service: Service) -> int:
    """Delete rankings older than 400 days (of those not kept: than two); how many went."""

    def work(session: Session) -> int:
        now = service.clock.now()
        newest = select(func.max(Ranking.id)).scalar_subquery()
        old = or_(
            Ranking.ranked_at < now - timedelta(days=KEPT_DAYS),
            and_(~Ranking.kept, Ranking.ranked_at < now - timedelta(days=2)),
        )
        ids = list(session.scalars(select(Ranking.id).where(old, Ranking.id < newest)))
        if ids:
            session.execute(delete(KeptTarget).where(KeptTarget.ranking_id.in_(ids)))
            session.execute(delete(Ranking).where(Ranking.id.in_(ids)))
            audit.record(session, service, SYSTEM, "targeting.forget", "rankings", count=len(ids))
        return len(ids)

    return service.db.transact(work)


def _stale() -> Select[str, str]:
    here = and_(
        PriorityTarget.usrn == StreetIndicator.usrn, PriorityTarget.ward_code == StreetIndicator.ward_code
    )
    behind = or_(
        and_(PriorityTarget.usrn.is_(None), StreetIndicator.eligible > 0),
        PriorityTarget.version < StreetIndicator.version,
    )
    return (
        select(StreetIndicator.usrn, StreetIndicator.ward_code).outerjoin(PriorityTarget, here).where(behind)
    )


def _last_day(session: Session) -> date:
    return session.scalar(select(func.max(Ranking.local_day))) or date.min


def _is_due(session: Session) -> bool:
    """Whether any street changed since it was ranked, or was ranked and is no longer to be."""
    here = and_(
        PriorityTarget.usrn == StreetIndicator.usrn, PriorityTarget.ward_code == StreetIndicator.ward_code
    )
    gone = select(PriorityTarget.usrn).where(
        ~exists(select(StreetIndicator.usrn).where(here, StreetIndicator.eligible > 0))
    )
    return session.scalar(select(or_(exists(_stale()), exists(gone)))) or False


def _read(session: Session) -> tuple[list[Figures], Standing]:
    rows = session.execute(select(*(getattr(StreetIndicator, one.name) for one in fields(Figures))))
    figures = [Figures(*row) for row in rows]
    table = PriorityTarget
    targets = session.execute(
        select(table.usrn, table.ward_code, table.version, table.score, table.rank, table.action, table.parts)
    )
    return figures, {(row[0], row[1]): tuple(row)[2:] for row in targets}


def _write(
    session: Session,
    service: Service,
    *,
    principal: Principal,
    ranking: dict[str, Any],
    scored: Scores,
    before: Standing,
) -> Ranking:
    row = Ranking(**ranking)
    session.add(row)
    session.flush()
    after = {(one.figures.usrn, one.figures.ward_code): one for one in scored.streets}
    changed = [_as_row(one) for place, one in after.items() if before.get(place) != _said(one)]
    for start in range(0, len(changed), CHUNK):
        upsert(session, PriorityTarget, changed[start : start + CHUNK])
    _delete_gone(session, before.keys() - after.keys())
    _write_wards(session, scored)
    if ranking["kept"]:
        insert_many(session, KeptTarget, [_as_kept(one, row.id) for one in scored.streets])
    audit.record(
        session,
        service,
        principal,
        "targeting.rank",
        f"ranking:{row.id}",
        streets=len(after),
        changed=len(changed),
        kept=ranking["kept"],
    )
    return row


def _delete_gone(session: Session, gone: set[Place]) -> None:
    ordered = sorted(gone)
    for start in range(0, len(ordered), CHUNK):
        session.execute(
            delete(PriorityTarget).where(
                tuple_(PriorityTarget.usrn, PriorityTarget.ward_code).in_(ordered[start : start + CHUNK])
            )
        )


def _write_wards(session: Session, scored: Scores) -> None:
    streets: dict[str, int] = {}
    for one in scored.streets:
        streets[one.figures.ward_code] = streets.get(one.figures.ward_code, 0) + 1
    rows = [
        {
            "ward_code": ward.figures.ward_code,
            "score": ward.score,
            "rank": ward.rank,
            "streets": streets[ward.figures.ward_code],
            "parts": [part.as_json() for part in ward.parts],
            "action": ward.action,
        }
        for ward in scored.wards
    ]
    upsert(session, WardTarget, rows)
    session.execute(delete(WardTarget).where(WardTarget.ward_code.not_in(streets)))


def _said(one: Scored) -> tuple[Any, ...]:
    parts = [part.as_json() for part in one.parts]
    return one.figures.version, one.score, one.rank, one.action, parts


def _as_row(one: Scored) -> dict[str, Any]:
    version, score, place, action, parts = _said(one)
    return {
        "usrn": one.figures.usrn,
        "ward_code": one.figures.ward_code,
        "score": score,
        "rank": place,
        "parts": parts,
        "action": action,
        "version": version,
    }


def _as_kept(one: Scored, ranking_id: int) -> dict[str, Any]:
    return {
        "ranking_id": ranking_id,
        "usrn": one.figures.usrn,
        "ward_code": one.figures.ward_code,
        "score": one.score,
        "rank": one.rank,
    }
