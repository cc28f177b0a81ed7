"""However visits reach the service, each counts once, at its true time, and nobody who left comes back.

The parts are proved one by one in tests/exchange and tests/privacy; here everything goes wrong together, with the real
client over HTTP.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from field_client.client import Client
from field_client.problems import NotReached
from field_client.store import Store
from server.base.access import SYSTEM
from server.base.clock import milliseconds
from server.base.service import Service
from server.exchange.ingest import ingest
from server.exchange.tables import EventIdentity, JournalEntry
from server.fieldwork.recall import recall
from server.fieldwork.tables import PremisesFact
from server.residents.links import PREFERENCES, make_link
from server.residents.tables import Registration, Resident
from sync import codec, keys
from sync import consents as wordings
from sync.events import Callback, ConsentRecord, Envelope, RegistrationRecord
from tests.factories.app import Caller, create_application
from tests.factories.clients import PASSPHRASE, Carried, create_client, pass_time
from tests.factories.devices import EXCHANGE_PATH
from tests.factories.exchange import FORCE, STREETS, allocate_street, create_field, uprn
from tests.factories.staff import create_account
from tests.proofs.trouble import (
    DAY_MS,
    Diary,
    all_is_well,
    break_in_store,
    copy_of,
    record,
    record_withdrawal,
    retire,
    stored_state,
    tampered,
)


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def test_everything_goes_wrong_at_once_and_each_visit_counts_once_at_its_time(
    service: Service, app: Flask, tmp_path: Path
) -> None:
    made = create_field(service, officers=2)
    first, second = (
        create_client(service, app, account, tmp_path / f"officer{place}", seed=place)
        for place, account in enumerate(made.officers)
    )
    diary, now = Diary(), service.clock.now
    first.clock.skew_ms, second.clock.skew_ms = -DAY_MS, DAY_MS

    def knock(who: Carried, number: int, outcome: str, **more: Any) -> str:
        pass_time(service, first, second, minutes=10)
        event = who.client.record_visit(uprn(0, number), outcome, **more)
        diary.note(uprn(0, number), event, now(), outcome)
        return event

    knock(first, 1, "no_reply")
    knock(first, 2, "spoke")
    mistaken = knock(first, 3, "do_not_call")
    old = copy_of(first, tmp_path / "backup", seed=77)
    pass_time(service, first, second, minutes=1)
    withdrawal = first.client.withdraw(mistaken)
    diary.withdraw(uprn(0, 3), withdrawal, now(), mistaken)
    first.clock.restart("again")
    rotten = first.client.record_visit(uprn(0, 5), "vacant", undo_ms=60_000)
    break_in_store(first.client, rotten)
    knock(first, 4, "not_interested")
    by_hand = first.client.export()
    recall(service, made.supervisor, made.lists[0], reason="reallocated")
    allocate_street(made, made.officers[1], STREETS[0])
    second.client.sync()
    knock(second, 1, "spoke")
    knock(second, 4, "no_reply_card")
    retire(service, uprn(0, 2))
    pass_time(service, first, second, hours=2)

    way = tampered(first)
    way.lose = True
    with pytest.raises(NotReached):
        first.client.sync()
    way.lose = False
    old.client.sync()  # the copy brings the first three again, under the same device
    ingest(service, SYSTEM, by_hand)
    second.client.sync()
    first.client.sync()
    assert {answer.status for answer in way.replay()} == {409}
    second.client.sync()

    for client in (first.client, second.client, old.client):
        assert client.status().counts.waiting == 0
    assert known_events(service) == diary.ids() | {rotten}
    assert [(one.event_id, one.reason) for one in made.held()] == [(rotten, "unreadable")]
    for house, facts in diary.facts.items():
        kept = {fact.id: fact.corrected_at for fact in made.facts(house) if fact.kind != "address"}
        assert {key: milliseconds(at) for key, at in kept.items()} == {fact.id: fact.at for fact in facts}
    for number in (1, 3, 4, 5, 6):
        assert stored_state(made, uprn(0, number)) == diary.state(uprn(0, number)), number
    assert stored_state(made, uprn(0, 2)).contacted
    assert not made.coverage(uprn(0, 2)).premises
    assert made.counters()["premises"] == 11
    assert second.client.worklists()[0].digest == fresh_digest(second.client)
    all_is_well(service)


def known_events(service: Service) -> set[str]:
    """The events that have an identity, each of which has its bytes in the journal exactly once."""

    def read(session: Session) -> set[str]:
        names = session.execute(select(EventIdentity.device_id, EventIdentity.event_id)).all()
        entries = session.execute(select(JournalEntry.device_id, JournalEntry.event_id)).all()
        assert sorted(map(tuple, names)) == sorted(map(tuple, entries))
        return {name.event_id for name in names}

    return service.db.read(read)


def fresh_digest(client: Client) -> str:
    """The digest of the first list when it is brought anew as a whole."""
    with client.store.writing("ask anew") as db:
        db.execute("UPDATE list SET ask_full = 1")
    client.sync()
    return client.worklists()[0].digest


OUTCOMES = ("no_reply", "spoke", "not_interested", "no_reply_card", "language", "vacant", "do_not_call")


RUBBISH: list[Any] = [{"id": "none"}, [], 7, {"id": "x", "seq": 1, "prev": "0", "kid": "k", "sealed": ""}]


@dataclass(frozen=True)
class Delivery:
    """How visits to a house (minute, outcome) come in: `line` has the events' places, negative ones are rubbish."""

    house: int
    skew_days: int
    visits: list[tuple[int, str]]
    withdrawn: int | None
    line: list[int]
    cut: int


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Orders, repeats, batches, clocks, and rubbish between."""
    minutes = draw(st.lists(st.integers(0, 230), min_size=2, max_size=5, unique=True))
    visits = [(minute, draw(st.sampled_from(OUTCOMES))) for minute in minutes]
    withdrawn = draw(st.none() | st.integers(0, len(visits) - 1))
    many = len(visits) + (withdrawn is not None)
    line = [*draw(st.permutations(range(many))), *draw(st.lists(st.integers(0, many - 1), max_size=4))]
    for rubbish in draw(st.lists(st.integers(-len(RUBBISH), -1), max_size=2)):
        line.insert(draw(st.integers(0, len(line))), rubbish)
    days, house = draw(st.integers(-3, 3)), draw(st.integers(1, 12))
    return Delivery(house, days, visits, withdrawn, line, draw(st.integers(0, len(line))))


def test_any_delivery_of_the_same_visits_gives_the_same_coverage(service: Service, app: Flask) -> None:
    made = create_field(service, officers=1)
    phone, caller = made.phones[0], Caller(app)
    diary = Diary()

    def deliver(*events: Any) -> list[Any]:
        request = msgspec.json.decode(codec.encode(phone.request()))
        whole = [
            msgspec.json.decode(codec.encode(one)) if isinstance(one, Envelope) else one for one in events
        ]
        body = msgspec.json.encode(request | {"events": whole})
        headers = phone.headers(body, phone.number) | {"Content-Type": "application/json"}
        answer = caller.send("POST", EXCHANGE_PATH, data=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return list(codec.decode_exchange_reply(answer.data).receipts)

    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(way=deliveries())
    def any_delivery(way: Delivery) -> None:
        house = uprn(0, way.house)
        phone.skew_ms = way.skew_days * DAY_MS
        pass_time(service, hours=5)
        began = milliseconds(service.clock.now()) - 4 * 3_600_000
        events = [
            record(phone, made, house, diary, began + minute * 60_000, outcome)
            for minute, outcome in way.visits
        ]
        if way.withdrawn is not None:
            events.append(record_withdrawal(phone, made, house, diary, events[way.withdrawn], began))
        line = [RUBBISH[-one - 1] if one < 0 else events[one] for one in way.line]
        receipts = [*deliver(*line[: way.cut]), *deliver(*line[way.cut :])]
        assert len(receipts) == len(line)
        applied = [one.id for one in receipts if one.status == "applied"]
        assert sorted(applied) == sorted(event.id for event in events)
        assert {fact.id for fact in made.facts(house)} == {fact.id for fact in diary.facts[house]}
        assert stored_state(made, house) == diary.state(house)

    any_delivery()
    assert len(diary.ids()) > 50
    all_is_well(service)


def test_two_devices_of_one_officer_push_at_once_and_neither_misses_the_others_change(
    service: Service, app: Flask, tmp_path: Path
) -> None:
    made = create_field(service)
    pair = [
        create_client(service, app, made.officers[0], tmp_path / f"device{place}", seed=place)
        for place in range(2)
    ]
    errors: list[BaseException] = []
    begin = threading.Barrier(2)

    def knock(place: int) -> None:
        chance = random.Random(place)
        store = Store(pair[place].client.store.path)
        client = Client(store, pair[place].client.transport, pair[place].clock, chance)
        try:
            client.unlock(PASSPHRASE)
            begin.wait(30)
            for _ in range(8):
                for _ in range(3):
                    client.record_visit(uprn(0, chance.randint(1, 12)), chance.choice(OUTCOMES[:2]))
                client.sync()
        except BaseException as error:
            errors.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=knock, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert made.count(EventIdentity) == made.count(PremisesFact) == 48
    seen = []
    for one in pair:
        one.client.sync()
        (held,) = one.client.worklists()
        seen.append((held.version, held.digest, {house.uprn: house.state for _, house in held.houses()}))
        assert held.digest == fresh_digest(one.client)
    assert seen[0] == seen[1]
    for house, state in seen[0][2].items():
        assert state == stored_state(made, house)
    all_is_well(service)


@pytest.mark.parametrize("made_since", ["withdrawal", "erasure"])
def test_a_registration_that_arrives_late_undoes_nothing_made_since(
    service: Service, app: Flask, tmp_path: Path, made_since: str
) -> None:
    """An officer registers Ada again, offline; before the phone syncs, she withdraws by her link, or is erased."""
    made = create_field(service, officers=1)
    carried = create_client(service, app, made.officers[0], tmp_path / "phone")
    house = uprn(0, 1)
    carried.client.record_visit(house, "spoke", registrations=[ada()])
    carried.client.sync()
    resident = only_resident(service)
    pass_time(service, carried, hours=1)
    carried.client.record_visit(house, "callback", callback=Callback("2026-03-04"), registrations=[ada()])
    pass_time(service, carried, hours=1)
    if made_since == "withdrawal":
        change = {"link": make_link(service, PREFERENCES, resident.id), "opt_out": True}
        assert Caller(app).send("PATCH", "/api/preferences", json=change).status_code == 200
    else:
        create_account(service, "ada.admin", "administrator", areas=[FORCE])
        body = {"reason": "person_asked", "resident_id": resident.id}
        assert Caller(app, "ada.admin").post("/api/privacy/erasures", body).status_code == 200
    pass_time(service, carried, hours=1)
    done = carried.client.sync()
    assert done.receipted == 1
    after = only_resident(service)
    assert after.state == {"withdrawal": "opted_out", "erasure": "erased"}[made_since]
    assert made.coverage(house).contacted
    assert not made.coverage(house).registered
    assert [fact.outcome for fact in made.facts(house) if fact.kind == "visit"] == ["spoke", "callback"]
    if made_since == "erasure":
        assert done.held == []
        assert (after.name_sealed, after.name_index, after.detail_sealed) == (None, None, None)
        assert kept_bytes(service) == 0
    else:
        create_account(service, "sue.example", "supervisor", areas=[FORCE])
        rows = Caller(app, "sue.example").get("/api/held").json["rows"]
        assert [row["reason"] for row in rows] == ["withdrawn_person"]
    carried.client.sync()
    all_is_well(service)


def ada() -> RegistrationRecord:
    """Ada, who consents to everything, on a new form."""
    return RegistrationRecord(
        id=keys.new_id(),
        name="Ada Madeup",
        consents=[ConsentRecord(one, wordings.CURRENT, True) for one in wordings.PURPOSES],  # type: ignore[arg-type]
        email="ada@madeup.example",
    )


def only_resident(service: Service) -> Resident:
    """The one resident there is."""
    return service.db.read(lambda session: session.scalars(select(Resident)).one())


def kept_bytes(service: Service) -> int:
    """How many events with a registration still have their sealed bytes."""
    kept = (
        select(JournalEntry.event_id)
        .join(Registration, Registration.event_id == JournalEntry.event_id)
        .where(JournalEntry.sealed.is_not(None))
    )
    return len(service.db.read(lambda session: session.scalars(kept).all()))
