"""An officer who loses an area loses the houses there, on whatever list they stand."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from server.base.access import SYSTEM, Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.lists import list_states, read_list
from server.fieldwork.tables import Holding
from server.fieldwork.ungranted import take_back
from server.staff.accounts import Grant, change_account, read_account
from sync.worklist_codec import digest
from tests.factories.fieldwork import (
    CROSSING_STREET,
    NORTH,
    SOUTH,
    activate,
    allocate,
    create_officer,
    create_supervisor,
    findings,
    uprns,
)


def change(service: Service, officer: int, **changes: object) -> None:
    version = service.db.read(lambda session: read_account(session, officer)).version
    change_account(service, SYSTEM, officer, version=version, changes=changes)


def holdings(service: Service) -> int:
    return service.db.read(lambda session: session.scalar(select(func.count()).select_from(Holding))) or 0


def state(service: Service, listed: int) -> str:
    return service.db.read(lambda session: list_states(session, [listed]))[listed]


def test_houses_of_an_area_that_an_officer_lost_leave_the_list_as_removed_ones(
    service: Service, supervisor: Principal
) -> None:
    officer = create_officer(service, NORTH, SOUTH)
    listed = allocate(service, supervisor, activate(service, supervisor), officer, CROSSING_STREET)
    assert take_back(service) == 0
    change(service, officer, areas=[Grant(NORTH)])
    assert take_back(service) == 5
    delta = service.db.read(lambda session: read_list(session, service, listed, 1))
    assert sorted(delta.removed) == uprns(CROSSING_STREET)[3:]
    left = service.db.read(lambda session: read_list(session, service, listed))
    assert digest(left.streets) == left.digest
    assert (state(service, listed), holdings(service)) == ("active", 3)
    assert take_back(service) == 0
    assert findings(service) == []


def test_a_list_that_is_left_empty_is_recalled(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    officer = create_officer(service, SOUTH, NORTH)
    listed = allocate(service, supervisor, activate(service, supervisor), officer, CROSSING_STREET)
    until = service.clock.now().date()
    change(service, officer, areas=[Grant(NORTH, None, until), Grant(SOUTH, None, until)])
    assert take_back(service) == 0, "the last day of a grant is one of it"
    clock.advance(timedelta(days=1))
    assert take_back(service) == 8
    assert (state(service, listed), holdings(service)) == ("recalled", 0)
    assert findings(service) == []


def test_a_leavers_houses_are_free_for_others(service: Service, supervisor: Principal) -> None:
    officer, other = create_officer(service), create_officer(service)
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, officer, CROSSING_STREET)
    change(service, officer, active=False)
    assert take_back(service) == 8
    assert state(service, listed) == "recalled"
    assert allocate(service, create_supervisor(service), campaign, other, CROSSING_STREET) != listed
