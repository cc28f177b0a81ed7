"""What must hold of the ranking at all times, for `doorstep check`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.targeting.catalogue import BY_NAME, CONCERNS
from server.targeting.tables import PriorityTarget, StreetIndicator, WardTarget


def scores_are_their_parts(service: Service) -> list[str]:
    """Findings where a score is not the sum of its parts, or a part is no indicator of the catalogue."""

    def work(session: Session) -> list[str]:
        findings = []
        for table, key in ((PriorityTarget, PriorityTarget.usrn), (WardTarget, WardTarget.ward_code)):
            for name, score, parts in session.execute(select(key, table.score, table.parts).order_by(key)):
                if abs(sum(part["contribution"] for part in parts) - score) > 0.001:
                    findings.append(f"{name}: its score of {score} is not the sum of its parts")
                foreign = {part["name"] for part in parts} - BY_NAME.keys()
                if foreign:
                    findings.append(f"{name}: ranked by {', '.join(sorted(foreign))}, which is no indicator")
        return findings

    return service.db.read(work)


def ranks_follow_scores(service: Service) -> list[str]:
    """Findings where ranks have gaps or ties, or do not fall with the score."""

    def work(session: Session) -> list[str]:
        findings = []
        for table in (PriorityTarget, WardTarget):
            rows = session.execute(select(table.rank, table.score).order_by(table.rank)).all()
            if [row.rank for row in rows] != list(range(1, len(rows) + 1)):
                findings.append(f"{table.__tablename__}: ranks do not run from 1 to {len(rows)}")
            elif any(one.score < after.score for one, after in pairwise(rows)):
                findings.append(f"{table.__tablename__}: a lower score stands above a higher one")
        return findings

    return service.db.read(work)


def indicators_hold_only_known_concerns(service: Service) -> list[str]:
    """Findings where a street's indicators hold a concern that is not in the catalogue."""

    def work(session: Session) -> list[str]:
        rows = session.execute(select(StreetIndicator.usrn, StreetIndicator.concerns))
        return [
            f"street {usrn}: counts {', '.join(sorted(foreign))}, which may not enter a ranking"
            for usrn, concerns in rows
            if (foreign := set(concerns) - set(CONCERNS))
        ]

    return service.db.read(work)


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("scores are the sum of their parts", scores_are_their_parts),
    ("ranks follow scores", ranks_follow_scores),
    ("indicators hold only known concerns", indicators_hold_only_known_concerns),
]
