"""What belongs to a visit: people who register, their answers, dangers and notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.exchange.decide import dismiss, mend
from server.exchange.tables import JournalEntry
from server.fieldwork.tables import Hazard, PremisesNote
from server.privacy.erase import erase_resident
from server.residents.links import PREFERENCES, make_link
from server.residents.preferences import PreferenceChange
from server.residents.tables import Registration, Resident
from server.surveys.respond import open_detail
from server.surveys.self_service import change_by_link
from server.surveys.tables import Invite, Response
from server.targeting.tables import StreetIndicator
from sync.events import (
    AddressNote,
    AnswersRecord,
    HazardRecord,
    VisitRecord,
)
from tests.exchange.people import HOUSE, answers, clock_of, findings, person, rows
from tests.factories.exchange import WARD, Field, create_field, only, statuses
from tests.factories.staff import create_principal_with_account


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


@pytest.mark.parametrize(("gone", "remark"), [("opted_out", "words_not_kept"), ("erased", "erased_person")])
def test_late_words_of_somebody_gone_are_kept_neither_with_the_answers_nor_in_the_journal(
    service: Service, clock: SetClock, gone: str, remark: str
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    zofia = person()
    phone.exchange(field.visit(phone, HOUSE, "spoke", clock=clock_of(service), registrations=[zofia]))
    (resident,) = rows(service, Resident)
    clock.advance(timedelta(hours=1))
    if gone == "erased":
        erase_resident(service, SYSTEM, resident.id, reason="person_asked")
    else:
        change_by_link(service, make_link(service, PREFERENCES, resident.id), PreferenceChange(opt_out=True))
        assert rows(service, Resident)[0].state == gone
    said = msgspec.structs.replace(answers(zofia.id), texts={"first_thing": "I am Zofia, and I live here"})
    later = field.visit(phone, HOUSE, "spoke", answers=said)
    assert statuses(phone.exchange(later)) == [("applied", remark)]
    (response,) = rows(service, Response)
    assert (response.pseudonym, open_detail(service, response.id, response.detail_sealed)["texts"]) == (
        None,
        {},
    )
    kept = {one.event_id: one.sealed is not None for one in rows(service, JournalEntry)}
    assert kept[later.id] is False
    assert len(field.facts(HOUSE)) >= 2, "the knock counts all the same"
    assert findings(service) == []
