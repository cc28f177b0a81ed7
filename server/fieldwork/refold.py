"""Rebuilds coverage and counters from the facts: the whole force in chunks of streets, or one campaign at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Integer, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal
from server.base.service import Service
from server.fieldwork import activity
from server.fieldwork.bulk import among, stored_time, upsert
from server.fieldwork.facts import lock_premises
from server.fieldwork.folding import (
    add,
    changes,
    read_coverage,
    read_coverage_of,
    write_changes,
    write_counters,
)
from server.fieldwork.rows import refresh_rows
from server.fieldwork.seed import seed
from server.fieldwork.stored import CampaignRules, facts_of
from server.fieldwork.tables import Coverage, StreetCoverage, WardCoverage
from server.geography.lock import lock_streets
from server.geography.tables import Premises, Street
from sync.fold import COUNTERS
from sync.worklist import Policy

STREETS_AT_ONCE = 50
PREMISES_AT_ONCE = 2_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Refold:
    """What a refold went through and what it had to mend (nothing, where all was well)."""

    streets: int
    premises: int
    mended_rows: int
    mended_counters: int


def refold(
    service: Service,
    *,
    principal: Principal = SYSTEM,
    usrns: Collection[str] | None = None,
    progress: Progress = lambda done, total: None,
) -> Refold:
    """Fold every premises of these streets (all when None) again, recount them, and mend rows that differ.

    In chunks of streets, each one transaction under its locks, while the service goes on; then the wards' counters are
    summed up again, and their visits by day counted. Rows that are missing are made again for campaign 0 and the active
    campaigns.
    """
    wanted = sorted(service.db.read(_all_streets) if usrns is None else set(usrns))
    total = Refold(0, 0, 0, 0)
    for start in range(0, len(wanted), STREETS_AT_ONCE):
        chunk = wanted[start : start + STREETS_AT_ONCE]
        done = service.db.transact(lambda session, chunk=chunk: _refold_streets(session, service, chunk))  # type: ignore[misc]
        total = Refold(
            total.streets + done.streets,
            total.premises + done.premises,
            total.mended_rows + done.mended_rows,
            total.mended_counters + done.mended_counters,
        )
        progress(total.streets, len(wanted))
    recounted = _recount_activity(service, usrns)

    def finish(session: Session) -> Refold:
        mended = sum_up_wards(session, service)
        found = replace(total, mended_counters=total.mended_counters + mended + recounted)
        audit.record(
            session,
            service,
            principal,
            "coverage.refold",
            "coverage",
            streets=found.streets,
            mended_rows=found.mended_rows,
            mended_counters=found.mended_counters,
        )
        return found

    return service.db.transact(finish)


def refold_campaign(
    session: Session, service: Service, campaign_id: int, *, policy: Policy | None = None
) -> int:
    """Fold every premises of a campaign that anything is known of again, as if its policy were this one; rows changed.

    Locks the campaign's streets.
    """
    lock_campaign_streets(session, campaign_id)
    uprns = session.scalars(
        select(Coverage.uprn)
        .where(Coverage.campaign_id == campaign_id, Coverage.state != msgspec.json.decode(b"{}"))
        .order_by(Coverage.uprn)
    ).all()
    changed = 0
    for chunk in chunks(uprns):
        rows, rules = read_coverage_of(session, chunk, campaign_id)
        if policy is not None:
            rules = {campaign_id: CampaignRules(policy, rules[campaign_id].archived_at)}
        found = changes(service, rows, rules, facts_of(session, chunk))
        changed += write_changes(session, service, found).changed
    return changed


def lock_campaign_streets(session: Session, campaign_id: int) -> None:
    """Lock every street that the campaign has houses on."""
    lock_streets(
        session,
        session.scalars(
            select(StreetCoverage.usrn).where(StreetCoverage.campaign_id == campaign_id).distinct()
        ).all(),
    )


def chunks(uprns: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts of at most PREMISES_AT_ONCE."""
    for start in range(0, len(uprns), PREMISES_AT_ONCE):
        yield uprns[start : start + PREMISES_AT_ONCE]


def sum_up_wards(session: Session, service: Service) -> int:
    """Set the wards' counters to the sums of their streets'; how many rows had to be mended.

    The ward rows are locked first: whoever changed a street and has not committed waits for its ward row, and adds its
    difference afterwards to what is summed up here without it.
    """
    at = stored_time(service.clock.now())
    sums = select(
        StreetCoverage.campaign_id,
        StreetCoverage.ward_code,
        *(cast(func.sum(getattr(StreetCoverage, name)), Integer).label(name) for name in COUNTERS),
    ).group_by(StreetCoverage.campaign_id, StreetCoverage.ward_code)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    keys = (
        select(StreetCoverage.campaign_id, StreetCoverage.ward_code)
        .where(StreetCoverage.usrn != "")
        .distinct()
    )
    session.execute(
        dialect.insert(WardCoverage)
        .from_select(
            ["campaign_id", "ward_code"], keys.order_by(*keys.selected_columns), include_defaults=False
        )
        .on_conflict_do_nothing()
    )
    stored = {
        (row.campaign_id, row.ward_code): tuple(row)[2:]
        for row in session.execute(
            select(
                WardCoverage.campaign_id,
                WardCoverage.ward_code,
                *(getattr(WardCoverage, name) for name in COUNTERS),
            )
            .order_by(WardCoverage.campaign_id, WardCoverage.ward_code)
            .with_for_update(key_share=True)
        )
    }
    summed = {(row.campaign_id, row.ward_code): tuple(row)[2:] for row in session.execute(sums)}
    none = (0,) * len(COUNTERS)
    wrong = {key: summed.get(key, none) for key in stored if stored[key] != summed.get(key, none)}
    upsert(
        session,
        WardCoverage,
        [
            {"campaign_id": campaign_id, "ward_code": ward_code, "changed_at": at}
            | dict(zip(COUNTERS, values, strict=True))
            for (campaign_id, ward_code), values in wrong.items()
        ],
    )
    return len(wrong)


def _recount_activity(service: Service, usrns: Collection[str] | None) -> int:
    """Count the visits of these streets' wards by day anew, each ward in one transaction; how many rows were wrong."""
    wards = service.db.read(lambda session: activity.wards_to_recount(session, usrns))
    return sum(
        service.db.transact(lambda session, ward=ward: activity.recount(session, service, ward))  # type: ignore[misc]
        for ward in wards
    )


def _all_streets(session: Session) -> Sequence[str]:
    return session.scalars(select(Street.usrn)).all()


def _refold_streets(session: Session, service: Service, usrns: Sequence[str]) -> Refold:
    lock_streets(session, usrns)
    places = {
        row.uprn: (row.usrn, row.ward_code or "")
        for row in session.execute(
            select(Premises.uprn, Premises.usrn, Premises.ward_code).where(among(Premises.usrn, usrns))
        )
    }
    lock_premises(session, places)
    seed(session, service, usrns)
    rows, rules = read_coverage(session, places, every=True)
    folded = {
        (row.uprn, row.campaign_id): after
        for row, after in changes(service, rows, rules, facts_of(session, places))
    }
    mended = []
    counted: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0] * len(COUNTERS))
    for row in rows:
        after = folded.get((row.uprn, row.campaign_id), row)
        usrn, ward_code = places[row.uprn]
        after = msgspec.structs.replace(after, usrn=usrn, ward_code=ward_code)
        add(counted[after.campaign_id, usrn, ward_code], after.flags, 1)
        if after != row:
            mended.append(after)
    upsert(session, Coverage, mended)
    wrong = _wrong_counters(session, usrns, counted)
    write_counters(session, wrong, service.clock.now())
    refresh_rows(session, service, list(places))
    return Refold(len(usrns), len(places), len(mended), len(wrong))


def _wrong_counters(
    session: Session, usrns: Sequence[str], counted: Mapping[tuple[int, str, str], list[int]]
) -> dict[tuple[int, str, str], list[int]]:
    """By how much the streets' stored counters fall short of what was counted."""
    short = {key: list(total) for key, total in counted.items()}
    for campaign_id, usrn, ward_code, *values in session.execute(
        select(
            StreetCoverage.campaign_id,
            StreetCoverage.usrn,
            StreetCoverage.ward_code,
            *(getattr(StreetCoverage, name) for name in COUNTERS),
        ).where(among(StreetCoverage.usrn, usrns))
    ):
        add(short.setdefault((campaign_id, usrn, ward_code), [0] * len(COUNTERS)), tuple(values), -1)
    return {key: total for key, total in short.items() if any(total)}
