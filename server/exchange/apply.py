"""Applies opened events: residents, answers, hazards, notes, facts and indicators, in the caller's one transaction.

All events of a batch are applied together under a savepoint; where that fails, one by one, and the event that fails is
held. The number of statements does not depend on the number of events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

from server.exchange.arrivals import CLASH, Name, Verdict
from server.exchange.ground import Applying, Ground, prepare
from server.exchange.opening import Opened
from server.exchange.parts import Parts, apply_answers, apply_registrations, apply_warnings, visit_facts
from server.fieldwork.facts import Recorded, record_facts
from server.targeting.indicators import refresh_streets

NOT_APPLIED = Verdict("held", "not_applied")
ONE_EVENTS_FAULT = (DataError, IntegrityError, ProgrammingError, NotSupportedError)
# PostgreSQL's codes for a table, column, function or schema that is missing, may not be used, or changed under a
# prepared statement: the schema is not this program's. (SQLite says OperationalError, no event's fault anyhow.)
SERVICES_FAULT = frozenset(("42P01", "42703", "42883", "3F000", "42501", "0A000"))

log = structlog.get_logger(__name__)


class _SameFactError(Exception):
    """Another device's event has this id: it came in at the same moment."""


def apply_events(work: Applying, events: Sequence[Opened]) -> dict[Name, Verdict]:
    """A verdict for each event. Locks streets and lists; the device's row is locked already."""
    if not events:
        return {}
    ground = prepare(work, events)
    verdicts: dict[Name, Verdict] = {}
    ready = []
    for event in events:
        objection = ground.objection(event, work.bringer)
        if objection:
            verdicts[event.name] = Verdict("held", objection)
        else:
            ready.append(event)

    def attempt(some: Sequence[Opened]) -> dict[Name, Verdict]:
        with work.session.begin_nested():
            return _together(work, some, ground)

    if ready:
        verdicts |= _all_or_one_by_one(attempt, ready)
    return verdicts


def _all_or_one_by_one(
    attempt: Callable[[Sequence[Opened]], dict[Name, Verdict]], events: Sequence[Opened]
) -> dict[Name, Verdict]:
    try:
        return attempt(events)
    except Exception as error:
        _raise_unless_an_events_fault(error)
        if len(events) == 1:
            return {events[0].name: _failed(events[0], error)}
    verdicts: dict[Name, Verdict] = {}
    for event in events:
        try:
            verdicts |= attempt([event])
        except Exception as error:
            _raise_unless_an_events_fault(error)
            verdicts[event.name] = _failed(event, error)
    return verdicts


def _raise_unless_an_events_fault(error: Exception) -> None:
    """A deadlock, a lost connection, a full disk or a wrong schema is no event's fault.

    The whole transaction runs again, or the request fails with nothing receipted.
    """
    if isinstance(error, MemoryError):
        raise error
    if isinstance(error, DBAPIError) and (
        not isinstance(error, ONE_EVENTS_FAULT)
        or error.connection_invalidated
        or getattr(error.orig, "sqlstate", None) in SERVICES_FAULT
    ):
        raise error


def _failed(event: Opened, error: Exception) -> Verdict:
    if isinstance(error, _SameFactError):
        return CLASH
    # The class alone: an error's words may hold what a resident said.
    log.error("event_not_applied", event_id=event.id, error=type(error).__name__)
    return NOT_APPLIED


def _together(work: Applying, events: Sequence[Opened], ground: Ground) -> dict[Name, Verdict]:
    parts = Parts()
    apply_registrations(work, events, parts)
    apply_answers(work, events, ground.houses, parts)
    facts = list(parts.marks)
    if not work.bringer.parts_only:
        apply_warnings(work, events, parts)
        facts += visit_facts(work, events, ground)
    recorded = record_facts(work.session, work.service, facts, also_changed=parts.changed)
    if recorded.duplicate_ids & {event.id for event in events}:
        raise _SameFactError
    streets = recorded.usrns | {ground.houses[uprn].usrn for uprn in parts.answered}
    refresh_streets(work.session, work.service, streets)
    return {event.name: _verdict(event, ground, recorded, parts) for event in events}


def _verdict(event: Opened, ground: Ground, recorded: Recorded, parts: Parts) -> Verdict:
    listed = ground.held_as(event).now_on
    version = recorded.versions.get(listed, 0)
    worklist = listed if version else 0
    erased = event.id in parts.erased or event.id in parts.wordless
    if reason := parts.held.get(event.id):
        return Verdict("held", reason, worklist, version, erased)
    return Verdict("applied", _remark(event, ground, parts), worklist, version, erased)


def _remark(event: Opened, ground: Ground, parts: Parts) -> str:
    if event.id in parts.erased:
        return "erased_person"
    if event.id in parts.wordless:
        return "words_not_kept"
    held = ground.held_as(event)
    if held.campaign_archived:
        return "archived_campaign"
    if not held.now_on:
        return "late_list"
    return "retired_house" if ground.houses[event.body.uprn].status == "retired" else ""
