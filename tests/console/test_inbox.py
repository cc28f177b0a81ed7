"""The inbox, and its e-mail of each day: counted in one's own areas, once a day and person, nothing of anybody."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.hazards import NewHazard, report_hazards
from server.post.send import send_due
from server.post.tables import Delivery
from server.staff.tables import Account
from server.web.daily_mail import queue_daily_mail
from server.web.inbox import read_inbox
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.factories import fieldwork as field
from tests.factories.base import at_once
from tests.factories.devices import create_device
from tests.factories.fieldwork import COAST_STREET, HULL, LONG_STREET, uprn
from tests.factories.mail import Server, mail_server
from tests.factories.staff import create_account, create_principal_with_account

ADDRESS = "sam.marsh@force.example"


@pytest.fixture
def sam(service: Service) -> Principal:
    field.create_force(service)
    made = create_principal_with_account(service, "sam.marsh", "supervisor", areas=[HULL])
    give(service, made, email=ADDRESS)
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with mail_server(tmp_path) as running:
        yield running


@pytest.fixture
def sending(service: Service, server: Server) -> Service:
    settings = {"mail": "smtp", "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"}
    settings |= {"public_url": "https://doorstep.example"}
    return dataclasses.replace(service, settings=dataclasses.replace(service.settings, **settings))


def give(service: Service, who: Principal, **columns: object) -> None:
    service.db.transact(
        lambda s: s.execute(update(Account).where(Account.id == who.account_id).values(columns))
    )


def danger(service: Service, house: str) -> None:
    made = NewHazard(service.new_uuid(), house, "dog", "A dog that bites", None, None, service.clock.now())
    service.db.transact(lambda session: report_hazards(session, service, [made]))


def waiting(service: Service, who: Principal) -> dict[str, int]:
    return {one.code: one.count for one in read_inbox(service, who) if one.count}


def test_every_queue_is_counted_in_ones_own_areas_with_the_oldest(
    service: Service, sam: Principal, clock: SetClock
) -> None:
    began = clock.now()
    danger(service, uprn(LONG_STREET, 1))
    danger(service, uprn(COAST_STREET, 1))
    campaign = field.activate(service, sam, areas=[HULL])
    officer = field.create_officer(service, HULL)
    field.allocate(service, sam, campaign, officer, LONG_STREET)
    create_device(service, officer)
    field.record(service, field.visit(service, uprn(LONG_STREET, 2), "do_not_call", campaign_id=campaign))
    assert waiting(service, sam) == {"hazards": 1, "wishes": 1}
    clock.advance(timedelta(hours=60))
    danger(service, uprn(LONG_STREET, 3))
    assert waiting(service, sam) == {"hazards": 2, "wishes": 1, "lists": 1, "quiet": 1}
    oldest = {one.code: one.oldest for one in read_inbox(service, sam)}
    assert oldest["hazards"] == oldest["wishes"] == began
    assert oldest["held"] is None


def test_each_role_sees_only_the_queues_that_are_theirs(service: Service, sam: Principal) -> None:
    cory = create_principal_with_account(service, "cory.marsh", "coordinator", areas=[HULL])
    both = {one.code for one in read_inbox(service, sam)}
    assert {one.code for one in read_inbox(service, cory)} == both - {"wishes"}


@sqlite_only
def test_the_page_says_what_waits_and_leads_there(service: Service, sam: Principal) -> None:
    desk = Desk(service, "sam.marsh")
    assert "Nothing waits for you" in desk.get("/console/inbox").text
    danger(service, uprn(LONG_STREET, 1))
    page = desk.get("/console/inbox")
    assert page.link("Hazard to confirm") == "/console/hazards"
    tabs = desk.get("/console/hazards").html.select(".queues a")
    assert [tab.get_text(" ", strip=True) for tab in tabs][:3] == ["Inbox", "Held events 0", "Hazards 1"]
    assert "Nothing waits in: Held events , Notes" in page.text
    assert "By e-mail" not in page.text


def test_the_mail_of_the_day_goes_once_after_the_hour_to_those_who_have_something_to_do(
    sending: Service, sam: Principal, server: Server, clock: SetClock
) -> None:
    kim = create_principal_with_account(sending, "kim.marsh", "supervisor", areas=[HULL])
    idle = create_principal_with_account(sending, "ida.marsh", "supervisor", areas=[field.COAST])
    give(sending, kim, email="kim.marsh@force.example", daily_mail=False)
    give(sending, idle, email="ida.marsh@force.example")
    create_account(sending, "cory.marsh", "coordinator", areas=[HULL], email="cory@force.example")
    danger(sending, uprn(LONG_STREET, 1))
    clock.set(clock.now().replace(hour=6, minute=59))
    assert queue_daily_mail(sending) == 0
    clock.advance(timedelta(minutes=1))
    assert queue_daily_mail(sending) == 1
    assert queue_daily_mail(sending) == 0, "a second worker, or the same one started again"
    assert send_due(sending) == {"sent": 1}
    ((to, letter),) = server.taken
    assert to == ADDRESS
    assert letter["Subject"] == "Doorstep, 2026-03-02: 1 thing waits for you"
    text = letter.get_content()
    assert "1 hazard to confirm" in text
    assert "https://doorstep.example/console/hazards" in text
    assert "bites" not in text
    assert "STREET" not in text
    clock.advance(timedelta(days=1))
    assert queue_daily_mail(sending) == 1
    assert send_due(sending) == {"sent": 1}


def test_two_workers_at_the_same_moment_queue_one_letter(sending: Service, sam: Principal) -> None:
    danger(sending, uprn(LONG_STREET, 1))
    assert at_once(lambda: queue_daily_mail(sending), lambda: queue_daily_mail(sending)) == []
    assert len(sending.db.read(lambda s: s.scalars(select(Delivery)).all())) == 1


@sqlite_only
def test_ones_own_mail_is_switched_off_and_on(sending: Service, sam: Principal) -> None:
    desk = Desk(sending, "sam.marsh")
    off = desk.submit(desk.get("/console/inbox"), "Switch it off")
    assert off.notice == "You get no more e-mail of the inbox."
    danger(sending, uprn(LONG_STREET, 1))
    assert queue_daily_mail(sending) == 0
    desk.submit(off, "Switch it on")
    assert queue_daily_mail(sending) == 1
