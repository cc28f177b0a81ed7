"""The checks of the journal find what was changed behind the service's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.devices.tables import ChainFinding, Device
from server.exchange.checks import CHECKS
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.tables import PremisesFact
from tests.factories.exchange import Field, create_field, uprn

Change = Callable[[Session], Any]


def findings(service: Service) -> dict[str, list[str]]:
    return {name: found for name, check in CHECKS if (found := check(service))}


def set_up(service: Service) -> Field:
    """Three visits, of which one is held, and a gap that was noted."""
    field = create_field(service)
    phone = field.phones[0]
    phone.exchange(field.visit(phone, uprn(0, 1), "spoke"), field.visit(phone, "1"))
    field.visit(phone, uprn(0, 2))
    phone.exchange(field.visit(phone, uprn(0, 3), "no_reply"))
    return field


def test_nothing_is_found_where_all_is_well(service: Service) -> None:
    field = set_up(service)
    assert field.count(ChainFinding) == 1
    assert findings(service) == {}


@pytest.mark.parametrize(
    ("change", "found_by"),
    [
        (update(JournalEntry).values(sealed=b"other bytes"), "journal hashes hold"),
        (update(JournalEntry).values(kid="another"), "journal hashes hold"),
        (delete(JournalEntry), "identities and journal agree"),
        (delete(EventIdentity).where(EventIdentity.status == "applied"), "identities and journal agree"),
        (delete(HeldEvent), "held events and identities agree"),
        (update(HeldEvent).values(state="mended"), "held events and identities agree"),
        (update(Device).values(seq=Device.seq + 1), "device chains hold"),
        (update(Device).values(chain_hash="0" * 64), "device chains hold"),
        (delete(ChainFinding), "device chains hold"),
        (update(PremisesFact).values(outcome="vacant"), "every applied event has its facts"),
        (update(PremisesFact).values(device_id="somebody"), "every fact from a phone has its event"),
    ],
)
def test_each_check_finds_what_it_is_for(service: Service, change: Any, found_by: str) -> None:
    set_up(service)

    def tamper(session: Session) -> None:
        if not service.db.is_sqlite:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(change.execution_options(synchronize_session=False))

    service.db.transact(tamper)
    assert found_by in findings(service)


def test_a_visit_that_lost_its_fact_is_found(service: Service) -> None:
    field = set_up(service)
    service.db.transact(lambda session: session.execute(delete(PremisesFact)))
    found = findings(service)
    assert len(found["every applied event has its facts"]) == 2
    assert field.count(PremisesFact) == 0


def test_bytes_that_were_no_envelope_are_checked_too(service: Service) -> None:
    import msgspec

    from sync import codec

    field = create_field(service)
    phone = field.phones[0]
    request = phone.request()
    raw = msgspec.json.decode(codec.encode(request)) | {
        "events": [{"id": 5}, "text", {"a": [1, {"b": None}]}]
    }
    phone.send(msgspec.json.encode(raw), request.number)
    assert field.stored() == (3, 3, 3)
    assert findings(service) == {}
    service.db.transact(lambda session: session.execute(update(JournalEntry).values(sealed=b'{"id":6}')))
    assert len(findings(service)["journal hashes hold"]) == 3
