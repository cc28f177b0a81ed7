"""Keeps the counts of visits by ward, campaign, day, slot, officer and outcome in step with the facts.

Precondition of everything that writes: the premises' streets are locked. Rows are shared by the streets of a ward, so
they are written last, in key order, as the wards' counters are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.activity_rules import SUMS, ActivityKey, Counts, counted, difference
from server.fieldwork.bulk import among, bound, insert_rows, upsert
from server.fieldwork.stored import StoredFact, facts_of
from server.fieldwork.tables import Activity, PremisesFact
from server.geography.lock import lock_streets
from server.geography.tables import Premises

COUNTING = ("visit", "withdrawal", "registration")  # the kinds of facts that count here
WAITING = "differences of activity"  # under this name in Session.info
PREMISES_AT_ONCE = 2_000
WardCounts = dict[tuple[str, ActivityKey], list[int]]  # by ward ("" for none) and key


def count_in(
    session: Session, service: Service, facts: Mapping[str, list[StoredFact]], new: Collection[str]
) -> None:
    """Count in the new facts (ids) of these premises, of which all facts are given by UPRN."""
    tz, ids = service.settings.time_zone, set(new)
    found: dict[str, Counts] = {}
    for uprn, known in facts.items():
        if any(one.fact.id in ids and one.fact.kind in COUNTING for one in known):
            before = counted((one for one in known if one.fact.id not in ids), tz)
            found[uprn] = difference(before, counted(known, tz))
    if found:
        wards = {row.uprn: row.ward_code or "" for row in _WARDS.rows(session, uprns=list(found))}
        total: WardCounts = {}
        _sum_up(total, ((wards.get(uprn, ""), counts, 1) for uprn, counts in found.items()))
        _write(session, total)


def move(
    session: Session,
    service: Service,
    facts: Mapping[str, list[StoredFact]],
    wards: Mapping[str, tuple[str, str]],
) -> None:
    """Count what happened at houses that changed ward (old, new; by UPRN) in the new one, at `write_waiting`."""
    tz = service.settings.time_zone
    for uprn, (old, new) in wards.items():
        if old != new and uprn in facts:
            counts = counted(facts[uprn], tz)
            _sum_up(session.info.setdefault(WAITING, {}), ((old, counts, -1), (new, counts, 1)))


def write_waiting(session: Session) -> None:
    """Add to the rows what waits in the session."""
    _write(session, session.info.pop(WAITING, {}))


def recount(session: Session, service: Service, ward_code: str) -> int:
    """Set a ward's rows to what its premises' facts make; how many were wrong. Locks its streets."""
    here = func.coalesce(Premises.ward_code, "") == ward_code
    lock_streets(session, session.scalars(select(Premises.usrn).where(here).distinct()).all())
    uprns = session.scalars(select(Premises.uprn).where(here, Premises.uprn.in_(_with_facts()))).all()
    right = _counted_of(session, service, dict.fromkeys(uprns, ward_code))
    found = stored(session, ward_code)
    wrong = _different(found, right)
    if wrong:
        session.execute(delete(Activity).where(Activity.ward_code == ward_code))
        insert_rows(session, Activity, [_row(*key, sums) for key, sums in right.items()])
    return len(wrong)


def wards_to_recount(session: Session, usrns: Collection[str] | None) -> list[str]:
    """The wards that have premises with facts on these streets (all when None), or rows; sorted."""
    statement = select(func.coalesce(Premises.ward_code, "")).distinct()
    if usrns is not None:
        return sorted(session.scalars(statement.where(among(Premises.usrn, usrns))))
    counted_wards = session.scalars(select(Activity.ward_code).distinct()).all()
    return sorted({*session.scalars(statement), *counted_wards})


def wrong_rows(session: Session, service: Service) -> list[tuple[str, ActivityKey]]:
    """The keys whose stored counts are not those of a recount from all facts."""
    right: WardCounts = {}
    for chunk in _premises_with_facts(session):
        for key, sums in _counted_of(session, service, chunk).items():
            _add(right, key, sums, 1)
    return _different(stored(session), right)


def stored(session: Session, ward_code: str | None = None) -> WardCounts:
    """The rows as stored (of one ward), without those of zeros."""
    statement = select(table_of(Activity))
    if ward_code is not None:
        statement = statement.where(Activity.ward_code == ward_code)
    return {
        (row.ward_code, ActivityKey(row.campaign_id, row.day.isoformat(), *_rest(row))): sums
        for row in session.execute(statement)
        if any(sums := [getattr(row, name) for name in SUMS])
    }


def _rest(row: Any) -> tuple[str, int, str]:
    return row.slot, row.account_id, row.outcome


def _write(session: Session, total: WardCounts) -> None:
    upsert(session, Activity, [_row(*key, sums) for key, sums in total.items() if any(sums)], add=True)


def _sum_up(total: WardCounts, parts: Iterable[tuple[str, Counts, int]]) -> None:
    for ward_code, counts, sign in parts:
        for key, sums in counts.items():
            _add(total, (ward_code, key), sums, sign)


def _add(total: WardCounts, key: tuple[str, ActivityKey], sums: list[int], sign: int) -> None:
    row = total.setdefault(key, [0] * len(SUMS))
    for place, value in enumerate(sums):
        row[place] += sign * value


def _row(ward_code: str, key: ActivityKey, sums: list[int]) -> dict[str, Any]:
    return {"ward_code": ward_code} | key._asdict() | dict(zip(SUMS, sums, strict=True))


def _different(found: WardCounts, right: WardCounts) -> list[tuple[str, ActivityKey]]:
    return sorted(key for key in found.keys() | right.keys() if found.get(key) != right.get(key))


def _counted_of(session: Session, service: Service, wards: Mapping[str, str]) -> WardCounts:
    """What the facts of these premises (UPRN → ward) count."""
    found: WardCounts = defaultdict(lambda: [0] * len(SUMS))
    uprns = sorted(wards)
    for start in range(0, len(uprns), PREMISES_AT_ONCE):
        facts = facts_of(session, uprns[start : start + PREMISES_AT_ONCE], timed=False)
        for uprn, known in facts.items():
            for key, sums in counted(known, service.settings.time_zone).items():
                _add(found, (wards[uprn], key), sums, 1)
    return dict(found)


def _premises_with_facts(session: Session) -> Iterator[dict[str, str]]:
    """UPRN → ward of the premises that have counting facts, in parts."""
    last = ""
    while True:
        rows = session.execute(
            select(Premises.uprn, func.coalesce(Premises.ward_code, "").label("ward_code"))
            .where(Premises.uprn > last, Premises.uprn.in_(_with_facts()))
            .order_by(Premises.uprn)
            .limit(PREMISES_AT_ONCE)
        ).all()
        if not rows:
            return
        yield {row.uprn: row.ward_code for row in rows}
        last = rows[-1].uprn


def _with_facts() -> Any:
    return select(PremisesFact.uprn).where(PremisesFact.kind.in_(COUNTING))


_P = table_of(Premises).c
_WARDS = Prepared(select(_P.uprn, _P.ward_code).where(bound(_P.uprn, "uprns")))
