"""What is no longer needed goes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from server.base.clock import SetClock
from server.base.service import Service
from server.privacy.retention import erase_unrenewed, forget_links, forget_unconfirmed, keep_no_longer
from server.residents.confirmation import confirmations_due
from server.residents.self_registration import register_self
from server.residents.tables import Contact, ErasureMark, LinkUse, PublicTry, Resident
from server.residents.throttle import REGISTRATIONS, count_try
from server.surveys.tables import Invite
from tests.factories.residents import a_record, apply, at_door, create_houses, register
from tests.residents.test_self_registration import form, house_state


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    create_houses(service)


def count(service: Service, table: type) -> int:
    return service.db.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


def states(service: Service) -> list[str]:
    return service.db.read(lambda session: sorted(session.scalars(select(Resident.state))))


def test_a_registration_nobody_confirmed_goes_after_its_time(service: Service, clock: SetClock) -> None:
    register_self(service, form())
    clock.advance(timedelta(days=service.settings.unconfirmed_days - 1))
    assert forget_unconfirmed(service) == 0
    clock.advance(timedelta(days=1))
    assert forget_unconfirmed(service) == 1
    assert (states(service), house_state(service)) == (["erased"], "none")
    assert count(service, Contact) == 0
    assert count(service, ErasureMark) == 0, (
        "the address may be somebody else's: nobody is on the ledger for it"
    )
    assert forget_unconfirmed(service) == 0


def test_somebody_silent_for_years_is_erased_and_stays_so(service: Service, clock: SetClock) -> None:
    recorded = clock.now()
    register(service, a_record(email="anna@example.org"))
    clock.advance(timedelta(days=service.settings.retention_days))
    assert erase_unrenewed(service) == 1
    assert (states(service), house_state(service)) == (["erased"], "none")
    late = apply(service, at_door(service, a_record(email="anna@example.org"), at=recorded))[0]
    assert late.erased


def test_somebody_who_answered_since_is_kept(service: Service, clock: SetClock) -> None:
    register(service)
    clock.advance(timedelta(days=service.settings.retention_days - 10))
    answered = update(Invite).values(state="answered", ended_at=clock.now())
    service.db.transact(lambda session: session.execute(answered))
    clock.advance(timedelta(days=20))
    assert erase_unrenewed(service) == 0
    assert states(service) == ["current"]


def test_ended_links_and_counts_of_tries_are_deleted(service: Service, clock: SetClock) -> None:
    register_self(service, form())
    assert len(confirmations_due(service)) == 1
    count_try(service, REGISTRATIONS, "192.0.2.7")
    assert forget_links(service) == 0
    clock.advance(timedelta(days=31))
    assert forget_links(service) == 2
    assert count(service, LinkUse) + count(service, PublicTry) == 0


def test_all_of_it_runs_as_one_job(service: Service, clock: SetClock) -> None:
    register_self(service, form())
    clock.advance(timedelta(days=31))
    assert keep_no_longer(service) == {"unconfirmed": 1, "unrenewed": 0, "links": 0, "held": 0}
