"""What belongs to a visit: people who register, their answers, dangers and notes; and what a supervisor decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.base.access import SYSTEM, Principal
from server.base.clock import SetClock, milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.devices.revoke import revoke
from server.exchange.checks import CHECKS
from server.exchange.decide import dismiss, mend
from server.exchange.held import list_held, read_held
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.tables import Hazard, PremisesNote
from server.privacy.erase import erase_resident
from server.residents.links import PREFERENCES, make_link
from server.residents.preferences import PreferenceChange
from server.residents.tables import Registration, Resident
from server.surveys.questionnaires import default_document
from server.surveys.self_service import change_by_link
from server.surveys.tables import Invite, Response
from server.targeting.tables import StreetIndicator
from sync import consents as wordings
from sync import keys
from sync.events import (
    AddressNote,
    AnswersRecord,
    ConsentRecord,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from tests.factories.exchange import OTHER_WARD, WARD, Field, create_field, only, statuses, uprn
from tests.factories.staff import create_principal_with_account

HOUSE = uprn(0, 1)
EMAIL = "zofia.made-up@example.org"


def person(name: str = "Zofia Made-Up", *, surveys: bool = True, **more: Any) -> RegistrationRecord:
    """A made-up person with an e-mail address."""
    consents = [ConsentRecord("surveys", wordings.CURRENT, surveys)]
    return RegistrationRecord(
        **({"id": keys.new_id(), "name": name, "consents": consents, "email": EMAIL} | more)
    )


def answers(registration: str | None = None) -> AnswersRecord:
    """Answers to the questionnaire that comes with the program: the first choice of what is required."""
    document = default_document()
    choices = {
        question["code"]: [question["choices"][0]["code"]]
        for question in document["questions"]
        if question.get("required") and question.get("choices")
    }
    return AnswersRecord(document["code"], document["version"], choices, registration=registration)


def clock_of(service: Service, **parts: Any) -> EventClock:
    """Clocks that prove the time: the service was seen just now."""
    now = milliseconds(service.clock.now())
    return EventClock(**({"recorded_at": now, "service_seen": now, "ticks": 0} | parts))


def rows(service: Service, table: Any) -> list[Any]:
    return service.db.read(lambda session: list(session.scalars(select(table))))


def findings(service: Service) -> list[str]:
    return [finding for _, check in CHECKS for finding in check(service)]


def test_a_visit_with_all_that_belongs_to_it_is_applied_once(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    zofia = person()
    event = field.visit(
        phone,
        HOUSE,
        "spoke",
        clock=clock_of(service),
        registrations=[zofia],
        answers=answers(zofia.id),
        hazard=HazardRecord("dog", "A large dog behind the gate"),
        address_note=AddressNote("split", "Now two flats"),
    )
    for _ in range(2):
        phone.sync(event)
    assert [one.state for one in rows(service, Resident)] == ["current"]
    assert [one.id for one in rows(service, Registration)] == [zofia.id]
    assert len(rows(service, Invite)) >= 1
    response = rows(service, Response)[0]
    assert (response.usrn, response.ward_code) == ("20000001", WARD)
    assert response.pseudonym
    assert len(rows(service, Hazard)) == len(rows(service, PremisesNote)) == 1
    assert field.counters()["registered"] == 1
    assert len(field.facts(HOUSE)) == 2
    found = phone.lists[field.lists[0]].find(HOUSE)
    assert found is not None
    assert "A large dog behind the gate" in " ".join(found[1].hazards)
    assert len(rows(service, StreetIndicator)) > 0
    assert findings(service) == []


def test_a_note_for_the_next_officer_comes_down_with_the_list(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync(field.visit(phone, HOUSE, visit=VisitRecord("no_access", note="Ask for the caretaker")))
    found = phone.lists[field.lists[0]].find(HOUSE)
    assert found is not None
    assert "Ask for the caretaker" in " ".join(found[1].notes)


def test_a_note_without_a_visit_is_applied(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = phone.record(
        phone.body(HOUSE, None, address_note=AddressNote("gone", "Pulled down"), **field.named(phone))
    )
    receipt = only(phone.exchange(event).receipts)
    assert (receipt.status, receipt.version > 0) == ("applied", True)
    assert field.facts(HOUSE) == []
    assert findings(service) == []


def test_answers_in_a_later_event_find_the_person_of_an_earlier_one(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    zofia = person()
    phone.exchange(field.visit(phone, HOUSE, "spoke", registrations=[zofia]))
    later = phone.record(phone.body(HOUSE, None, answers=answers(zofia.id), **field.named(phone)))
    assert statuses(phone.exchange(later)) == [("applied", "")]
    assert rows(service, Response)[0].pseudonym


def test_answers_of_an_unknown_registration_are_held_and_the_visit_counts(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    zofia = person()
    event = field.visit(phone, HOUSE, "spoke", answers=answers(zofia.id))
    receipt = only(phone.exchange(event).receipts)
    assert (receipt.status, receipt.reason, receipt.version > 0) == ("held", "unknown_registration", True)
    assert field.counters()["contacted"] == 1
    assert rows(service, Response) == []
    phone.exchange(field.visit(phone, HOUSE, "spoke", registrations=[zofia]))
    mended = mend(service, field.supervisor, field.held()[0].id)
    assert mended.state == "mended"
    assert len(rows(service, Response)) == 1
    assert field.count(JournalEntry) == 2
    assert findings(service) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (AnswersRecord("no_such", 1, {}), "unknown_questionnaire"),
        (AnswersRecord("doorstep", 1, {"no_such": ["x"]}), "wrong_answers"),
    ],
)
def test_answers_that_do_not_fit_are_held_and_the_visit_counts(
    service: Service, record: AnswersRecord, reason: str
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    assert statuses(phone.exchange(field.visit(phone, HOUSE, "spoke", answers=record))) == [("held", reason)]
    assert field.counters()["contacted"] == 1
    with pytest.raises(Problem) as refused:
        mend(service, field.supervisor, field.held()[0].id)
    assert refused.value.code == "wrong_state"
    assert len(field.facts(HOUSE)) == 1
    assert findings(service) == []


def registered_and_late(service: Service, clock: SetClock) -> tuple[Field, Any]:
    """A person who registered at the door; and an earlier registration of theirs, still on another phone."""
    field = create_field(service)
    phone = field.phones[0]
    late = field.visit(phone, HOUSE, "spoke", clock=clock_of(service), registrations=[person()])
    clock.advance(timedelta(hours=1))
    phone.sync(field.visit(phone, HOUSE, "spoke", clock=clock_of(service), registrations=[person()]))
    clock.advance(timedelta(hours=1))
    return field, late


def test_a_late_registration_does_not_undo_a_withdrawal_until_a_supervisor_says_so(
    service: Service, clock: SetClock
) -> None:
    field, late = registered_and_late(service, clock)
    (resident,) = rows(service, Resident)
    change_by_link(service, make_link(service, PREFERENCES, resident.id), PreferenceChange(opt_out=True))
    clock.advance(timedelta(hours=1))
    receipt = only(field.phones[0].exchange(late).receipts)
    assert (receipt.status, receipt.reason, receipt.version > 0) == ("held", "withdrawn_person", True)
    assert [one.state for one in rows(service, Resident)] == ["opted_out"]
    assert field.coverage(HOUSE).state["attempts"] >= 1
    assert field.counters()["registered"] == 0
    assert findings(service) == []
    assert mend(service, field.supervisor, field.held()[0].id).state == "mended"
    assert [one.state for one in rows(service, Resident)] == ["current"]
    assert (field.counters()["registered"], len(rows(service, Registration))) == (1, 2)
    assert findings(service) == []


def test_dismissing_a_withdrawn_persons_registration_keeps_the_visit_and_deletes_their_bytes(
    service: Service, clock: SetClock
) -> None:
    field, late = registered_and_late(service, clock)
    (resident,) = rows(service, Resident)
    change_by_link(service, make_link(service, PREFERENCES, resident.id), PreferenceChange(opt_out=True))
    field.phones[0].exchange(late)
    dismiss(service, field.supervisor, field.held()[0].id, "consent_withdrawn")
    entry = next(one for one in rows(service, JournalEntry) if one.event_id == late.id)
    assert (entry.sealed, entry.erased_at, len(entry.hash)) == (None, clock.now(), 64)
    assert late.id in {fact.id for fact in field.facts(HOUSE)}
    assert findings(service) == []


def test_a_late_event_never_brings_an_erased_person_back(service: Service, clock: SetClock) -> None:
    field, late = registered_and_late(service, clock)
    (resident,) = rows(service, Resident)
    eraser = create_principal_with_account(service, "ada.example", "administrator")
    supervisor = replace(eraser, permissions=eraser.permissions | {"resident.read"})
    erase_resident(service, supervisor, resident.id, reason="asked")
    clock.advance(timedelta(hours=1))
    receipt = only(field.phones[0].exchange(late).receipts)
    assert (receipt.status, receipt.reason, receipt.version > 0) == ("applied", "erased_person", True)
    assert [one.state for one in rows(service, Resident)] == ["erased"]
    entry = next(one for one in rows(service, JournalEntry) if one.event_id == late.id)
    assert (entry.sealed, entry.erased_at) == (None, clock.now())
    assert late.id in {fact.id for fact in field.facts(HOUSE)}
    assert statuses(field.phones[0].exchange(late)) == [("duplicate", "erased_person")]
    assert findings(service) == []


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


def test_officers_and_coordinators_decide_nothing(service: Service) -> None:
    field = create_field(service)
    field.phones[0].exchange(field.visit(field.phones[0], "1"))
    held = field.held()[0].id
    coordinator = create_principal_with_account(service, "cora.example", "coordinator", areas=[WARD])
    for use_case in (read_held, mend):
        with pytest.raises(Problem) as refused:
            use_case(service, coordinator, held)
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
