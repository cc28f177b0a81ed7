"""Invariants of residents, for `doorstep check`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.tables import PremisesFact
from server.residents.tables import Consent, Contact, Erasure, ErasureMark, Registration, Resident
from server.residents.writing import ERASED, MERGED
from sync.consents import WORDINGS

MOST_NAMED = 20
REGISTRATION = "registration"


def find_marks_out_of_line(session: Session) -> list[str]:
    """Residents whose state is not what the latest registration mark says at their house, or that have none."""
    latest: dict[tuple[str, str], tuple[tuple[datetime, str], str]] = {}
    facts = session.execute(
        select(PremisesFact.uprn, PremisesFact.corrected_at, PremisesFact.id, PremisesFact.body)
        .where(PremisesFact.kind == REGISTRATION)
        .execution_options(yield_per=5000)
    )
    for uprn, corrected_at, key, body in facts:
        place, mark = (uprn, body["resident"]), ((corrected_at, key), body["state"])
        if place not in latest or latest[place][0] < mark[0]:
            latest[place] = mark
    findings = []
    living: dict[str, tuple[str, str]] = {}
    for row in session.execute(select(Resident.id, Resident.uprn, Resident.state)):
        state = ERASED if row.state == MERGED else row.state
        living[row.id] = (row.uprn, state)
        marked = latest.get((row.uprn, row.id), (None, "none"))[1]
        if marked != state:
            findings.append(f"resident {row.id} is {row.state}, the mark at house {row.uprn} says {marked}")
    for (uprn, resident_id), (_, marked) in latest.items():
        home, _state = living.get(resident_id, ("", ""))
        if uprn != home and marked != ERASED:
            findings.append(f"house {uprn} has resident {resident_id} {marked}, who is not there")
    return findings[:MOST_NAMED]


def find_left_behind(session: Session) -> list[str]:
    """Erased or merged residents of whom anything is still held."""
    gone = Resident.state.in_((ERASED, MERGED))
    full = or_(
        Resident.name_sealed.is_not(None),
        Resident.name_index.is_not(None),
        Resident.detail_sealed.is_not(None),
    )
    found = list(
        session.scalars(select(Resident.id).where(gone, full).order_by(Resident.id).limit(MOST_NAMED))
    )
    findings = [f"resident {key} is gone and still has a name or details" for key in found]
    for table in (Contact, Consent):
        statement = select(table.resident_id).join(Resident, Resident.id == table.resident_id).where(gone)
        keys = session.scalars(statement.distinct().limit(MOST_NAMED))
        findings += [f"resident {key} is gone and still has a {table.__tablename__}" for key in keys]
    return findings


def find_brought_back(session: Session) -> list[str]:
    """Registered people whose every registration is older than an erasure that names one of their contacts."""
    last = (
        select(Registration.resident_id, func.max(Registration.received_at).label("at"))
        .group_by(Registration.resident_id)
        .subquery()
    )
    statement = (
        select(Contact.resident_id)
        .join(ErasureMark, (ErasureMark.index == Contact.index) & (ErasureMark.kind == Contact.kind))
        .join(Erasure, Erasure.id == ErasureMark.erasure_id)
        .join(last, last.c.resident_id == Contact.resident_id)
        .where(last.c.at < Erasure.erased_at)
        .distinct()
        .limit(MOST_NAMED)
    )
    return [f"resident {key} is held although erased since" for key in session.scalars(statement)]


def find_unknown_wordings(session: Session) -> list[str]:
    """Consents given under a wording that was never used."""
    used = session.execute(
        select(Consent.wording, Consent.purpose, func.count())
        .where(Consent.given)
        .group_by(Consent.wording, Consent.purpose)
    )
    return [
        f"{count} consents to {purpose} name the wording {wording!r}, which was never used"
        for wording, purpose, count in used
        if purpose not in WORDINGS.get(wording, {})
    ]


def _all(finders: Iterable[Callable[[Session], list[str]]]) -> Callable[[Service], list[str]]:
    steps = tuple(finders)
    return lambda service: service.db.read(lambda session: [one for find in steps for one in find(session)])


CHECKS: list[tuple[str, Callable[[Service], list[str]]]] = [
    ("registration marks agree with residents", _all([find_marks_out_of_line])),
    ("nothing is left of the erased, and none is back", _all([find_left_behind, find_brought_back])),
    ("consents name wordings that were used", _all([find_unknown_wordings])),
]
