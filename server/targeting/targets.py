"""What can be asked of the ranking: the streets in order, one street, the wards, and what changed since a day.

Every answer holds only what lies in the principal's areas, and says as of when the ranking is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.paging import paginate
from server.base.problems import Problem
from server.base.service import Service
from server.geography.scope import in_scope, ward_codes
from server.geography.tables import Area, Street
from server.targeting.catalogue import ACTIONS
from server.targeting.tables import KeptTarget, PriorityTarget, Ranking, StreetIndicator, WardTarget
from server.targeting.words import explain

READ = "target.read"
STALE = and_(
    StreetIndicator.usrn == PriorityTarget.usrn, StreetIndicator.ward_code == PriorityTarget.ward_code
)


@dataclass(frozen=True)
class Page:
    """Rows as the API gives them, the cursor of the next page, and the time of the ranking (None before the first)."""

    rows: list[dict[str, Any]]
    next: str | None
    as_of: datetime | None


@dataclass(frozen=True)
class Change(Page):
    """A page of streets with where they stood `since` (the time of the kept ranking compared with)."""

    since: datetime | None


def list_targets(service: Service, principal: Principal, query: Mapping[str, Any]) -> Page:
    """Streets in order of rank; `query` may hold area, usrn, action, limit and after."""
    require(principal, READ)

    def work(session: Session) -> Page:
        statement = _within(session, principal, _streets(), PriorityTarget.ward_code, query.get("area"))
        if query.get("usrn"):
            statement = statement.where(PriorityTarget.usrn == query["usrn"])
        if query.get("action"):
            statement = statement.where(PriorityTarget.action == query["action"])
        page = paginate(session, statement, [PriorityTarget.rank], query)
        return Page([_as_street(row) for row in page.rows], page.next, _as_of(session))

    return service.db.read(work)


def list_wards(service: Service, principal: Principal, query: Mapping[str, Any]) -> Page:
    """Wards in order of rank; `query` may hold area, limit and after."""
    require(principal, READ)

    def work(session: Session) -> Page:
        statement: Select[Any] = select(
            WardTarget.ward_code,
            Area.name.label("ward"),
            WardTarget.rank,
            WardTarget.score,
            WardTarget.streets,
            WardTarget.parts,
            WardTarget.action,
        ).outerjoin(Area, Area.code == WardTarget.ward_code)
        statement = _within(session, principal, statement, WardTarget.ward_code, query.get("area"))
        page = paginate(session, statement, [WardTarget.rank], query)
        rows = [_with_words(_plain(row)) for row in page.rows]
        return Page(rows, page.next, _as_of(session))

    return service.db.read(work)


def compare(service: Service, principal: Principal, query: Mapping[str, Any]) -> Change:
    """Streets in order of rank, each with its score and rank in the newest ranking kept on or before `since`.

    Without `since`, or where nothing is as old, the oldest kept ranking. `query` may hold since (a local date), area,
    limit and after.
    """
    require(principal, READ)

    def work(session: Session) -> Change:
        kept = _kept(session, query.get("since"))
        if kept is None:
            return Change([], None, _as_of(session), None)
        here = and_(
            KeptTarget.ranking_id == kept.id,
            KeptTarget.usrn == PriorityTarget.usrn,
            KeptTarget.ward_code == PriorityTarget.ward_code,
        )
        statement: Any = (
            select(
                PriorityTarget.usrn,
                Street.name.label("street"),
                PriorityTarget.ward_code,
                PriorityTarget.rank,
                PriorityTarget.score,
                KeptTarget.rank.label("rank_before"),
                KeptTarget.score.label("score_before"),
            )
            .join(Street, Street.usrn == PriorityTarget.usrn)
            .outerjoin(KeptTarget, here)
        )
        statement = _within(session, principal, statement, PriorityTarget.ward_code, query.get("area"))
        page = paginate(session, statement, [PriorityTarget.rank], query)
        rows = [_with_change(_plain(row)) for row in page.rows]
        return Change(rows, page.next, _as_of(session), kept.ranked_at)

    return service.db.read(work)


def _streets() -> Select[Any]:
    stale = func.coalesce(StreetIndicator.version, 0) != PriorityTarget.version
    return (
        select(
            PriorityTarget.usrn,
            Street.name.label("street"),
            Street.locality,
            PriorityTarget.ward_code,
            Area.name.label("ward"),
            PriorityTarget.rank,
            PriorityTarget.score,
            PriorityTarget.parts,
            PriorityTarget.action,
            stale.label("stale"),
        )
        .join(Street, Street.usrn == PriorityTarget.usrn)
        .outerjoin(Area, Area.code == PriorityTarget.ward_code)
        .outerjoin(StreetIndicator, STALE)
    )


def _within(
    session: Session, principal: Principal, statement: Select[Any], ward_column: Any, area: str | None
) -> Select[Any]:
    """Only wards that the principal sees; where an area is named, only its. Problem where none of it is seen."""
    statement = statement.where(in_scope(principal, ward_column))
    if not area:
        return statement
    wards = ward_codes(session, area)
    seen = session.scalar(
        select(func.count()).select_from(Area).where(Area.code.in_(wards), in_scope(principal, Area.code))
    )
    if not seen:
        raise Problem("not_found", f"There is no area with the code {area}.")
    return statement.where(ward_column.in_(wards))


def _as_of(session: Session) -> datetime | None:
    return session.scalar(select(func.max(Ranking.ranked_at)))


def _kept(session: Session, since: date | None) -> Ranking | None:
    kept = select(Ranking).where(Ranking.kept)
    found = None
    if since is not None:
        newest_first = kept.where(Ranking.local_day <= since).order_by(Ranking.id.desc())
        found = session.scalar(newest_first.limit(1))
    return found or session.scalar(kept.order_by(Ranking.id).limit(1))


def _plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if not name.startswith("page_key_")}


def _as_street(row: Any) -> dict[str, Any]:
    return _with_words(_plain(row))


def _with_words(row: dict[str, Any]) -> dict[str, Any]:
    action = row["action"]
    return row | {
        "ward": row["ward"] or "",
        "why": explain(row["parts"]),
        "action": {"code": action, "words": ACTIONS.get(action, "")},
    }


def _with_change(row: dict[str, Any]) -> dict[str, Any]:
    before = row["score_before"]
    return row | {"change": None if before is None else round(row["score"] - before, 2)}
