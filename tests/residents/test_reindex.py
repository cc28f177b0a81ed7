"""Blind indexes follow the newest key; the ledger of erasures is found under the old ones."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from server.base import keyring
from server.base.clock import SetClock
from server.base.service import Service
from server.privacy.erase import erase_resident
from server.residents.reindex import reindex
from server.residents.tables import Contact, Resident
from tests.factories.base import create_principal
from tests.factories.residents import HOUSE, a_record, apply, at_door, create_houses, register


def test_a_new_index_key_reaches_every_contact_and_name(service: Service) -> None:
    create_houses(service)
    key = register(service, a_record(email="anna@example.org"))
    assert reindex(service) == 0, "there is one key only"
    keyring.change(service.settings.keyring_path, keyring.with_index_key)
    assert reindex(service) == 2
    assert reindex(service) == 0
    contact, name = service.db.read(
        lambda s: (s.scalars(select(Contact.index)).one(), s.scalars(select(Resident.name_index)).one())
    )
    assert contact == service.vault.index("email", "anna@example.org")
    assert name == service.vault.index("name_at_house", f"{HOUSE}\0anna nowak")
    assert register(service, a_record(email="anna@example.org")) == key


def test_somebody_erased_under_an_old_key_stays_erased(service: Service, clock: SetClock) -> None:
    create_houses(service)
    recorded = clock.now()
    key = register(service, a_record(email="anna@example.org"))
    clock.advance(timedelta(hours=1))
    erase_resident(service, create_principal("privacy.erase"), key, reason="person_asked")
    for _ in range(3):
        keyring.change(service.settings.keyring_path, keyring.with_index_key)
        reindex(service)
    late = apply(service, at_door(service, a_record(email="anna@example.org"), at=recorded))[0]
    assert late.erased
