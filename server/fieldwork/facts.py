"""The one way in for what is known of premises: lock, record facts, and keep coverage, counters and lists in step.

`lock_premises` first, for every premises that the transaction will touch; then read what is wanted; then
`record_facts` once, with all facts. The number of statements does not depend on the number of facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import among_selected, bound, dialect_of, insert_new
from server.fieldwork.folding import refold_premises
from server.fieldwork.rows import refresh_rows
from server.fieldwork.tables import EVERY_CAMPAIGN, Holding, PremisesFact, Worklist
from server.geography.tables import Premises, Street
from sync.outcomes import outcome as known_outcome

MOST_READS = 10  # a house that moves again at each look is no house


@dataclass(frozen=True)
class NewFact:
    """A fact to record. `id` is the event's, or a new UUID; the same id again is ignored.

    kind: visit | withdrawal | lift | override | registration | address. `corrected_at` orders it; `body` holds codes:
    visit {callback_date, callback_slot, language}, registration {resident, state: unconfirmed | current | opted_out |
    erased}, override {revisit, reason} (revisit null clears), lift {lifts, reason}, withdrawal {reason},
    address {status: live | retired, residential}. Never a name, a contact or free text.
    """

    id: str
    uprn: str
    kind: str
    recorded_at: datetime
    corrected_at: datetime
    received_at: datetime
    campaign_id: int = EVERY_CAMPAIGN
    worklist_id: int | None = None
    outcome: str = ""
    withdraws: str | None = None
    account_id: int | None = None
    device_id: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


class LockedPremises(NamedTuple):
    """A premises whose street is locked until the transaction ends."""

    uprn: str
    usrn: str
    ward_code: str | None
    district_code: str | None
    status: str
    residential: bool


@dataclass(frozen=True)
class Recorded:
    """What came of it: the version of every active list that holds one of the premises, by list.

    `duplicate_ids` were recorded before; `usrns` are the streets of the touched premises; `changed` counts the coverage
    rows that changed.
    """

    versions: dict[int, int]
    duplicate_ids: set[str]
    usrns: set[str]
    changed: int


def lock_premises(session: Session, uprns: Iterable[str]) -> dict[str, LockedPremises]:
    """Lock the streets of these premises, then the active lists that hold any of them; the premises by UPRN.

    A UPRN that is unknown is absent. A house may move to another street while we wait for its old one: the premises are
    read again under the lock, and whatever street is new is locked too.
    """
    wanted = sorted(set(uprns))
    if not wanted:
        return {}
    if dialect_of(session) == "sqlite":
        return _read_premises(session, wanted)  # BEGIN IMMEDIATE has locked everything
    for _ in range(MOST_READS):
        locked = set(_STREETS.firsts(session, uprns=wanted))
        found = _read_premises(session, wanted)
        if all(one.usrn in locked for one in found.values()):
            break
    lock_lists_of(session, wanted)
    return found


def lock_lists_of(session: Session, uprns: Collection[str]) -> list[int]:
    """Lock the active lists that hold any of these premises, in id order; their ids. Streets are locked already."""
    return _LISTS.firsts(session, uprns=list(uprns))


def record_facts(
    session: Session, service: Service, facts: Sequence[NewFact], *, also_changed: Collection[str] = ()
) -> Recorded:
    """Record facts, refold their premises and bring counters and lists up to date.

    Precondition: `lock_premises` was called in this transaction for the premises of all facts and of `also_changed`
    (those whose hazards, notes or address changed, so that the lists that hold them are to show it). A fact whose id is
    there already is ignored and reported. Raises sync.errors.UnknownOutcome for a visit with an unknown outcome.
    """
    for fact in facts:
        if fact.kind == "visit":
            known_outcome(fact.outcome)
    new = insert_facts(session, facts)
    added = [fact for fact in facts if fact.id in new]
    uprns = sorted({fact.uprn for fact in facts} | set(also_changed))
    folded = refold_premises(
        session,
        service,
        {fact.uprn for fact in added},
        campaigns={fact.campaign_id for fact in added},
        since=min((fact.received_at for fact in added), default=None),
        new=new,
    )
    versions = refresh_rows(session, service, uprns)
    duplicates = {fact.id for fact in facts} - new
    return Recorded(versions, duplicates, set(folded.usrns), folded.changed)


def _read_premises(session: Session, uprns: list[str]) -> dict[str, LockedPremises]:
    return {row[0]: LockedPremises(*row) for row in _PREMISES.rows(session, uprns=uprns)}


def insert_facts(session: Session, facts: Sequence[NewFact]) -> set[str]:
    """Insert the facts that are new, and nothing else; their ids. Of two with one id, the first stands."""
    rows = {fact.id: _as_row(fact) for fact in reversed(facts)}
    return set(insert_new(session, PremisesFact, list(rows.values())))


def _as_row(fact: NewFact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "uprn": fact.uprn,
        "kind": fact.kind,
        "campaign_id": fact.campaign_id,
        "worklist_id": fact.worklist_id,
        "outcome": fact.outcome,
        "withdraws": fact.withdraws,
        "account_id": fact.account_id,
        "device_id": fact.device_id,
        "recorded_at": fact.recorded_at,
        "corrected_at": fact.corrected_at,
        "received_at": fact.received_at,
        "body": fact.body,
    }


_P, _S = table_of(Premises).c, table_of(Street).c
_H, _W = table_of(Holding).c, table_of(Worklist).c
_PREMISES = Prepared(
    select(_P.uprn, _P.usrn, _P.ward_code, _P.district_code, _P.status, _P.residential).where(
        bound(_P.uprn, "uprns")
    )
)
_STREETS = Prepared(
    select(_S.usrn)
    .where(among_selected(_S.usrn, select(_P.usrn).where(bound(_P.uprn, "uprns")).distinct()))
    .order_by(_S.usrn)
    .with_for_update(key_share=True)
)
_LISTS = Prepared(
    select(_W.id)
    .where(among_selected(_W.id, select(_H.worklist_id).where(bound(_H.uprn, "uprns")).distinct()))
    .order_by(_W.id)
    .with_for_update(key_share=True)
)
