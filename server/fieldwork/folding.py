"""Folds premises again from their facts and writes what changed: coverage rows, then street and ward counters.

Precondition throughout: the premises' streets are locked, so nobody else reads, folds or writes them meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, cast, or_, select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.activity import count_in
from server.fieldwork.bulk import bound, upsert
from server.fieldwork.stored import CampaignRules, StoredFact, counting, facts_of, read_policy, stands
from server.fieldwork.tables import EVERY_CAMPAIGN, Campaign, Coverage, StreetCoverage, WardCoverage
from sync.fold import COUNTERS, counts, fold
from sync.worklist import HouseState

NEVER = datetime.max.replace(tzinfo=UTC)
Flags = tuple[int, ...]  # one per counter, in the order of COUNTERS
_STATE = msgspec.json.Decoder(HouseState)
WAITING_WARDS = "differences of ward counters"  # under this name in Session.info
FIRST_FLAG, PAST_FLAGS = 4, 4 + len(COUNTERS)


class CoverageRow(msgspec.Struct, frozen=True):
    """One row of coverage, its members in the order and under the names of the columns, as `upsert` writes them.

    `state` is None where what is stored cannot be read (a refold mends it).
    """

    uprn: str
    campaign_id: int
    usrn: str
    ward_code: str
    premises: bool
    eligible: bool
    visited: bool
    informed: bool
    contacted: bool
    registered: bool
    refused: bool
    outstanding: bool
    standing: bool
    attempts: int
    last_at: int
    state: HouseState | None

    @property
    def flags(self) -> Flags:
        """What the house adds to each counter."""
        return msgspec.structs.astuple(self)[FIRST_FLAG:PAST_FLAGS]


@dataclass(frozen=True)
class Refolded:
    """How many coverage rows changed, and on which streets."""

    changed: int = 0
    usrns: frozenset[str] = frozenset()


def refold_premises(
    session: Session,
    service: Service,
    uprns: Collection[str],
    *,
    campaigns: Collection[int] = (),
    since: datetime | None = None,
    new: Collection[str] = (),
) -> Refolded:
    """Fold these premises for campaign 0, every active campaign they are in, and `campaigns`; write what changed.

    `new` are the ids of facts that were not there before: they are counted in the activity of their days.
    An archived campaign is folded where it is one of `campaigns` or was archived at `since` or later: only then can the
    facts that were received since count for it.
    """
    if not uprns:
        return Refolded()
    rows, rules = read_coverage(session, uprns, campaigns=campaigns, since=since)
    facts = facts_of(session, uprns, timed=any(rule.archived_at for rule in rules.values()))
    refolded = write_changes(session, service, changes(service, rows, rules, facts))
    count_in(session, service, facts, new)
    return refolded


def read_coverage(
    session: Session,
    uprns: Collection[str],
    *,
    campaigns: Collection[int] = (),
    since: datetime | None = None,
    every: bool = False,
) -> tuple[list[CoverageRow], dict[int, CampaignRules]]:
    """The coverage rows of these premises that may change (or `every` one), and the rules of their campaigns."""
    if every:
        found = _EVERY.rows(session, uprns=list(uprns))
    else:
        found = _LIVE.rows(session, uprns=list(uprns), campaigns=list(campaigns), since=since or NEVER)
    rows: list[CoverageRow] = []
    rules = {EVERY_CAMPAIGN: CampaignRules()}
    for *values, archived_at, policy in found:
        row = as_row(values)
        rows.append(row)
        if row.campaign_id not in rules:
            rules[row.campaign_id] = CampaignRules(read_policy(policy), archived_at)
    return rows, rules


def as_row(values: Sequence[Any]) -> CoverageRow:
    """A CoverageRow from the values of its columns."""
    *plain, document = values
    try:
        state = _STATE.decode(document)
    except msgspec.DecodeError:
        state = None
    members = (*plain, state)
    return CoverageRow(*members)


def read_coverage_of(
    session: Session, uprns: Collection[str], campaign_id: int
) -> tuple[list[CoverageRow], dict[int, CampaignRules]]:
    """The coverage rows of these premises in one campaign, and its rules."""
    policy, archived_at = session.execute(
        select(Campaign.policy, Campaign.archived_at).where(Campaign.id == campaign_id)
    ).one()
    found = _OF_CAMPAIGN.rows(session, uprns=list(uprns), campaign_id=campaign_id)
    return [as_row(row) for row in found], {campaign_id: CampaignRules(read_policy(policy), archived_at)}


def changes(
    service: Service,
    rows: Iterable[CoverageRow],
    rules: Mapping[int, CampaignRules],
    facts: Mapping[str, list[StoredFact]],
) -> list[tuple[CoverageRow, CoverageRow]]:
    """The rows that a fold of these facts changes: (as it is, as it is to be)."""
    changed = []
    whole: dict[str, HouseState] = {}
    for row in sorted(rows, key=attrgetter("uprn", "campaign_id")):
        known, rule = facts.get(row.uprn, ()), rules[row.campaign_id]
        if (
            row.campaign_id != EVERY_CAMPAIGN
            and row.uprn in whole
            and _all_count(known, row.campaign_id, rule)
        ):
            folded = folded_row(row, whole[row.uprn], rule)
        else:
            folded = fold_row(service, row, rule, known)
        if row.campaign_id == EVERY_CAMPAIGN and folded.state is not None:
            whole[row.uprn] = folded.state
        if folded != row:
            changed.append((row, folded))
    return changed


def _all_count(facts: Iterable[StoredFact], campaign_id: int, rule: CampaignRules) -> bool:
    """True where a campaign's fold is that of all campaigns together: nothing here belongs to another one."""
    return rule.archived_at is None and all(
        one.fact.campaign == campaign_id or one.fact.kind not in ("visit", "override") for one in facts
    )


def fold_row(
    service: Service, row: CoverageRow, rule: CampaignRules, facts: Iterable[StoredFact]
) -> CoverageRow:
    """The row as a fold of its premises' facts makes it."""
    ours = counting(facts, row.campaign_id, rule)
    return folded_row(row, fold(ours, row.campaign_id, service.settings.time_zone), rule)


def folded_row(row: CoverageRow, state: HouseState, rule: CampaignRules) -> CoverageRow:
    """The row with this state and all that follows from it."""
    flags = {name: flag == 1 for name, flag in counts(state, rule.policy).items()}
    return msgspec.structs.replace(
        row, standing=stands(state), attempts=state.attempts, last_at=state.last_at, state=state, **flags
    )


def write_changes(
    session: Session,
    service: Service,
    changed: Sequence[tuple[CoverageRow, CoverageRow]],
    *,
    wards_later: bool = False,
) -> Refolded:
    """Write changed coverage rows (as it is, as it is to be), and to the counters the difference that they make."""
    if not changed:
        return Refolded()
    upsert(session, Coverage, [after for _, after in changed])
    streets: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0] * len(COUNTERS))
    for before, after in changed:
        add(streets[before.campaign_id, before.usrn, before.ward_code], before.flags, -1)
        add(streets[after.campaign_id, after.usrn, after.ward_code], after.flags, 1)
    write_counters(session, streets, service.clock.now(), wards_later=wards_later)
    return Refolded(len(changed), frozenset(after.usrn for _, after in changed))


def add(total: list[int], flags: Flags, sign: int) -> None:
    """Add one house's flags to a total, or take them off."""
    for place, flag in enumerate(flags):
        total[place] += sign * flag


def write_counters(
    session: Session,
    streets: Mapping[tuple[int, str, str], list[int]],
    now: datetime,
    *,
    wards_later: bool = False,
) -> None:
    """Add differences, by (campaign, street, ward), to the streets' counters, then to the wards'.

    Ward rows are shared by many streets: they are written last, in key order, so that writers queue. With `wards_later`
    they wait in the session for `write_waiting_wards`: for a transaction that has more streets to lock first.
    """
    moved = {key: total for key, total in streets.items() if any(total)}
    waiting: dict[tuple[int, str], list[int]] = session.info.setdefault(WAITING_WARDS, {})
    for (campaign_id, _, ward_code), total in moved.items():
        add(waiting.setdefault((campaign_id, ward_code), [0] * len(COUNTERS)), tuple(total), 1)
    rows = [
        {"campaign_id": campaign_id, "usrn": usrn, "ward_code": ward_code, **_counted(total, now)}
        for (campaign_id, usrn, ward_code), total in moved.items()
    ]
    upsert(session, StreetCoverage, rows, add=True)
    if not wards_later:
        write_waiting_wards(session, now)


def write_waiting_wards(session: Session, now: datetime) -> None:
    """Add to the wards' counters what waits in the session."""
    rows = [
        {"campaign_id": campaign_id, "ward_code": ward_code, **_counted(total, now)}
        for (campaign_id, ward_code), total in session.info.pop(WAITING_WARDS, {}).items()
        if any(total)
    ]
    upsert(session, WardCoverage, rows, add=True)


def _counted(total: Sequence[int], now: datetime) -> dict[str, Any]:
    return {"changed_at": now} | dict(zip(COUNTERS, total, strict=True))


_C, _K = table_of(Coverage).c, table_of(Campaign).c
_COLUMNS = (
    _C.uprn,
    _C.campaign_id,
    _C.usrn,
    _C.ward_code,
    *(_C[name] for name in COUNTERS),
    _C.standing,
    _C.attempts,
    _C.last_at,
    cast(_C.state, Text),
)
_OF_PREMISES = (
    select(*_COLUMNS, _K.archived_at, _K.policy)
    .select_from(table_of(Coverage).outerjoin(table_of(Campaign), _K.id == _C.campaign_id))
    .where(bound(_C.uprn, "uprns"))
)
_EVERY = Prepared(_OF_PREMISES)
_LIVE = Prepared(
    _OF_PREMISES.where(
        or_(
            _K.state.is_(None),
            _K.state == "active",
            _K.archived_at >= bindparam("since", type_=_K.archived_at.type),
            bound(_C.campaign_id, "campaigns"),
        )
    )
)
_OF_CAMPAIGN = Prepared(
    select(*_COLUMNS).where(bound(_C.uprn, "uprns"), _C.campaign_id == bindparam("campaign_id"))
)
