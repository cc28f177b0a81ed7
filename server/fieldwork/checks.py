"""What must hold at all times, each check a function that answers with what is wrong, one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork import activity
from server.fieldwork.folding import fold_row, read_coverage
from server.fieldwork.members import in_campaign, is_house
from server.fieldwork.refold import PREMISES_AT_ONCE
from server.fieldwork.rows import HEAD_COLUMNS, ROWS, Texts, heads, house_of, texts_of
from server.fieldwork.stored import facts_of
from server.fieldwork.tables import (
    Campaign,
    Coverage,
    Holding,
    StreetCoverage,
    WardCoverage,
    Worklist,
    WorklistHouse,
)
from server.geography.tables import Premises
from sync.fold import COUNTERS
from sync.worklist_codec import EMPTY_DIGEST, row_digest, shift_digest

MOST_FINDINGS = 20


def street_counters_equal_a_recount(service: Service) -> list[str]:
    """Every street's counters are what its coverage rows add up to, in every campaign."""
    recount = select(
        Coverage.campaign_id,
        Coverage.usrn,
        Coverage.ward_code,
        *(cast(func.sum(cast(getattr(Coverage, name), Integer)), Integer).label(name) for name in COUNTERS),
    ).group_by(Coverage.campaign_id, Coverage.usrn, Coverage.ward_code)
    stored = select(
        StreetCoverage.campaign_id, StreetCoverage.usrn, StreetCoverage.ward_code, *_counters(StreetCoverage)
    )
    return _differences(service, "street", stored, recount)


def ward_counters_equal_their_streets(service: Service) -> list[str]:
    """Every ward's counters are the sums of its streets', in every campaign."""
    recount = select(
        StreetCoverage.campaign_id,
        StreetCoverage.ward_code,
        *(cast(func.sum(column), Integer) for column in _counters(StreetCoverage)),
    ).group_by(StreetCoverage.campaign_id, StreetCoverage.ward_code)
    stored = select(WardCoverage.campaign_id, WardCoverage.ward_code, *_counters(WardCoverage))
    return _differences(service, "ward", stored, recount)


def coverage_equals_a_refold(service: Service) -> list[str]:
    """Every coverage row is what a fold of its premises' facts makes it."""

    def work(session: Session) -> list[str]:
        findings: list[str] = []
        last = ""
        while len(findings) < MOST_FINDINGS:
            uprns = session.scalars(
                select(Coverage.uprn)
                .where(Coverage.uprn > last)
                .distinct()
                .order_by(Coverage.uprn)
                .limit(PREMISES_AT_ONCE)
            ).all()
            if not uprns:
                break
            last = uprns[-1]
            rows, rules = read_coverage(session, uprns, every=True)
            facts = facts_of(session, uprns)
            findings += [
                f"premises {row.uprn}, campaign {row.campaign_id}: the stored coverage is not what its facts make"
                for row in rows
                if fold_row(service, row, rules[row.campaign_id], facts.get(row.uprn, ())) != row
            ]
        return _few(findings)

    return service.db.read(work)


def activity_equals_a_recount(service: Service) -> list[str]:
    """The visits by ward, campaign, day, slot, officer and outcome are those that the facts make."""
    wrong = service.db.read(lambda session: activity.wrong_rows(session, service))
    return _few(
        [
            f"campaign {key.campaign_id}, ward {ward or 'no ward'}, {key.day}, {key.slot}, account {key.account_id}, "
            f"outcome {key.outcome or '(registrations)'}: the stored visits are not those of a recount"
            for ward, key in wrong
        ]
    )


def coverage_lies_where_the_premises_do(service: Service) -> list[str]:
    """Every coverage row names its premises' street and ward; every house has a row for all campaigns together."""
    elsewhere = (
        select(Coverage.uprn, Coverage.campaign_id)
        .join(Premises, Premises.uprn == Coverage.uprn)
        .where(
            or_(Coverage.usrn != Premises.usrn, Coverage.ward_code != func.coalesce(Premises.ward_code, ""))
        )
    )
    without = select(Premises.uprn).where(
        Premises.residential,
        Premises.status == "live",
        ~exists(select(1).where(Coverage.uprn == Premises.uprn, Coverage.campaign_id == 0)),
    )

    def work(session: Session) -> list[str]:
        findings = [
            f"premises {row.uprn}, campaign {row.campaign_id}: the coverage names another street or ward"
            for row in session.execute(elsewhere.limit(MOST_FINDINGS + 1))
        ]
        findings += [
            f"premises {uprn}: a house without a coverage row"
            for uprn in session.scalars(without.limit(MOST_FINDINGS + 1))
        ]
        return _few(findings)

    return service.db.read(work)


def active_campaigns_have_their_houses(service: Service) -> list[str]:
    """Every house that an active campaign covers, by its areas, streets or chosen houses, has a row in it."""

    def work(session: Session) -> list[str]:
        findings: list[str] = []
        for campaign_id in session.scalars(select(Campaign.id).where(Campaign.state == "active")).all():
            has_row = exists(
                select(1).where(Coverage.uprn == Premises.uprn, Coverage.campaign_id == campaign_id)
            )
            without = select(Premises.uprn).where(is_house(), in_campaign(session, campaign_id), ~has_row)
            findings += [
                f"premises {uprn}: no coverage row in campaign {campaign_id}, which covers it"
                for uprn in session.scalars(without.limit(MOST_FINDINGS + 1))
            ]
            if len(findings) > MOST_FINDINGS:
                break
        return _few(findings)

    return service.db.read(work)


def a_premises_has_one_holder(service: Service) -> list[str]:
    """Who holds a premises and what stands on the active lists are the same, and nobody else has it."""
    on_a_list = and_(Worklist.state == "active", not_(WorklistHouse.removed))
    held_by_none = (
        select(Holding.uprn, Holding.campaign_id, Holding.worklist_id)
        .outerjoin(
            WorklistHouse,
            and_(WorklistHouse.worklist_id == Holding.worklist_id, WorklistHouse.uprn == Holding.uprn),
        )
        .outerjoin(Worklist, Worklist.id == Holding.worklist_id)
        .where(
            or_(
                WorklistHouse.uprn.is_(None),
                not_(on_a_list),
                Worklist.campaign_id != Holding.campaign_id,
            )
        )
    )
    not_held = (
        select(WorklistHouse.uprn, Worklist.campaign_id, WorklistHouse.worklist_id)
        .join(Worklist, Worklist.id == WorklistHouse.worklist_id)
        .outerjoin(
            Holding,
            and_(
                Holding.uprn == WorklistHouse.uprn,
                Holding.campaign_id == Worklist.campaign_id,
                Holding.worklist_id == WorklistHouse.worklist_id,
            ),
        )
        .where(on_a_list, Holding.uprn.is_(None))
    )

    def work(session: Session) -> list[str]:
        findings = [
            f"premises {row.uprn}, campaign {row.campaign_id}: held for list {row.worklist_id}, which does not have it"
            for row in session.execute(held_by_none.limit(MOST_FINDINGS + 1))
        ]
        findings += [
            f"premises {row.uprn}, campaign {row.campaign_id}: on list {row.worklist_id}, which does not hold it"
            for row in session.execute(not_held.limit(MOST_FINDINGS + 1))
        ]
        return _few(findings)

    return service.db.read(work)


def lists_are_what_their_digests_say(service: Service) -> list[str]:
    """No row is newer than its list; every active list's digest is of the rows that a client would be given."""

    def work(session: Session) -> list[str]:
        newer = (
            select(WorklistHouse.worklist_id, WorklistHouse.uprn)
            .join(Worklist, Worklist.id == WorklistHouse.worklist_id)
            .where(WorklistHouse.version > Worklist.version)
        )
        findings = [
            f"list {row.worklist_id}: premises {row.uprn} is newer than the list"
            for row in session.execute(newer.limit(MOST_FINDINGS + 1))
        ]
        active = session.scalars(
            select(Worklist.id).where(Worklist.state == "active").order_by(Worklist.id)
        ).all()
        for worklist_id in active:
            if len(findings) > MOST_FINDINGS:
                break
            findings += _wrong_digests(session, service, worklist_id)
        return _few(findings)

    return service.db.read(work)


def _wrong_digests(session: Session, service: Service, worklist_id: int) -> list[str]:
    (head,) = heads(session.execute(select(*HEAD_COLUMNS).where(HEAD_COLUMNS[0] == worklist_id))).values()
    rows = session.execute(
        ROWS.where(WorklistHouse.worklist_id == worklist_id, not_(WorklistHouse.removed))
    ).all()
    texts = texts_of(session, service.vault, [row.uprn for row in rows])
    findings, digests = [], []
    for row in rows:
        street = head.streets.get(row.usrn)
        if street is None:
            findings.append(
                f"list {worklist_id}: premises {row.uprn} stands on a street that the list has not"
            )
            continue
        digest = row_digest(street, house_of(row, street, texts.get(row.uprn, Texts())))
        digests.append(digest)
        if digest.hex() != row.digest:
            findings.append(f"list {worklist_id}: premises {row.uprn} changed without a new version")
    if not findings and shift_digest(EMPTY_DIGEST, digests, ()) != head.digest:
        findings.append(f"list {worklist_id}: its digest is not that of its rows")
    return findings


def _differences(service: Service, what: str, stored: Any, recount: Any) -> list[str]:
    """Keys whose counters differ; a row of zeros and no row are the same."""
    width = len(COUNTERS)

    def work(session: Session) -> list[str]:
        found = {tuple(row)[:-width]: tuple(row)[-width:] for row in session.execute(stored)}
        right = {tuple(row)[:-width]: tuple(row)[-width:] for row in session.execute(recount)}
        none = (0,) * width
        return _few(
            [
                f"campaign {key[0]}, {what} {' in '.join(str(part) or 'no ward' for part in key[1:])}: stored "
                f"{found.get(key, none)}, recounted {right.get(key, none)} ({', '.join(COUNTERS)})"
                for key in sorted(found.keys() | right.keys())
                if found.get(key, none) != right.get(key, none)
            ]
        )

    return service.db.read(work)


def _counters(table: Any) -> list[ColumnElement[int]]:
    return [getattr(table, name) for name in COUNTERS]


def _few(findings: Sequence[str]) -> list[str]:
    if len(findings) <= MOST_FINDINGS:
        return list(findings)
    return [*findings[:MOST_FINDINGS], "and more of the same"]


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("street counters equal a recount", street_counters_equal_a_recount),
    ("ward counters equal their streets", ward_counters_equal_their_streets),
    ("coverage equals a refold", coverage_equals_a_refold),
    ("visits by day equal a recount", activity_equals_a_recount),
    ("coverage lies where the premises do", coverage_lies_where_the_premises_do),
    ("active campaigns have their houses", active_campaigns_have_their_houses),
    ("a premises has one holder at most", a_premises_has_one_holder),
    ("lists are what their digests say", lists_are_what_their_digests_say),
]
