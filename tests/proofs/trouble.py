"""What goes wrong between a door and the service, and a diary of what truly happened to hold it against."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from field_client.client import Client
from field_client.problems import NotReached
from field_client.store import Store
from field_client.transport import Answer, Transport
from server.base.clock import milliseconds
from server.base.service import Service
from server.checks import check_all
from server.fieldwork import address_changes
from server.geography.changes import PremisesChange
from server.geography.lock import lock_streets
from server.geography.tables import Premises
from sync.events import Envelope, EventClock, VisitRecord
from sync.fold import Fact, fold
from sync.worklist import HouseState
from tests.factories.clients import PASSPHRASE, Carried
from tests.factories.devices import Phone
from tests.factories.exchange import Field

DAY_MS = 24 * 3_600_000
ZONE = "Europe/London"


@dataclass
class Tampering:
    """A way to the service that keeps what was sent, and can lose the answer."""

    real: Transport
    lose: bool = False
    sent: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Pass a request on."""
        self.sent.append((method, path, headers, body))
        answer = self.real.send(method, path, headers, body)
        if self.lose:
            raise NotReached("The connection broke off.")
        return answer

    def replay(self) -> list[Answer]:
        """Send everything again, byte by byte."""
        return [self.real.send(*request) for request in list(self.sent)]


def tampered(carried: Carried) -> Tampering:
    """Put oneself between a client and its service."""
    way = Tampering(carried.client.transport)
    carried.client.transport = way
    return way


def copy_of(carried: Carried, folder: Path, seed: int) -> Carried:
    """The same device from a copy of its store, such as a backup of the phone makes."""
    folder.mkdir()
    for path in carried.files:
        shutil.copy(path, folder / path.name)
    client = Client(Store(folder / "store.db"), carried.client.transport, carried.clock, random.Random(seed))
    client.unlock(PASSPHRASE)
    return Carried(client, carried.clock)


def retire(service: Service, house: str) -> None:
    """Let an import take a house out of the address file."""

    def work(session: Session) -> None:
        premises = session.get_one(Premises, house)
        lock_streets(session, [premises.usrn])
        premises.status = "retired"
        session.flush()
        change = PremisesChange(
            uprn=house,
            old_usrn=premises.usrn,
            new_usrn=premises.usrn,
            old_ward=premises.ward_code,
            new_ward=premises.ward_code,
            old_status="live",
            status="retired",
            old_residential=True,
            residential=True,
        )
        address_changes.apply(session, service, [change])
        address_changes.apply(session, service, [])

    service.db.transact(work)


def break_in_store(client: Client, event_id: str) -> None:
    """Let bits of a sealed event rot on the phone, before it stood in the chain."""
    with client.store.writing("rot") as db:
        db.execute("UPDATE outbox SET sealed = CAST(sealed || X'00' AS BLOB) WHERE id = ?", (event_id,))


def all_is_well(service: Service) -> None:
    """Every invariant of the service holds."""
    assert {one.name: one.findings for one in check_all(service) if one.findings} == {}


@dataclass
class Diary:
    """What the officers truly did, kept apart: what the service must come to know."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)

    def note(self, house: str, event_id: str, at: datetime, outcome: str, **more: Any) -> None:
        """A visit at a house."""
        fact = Fact(event_id, "visit", milliseconds(at), outcome=outcome, **more)
        self.facts.setdefault(house, []).append(fact)

    def withdraw(self, house: str, event_id: str, at: datetime, withdrawn: str) -> None:
        """A visit taken back."""
        fact = Fact(event_id, "withdrawal", milliseconds(at), withdraws=withdrawn)
        self.facts.setdefault(house, []).append(fact)

    def ids(self) -> set[str]:
        """The events."""
        return {fact.id for facts in self.facts.values() for fact in facts}

    def state(self, house: str) -> HouseState:
        """What they add up to."""
        return fold(self.facts.get(house, []), 0, ZONE)


def stored_state(made: Field, house: str) -> HouseState:
    """The coverage of a house as the service has it."""
    return msgspec.convert(made.coverage(house).state, HouseState)


def record(phone: Phone, made: Field, house: str, diary: Diary, at_ms: int, outcome: str) -> Envelope:
    """A visit at an instant, by a device that saw the service just before its clock went wrong."""
    clock = EventClock(at_ms + phone.skew_ms, at_ms - 60_000, 60_000)
    more: dict[str, Any] = {"language": "pl"} if outcome == "language" else {}
    body = phone.body(house, None, clock=clock, visit=VisitRecord(outcome, **more), **made.named(phone))
    event = phone.record(body)
    diary.facts.setdefault(house, []).append(
        Fact(event.id, "visit", at_ms, outcome=outcome, language=more.get("language", ""))
    )
    return event


def record_withdrawal(
    phone: Phone, made: Field, house: str, diary: Diary, visit: Envelope, began_ms: int
) -> Envelope:
    """A withdrawal of a visit, four hours after the first."""
    at_ms = began_ms + 4 * 3_600_000
    clock = EventClock(at_ms + phone.skew_ms, at_ms, 0)
    event = phone.record(phone.body(house, None, clock=clock, withdraws=visit.id, **made.named(phone)))
    diary.facts[house].append(Fact(event.id, "withdrawal", at_ms, withdraws=visit.id))
    return event
