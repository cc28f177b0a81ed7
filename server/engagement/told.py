"""What an officer may tell at the doors of these streets: it travels with the sealed list (PROTOCOL 6.2, `told`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.engagement.tables import Feedback
from server.fieldwork.bulk import among_selected, bound
from server.fieldwork.tables import EVERY_CAMPAIGN, StreetCoverage
from sync.worklist import MOST_TOLD, Told


def told_of(session: Session, usrns: Sequence[str]) -> list[Told]:
    """What is told of each of these streets, street by street: of the street or of a ward that it has houses in.

    The newest first, MOST_TOLD of a street at most.
    """
    rows = _NEWEST.rows(session, usrns=list(usrns))
    if not rows:
        return []
    wards = _wards(session, usrns) if any(row.ward_code for row in rows) else {}
    return [
        Told(usrn, row.kind, row.said, row.did, row.dated_on.isoformat())
        for usrn in usrns
        for row in _newest(row for row in rows if row.usrn == usrn or row.ward_code in wards.get(usrn, ()))
    ]


def _newest(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.dated_on, row.id), reverse=True)[:MOST_TOLD]


def _wards(session: Session, usrns: Sequence[str]) -> dict[str, set[str]]:
    wards: dict[str, set[str]] = defaultdict(set)
    for usrn, ward in _WARDS.rows(session, usrns=list(usrns)):
        wards[usrn].add(ward)
    return wards


_F, _S = table_of(Feedback).c, table_of(StreetCoverage).c
_IN_WARDS = select(_S.usrn, _S.ward_code).where(_S.campaign_id == EVERY_CAMPAIGN, bound(_S.usrn, "usrns"))
_PLACE = func.row_number().over(
    partition_by=(_F.usrn, _F.ward_code), order_by=(_F.dated_on.desc(), _F.id.desc())
)
_RANKED = (
    select(_F.id, _F.kind, _F.usrn, _F.ward_code, _F.said, _F.did, _F.dated_on, _PLACE.label("place"))
    .where(
        _F.withdrawn_at.is_(None),
        or_(
            bound(_F.usrn, "usrns"),
            among_selected(_F.ward_code, _IN_WARDS.with_only_columns(_S.ward_code).distinct()),
        ),
    )
    .subquery()
)
_WARDS = Prepared(_IN_WARDS)
_NEWEST = Prepared(select(_RANKED).where(_RANKED.c.place <= MOST_TOLD))
