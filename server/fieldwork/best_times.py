"""When doors are answered, ward by ward: what the page of best times shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.service import Service
from server.fieldwork.activity_views import Asked, Ward, count_visits, wards_seen
from server.fieldwork.answer_rules import BySlot, Cell, rated, tallied
from server.fieldwork.best_slots import best_slots_of
from server.fieldwork.tables import Activity


@dataclass(frozen=True)
class WardTimes:
    """A ward's cells in the order of the slots, its own counts, and what its lists wait for today."""

    ward: Ward
    cells: list[Cell]
    counted: BySlot
    waits_for: tuple[str, ...]


@dataclass(frozen=True)
class BestTimes:
    """The wards that were visited, by district and name, and all of them together."""

    wards: list[WardTimes]
    together: BySlot


def read_best_times(service: Service, principal: Principal, asked: Asked) -> BestTimes:
    """Rates of wards in the principal's areas, drawn towards their district's as far as the principal sees it.

    Raises Problem: forbidden; not_found for a campaign or area outside the principal's.
    """
    require(principal, "coverage.read")
    return service.db.read(lambda session: best_times(session, principal, asked))


def best_times(session: Session, principal: Principal, asked: Asked) -> BestTimes:
    """The same within a transaction."""
    rows = count_visits(session, principal, asked, Activity.ward_code)
    wards = wards_seen(session, principal)
    counted = {code: found for (code,), found in tallied(rows, "ward_code").items() if code in wards}
    best = best_slots_of(session, sorted(counted))
    cells = rated(counted, {code: wards[code].district for code in counted}, {})
    found = [
        WardTimes(wards[code], cells[code], counted[code], best.get(code, ())) for code in sorted(counted)
    ]
    found.sort(key=lambda one: (one.ward.district_name, one.ward.name, one.ward.code))
    (together,) = tallied(rows).values() or (BySlot(),)
    return BestTimes(found, together)
