"""What a supervisor sees of held events and decides about them, within their own areas."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from server.base.access import SYSTEM, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.devices.revoke import revoke
from server.exchange.decide import dismiss, mend
from server.exchange.held import list_held, read_held
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from sync.events import (
    HazardRecord,
)
from tests.exchange.people import EMAIL, HOUSE, findings, person, rows
from tests.factories.exchange import FORCE, OTHER_WARD, WARD, create_field, statuses, uprn
from tests.factories.staff import create_principal_with_account


def test_a_supervisor_answers_for_a_visit_to_a_house_not_on_the_lists(service: Service) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    house = uprn(1, 1)
    phone.exchange(field.visit(phone, house, "spoke"))
    held = field.held()[0]
    view = read_held(service, field.supervisor, held.id)
    assert view.inside is not None
    assert (view.inside.uprn, view.inside.outcome, view.says) == (
        house,
        "spoke",
        "The address is not one of yours, or is not known.",
    )
    mended = mend(service, field.supervisor, held.id)
    assert (mended.state, mended.decided_by) == ("mended", field.supervisor.account_id)
    assert [fact.outcome for fact in field.facts(house)] == ["spoke"]
    identity = rows(service, EventIdentity)[0]
    assert (identity.status, identity.reason) == ("applied", "late_list")
    assert findings(service) == []
    with pytest.raises(Problem):
        mend(service, field.supervisor, held.id)


def test_a_house_that_does_not_exist_stays_held(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.exchange(field.visit(phone, "999999999999", "spoke"))
    held = field.held()[0]
    view = read_held(service, field.supervisor, held.id)
    assert view.inside is not None
    assert view.inside.uprn == ""
    with pytest.raises(Problem):
        mend(service, field.supervisor, held.id)
    assert field.held()[0].state == "held"


def test_a_dismissed_event_is_dismissed_for_good(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, "999999999999")
    phone.exchange(event)
    held = field.held()[0]
    with pytest.raises(Problem) as refused:
        dismiss(service, field.supervisor, held.id, "because")
    assert refused.value.code == "unknown_code"
    assert dismiss(service, field.supervisor, held.id, "mistake").state == "dismissed"
    assert statuses(phone.exchange(event)) == [("duplicate", "dismissed")]
    with pytest.raises(Problem):
        mend(service, field.supervisor, held.id)
    assert findings(service) == []


def test_a_lost_devices_events_are_applied_once_a_supervisor_answers_for_them(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE, "spoke")
    revoke(service, SYSTEM, phone.id, "lost")
    phone.exchange(event)
    assert mend(service, field.supervisor, field.held()[0].id).state == "mended"
    assert field.counters()["contacted"] == 1
    assert findings(service) == []


def test_mending_one_objection_leaves_the_next_one_standing(service: Service) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    event = field.visit(phone, uprn(1, 1), "spoke")
    revoke(service, SYSTEM, phone.id, "lost")
    phone.exchange(event)
    held = field.held()[0].id
    first = mend(service, field.supervisor, held)
    assert (first.state, first.reason) == ("held", "not_held")
    assert mend(service, field.supervisor, held).state == "mended"
    assert findings(service) == []


def test_a_clash_cannot_be_mended(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    first = field.visit(phone, HOUSE)
    phone.exchange(
        first, phone.record(phone.body(uprn(0, 2), "spoke", **field.named(phone)), event_id=first.id)
    )
    with pytest.raises(Problem) as refused:
        mend(service, field.supervisor, field.held()[0].id)
    assert refused.value.fields["reason"] == "same_id_other_bytes"
    assert dismiss(service, field.supervisor, field.held()[0].id, "unusable").state == "dismissed"
    assert rows(service, EventIdentity)[0].status == "applied"
    assert findings(service) == []


def supervisor_of(service: Service, area: str) -> Principal:
    return create_principal_with_account(service, f"sup.{area}.example".lower(), "supervisor", areas=[area])


def test_held_events_are_seen_within_ones_areas_only(service: Service) -> None:
    """The officer works in the district; a ward's supervisor sees neither the event nor the house."""
    field = create_field(service, officers=2)
    phone = field.phones[0]
    phone.exchange(field.visit(phone, uprn(1, 1), "spoke"))
    held = field.held()[0].id
    elsewhere = supervisor_of(service, OTHER_WARD)
    assert list_held(service, elsewhere, {}).rows == []
    for use_case in (read_held, mend):
        with pytest.raises(Problem) as refused:
            use_case(service, elsewhere, held)
        assert refused.value.code == "not_found"
    with pytest.raises(Problem):
        dismiss(service, elsewhere, held, "mistake")
    assert [one.id for one in list_held(service, field.supervisor, {}).rows] == [held]
    assert list_held(service, field.supervisor, {"state": "mended"}).rows == []


def test_an_officer_with_two_areas_shows_each_supervisor_only_their_own_houses(service: Service) -> None:
    from server.base.db import insert_many
    from server.staff.tables import AreaGrant

    field = create_field(service, officers=2)
    phone = field.phones[0]
    service.db.transact(
        lambda session: insert_many(
            session, AreaGrant, [{"account_id": field.officers[0], "area_code": WARD}]
        )
    )
    phone.exchange(field.visit(phone, uprn(1, 1), "spoke"))
    near = supervisor_of(service, WARD)
    held = field.held()[0].id
    view = read_held(service, near, held)
    assert view.inside is not None
    assert view.inside.uprn == ""
    with pytest.raises(Problem) as refused:
        mend(service, near, held)
    assert refused.value.code == "forbidden"
    assert field.facts(uprn(1, 1)) == []


def test_officers_decide_nothing_and_a_coordinator_mends_but_dismisses_nothing(service: Service) -> None:
    field = create_field(service)
    field.phones[0].exchange(field.visit(field.phones[0], "1"))
    held = field.held()[0].id
    officer = create_principal_with_account(service, "ona.example", "officer", areas=[WARD])
    coordinator = create_principal_with_account(service, "cora.example", "coordinator", areas=[FORCE])
    for use_case in (read_held, mend):
        with pytest.raises(Problem) as refused:
            use_case(service, officer, held)
        assert refused.value.code == "forbidden"
    assert read_held(service, coordinator, held).state == "held"
    with pytest.raises(Problem) as refused:
        dismiss(service, coordinator, held, "duplicate")
    assert refused.value.code == "forbidden"


def test_what_people_said_is_nowhere_readable_in_held_rows_or_journal(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(
        phone, "1", "spoke", registrations=[person()], hazard=HazardRecord("dog", "A large dog")
    )
    phone.exchange(event)
    text = service.db.read(
        lambda session: [
            repr(row)
            for table in (JournalEntry, HeldEvent, EventIdentity)
            for row in session.execute(select(table.__table__)).all()
        ]
    )
    for word in ("Zofia", EMAIL, "large dog"):
        assert word not in " ".join(text)
    assert service.db.read(lambda session: session.scalar(select(func.count()).select_from(HeldEvent))) == 1
