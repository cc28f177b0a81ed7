"""Invites to survey rounds: kept in line with what each resident wants, opened when due, lapsed when nobody answers.

The rules are in rounds.py. Whatever changes a resident's invites locks the resident's row first, in id order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import bound, dialect_of, insert_rows
from server.residents.consents import SURVEYS, ConsentMark, standing
from server.residents.tables import Consent, Resident
from server.surveys.questionnaires import DEFAULT
from server.surveys.rounds import (
    ANSWERED,
    CANCELLED,
    DUE,
    LAPSED,
    OPEN,
    Round,
    Rule,
    Step,
    answered_round,
    closes,
    midnight_of,
    plan,
)
from server.surveys.tables import Invite

BATCH = 500  # residents whose rounds one transaction of a job changes


@dataclass(frozen=True)
class Wish:
    """Whether a resident, in which state, is to be asked, and since when."""

    state: str
    wants: bool
    since: datetime


@dataclass(frozen=True)
class Answered:
    """A questionnaire that a resident answered. how: door | self."""

    resident_id: str
    answered_at: datetime
    how: str


def rule_of(service: Service) -> Rule:
    """How this force asks."""
    settings = service.settings
    return Rule(settings.first_survey_days, settings.survey_months, settings.invite_open_days, service.zone)


def schedule_first(session: Session, service: Service, registered: Mapping[str, datetime]) -> None:
    """Let these residents, just registered, be asked for the first time in due course, where they consent to it.

    It looks at their consents and earlier rounds itself, so it may be called for everybody who registered.
    """
    settle(session, service, registered)


def settle(session: Session, service: Service, resident_ids: Iterable[str]) -> None:
    """Bring the rounds of these residents in line: one due or open for who wants surveys, none for who does not."""
    wishes = read_wishes(session, sorted(set(resident_ids)))
    if wishes:
        _settle(session, service, wishes, _read_rounds(session, wishes))


def answer_rounds(
    session: Session, service: Service, answers: Sequence[Answered], wishes: Mapping[str, Wish]
) -> int:
    """Let these answers count for the rounds they are of, and plan the next ones; how many rounds were answered.

    `wishes` of those who answered, as `read_wishes` gave them in this transaction (their rows are locked).
    """
    rounds, rule = _read_rounds(session, {one.resident_id for one in answers}), rule_of(service)
    changed: dict[str, dict[str, Any]] = {}
    for one in sorted(answers, key=lambda one: (one.answered_at, one.resident_id)):
        mine = rounds[one.resident_id]
        found = answered_round(list(mine.values()), one.answered_at, rule)
        if found is not None:
            key = next(key for key, value in mine.items() if value is found)
            mine[key] = Round(found.number, ANSWERED, found.due_at, found.opened_at, found.closes_at)
            changed[key] = {
                "_id": key,
                "_state": ANSWERED,
                "_ended_at": _month_of(one.answered_at, rule),
                "_how": one.how,
            }
    if changed:
        _ANSWERED.run_each(session, list(changed.values()))
        _settle(session, service, {one.resident_id: wishes[one.resident_id] for one in answers}, rounds)
    return len(changed)


def _month_of(at: datetime, rule: Rule) -> datetime:
    """The first midnight of the month: an exact time beside a resident would join coded answers to a house."""
    return midnight_of(at.astimezone(rule.zone).date().replace(day=1), rule.zone)


def open_due(service: Service) -> int:
    """Open the rounds that have fallen due, for residents who still want them; how many. For the worker."""
    return _in_batches(service, DUE, Invite.due_at, _open)


def lapse(service: Service) -> int:
    """End the rounds that nobody answered in time, and plan the next ones; how many. For the worker."""
    return _in_batches(service, OPEN, Invite.closes_at, _lapse)


def read_wishes(session: Session, resident_ids: Collection[str], *, lock: bool = True) -> dict[str, Wish]:
    """Who of these residents is to be asked; unknown ones are absent. `lock`: their rows are locked, in id order."""
    if not resident_ids:
        return {}
    if lock and dialect_of(session) == "postgresql":
        # Apart from reading: who waited for a lock would else read the consents as they were before.
        _LOCK.run(session, ids=list(resident_ids))
    people: dict[str, tuple[str, datetime]] = {}
    marks: dict[str, list[ConsentMark]] = defaultdict(list)
    for row in _WISHES.rows(session, ids=list(resident_ids)):
        people[row.resident_id] = (row.state, row.registered_at)
        if row.id is not None:
            mark = ConsentMark(row.id, SURVEYS, row.given, row.at, row.how, row.wording, row.proved_at)
            marks[row.resident_id].append(mark)
    wishes = {}
    for key, (state, registered_at) in people.items():
        held = standing(marks[key]).get(SURVEYS)
        wants = state == "current" and held is not None and held.given
        wishes[key] = Wish(state, wants, max(registered_at, held.at) if held else registered_at)
    return wishes


def _settle(
    session: Session,
    service: Service,
    wishes: Mapping[str, Wish],
    rounds: Mapping[str, Mapping[str, Round]],
) -> None:
    now, rule = service.clock.now(), rule_of(service)
    steps = []
    for key, wish in wishes.items():
        step = plan(list(rounds[key].values()), wants=wish.wants, since=wish.since, now=now, rule=rule)
        if step is not None:
            steps.append((key, step))
    _carry_out(session, service, steps, rounds, now)


def _read_rounds(session: Session, residents: Collection[str]) -> dict[str, dict[str, Round]]:
    """By resident, then by invite id."""
    found: dict[str, dict[str, Round]] = {resident_id: {} for resident_id in residents}
    for row in _ROUNDS.rows(session, ids=list(residents)):
        found[row.resident_id][row.id] = Round(row.round, row.state, row.due_at, row.opened_at, row.closes_at)
    return found


def _carry_out(
    session: Session,
    service: Service,
    steps: Sequence[tuple[str, Step]],
    rounds: Mapping[str, Mapping[str, Round]],
    now: datetime,
) -> None:
    made, changed = [], []
    for resident_id, step in steps:
        if step.what == "new":
            made.append(
                {
                    "id": service.new_uuid(),
                    "resident_id": resident_id,
                    "round": step.number,
                    "questionnaire_code": DEFAULT,
                    "state": DUE,
                    "due_at": step.due_at,
                    "opened_at": None,
                    "closes_at": None,
                    "ended_at": None,
                    "how": "",
                }
            )
            continue
        key = next(key for key, one in rounds[resident_id].items() if one.number == step.number)
        ended = now if step.what == CANCELLED else None
        changed.append({"id": key, "state": CANCELLED if ended else DUE, "ended_at": ended})
    if changed:
        session.execute(update(Invite), changed)
    insert_rows(session, Invite, made)


def _in_batches(service: Service, state: str, column: Any, work_on: Any) -> int:
    """Run `work_on(session, service, resident ids, now)` for residents whose round in `state` has come to its time."""
    total, after = 0, ""
    while True:

        def work(session: Session, after: str = after) -> tuple[int, str]:
            now = service.clock.now()
            residents = list(
                session.scalars(
                    select(Invite.resident_id)
                    .where(Invite.state == state, column <= now, Invite.resident_id > after)
                    .order_by(Invite.resident_id)
                    .limit(BATCH)
                )
            )
            if not residents:
                return 0, ""
            return work_on(session, service, residents, now), residents[-1]

        done, after = service.db.transact(work)
        total += done
        if not after:
            return total


def _open(session: Session, service: Service, residents: Sequence[str], now: datetime) -> int:
    wishes = read_wishes(session, residents)
    rounds, rule = _read_rounds(session, wishes), rule_of(service)
    opened = [
        {"id": key, "state": OPEN, "opened_at": now, "closes_at": closes(now, rule)}
        for resident_id, wish in wishes.items()
        for key, one in rounds[resident_id].items()
        if wish.wants and one.state == DUE and one.due_at <= now
    ]
    if opened:
        session.execute(update(Invite), opened)
    settle(session, service, [resident_id for resident_id, wish in wishes.items() if not wish.wants])
    if opened:
        audit.record(session, service, SYSTEM, "survey.open", "invites", invites=len(opened))
    return len(opened)


def _lapse(session: Session, service: Service, residents: Sequence[str], now: datetime) -> int:
    wishes = read_wishes(session, residents)
    rounds = _read_rounds(session, wishes)
    ended = [
        {"id": key, "state": LAPSED, "ended_at": now}
        for by_id in rounds.values()
        for key, one in by_id.items()
        if one.state == OPEN and one.closes_at is not None and one.closes_at <= now
    ]
    if ended:
        session.execute(update(Invite), ended)
    settle(session, service, wishes)
    if ended:
        audit.record(session, service, SYSTEM, "survey.lapse", "invites", invites=len(ended))
    return len(ended)


_resident, _consent, _invite = table_of(Resident), table_of(Consent), table_of(Invite)
_LOCK = Prepared(
    select(_resident.c.id)
    .where(bound(_resident.c.id, "ids"))
    .order_by(_resident.c.id)
    .with_for_update(key_share=True)
)
_WISHES = Prepared(
    select(
        _resident.c.id.label("resident_id"),
        _resident.c.state,
        _resident.c.registered_at,
        _consent.c.id,
        _consent.c.given,
        _consent.c.at,
        _consent.c.how,
        _consent.c.wording,
        _consent.c.proved_at,
    )
    .outerjoin(_consent, (_consent.c.resident_id == _resident.c.id) & (_consent.c.purpose == SURVEYS))
    .where(bound(_resident.c.id, "ids"))
    .order_by(_resident.c.id)
)
_ROUNDS = Prepared(
    select(
        _invite.c.resident_id,
        _invite.c.id,
        _invite.c.round,
        _invite.c.state,
        _invite.c.due_at,
        _invite.c.opened_at,
        _invite.c.closes_at,
    )
    .where(bound(_invite.c.resident_id, "ids"))
    .order_by(_invite.c.resident_id, _invite.c.round)
)
_ANSWERED = Prepared(
    update(_invite)
    .where(_invite.c.id == bindparam("_id"))
    .values(state=bindparam("_state"), ended_at=bindparam("_ended_at"), how=bindparam("_how"))
)
