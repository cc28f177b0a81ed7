"""Erasing a person whom an event registers that was never applied: it goes too, whoever decided of it before."""

from __future__ import annotations

from datetime import timedelta

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.service import Service
from server.checks import CHECKS
from server.exchange.decide import dismiss
from server.exchange.ingest import ingest
from server.exchange.tables import HeldEvent, JournalEntry
from server.privacy.erase import erase_by_traits, erase_resident
from server.privacy.person import traits_of
from server.privacy.retention import forget_held
from server.residents.tables import Resident
from sync.export import make_export
from sync.keys import generate_private
from tests.exchange.people import clock_of, person, rows
from tests.factories.base import create_principal
from tests.factories.exchange import create_field, only, uprn

ADMINISTRATOR = create_principal("privacy.erase")


def kept(service: Service) -> list[bool]:
    """Whether the bytes of each journal entry are kept, in the order of the device's chain."""
    entries = sorted(rows(service, JournalEntry), key=lambda one: one.seq)
    return [one.sealed is not None for one in entries]


def test_what_is_held_or_dismissed_of_the_person_loses_its_bytes_and_others_keep_theirs(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone, elsewhere = field.phones[0], uprn(1, 1)
    phone.sync(field.visit(phone, uprn(0, 1), "spoke", clock=clock_of(service), registrations=[person()]))
    for someone in (person(), person(), person(name="Amadou Diallo", email="amadou@example.org", phone=None)):
        event = field.visit(phone, elsewhere, "spoke", clock=clock_of(service), registrations=[someone])
        assert only(phone.exchange(event).receipts).reason == "not_held"
    dismiss(service, field.supervisor, field.held()[0].id, "mistake")
    (zofia,) = rows(service, Resident)
    clock.advance(timedelta(hours=1))
    erased = erase_resident(service, ADMINISTRATOR, zofia.id, reason="person_asked")
    assert erased.events == 3
    assert kept(service) == [False, False, False, True]
    decided = sorted(rows(service, HeldEvent), key=lambda one: one.id)
    assert [(one.state, one.decision) for one in decided] == [
        ("dismissed", "mistake"),
        ("dismissed", "person_erased"),
        ("held", ""),
    ]
    assert [f"{name}: {one}" for name, check in CHECKS.items() for one in check(service)] == []


def test_somebody_who_is_only_in_a_held_event_is_erased_by_what_they_are_found_by(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync(field.visit(phone, uprn(1, 1), "spoke", clock=clock_of(service), registrations=[person()]))
    clock.advance(timedelta(hours=1))
    traits = traits_of(email=person().email)
    assert erase_by_traits(service, ADMINISTRATOR, traits, reason="person_asked").events == 1
    assert kept(service) == [False]


def test_retention_looks_again_at_what_is_held_of_people_erased_before_it_came(
    service: Service, clock: SetClock
) -> None:
    """Not applied for another reason, nobody had asked the ledger for them."""
    field = create_field(service)
    phone, elsewhere = field.phones[0], uprn(1, 1)
    recorded = clock_of(service)
    clock.advance(timedelta(hours=1))
    erase_by_traits(service, ADMINISTRATOR, traits_of(email=person().email), reason="person_asked")
    clock.advance(timedelta(hours=1))
    amadou = person(name="Amadou Diallo", email="amadou@example.org", phone=None)
    for someone, seen in ((person(), recorded), (person(), clock_of(service)), (amadou, recorded)):
        event = field.visit(phone, elsewhere, "spoke", clock=seen, registrations=[someone])
        assert only(phone.exchange(event).receipts).reason == "not_held"
    assert forget_held(service) == 1
    assert kept(service) == [False, True, True], "who came back later, and who was never erased, stay"
    assert [(one.state, one.decision) for one in field.held()] == [
        ("dismissed", "person_erased"),
        ("held", ""),
        ("held", ""),
    ]
    assert forget_held(service) == 0
    assert [f"{name}: {one}" for name, check in CHECKS.items() for one in check(service)] == []


def test_an_erasure_of_what_an_unsigned_file_brought_takes_no_knock_away_from_the_officer(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke", clock=clock_of(service), registrations=[person()])
    ingest(service, SYSTEM, make_export(generate_private(), device=phone.id, now=phone.now(), events=[event]))
    clock.advance(timedelta(hours=1))
    erase_by_traits(service, ADMINISTRATOR, traits_of(email=person().email), reason="person_asked")
    assert kept(service) == [False]
    receipt = only(phone.exchange(event).receipts)
    assert (receipt.status, receipt.reason) == ("applied", "erased_person")
    assert field.counters()["contacted"] == 1
    assert field.counters()["registered"] == 0
    assert kept(service) == [False]
    assert [f"{name}: {one}" for name, check in CHECKS.items() for one in check(service)] == []
