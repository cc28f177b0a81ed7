"""Dangers, notes on addresses, wishes not to be called at and double work at the console."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.base.tables import AuditEntry
from server.fieldwork.double_work import Knock, soon_after
from server.fieldwork.hazards import NewHazard, report_hazards
from server.fieldwork.notes import NewNote, add_notes
from server.fieldwork.tables import Hazard, PremisesNote
from server.geography.tables import Premises
from tests.conftest import START
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories import fieldwork as field
from tests.factories.fieldwork import COAST_STREET, HULL, LONG_STREET, SHORT_STREET, uprn
from tests.factories.staff import create_principal_with_account


@pytest.fixture
def sam(service: Service) -> Principal:
    field.create_force(service)
    return create_principal_with_account(service, "sam.marsh", "supervisor", areas=[HULL])


@pytest.fixture
def desk(sam: Principal, service: Service) -> Desk:
    return Desk(service, "sam.marsh")


def danger(service: Service, house: str, text: str = "A dog that bites") -> str:
    key = service.new_uuid()
    made = NewHazard(key, house, "dog", text, None, None, service.clock.now())
    service.db.transact(lambda session: report_hazards(session, service, [made]))
    return key


def note(service: Service, house: str, kind: str, text: str = "As seen from the street") -> str:
    key = service.new_uuid()
    made = NewNote(key, house, kind, text, None, None, service.clock.now())
    service.db.transact(lambda session: add_notes(session, service, [made]))
    return key


def states(service: Service, table: type[Hazard] | type[PremisesNote]) -> dict[str, str]:
    return {one.id: one.state for one in service.db.read(lambda s: list(s.scalars(select(table))))}


def test_several_dangers_are_confirmed_at_once_until_a_day_and_then_ended(
    service: Service, desk: Desk
) -> None:
    keys = [danger(service, uprn(LONG_STREET, number)) for number in (1, 2)]
    left = danger(service, uprn(LONG_STREET, 3))
    beyond = danger(service, uprn(COAST_STREET, 1), "Beyond the areas")
    page = desk.get("/console/hazards")
    assert "Beyond" not in page.text
    none = desk.submit(page, "Confirm the ticked ones")
    assert none.errors == ["Tick at least one."]
    assert none.one("#ids-error").get_text(" ", strip=True) == "Error: Tick at least one."
    past = desk.submit(page, "Confirm the ticked ones", ids=keys, expires_on="2026-03-01")
    assert past.errors == ["Must not be in the past."]
    assert len(past.html.select("input[name=ids][checked]")) == 2
    done = desk.submit(past, "Confirm the ticked ones", expires_on="2026-06-01")
    assert done.notice == "2 hazards are confirmed now."
    assert states(service, Hazard) == dict.fromkeys(keys, "confirmed") | dict.fromkeys(
        (left, beyond), "reported"
    )
    confirmed = desk.get("/console/hazards?state=confirmed")
    assert "1 Jun 2026" in confirmed.text
    desk.submit(confirmed, "They are over", ids=[keys[0]])
    assert states(service, Hazard)[keys[0]] == "expired"
    assert desk.submit(page, "Dismiss them").errors == ["Tick at least one."]
    assert desk.submit(page, "Dismiss them", ids=[beyond]).status == 404


def test_a_note_is_accepted_and_the_house_split(service: Service, desk: Desk) -> None:
    key = note(service, uprn(SHORT_STREET, 1), "split")
    page = desk.get(desk.get("/console/notes").link(f"1 STREET {SHORT_STREET}, HULL, HU6 7AA"))
    assert page.one("input[value=split]").has_attr("checked")
    refused = desk.submit(page, "Accept and change", doors="Flat A")
    assert refused.errors == ["Name at least 2, one on a line."]
    assert refused.one("textarea").get_text().strip() == "Flat A"
    done = desk.submit(refused, "Accept and change", doors="Flat A\nFlat B")
    assert "2 houses added" in done.notice
    assert states(service, PremisesNote) == {key: "accepted"}
    assert field.street_counters(service, SHORT_STREET)["premises"] == 5


def test_a_house_that_the_file_lacked_is_ended_once_the_file_has_it(service: Service, desk: Desk) -> None:
    key = note(service, uprn(SHORT_STREET, 1), "new")
    desk.submit(desk.get(f"/console/notes/{key}"), "Accept and change", doors="1B")
    desk.submit(desk.get("/console/hazards"), "Show")
    page = desk.get(desk.get("/console/notes").link("Houses that the file lacks"))
    assert "not under this address" in page.text
    row = field.house(SHORT_STREET, 9, field.NORTH) | {"address": f"1b Street {SHORT_STREET}, Hull, HU6 7AA"}
    service.db.transact(lambda session: session.execute(insert(Premises).values(row)))
    page = desk.get("/console/provisional-houses")
    assert f"yes, as {uprn(SHORT_STREET, 9)}" in page.text
    asked = desk.get(page.link(f"End 1B STREET {SHORT_STREET}, HULL, HU6 7AA"))
    done = desk.submit(asked, "End it")
    assert done.notice == "The provisional house is ended."
    assert "every house in your areas is in the address file" in done.text
    assert field.street_counters(service, SHORT_STREET)["eligible"] == 5, "four, and the one of the file"
    assert field.findings(service) == []
    assert desk.get(asked.response.request.path).status == 404


def test_that_what_officers_wrote_was_read_stands_on_the_audit_trail(service: Service, desk: Desk) -> None:
    keys = [note(service, uprn(LONG_STREET, number), "other") for number in (1, 2)]
    desk.get("/console/notes")
    desk.get(f"/console/notes/{keys[0]}")
    read = select(AuditEntry.target, AuditEntry.detail).where(AuditEntry.action == "note.read")
    entries = service.db.read(lambda s: {row.target: row.detail for row in s.execute(read)})
    assert entries == {"notes": {"ids": sorted(keys)}, f"note:{keys[0]}": {}}


@sqlite_only
def test_notes_are_dismissed_together_for_a_reason(service: Service, desk: Desk) -> None:
    keys = [note(service, uprn(LONG_STREET, number), "other") for number in (1, 2)]
    page = desk.get("/console/notes")
    assert desk.submit(page, "Dismiss them", ids=keys).errors == ["Choose a reason."]
    done = desk.submit(page, "Dismiss them", ids=keys, reason="address_right")
    assert done.notice == "2 notes are dismissed now."
    assert "No note waits here" in done.text
    assert desk.get(f"/console/notes/{note(service, uprn(COAST_STREET, 1), 'gone')}").status == 404


def test_a_wish_is_listed_and_lifted_by_a_supervisor_for_a_reason(
    service: Service, desk: Desk, clock: SetClock
) -> None:
    house = uprn(LONG_STREET, 4)
    field.record(service, field.visit(service, house, "do_not_call"))
    field.record(service, field.visit(service, uprn(COAST_STREET, 1), "do_not_call"))
    page = desk.get("/console/do-not-call")
    assert len(page.html.select("tbody tr")) == 1
    clock.advance(timedelta(minutes=5))
    asked = desk.get(page.link(f"Lift at 4 STREET {LONG_STREET}, HULL, HU6 7AA"))
    assert desk.submit(asked, "Lift it").errors == ["Choose a reason."]
    done = desk.submit(asked, "Lift it", reason="new_occupier")
    assert done.notice == "Lifted: officers may call there again."
    assert not field.state_of(service, house).do_not_call
    assert "lifted already" in desk.get(f"/console/do-not-call/{house}/lift").text
    create_principal_with_account(service, "cory.marsh", "coordinator", areas=[HULL])
    coordinator = Desk(service, "cory.marsh")
    assert coordinator.get("/console/do-not-call").status == 200
    assert coordinator.get(f"/console/do-not-call/{house}/lift").status == 403


def test_houses_visited_twice_and_held_twice_are_named(
    service: Service, sam: Principal, desk: Desk, clock: SetClock
) -> None:
    one, other = (field.activate(service, sam, areas=[HULL]) for _ in range(2))
    pat, kim = field.create_officer(service), field.create_officer(service)
    field.allocate(service, sam, one, pat, LONG_STREET)
    field.allocate(service, sam, other, kim, LONG_STREET)
    house = uprn(LONG_STREET, 5)
    field.record(service, field.visit(service, house, campaign_id=one, account_id=pat))
    clock.advance(timedelta(minutes=50))
    again = field.visit(service, house, campaign_id=other, account_id=kim)
    field.record(service, again)
    page = desk.get("/console/double-work")
    assert len(page.html.select("table")) == 2
    assert f"5 STREET {LONG_STREET}" in page.text
    assert page.html.select("table")[1].select_one("td.number").get_text() == "12"  # type: ignore[union-attr]
    taken_back = field.fact(service, house, "withdrawal", withdraws=again.id, campaign_id=other)
    field.record(service, taken_back)
    assert "No house in your areas was visited twice" in desk.get("/console/double-work").text


def test_only_another_officer_or_campaign_soon_after_is_double_work() -> None:
    def knock(hours: int, who: int, campaign: int = 1, house: str = "1") -> Knock:
        return Knock(house, START + timedelta(hours=hours), who, campaign)

    day = timedelta(days=1)
    assert soon_after([knock(0, 1), knock(5, 1)], day) == []
    assert soon_after([knock(0, 1), knock(25, 2)], day) == []
    assert len(soon_after([knock(24, 2), knock(0, 1)], day)) == 1
    assert len(soon_after([knock(0, 1), knock(1, 1, campaign=2)], day)) == 1
    assert soon_after([knock(0, 1), knock(1, 2, house="2")], day) == []


@sqlite_only
def test_queues_seen_in_a_browser(service: Service, sam: Principal, screen: Screen) -> None:
    one, other = (field.activate(service, sam, areas=[HULL]) for _ in range(2))
    pat, kim = field.create_officer(service), field.create_officer(service)
    field.allocate(service, sam, one, kim, LONG_STREET)
    field.allocate(service, sam, other, pat, LONG_STREET)
    danger(service, uprn(LONG_STREET, 1))
    danger(service, uprn(LONG_STREET, 2), "Loose paving at the gate,\nbadly lit")
    note(service, uprn(SHORT_STREET, 1), "split", "Three bells at the door")
    house = uprn(LONG_STREET, 5)
    field.record(
        service,
        field.visit(service, house, campaign_id=one, account_id=pat),
        field.visit(service, house, "do_not_call", campaign_id=other, account_id=kim),
    )
    page = screen.sign_in("sam.marsh")
    page.goto("/console/hazards")
    page.get_by_label("dog").first.check()
    screen.shoot(page, "hazards")
    page.goto("/console/notes")
    screen.shoot(page, "notes")
    page.get_by_role("link", name="1 STREET").click()
    page.get_by_label("Numbers or names").fill("Flat A")
    page.get_by_role("button", name="Accept and change").click()
    page.get_by_role("alert").wait_for()
    screen.shoot(page, "note")
    page.get_by_label("Numbers or names").fill("Flat A\nFlat B")
    page.get_by_role("button", name="Accept and change").click()
    page.get_by_text("2 houses added").wait_for()
    page.goto("/console/provisional-houses")
    screen.shoot(page, "provisional-houses")
    page.get_by_role("link", name="End Flat A").click()
    screen.shoot(page, "provisional-end")
    page.goto("/console/do-not-call")
    screen.shoot(page, "do-not-call")
    page.get_by_role("link", name="Lift at").click()
    screen.shoot(page, "lift")
    page.goto("/console/double-work")
    screen.shoot(page, "double-work")
    page.goto("/console/inbox")
    screen.shoot(page, "inbox")
