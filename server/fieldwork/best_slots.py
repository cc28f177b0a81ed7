"""In which kinds of slot most answer, ward by ward: kept for the lists, whose revisit flags then wait for it.

It is reckoned anew once a day, from a year's visits of all campaigns, and what held before stays until it clearly no
longer does (server/statistics/answering.py): so lists do not change with every sync.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.service import Service
from server.fieldwork.activity_sums import tally_sums
from server.fieldwork.answer_rules import rated, tallied
from server.fieldwork.bulk import among, upsert
from server.fieldwork.renew import send_again
from server.fieldwork.tables import Activity, WardSlots, Worklist
from server.geography.tables import Area
from server.staff.principals import today

DAYS = 365


def reckon_best_slots(service: Service) -> int:
    """The worker's job: bring the wards' best slots up to date; how many changed. Lists of these are sent again."""

    def work(session: Session) -> int:
        before = best_slots_of(session)
        after = _reckoned(session, service, before)
        codes = before.keys() | after.keys()
        changed = {code: after.get(code, ()) for code in codes if after.get(code, ()) != before.get(code, ())}
        if not changed:
            return 0
        lists = send_again(session, among(Worklist.ward_code, sorted(changed)))
        now = service.clock.now()
        rows = [
            {"ward_code": code, "slots": list(slots), "reckoned_at": now}
            for code, slots in sorted(changed.items())
        ]
        upsert(session, WardSlots, rows)
        audit.record(
            session, service, SYSTEM, "best_slots.reckon", "force", wards=len(changed), lists=len(lists)
        )
        return len(changed)

    return service.db.transact(work)


def best_slots_of(session: Session, wards: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """The best slots of the wards for which there are any (of all when None)."""
    statement = select(WardSlots.ward_code, WardSlots.slots)
    if wards is not None:
        statement = statement.where(among(WardSlots.ward_code, wards))
    return {row.ward_code: tuple(row.slots) for row in session.execute(statement) if row.slots}


def main_ward(wards: Collection[str | None]) -> str:
    """The ward in which most of a list's houses lie, given each house's; of equals the first by code."""
    named = [ward or "" for ward in wards]
    return min(set(named), key=lambda ward: (-named.count(ward), ward), default="")


def _reckoned(
    session: Session, service: Service, before: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    since = today(service) - timedelta(days=DAYS)
    rows = session.execute(
        select(Activity.ward_code, Activity.slot, *tally_sums())
        .where(Activity.day >= since, Activity.outcome != "")
        .group_by(Activity.ward_code, Activity.slot)
    ).all()
    wards = {code: by_slot for (code,), by_slot in tallied(rows, "ward_code").items() if code}
    cells = rated(wards, districts_of(session), before)
    found = {code: tuple(cell.slot for cell in row if cell.better) for code, row in cells.items()}
    return {code: slots for code, slots in found.items() if slots}


def districts_of(session: Session) -> dict[str, Any]:
    """The code of what each ward lies in."""
    rows = session.execute(select(Area.code, Area.parent_code).where(Area.kind == "ward"))
    return {row.code: row.parent_code or "" for row in rows}
