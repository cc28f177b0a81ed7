"""Somebody leaves: phones, lists and sign-ins end in one step, and nothing that was recorded is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.leaver import close_account, read_holdings
from server.staff.accounts import change_account
from server.staff.tables import SignIn
from sync.events import EventBody, EventClock, VisitRecord
from tests.factories.app import Caller, create_application
from tests.factories.devices import create_device
from tests.factories.fieldwork import (
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
    findings,
    state_of,
    uprn,
)
from tests.factories.staff import create_account, create_principal_with_account


@pytest.fixture
def admin(service: Service) -> Principal:
    create_force(service)
    return create_principal_with_account(service, "admin.example", "administrator")


def test_an_account_is_closed_with_its_phones_lists_and_sign_ins(service: Service, admin: Principal) -> None:
    chief = create_supervisor(service)
    officer, other = create_officer(service, NORTH), create_officer(service, NORTH)
    campaign = activate(service, chief)
    mine = allocate(service, chief, campaign, officer, LONG_STREET)
    theirs = allocate(service, chief, campaign, other, SHORT_STREET)
    phone = create_device(service, officer)
    create_account(service, "pat.example", "officer")
    held = read_holdings(service, admin, officer)
    assert [(one.id, one.houses) for one in held.lists] == [(mine, 12)]
    assert [one.id for one in held.phones] == [phone.id]
    closed = close_account(service, admin, officer, version=held.account.version)
    assert (closed.lists, closed.houses, closed.phones) == (1, 12, 1)
    after = read_holdings(service, admin, officer)
    assert (after.account.active, after.lists, after.phones) == (False, [], [])
    state = service.db.read(lambda session: session.scalar(select(Device.state).where(Device.id == phone.id)))
    assert state == "leaver"
    assert [one.id for one in read_holdings(service, admin, other).lists] == [theirs]
    allocate(service, chief, campaign, other, LONG_STREET)  # the houses are free at once
    assert findings(service) == []


def test_what_waits_on_the_phone_still_comes_in(service: Service, admin: Principal) -> None:
    chief, officer = create_supervisor(service), create_officer(service, NORTH)
    campaign = activate(service, chief)
    listed = allocate(service, chief, campaign, officer, LONG_STREET)
    phone = create_device(service, officer)
    house = uprn(LONG_STREET, 1)
    clock = EventClock(phone.now())
    event = phone.record(EventBody(house, campaign, listed, clock, visit=VisitRecord("spoke")))
    close_account(service, admin, officer, version=1)
    reply = phone.exchange(event)
    assert [receipt.status for receipt in reply.receipts] == ["applied"]
    assert reply.revoked == "leaver"
    assert state_of(service, house).last_outcome == "spoke"


def test_whoever_leaves_is_signed_out_and_can_come_back(service: Service, admin: Principal) -> None:
    account = create_account(service, "pat.example", "officer", areas=[NORTH])
    caller = Caller(create_application(service), "pat.example")
    close_account(service, admin, account, version=1)
    assert caller.get("/api/me").status_code == 401
    assert service.db.read(lambda session: session.scalars(select(SignIn)).all()) == []
    view = change_account(service, admin, account, version=2, changes={"active": True})
    assert (view.active, [one.area_code for one in view.areas]) == (True, [NORTH])


def test_nobody_closes_their_own_account_or_one_that_changed_meanwhile(
    service: Service, admin: Principal
) -> None:
    officer = create_officer(service, NORTH)
    for account, version, code in (
        (admin.account_id or 0, 1, "forbidden"),
        (officer, 7, "stale_version"),
        (999_999, 1, "not_found"),
    ):
        with pytest.raises(Problem) as raised:
            close_account(service, admin, account, version=version)
        assert raised.value.code == code
    close_account(service, admin, officer, version=1)
    with pytest.raises(Problem, match="closed already"):
        close_account(service, admin, officer, version=2)
    with pytest.raises(Problem, match="permission"):
        close_account(service, create_supervisor(service), officer, version=2)
