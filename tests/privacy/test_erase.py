"""Erasing a person: nothing of them left, counts and chains whole, and no late phone brings them back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.checks import CHECKS
from server.exchange.tables import HeldEvent, JournalEntry
from server.fieldwork.facts import lock_premises, record_facts
from server.privacy.erase import erase_by_traits, erase_person, erase_resident
from server.privacy.person import person_with, traits_of
from server.residents.confirmation import confirmations_due
from server.residents.links import PREFERENCES, make_link
from server.residents.lock import lock_people
from server.residents.preferences import PreferenceChange
from server.residents.register import apply_registrations
from server.residents.self_registration import register_self
from server.residents.tables import Consent, Contact, Erasure, ErasureMark, Resident
from server.surveys.self_service import change_by_link, confirm, read_by_link
from server.surveys.tables import Answer, Invite, Response
from tests.exchange.test_parts import answers, clock_of, person
from tests.factories.base import create_principal
from tests.factories.exchange import Field, create_field, only, uprn
from tests.factories.residents import FAR_AWAY, HOUSE, a_record, apply, at_door, create_houses, register
from tests.residents.test_self_registration import form, house_state

OFFICER = create_principal("privacy.erase")
DOOR = uprn(0, 1)


def rows(service: Service, table: Any) -> list[Any]:
    return service.db.read(lambda session: list(session.scalars(select(table))))


def findings(service: Service) -> list[str]:
    return [f"{name}: {one}" for name, check in CHECKS.items() for one in check(service)]


def field_with_zofia(service: Service) -> tuple[Field, str]:
    """Zofia registered and answered at one door, and answered again in a later event; her resident id."""
    field = create_field(service)
    phone = field.phones[0]
    zofia = person()
    first = field.visit(
        phone, DOOR, "spoke", clock=clock_of(service), registrations=[zofia], answers=answers(zofia.id)
    )
    phone.sync(first)
    later = phone.record(phone.body(DOOR, None, answers=answers(zofia.id), **field.named(phone)))
    phone.sync(later)
    return field, rows(service, Resident)[0].id


def test_nothing_of_a_person_is_left_and_everything_still_adds_up(service: Service, clock: SetClock) -> None:
    field, key = field_with_zofia(service)
    assert field.counters()["registered"] == 1
    assert len(rows(service, Response)) == 2
    clock.advance(timedelta(hours=1))
    erased = erase_resident(service, OFFICER, key, reason="person_asked")
    assert (erased.residents, erased.events, erased.responses) == (1, 2, 2)
    (resident,) = rows(service, Resident)
    assert (resident.state, resident.name_sealed, resident.name_index, resident.detail_sealed) == (
        "erased",
        None,
        None,
        None,
    )
    assert rows(service, Contact) == rows(service, Consent) == rows(service, Invite) == []
    assert {(one.pseudonym, one.detail_sealed) for one in rows(service, Response)} == {(None, None)}
    assert len(rows(service, Answer)) == 2, "counts stay, without anybody"
    assert {(one.sealed, one.erased_at is None) for one in rows(service, JournalEntry)} == {(None, False)}
    assert field.counters()["registered"] == 0
    assert field.counters()["contacted"] == 1, "the visit was made all the same"
    assert findings(service) == []


def test_a_phone_that_comes_late_brings_nobody_back_and_its_visit_counts(
    service: Service, clock: SetClock
) -> None:
    field, key = field_with_zofia(service)
    phone = field.phones[0]
    late = field.visit(phone, uprn(0, 2), "spoke", clock=clock_of(service), registrations=[person()])
    clock.advance(timedelta(hours=1))
    erase_resident(service, OFFICER, key, reason="person_asked")
    clock.advance(timedelta(hours=1))
    receipt = only(phone.exchange(late).receipts)
    assert (receipt.status, receipt.reason) == ("applied", "erased_person")
    assert [one.state for one in rows(service, Resident)] == ["erased"]
    assert field.counters()["contacted"] == 2
    assert all(one.sealed is None for one in rows(service, JournalEntry))
    assert findings(service) == []


def test_a_held_registration_of_the_person_goes_too(service: Service, clock: SetClock) -> None:
    field, key = field_with_zofia(service)
    phone = field.phones[0]
    late = field.visit(phone, DOOR, "spoke", clock=clock_of(service), registrations=[person()])
    clock.advance(timedelta(hours=1))
    change_by_link(service, make_link(service, PREFERENCES, key), PreferenceChange(opt_out=True))
    assert only(phone.exchange(late).receipts).reason == "withdrawn_person"
    clock.advance(timedelta(hours=1))
    erase_resident(service, OFFICER, key, reason="person_asked")
    assert [(one.state, one.decision) for one in rows(service, HeldEvent)] == [("dismissed", "person_erased")]
    assert all(one.sealed is None for one in rows(service, JournalEntry))
    assert findings(service) == []


def test_links_of_somebody_erased_open_nothing(service: Service) -> None:
    create_houses(service)
    key = register(service, a_record(email="anna@example.org"))
    register_self(service, form())
    link = confirmations_due(service)[0].link
    erase_resident(service, OFFICER, key, reason="person_asked")
    with pytest.raises(Problem) as caught:
        read_by_link(service, make_link(service, PREFERENCES, key))
    assert caught.value.code == "gone"
    with pytest.raises(Problem) as caught:
        confirm(service, link)
    assert caught.value.code == "gone", "what waited under the same address went with it"


def test_all_rows_of_one_person_go_and_nobody_elses(service: Service) -> None:
    create_houses(service)
    first = register(service, a_record("Anna Nowak", email="anna@example.org", phone="01482 555 0100"))
    other_house = register(service, a_record("Anna Nowak", email="anna@example.org"), FAR_AWAY)
    husband = register(service, a_record("Jan Nowak", phone="01482 555 0100"))
    erased = erase_resident(service, OFFICER, other_house, reason="person_asked")
    assert erased.residents == 2
    states = {one.id: one.state for one in rows(service, Resident)}
    assert states == {first: "erased", other_house: "erased", husband: "current"}
    assert (house_state(service), house_state(service, FAR_AWAY)) == ("registered", "none")
    assert findings(service) == []


def test_father_and_son_of_one_name_are_told_apart_by_their_contacts(service: Service) -> None:
    create_houses(service)
    father = register(service, a_record("Jan Nowak", email="jan@example.org"))
    son = register(service, a_record("Jan Nowak", email="jan.junior@example.org"))
    erase_resident(service, OFFICER, father, reason="person_asked")
    assert {one.id: one.state for one in rows(service, Resident)} == {father: "erased", son: "current"}


def test_somebody_not_on_file_can_be_erased_before_a_phone_comes_in(
    service: Service, clock: SetClock
) -> None:
    create_houses(service)
    recorded = clock.now()
    clock.advance(timedelta(hours=1))
    traits = traits_of(email="Anna@Example.org", name="Anna Nowak", uprn=HOUSE)
    assert erase_by_traits(service, OFFICER, traits, reason="person_asked").residents == 0
    late = apply(service, at_door(service, a_record("A. Nowak", email="anna@example.org"), at=recorded))[0]
    assert late.erased
    nameless = apply(service, at_door(service, a_record("Anna Nowak"), at=recorded))[0]
    assert nameless.erased
    assert rows(service, Resident) == []


def test_whoever_is_found_by_contact_is_erased(service: Service) -> None:
    create_houses(service)
    register(service, a_record(email="anna@example.org"))
    erased = erase_by_traits(service, OFFICER, traits_of(email="anna@example.org"), reason="person_asked")
    assert erased.residents == 1
    assert {one.kind for one in rows(service, ErasureMark)} == {"email", "name_at_house"}
    assert len(rows(service, Erasure)) == 1


@pytest.mark.parametrize("given", [{}, {"phone": "01482 555 0100"}, {"name": "Anna"}, {"uprn": HOUSE}])
def test_too_little_to_tell_one_person_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Problem, match="Give an e-mail"):
        traits_of(**given)


def test_erasing_by_contact_takes_the_whole_force(service: Service) -> None:
    create_houses(service)
    ward_only = create_principal("privacy.erase", areas=("/E23000012/E06000010/E05011523/",))
    with pytest.raises(Problem) as caught:
        erase_by_traits(service, ward_only, traits_of(email="x@example.org"), reason="person_asked")
    assert caught.value.code == "forbidden"
    key = register(service, a_record(), FAR_AWAY)
    with pytest.raises(Problem) as caught:
        erase_resident(service, ward_only, key, reason="person_asked")
    assert caught.value.code == "not_found"


def test_an_erasure_waits_for_a_late_registration_that_is_being_applied_and_takes_it_along(
    service: Service, clock: SetClock
) -> None:
    create_houses(service)
    key = register(service, a_record(email="anna@example.org"))
    late = at_door(service, a_record(email="anna@example.org"), FAR_AWAY, at=clock.now())
    clock.advance(timedelta(hours=1))
    applied, may_commit = threading.Event(), threading.Event()

    def apply_slowly(session: Session) -> None:
        lock_premises(session, [FAR_AWAY])
        results = apply_registrations(session, service, [late])
        record_facts(session, service, [one.mark for one in results if one.mark is not None])
        applied.set()
        may_commit.wait(30)

    with ThreadPoolExecutor(2) as pool:
        applying = pool.submit(service.db.transact, apply_slowly)
        assert applied.wait(30)
        erasing = pool.submit(erase_resident, service, OFFICER, key, reason="person_asked")
        wait([erasing], timeout=0.5)
        may_commit.set()
        applying.result(30)
        assert erasing.result(30).residents == 2
    assert {one.state for one in rows(service, Resident)} == {"erased"}
    assert rows(service, Contact) == []
    assert findings(service) == []


def test_a_late_registration_waits_for_an_erasure_that_is_under_way(
    service: Service, clock: SetClock
) -> None:
    create_houses(service)
    register(service, a_record(email="anna@example.org"))
    late = at_door(service, a_record(email="anna@example.org"), FAR_AWAY, at=clock.now())
    clock.advance(timedelta(hours=1))
    erased, may_commit = threading.Event(), threading.Event()

    def erase_slowly(session: Session) -> None:
        lock_premises(session, [HOUSE])
        traits = traits_of(email="anna@example.org")
        person = person_with(session, service, traits)
        lock_people(session, [index for _, index in person.traits.marks(service)])
        erase_person(session, service, person, asked_by="account:1")
        erased.set()
        may_commit.wait(30)

    with ThreadPoolExecutor(2) as pool:
        erasing = pool.submit(service.db.transact, erase_slowly)
        assert erased.wait(30)
        applying = pool.submit(apply, service, late)
        wait([applying], timeout=0.5)
        may_commit.set()
        erasing.result(30)
        assert applying.result(30)[0].erased
    assert {one.state for one in rows(service, Resident)} == {"erased"}
