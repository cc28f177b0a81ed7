"""The real client against the real service, on both databases, over the real HTTP application."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from field_client import outbox
from field_client.client import Client
from field_client.clock import SetClock as DeviceClock
from field_client.exchange import Syncing
from field_client.lists import OpenLists
from field_client.problems import NotReached, NotTrusted, Revoked, UnknownHouse
from field_client.store import Store
from field_client.transport import HttpTransport
from server.base.access import SYSTEM
from server.base.clock import SetClock, milliseconds
from server.base.service import Service
from server.base.tables import ServiceState
from server.devices.invite import make_code
from server.devices.revoke import revoke
from server.devices.tables import Device
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry
from server.fieldwork.allocate import allocate
from server.fieldwork.checks import CHECKS as FIELDWORK_CHECKS
from server.fieldwork.recall import recall
from server.fieldwork.refold import refold
from server.fieldwork.tables import PremisesFact
from server.residents.tables import Resident
from server.surveys.tables import Response
from sync import consents, enrolment
from sync.events import AnswersRecord, Callback, ConsentRecord, HazardRecord, RegistrationRecord
from tests.factories.app import create_application
from tests.factories.exchange import STREETS, Field, create_field, uprn
from tests.field_client.conftest import CHEAP, PASSPHRASE

HOUSE = uprn(0, 1)
URL = "http://doorstep.test"


@dataclass
class Beat:
    """The service with its field, and an officer's client on a device of its own."""

    service: Service
    field: Field
    clients: list[Client]
    clocks: list[DeviceClock]

    def pass_time(self, **length: float) -> None:
        assert isinstance(self.service.clock, SetClock)
        self.service.clock.advance(timedelta(**length))
        for clock in self.clocks:
            clock.advance(int(timedelta(**length).total_seconds() * 1000))

    def agree(self) -> None:
        """Counters equal a recount, and each client's list is what a fresh full download would bring."""
        for name, check in FIELDWORK_CHECKS:
            assert check(self.service) == [], name
        for client in self.clients:
            client.sync()
            mine = client.worklists()
            with client.store.writing("ask anew") as db:
                db.execute("UPDATE list SET ask_full = 1")
            client.sync()
            fresh = client.worklists()
            assert [(one.version, one.digest) for one in mine] == [(one.version, one.digest) for one in fresh]
            assert [[house.state for _, house in one.houses()] for one in mine] == [
                [house.state for _, house in one.houses()] for one in fresh
            ]


@pytest.fixture
def beat(service: Service, tmp_path: Path) -> Iterator[Beat]:
    field = create_field(service, officers=2)
    app = create_application(service)
    made = Beat(service, field, [], [])
    for place, account in enumerate(field.officers):
        http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url=URL)
        clock = DeviceClock(milliseconds(service.clock.now()))
        store = Store(tmp_path / f"officer{place}" / "store.db")
        client = Client(store, HttpTransport(URL, client=http), clock, random.Random(place))
        code = enrolment.parse_code(make_code(service, SYSTEM, account).code)
        client.enrol(code, PASSPHRASE, url=URL, cost=CHEAP)
        client.sync()
        made.clients.append(client)
        made.clocks.append(clock)
    yield made
    for client in made.clients:
        client.store.close()


def test_an_officer_gets_the_list_and_finds_its_houses(beat: Beat) -> None:
    client = beat.clients[0]
    [street] = client.streets()
    assert (street.street.name, street.houses, street.now) == ("Street 1", 12, 12)
    assert client.find("7 street 1") == uprn(0, 7)
    assert client.house(HOUSE).decision.code == "not_visited"
    with pytest.raises(UnknownHouse):
        client.house(uprn(1, 1))


@pytest.mark.parametrize("most", [1, 60])
def test_an_event_that_rots_in_the_outbox_is_receipted_once_and_holds_nothing_up(
    beat: Beat, most: int
) -> None:
    client = beat.clients[0]
    rotten = client.record_visit(uprn(0, 1), "spoke")
    client.record_visit(uprn(0, 2), "spoke")
    with client.store.writing("rot") as db:
        db.execute("UPDATE outbox SET sealed = zeroblob(1300) WHERE id = ?", (rotten,))
    client._most_events = most
    done = client.sync()
    assert (done.sent, done.receipted, done.left) == (2, 2, 0)
    assert [event_id for event_id, _ in done.held] == [rotten]
    assert client.sync().sent == 0
    assert beat.field.counters()["contacted"] == 1
    assert [(one.event_id, one.reason) for one in beat.field.held()] == [(rotten, "unreadable")]


def test_visits_recorded_offline_are_counted_once_and_the_flags_agree(beat: Beat) -> None:
    client = beat.clients[0]
    client.record_visit(uprn(0, 1), "no_reply")
    beat.pass_time(minutes=5)
    client.record_visit(uprn(0, 2), "spoke")
    client.record_visit(uprn(0, 3), "callback", callback=Callback("2026-03-04", "evening"))
    client.record_visit(uprn(0, 4), "do_not_call")
    client.record_visit(uprn(0, 5), "unsafe", hazard=HazardRecord("dog", "Made-up dog"))
    mistake = client.record_visit(uprn(0, 6), "spoke")
    client.withdraw(mistake)
    before = [(view.uprn, view.state, view.decision) for view in client.street("Street 1")]
    done = client.sync()
    assert (done.sent, done.receipted, done.held) == (7, 7, [])
    after = client.street("Street 1")
    assert [(view.uprn, view.state, view.decision) for view in after] == before
    assert not any(view.own for view in after)
    assert client.house(uprn(0, 5)).house.hazards
    counters = beat.field.counters()
    assert (counters["visited"], counters["contacted"], counters["refused"]) == (5, 2, 1)
    beat.agree()


def test_a_lost_reply_and_a_second_sync_count_nothing_twice(beat: Beat) -> None:
    client = beat.clients[0]
    made = [client.record_visit(uprn(0, number), "no_reply") for number in range(1, 6)]
    real = client.transport

    class Losing:
        def send(self, method: str, path: str, headers: object, body: bytes) -> object:
            real.send(method, path, headers, body)  # type: ignore[arg-type]
            raise NotReached("The connection broke off.")

    client.transport = Losing()  # type: ignore[assignment]
    with pytest.raises(NotReached):
        client.sync()
    client.transport = real
    assert client.sync().receipted == 5
    kept = beat.service.db.read(lambda session: session.scalars(select(EventIdentity.event_id)).all())
    assert sorted(kept) == sorted(made)
    assert beat.field.counters()["visited"] == 5
    beat.agree()


def test_a_registration_and_answers_at_the_door_reach_residents_and_surveys(beat: Beat) -> None:
    client = beat.clients[0]
    card = client.worklists()[0].questionnaires[0]
    person = RegistrationRecord(
        id=client.new_id(),
        name="Ada Madeup",
        consents=[ConsentRecord(purpose, consents.CURRENT, True) for purpose in consents.PURPOSES],  # type: ignore[arg-type]
        email="ada@madeup.example",
    )
    first = next(one for one in card.body["questions"] if one["kind"] in ("one", "many", "scale"))
    required = [one for one in card.body["questions"] if one.get("required") and not one.get("show_if")]
    choices = {one["code"]: [one["choices"][0]["code"]] for one in (first, *required)}
    answers = AnswersRecord(card.code, card.version, choices, registration=person.id)
    client.record_visit(HOUSE, "spoke", registrations=[person], answers=answers)
    done = client.sync()
    assert (done.receipted, done.held) == (1, [])
    assert client.house(HOUSE).state.registered == "registered"
    found = beat.service.db.read(
        lambda session: (
            len(session.scalars(select(Resident)).all()),
            len(session.scalars(select(Response)).all()),
        )
    )
    assert found == (1, 1)
    assert beat.field.counters()["registered"] == 1
    beat.agree()


def test_two_officers_pushing_to_one_street_at_once_leave_the_counters_exact(beat: Beat) -> None:
    first, second = beat.clients
    recall(beat.service, beat.field.supervisor, beat.field.lists[0], reason="reallocated")
    allocate(
        beat.service,
        beat.field.supervisor,
        beat.field.campaign,
        officers=beat.field.officers,
        usrns=[STREETS[0]],
        most_houses=6,
    )
    done = first.sync()
    assert [reason for _, reason in done.removed] == ["recalled"]
    second.sync()
    held = [
        {house.uprn for one in client.worklists() for _, house in one.houses()} for client in beat.clients
    ]
    assert not held[0] & held[1]
    for client, houses in zip(beat.clients, held, strict=True):
        on_street = sorted(house for house in houses if house.startswith(STREETS[0]))
        assert len(on_street) == 6
        for house in on_street[:4]:
            client.record_visit(house, "no_reply")
    with ThreadPoolExecutor(2) as both_at_once:
        list(both_at_once.map(_sync_elsewhere, beat.clients))
    assert beat.field.counters()["visited"] == 8
    beat.agree()


def _sync_elsewhere(client: Client) -> None:
    """Sync from another thread, over a store opened there, as a second process on the device would."""
    store = Store(client.store.path)
    try:
        assert Client(store, client.transport, client.clock).sync().receipted == 4
    finally:
        store.close()


def test_two_processes_of_one_device_syncing_at_once_send_everything_once(beat: Beat) -> None:
    client = beat.clients[0]
    for number in range(1, 13):
        client.record_visit(uprn(0, number), "no_reply")

    def sync(_: int) -> None:
        store = Store(client.store.path)
        try:
            Client(store, client.transport, client.clock, most_events=2).sync()
        finally:
            store.close()

    with ThreadPoolExecutor(3) as at_once:
        list(at_once.map(sync, range(3)))
    assert client.status().counts.waiting == 0
    assert beat.field.counters()["visited"] == 12
    assert beat.field.count(EventIdentity) == beat.field.count(PremisesFact) == 12
    beat.agree()


def test_events_that_another_process_had_receipted_meanwhile_are_sent_again_and_count_once(
    beat: Beat,
) -> None:
    client = beat.clients[0]
    client.record_visit(HOUSE, "no_reply")
    slow = Syncing(client.store, client.transport, client.clock, OpenLists(client.store), app="slow", most=60)
    read_before = outbox.batch(client.store, most=60)
    client.sync()
    request, reply = slow._ask(read_before)
    assert request.waiting == 0
    assert [receipt.status for receipt in reply.receipts] == ["duplicate"]
    assert beat.field.counters()["visited"] == 1


def test_a_visit_recorded_before_a_recall_counts_and_is_receipted_as_late(beat: Beat) -> None:
    client = beat.clients[0]
    event = client.record_visit(HOUSE, "spoke")
    recall(beat.service, beat.field.supervisor, beat.field.lists[0], reason="reallocated")
    done = client.sync()
    assert (done.receipted, done.removed) == (1, [(beat.field.lists[0], "recalled")])
    [mine] = client.own_events()
    assert (mine.fate.status, mine.fate.reason) == ("applied", "late_list")
    assert beat.field.coverage(HOUSE).contacted
    client.withdraw(event)
    assert client.sync().held == []
    assert not beat.field.coverage(HOUSE).contacted


def test_a_clock_days_wrong_and_a_restart_still_give_the_true_time(beat: Beat) -> None:
    client, clock = beat.clients[0], beat.clocks[0]
    clock.skew_ms = -3 * 24 * 3_600_000
    beat.pass_time(hours=1)
    client.record_visit(HOUSE, "no_reply")
    happened = beat.service.clock.now()
    clock.restart("again")
    beat.pass_time(hours=2)
    client.record_visit(HOUSE, "no_reply_card")
    later = beat.service.clock.now()
    beat.pass_time(hours=2)
    client.sync()
    assert [fact.corrected_at for fact in beat.field.facts(HOUSE)] == [happened, later]


def test_after_the_service_was_put_back_to_a_copy_the_client_brings_everything_again(beat: Beat) -> None:
    client = beat.clients[0]
    for number in (1, 2, 3):
        client.record_visit(uprn(0, number), "spoke")
    client.sync()

    def forget(session: Session) -> None:
        for table in (HeldEvent, JournalEntry, EventIdentity, PremisesFact):
            session.execute(delete(table))
        session.execute(update(Device).values(seq=0, chain_hash=""))
        session.execute(update(ServiceState).where(ServiceState.name == "epoch").values(value="restored"))

    beat.service.db.transact(forget)
    refold(beat.service)
    assert beat.field.counters()["visited"] == 0
    done = client.sync()
    assert (done.sent_again, done.receipted) == (3, 3)
    assert beat.field.counters()["visited"] == 3
    assert client.worklists()[0].epoch == "restored"
    beat.agree()


@pytest.mark.parametrize("how", ["lost", "leaver"])
def test_a_revoked_device_is_drained_and_wiped(beat: Beat, how: str) -> None:
    client = beat.clients[0]
    client.record_visit(HOUSE, "spoke")
    revoke(beat.service, beat.field.supervisor, client.store.device, how)  # type: ignore[arg-type]
    done = client.sync()
    assert (done.revoked, done.receipted, done.left) == (how, 1, 0)
    assert beat.field.coverage(HOUSE).contacted == (how == "leaver")
    assert client.status().lists == ()
    with pytest.raises(Revoked):
        client.record_visit(HOUSE, "spoke")


def test_an_unknown_device_and_a_service_with_other_keys_change_nothing(beat: Beat) -> None:
    client = beat.clients[0]
    client.record_visit(HOUSE, "spoke")
    with client.store.writing("swap") as db:
        Store.put(db, service_key=client.store.get("seal_public"))
    with pytest.raises(NotTrusted):
        client.sync()
    assert client.status().counts.waiting == 1


def test_a_full_day_of_sixty_doors_syncs_in_batches_and_both_sides_agree(beat: Beat) -> None:
    chance = random.Random(7)
    outcomes = (
        "no_reply",
        "no_reply_card",
        "spoke",
        "not_interested",
        "no_access",
        "vacant",
        "not_responsible",
    )
    for _ in range(40):
        for place, client in enumerate(beat.clients):
            client.record_visit(uprn(place, chance.randint(1, 12)), chance.choice(outcomes))
        beat.pass_time(minutes=7)
        if chance.random() < 0.1:
            beat.clients[chance.randrange(2)].sync()
    for client in beat.clients:
        client.sync()
        assert client.status().counts.waiting == 0
        assert client.status().counts.held == 0
    beat.agree()
