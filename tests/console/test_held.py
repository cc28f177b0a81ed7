"""Held events and outbox files at the console."""

from __future__ import annotations

import io

import pytest

from server.base.service import Service
from sync.export import make_export
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk
from tests.console.screens import Screen
from tests.factories.exchange import Field, create_field, uprn
from tests.factories.staff import create_account


@pytest.fixture
def place(service: Service) -> Field:
    """A visit to a house that was on none of the officer's lists is held."""
    field = create_field(service, 2)
    field.phones[0].exchange(field.visit(field.phones[0], uprn(1, 1), "spoke"))
    return field


@pytest.fixture
def desk(place: Field) -> Desk:
    return Desk(place.service, "sam.example")


def test_a_supervisor_sees_why_and_what_is_inside_and_applies_it(place: Field, desk: Desk) -> None:
    page = desk.get("/console/held")
    assert "Officer0.Example" in page.text
    event = desk.get(f"/console/held/{place.held()[0].id}")
    assert "on none of this officer’s lists" in event.text
    assert "Spoke" in event.text
    assert "You answer for it" in event.text
    assert event.one(f"a[href='/console/houses/{uprn(1, 1)}']")
    done = desk.submit(event, "Apply again")
    assert done.notice == "The event was applied."
    assert [fact.outcome for fact in place.facts(uprn(1, 1))] == ["spoke"]
    assert "Apply again" not in done.text
    assert "No event waits here" in desk.get("/console/held").text


@sqlite_only
def test_dismissing_needs_a_reason_and_leaves_it_among_the_dismissed(place: Field, desk: Desk) -> None:
    event = desk.get(f"/console/held/{place.held()[0].id}")
    refused = desk.submit(event, "Dismiss for good")
    assert (refused.status, refused.errors) == (422, ["Choose why it is dismissed."])
    done = desk.submit(refused, "Dismiss for good", decision="mistake")
    assert done.notice == "The event was dismissed."
    assert "Dismissed" in desk.get("/console/held?state=dismissed").one("tbody").get_text()
    assert "by mistake" in desk.get(f"/console/held/{place.held()[0].id}").text


@sqlite_only
def test_what_cannot_be_mended_says_so(place: Field, desk: Desk) -> None:
    place.phones[0].exchange(place.visit(place.phones[0], "999999999999"))
    event = desk.get(f"/console/held/{place.held()[1].id}")
    assert "not known, or outside your areas" in event.text
    assert "you cannot answer for it" in event.text
    assert "Apply again" not in event.text


@sqlite_only
def test_who_may_only_read_held_events_cannot_decide(place: Field) -> None:
    create_account(place.service, "ada.example", "administrator")
    desk = Desk(place.service, "ada.example")
    event = desk.get(f"/console/held/{place.held()[0].id}")
    assert "Apply again" not in event.text
    assert "Hand in" not in desk.get("/console/outbox-files").text


def test_a_file_is_handed_in_and_stays_in_the_list_of_those(place: Field, desk: Desk) -> None:
    phone = place.phones[0]
    events = [place.visit(phone, uprn(0, number)) for number in (1, 2)]
    raw = make_export(phone.sign_private, device=phone.id, now=phone.now(), events=events)
    page = desk.get("/console/outbox-files")
    done = desk.submit(page, "Hand in", file=(io.BytesIO(raw), "outbox.json"))
    assert done.notice == "The outbox of Officer0.Example was taken in (signed by the phone): 2 applied."
    desk.submit(done, "Hand in", file=(io.BytesIO(raw), "outbox.json"))
    rows = [
        row.get_text(" ", strip=True) for row in desk.get("/console/outbox-files").html.select("tbody tr")
    ]
    assert len(rows) == 2
    assert "2 were here already" in rows[0]
    assert "Sam.Example" in rows[1]
    refused = desk.submit(page, "Hand in", file=(io.BytesIO(b"[]"), "outbox.json"))
    assert refused.status == 422
    assert "no outbox file" in refused.errors[0]
    assert desk.submit(page, "Hand in").errors == ["Choose the file that the phone has written."]


@sqlite_only
def test_held_events_seen_in_a_browser(place: Field, screen: Screen) -> None:
    page = screen.sign_in("sam.example")
    page.goto("/console/held")
    screen.shoot(page, "held")
    page.get_by_role("link", name="Officer0.Example").click()
    screen.shoot(page, "held-event")
    page.get_by_role("button", name="Apply again").click()
    page.get_by_text("The event was applied.").wait_for()
    page.goto("/console/outbox-files")
    screen.shoot(page, "outbox-files")
