"""Visits of a printed list, typed in: facts like an officer's, each once, with what is wrong said next to its house."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.fieldwork.entering import enter_visits
from server.fieldwork.hazards import find_hazards
from server.fieldwork.notes import find_notes
from server.fieldwork.recall import recall
from server.fieldwork.supervise import withdraw_visit
from server.fieldwork.tables import PremisesFact
from server.fieldwork.typed_visits import TypedVisit, Window, wrong_with
from sync.outcomes import table
from tests.factories.fieldwork import (
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_officer,
    create_supervisor,
    findings,
    state_of,
    street_counters,
    uprn,
)

ZONE = ZoneInfo("Europe/London")
TODAY = date(2026, 3, 3)


@pytest.fixture
def officer(service: Service, supervisor: Principal) -> int:
    return create_officer(service)


@pytest.fixture
def listed(service: Service, supervisor: Principal, officer: int, clock: SetClock) -> int:
    """A list of the short street, given out two days before."""
    clock.set(datetime(2026, 3, 1, 9, tzinfo=ZONE))
    key = allocate(service, supervisor, activate(service, supervisor), officer, SHORT_STREET)
    clock.set(datetime(2026, 3, 3, 20, tzinfo=ZONE))
    return key


def typed(number: int, outcome: str = "no_reply", at: time = time(10, 5), **more: Any) -> TypedVisit:
    return TypedVisit(uprn(SHORT_STREET, number), outcome, more.pop("day", TODAY), at, **more)


def facts(service: Service) -> list[PremisesFact]:
    return list(
        service.db.read(
            lambda session: session.scalars(select(PremisesFact).order_by(PremisesFact.uprn)).all()
        )
    )


def test_a_page_of_visits_is_entered_as_the_officers_and_counted_once(
    service: Service, supervisor: Principal, officer: int, listed: int
) -> None:
    page = [
        typed(1),
        typed(2, "callback", callback_day=date(2026, 3, 9), callback_part="evening"),
        typed(3, "no_access", note="Gate code needed"),
        typed(4, "unsafe", note="Loose dog"),
    ]
    assert enter_visits(service, supervisor, listed, page).new == 4
    for _ in range(2):
        again = enter_visits(service, supervisor, listed, page)
        assert (again.new, again.again, again.wrong) == (0, 4, {})
    first = facts(service)[0]
    assert (first.account_id, first.device_id, first.worklist_id) == (officer, None, listed)
    assert first.corrected_at == first.recorded_at == datetime(2026, 3, 3, 10, 5, tzinfo=ZONE)
    assert first.body == {"entered_by": supervisor.account_id}
    assert state_of(service, uprn(SHORT_STREET, 2)).callback_slot == "evening"
    counted = street_counters(service, SHORT_STREET)
    assert (counted["visited"], counted["contacted"]) == (4, 1)
    assert [one.text for one in find_notes(service, supervisor, {"limit": 9}).rows] == ["Gate code needed"]
    assert [one.text for one in find_hazards(service, supervisor, {"limit": 9}).rows] == ["Loose dog"]
    assert findings(service) == []
    entry = service.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.action == "visit.enter")).first()
    )
    assert entry is not None
    assert (entry.detail["officer"], len(entry.detail["visits"])) == (officer, 4)


def test_what_is_wrong_is_said_and_the_rest_is_entered(
    service: Service, supervisor: Principal, listed: int
) -> None:
    done = enter_visits(
        service, supervisor, listed, [typed(1), typed(2, at=time(21, 0)), typed(3, "callback")]
    )
    assert (done.new, set(done.wrong)) == (1, {uprn(SHORT_STREET, 2), uprn(SHORT_STREET, 3)})
    other = enter_visits(service, supervisor, listed, [typed(1, "spoke")])
    assert (other.new, other.wrong) == (
        0,
        {uprn(SHORT_STREET, 1): {"at": "Another visit of this minute is recorded here: No reply."}},
    )
    (kept,) = facts(service)
    withdraw_visit(service, supervisor, kept.id, reason="wrong_outcome")
    assert enter_visits(service, supervisor, listed, [typed(1, "spoke")]).new == 1
    assert findings(service) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"outcome": "juggled"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"at": None}, "at"),
        ({"day": None}, "at"),
        ({"day": TODAY + timedelta(days=1)}, "at"),
        ({"day": date(2026, 2, 27)}, "at"),
        ({"outcome": "callback"}, "callback"),
        ({"outcome": "callback", "callback_day": date(2026, 3, 1)}, "callback"),
        ({"outcome": "callback", "callback_day": TODAY, "callback_part": "midnight"}, "callback"),
        ({"callback_day": TODAY}, "callback"),
        ({"outcome": "language"}, "language"),
        ({"language": "Polish, I think"}, "language"),
        ({"outcome": "no_access"}, "note"),
        ({"note": "x" * 2_001}, "note"),
        ({"note": "Ring twice", "language": "pl"}, ""),
        ({"outcome": "callback", "callback_day": TODAY}, ""),
        ({"outcome": "vacant"}, ""),
    ],
)
def test_each_mistake_is_said_next_to_its_field(changed: dict[str, Any], field: str) -> None:
    window = Window(datetime(2026, 3, 1, 9, tzinfo=ZONE), datetime(2026, 3, 3, 20, tzinfo=ZONE), ZONE)
    members = {"uprn": "1", "outcome": "no_reply", "day": TODAY, "at": time(10, 5)} | changed
    assert list(wrong_with(TypedVisit(**members), window, table())) == ([field] if field else [])


def test_a_recalled_lists_paper_is_still_entered_but_only_for_its_own_houses_and_areas(
    service: Service, supervisor: Principal, officer: int, listed: int, clock: SetClock
) -> None:
    recall(service, supervisor, listed, reason="finished")
    assert enter_visits(service, supervisor, listed, [typed(1)]).new == 1
    elsewhere = TypedVisit(uprn(LONG_STREET, 1), "no_reply", TODAY, time(10))
    for who, key, visits in (
        (supervisor, listed, [typed(2), elsewhere]),
        (supervisor, 4242, [typed(2)]),
        (create_supervisor(service, SOUTH), listed, [typed(2)]),
    ):
        with pytest.raises(Problem) as refused:
            enter_visits(service, who, key, visits)
        assert refused.value.code == "not_found"
    crossing = allocate(service, supervisor, activate(service, supervisor), officer, CROSSING_STREET)
    clock.advance(timedelta(hours=1))
    beyond = TypedVisit(uprn(CROSSING_STREET, 1), "no_reply", TODAY, time(20, 30))
    with pytest.raises(Problem) as refused:
        enter_visits(service, create_supervisor(service, SOUTH), crossing, [beyond])
    assert refused.value.code == "not_found"
    assert enter_visits(service, create_supervisor(service, NORTH), crossing, [beyond]).new == 1
    assert findings(service) == []
