"""Enters the visits of a printed list: each a fact like any from a phone, by the list's officer, without a device."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from server.base import audit
from server.base.access import Principal, require
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.facts import NewFact, lock_premises, record_facts
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import KINDS, NewNote, add_notes
from server.fieldwork.tables import PremisesFact, Worklist, WorklistHouse
from server.fieldwork.typed_visits import OTHER_HAZARD, TypedVisit, Window, id_of, moment_of, wrong_with
from server.geography.scope import in_scope, no_such
from server.geography.tables import Premises
from sync.outcomes import outcome, table

VISIT_NOTE = "visit"


@dataclass(frozen=True)
class Entered:
    """What became of typed visits: how many are new, how many were there, and what is wrong, by house and field."""

    new: int
    again: int
    wrong: dict[str, dict[str, str]]


class _Known(NamedTuple):
    """A visit that is there already: whose, when and what."""

    outcome: str
    at: datetime


def enter_visits(
    service: Service, principal: Principal, worklist_id: int, visits: Sequence[TypedVisit]
) -> Entered:
    """Record what was typed in, and say what is wrong with the rest; each house once.

    The same visit again counts once, whoever sends it. Visits of a list that has ended are taken in like any late one.
    Raises Problem: not_found for a list with no house in the principal's areas, or a house not on it; forbidden.
    """
    require(principal, "worklist.allocate")

    def work(session: Session) -> Entered:
        listed = _list(session, worklist_id)
        if listed is None:
            raise no_such("worklist", worklist_id)
        _require_on_list(session, principal, worklist_id, [one.uprn for one in visits])
        window = Window(listed.created_at, service.clock.now(), service.zone)
        wrong = {one.uprn: found for one in visits if (found := wrong_with(one, window, table()))}
        right = [one for one in visits if one.uprn not in wrong]
        lock_premises(session, [one.uprn for one in right])
        known = _known(session, listed.account_id, listed.campaign_id, [one.uprn for one in right])
        new, again = [], 0
        for one in right:
            at_that_minute = [
                it.outcome
                for it in known.get(one.uprn, ())
                if it.at.replace(second=0, microsecond=0) == _moment(one, service)
            ]
            if one.outcome in at_that_minute:
                again += 1
            elif at_that_minute:
                was = outcome(at_that_minute[0]).label
                wrong[one.uprn] = {"at": f"Another visit of this minute is recorded here: {was}."}
            else:
                new.append(one)
        facts = [_fact(service, principal, listed, one) for one in new]
        changed = _words(session, service, listed, new)
        recorded = record_facts(session, service, facts, also_changed=changed)
        again += len(recorded.duplicate_ids)
        entered = [fact.id for fact in facts if fact.id not in recorded.duplicate_ids]
        audit.record(
            session,
            service,
            principal,
            "visit.enter",
            f"worklist:{worklist_id}",
            officer=listed.account_id,
            visits=entered,
            again=again,
        )
        return Entered(len(entered), again, wrong)

    return service.db.transact(work)


def _list(session: Session, worklist_id: int) -> Any:
    return session.execute(
        select(Worklist.id, Worklist.account_id, Worklist.campaign_id, Worklist.created_at).where(
            Worklist.id == worklist_id
        )
    ).one_or_none()


def _require_on_list(
    session: Session, principal: Principal, worklist_id: int, uprns: Collection[str]
) -> None:
    """Every house is or was on the list and lies in the principal's areas, and some house of the list does."""
    ours = (
        select(WorklistHouse.uprn)
        .join(Premises, Premises.uprn == WorklistHouse.uprn)
        .where(WorklistHouse.worklist_id == worklist_id, in_scope(principal, Premises.ward_code))
    )
    if session.scalar(ours.limit(1)) is None:
        raise no_such("worklist", worklist_id)
    there = set(session.scalars(ours.where(among(WorklistHouse.uprn, uprns))))
    for uprn in sorted(set(uprns) - there):
        raise no_such("house on this list", uprn)


def _known(
    session: Session, account_id: int, campaign_id: int, uprns: Collection[str]
) -> dict[str, list[_Known]]:
    """The officer's visits to these houses in the campaign that nobody withdrew."""
    withdrawal = aliased(PremisesFact)
    rows = session.execute(
        select(PremisesFact.uprn, PremisesFact.outcome, PremisesFact.corrected_at).where(
            among(PremisesFact.uprn, uprns),
            PremisesFact.kind == "visit",
            PremisesFact.account_id == account_id,
            PremisesFact.campaign_id == campaign_id,
            ~exists(
                select(withdrawal.id)
                .where(
                    withdrawal.uprn == PremisesFact.uprn,
                    withdrawal.kind == "withdrawal",
                    withdrawal.withdraws == PremisesFact.id,
                )
                .correlate(PremisesFact)
            ),
        )
    )
    known: dict[str, list[_Known]] = {}
    for row in rows:
        known.setdefault(row.uprn, []).append(_Known(row.outcome, row.corrected_at))
    return known


def _moment(visit: TypedVisit, service: Service) -> datetime:
    moment = moment_of(visit, service.zone)
    if moment is None:
        raise ValueError("a visit without day and time is wrong, and not recorded")
    return moment


def _fact(service: Service, principal: Principal, listed: Any, visit: TypedVisit) -> NewFact:
    moment = _moment(visit, service)
    body: dict[str, Any] = {"entered_by": principal.account_id}
    if visit.callback_day is not None:
        body |= {"callback_date": visit.callback_day.isoformat(), "callback_slot": visit.callback_part}
    if visit.language:
        body["language"] = visit.language
    return NewFact(
        id=id_of(listed.id, visit, moment),
        uprn=visit.uprn,
        kind="visit",
        recorded_at=moment,
        corrected_at=moment,
        received_at=service.clock.now(),
        campaign_id=listed.campaign_id,
        worklist_id=listed.id,
        outcome=visit.outcome,
        account_id=listed.account_id,
        body=body,
    )


def _words(session: Session, service: Service, listed: Any, visits: Sequence[TypedVisit]) -> set[str]:
    """Keep what was noted: a hazard, a note on the address or one for the next officer; the UPRNs it was kept for."""
    hazards, notes = [], []
    for visit in visits:
        text, needs = visit.note.strip(), outcome(visit.outcome).needs
        moment = _moment(visit, service)
        key = id_of(listed.id, visit, moment)
        if "hazard" in needs:
            hazards.append(NewHazard(key, visit.uprn, OTHER_HAZARD, text, key, listed.account_id, moment))
        elif text or "address_note" in needs:
            kind = visit.outcome if "address_note" in needs and visit.outcome in KINDS else VISIT_NOTE
            notes.append(
                NewNote(str(uuid5(UUID(key), kind)), visit.uprn, kind, text, key, listed.account_id, moment)
            )
    return report_hazards(session, service, hazards) | add_notes(session, service, notes)
