"""The heart: whatever is repeated, late, out of order, broken or skewed, each event counts once and is receipted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from server.base.clock import SetClock, from_milliseconds, milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import ChainFinding
from server.exchange.tables import JournalEntry
from server.fieldwork.recall import recall
from server.geography.tables import Premises
from sync.events import Envelope, EventClock, HazardRecord
from tests.factories.exchange import STREETS, allocate_street, at, create_field, only, statuses, uprn

HOUSE = uprn(0, 1)


def test_a_visit_is_counted_and_its_receipt_names_the_version_that_shows_it(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    before = field.counters()
    reply = phone.exchange(field.visit(phone, HOUSE, "spoke"))
    receipt = only(reply.receipts)
    assert (receipt.status, receipt.reason, receipt.worklist) == ("applied", "", field.lists[0])
    assert phone.lists[field.lists[0]].version >= receipt.version > 0
    found = phone.lists[field.lists[0]].find(HOUSE)
    assert found is not None
    assert found[1].state.contacted
    after = field.counters()
    assert (after["contacted"], after["visited"], after["outstanding"]) == (1, 1, before["outstanding"] - 1)
    assert field.stored() == (1, 1, 0)


def test_the_same_visit_sent_twice_counts_once(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE)
    first = phone.exchange(event)
    again = phone.exchange(event)
    assert statuses(first) == [("applied", "")]
    assert statuses(again) == [("duplicate", "")]
    assert (again.receipts[0].version, again.receipts[0].hash) == (
        first.receipts[0].version,
        first.receipts[0].hash,
    )
    assert len(field.facts(HOUSE)) == 1
    assert field.coverage(HOUSE).state["attempts"] == 1
    assert field.stored() == (1, 1, 0)


def test_the_same_visit_twice_in_one_request_has_two_receipts_and_counts_once(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE)
    assert statuses(phone.exchange(event, event)) == [("applied", ""), ("duplicate", "")]
    assert len(field.facts(HOUSE)) == 1


def test_visits_that_arrive_in_the_wrong_order_fold_as_if_they_came_in_the_right_one(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    first = field.visit(phone, HOUSE, "no_reply")
    clock.advance(timedelta(hours=1))
    second = field.visit(phone, HOUSE, "spoke")
    clock.advance(timedelta(hours=1))
    late = phone.exchange(second)
    then = phone.exchange(first)
    assert statuses(late) + statuses(then) == [("applied", ""), ("applied", "")]
    state = field.coverage(HOUSE).state
    assert (state["last_outcome"], state["contacted"]) == ("spoke", True)
    findings = service.db.read(lambda session: session.scalars(select(ChainFinding)).all())
    assert [(one.kind, one.seq, one.filled_at is not None) for one in findings] == [("gap", 2, True)]


def test_a_withdrawal_that_comes_before_its_visit_takes_it_away(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    visit = field.visit(phone, HOUSE, "spoke")
    withdrawal = phone.record(phone.body(HOUSE, None, withdraws=visit.id, **field.named(phone)))
    assert statuses(phone.exchange(withdrawal)) == [("applied", "")]
    assert statuses(phone.exchange(visit)) == [("applied", "")]
    assert not field.coverage(HOUSE).contacted
    assert field.counters()["visited"] == 0


def test_nobody_withdraws_another_officers_visit(service: Service) -> None:
    field = create_field(service, officers=2)
    first, second = field.phones
    visit = field.visit(first, HOUSE, "spoke")
    first.exchange(visit)
    recall(service, field.supervisor, field.lists[0], reason="reallocated")
    field.lists[1] = allocate_street(field, field.officers[1], STREETS[0])
    forged = second.record(second.body(HOUSE, None, withdraws=visit.id, **field.named(second)))
    assert statuses(second.exchange(forged)) == [("held", "not_own_visit")]
    assert field.coverage(HOUSE).contacted


def test_a_visit_from_a_recalled_list_counts_and_says_so(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    event = field.visit(phone, HOUSE, "spoke")
    recall(service, field.supervisor, field.lists[0], reason="reallocated")
    reply = phone.exchange(event)
    assert statuses(reply) == [("applied", "late_list")]
    assert (reply.receipts[0].worklist, reply.receipts[0].version) == (0, 0)
    assert [(one.worklist, one.reason) for one in reply.recalled] == [(field.lists[0], "recalled")]
    assert field.coverage(HOUSE).contacted


def test_a_visit_from_an_expired_list_counts_and_says_so(service: Service, clock: SetClock) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    event = field.visit(phone, HOUSE, "spoke")
    clock.advance(timedelta(hours=73))
    reply = phone.exchange(event)
    assert statuses(reply) == [("applied", "late_list")]
    assert [one.reason for one in reply.recalled] == ["expired"]
    assert phone.lists == {}


def test_a_visit_to_a_house_retired_since_is_kept(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE, "spoke")
    service.db.transact(
        lambda session: session.execute(
            update(Premises).where(Premises.uprn == HOUSE).values(status="retired")
        )
    )
    assert statuses(phone.exchange(event)) == [("applied", "retired_house")]
    assert [fact.outcome for fact in field.facts(HOUSE)] == ["spoke"]


@pytest.mark.parametrize("days", [-1, 1, 400])
def test_a_clock_that_is_days_wrong_is_put_right(service: Service, clock: SetClock, days: int) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.skew_ms = days * 24 * 3600 * 1000
    event = field.visit(phone, HOUSE)
    happened = clock.now()
    clock.advance(timedelta(hours=3))
    phone.exchange(event)
    fact = field.facts(HOUSE)[0]
    assert fact.corrected_at == happened
    assert fact.recorded_at == happened + timedelta(days=days)
    assert fact.received_at == clock.now()
    entry = service.db.read(lambda session: session.scalars(select(JournalEntry)).one())
    assert (entry.corrected_at, entry.clock_offset_ms) == (happened, -phone.skew_ms)


def test_ticks_since_the_service_was_seen_beat_the_devices_clock(service: Service, clock: SetClock) -> None:
    field = create_field(service)
    phone = field.phones[0]
    seen = milliseconds(clock.now())
    clock.advance(timedelta(hours=2))
    event = field.visit(
        phone, HOUSE, clock=EventClock(recorded_at=5, service_seen=seen, ticks=2 * 3600 * 1000)
    )
    clock.advance(timedelta(days=1))
    phone.exchange(event)
    fact = field.facts(HOUSE)[0]
    assert fact.corrected_at == from_milliseconds(seen) + timedelta(hours=2)
    assert milliseconds(fact.recorded_at) == 5


@pytest.mark.parametrize("recorded_at", [-(2**53) + 1, 2**53 - 1])
def test_an_absurd_clock_breaks_nothing(service: Service, recorded_at: int) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE, clock=EventClock(recorded_at=recorded_at))
    assert statuses(phone.exchange(event)) == [("applied", "")]
    assert field.facts(HOUSE)[0].corrected_at <= service.clock.now()


def test_a_broken_event_is_held_and_the_others_are_applied(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    good = field.visit(phone, HOUSE, "spoke")
    broken = field.visit(phone, uprn(0, 2))
    broken = Envelope(broken.id, broken.seq, broken.prev, broken.kid, broken.sealed[:-3] + b"abc")
    last = field.visit(phone, uprn(0, 3), "spoke")
    reply = phone.exchange(good, broken, last)
    assert statuses(reply) == [("applied", ""), ("held", "unreadable"), ("applied", "")]
    assert field.counters()["contacted"] == 2
    assert field.stored() == (3, 3, 1)
    assert statuses(phone.exchange(broken)) == [("duplicate", "unreadable")]


def test_what_breaks_the_database_holds_just_the_event_that_broke_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a room that one event sets off: the batch fails, then each event is tried by itself."""
    from server.exchange import apply

    field = create_field(service)
    phone = field.phones[0]
    real = apply.record_facts

    def breaks(session, inner, facts, **more):  # type: ignore[no-untyped-def]
        recorded = real(session, inner, facts, **more)
        if any(fact.uprn == uprn(0, 2) for fact in facts):
            session.execute(insert(Premises).values(uprn=HOUSE))  # an IntegrityError, when all was written
        return recorded

    monkeypatch.setattr(apply, "record_facts", breaks)
    events = [field.visit(phone, uprn(0, number), "spoke") for number in (1, 2, 3)]
    reply = phone.exchange(*events)
    assert statuses(reply) == [("applied", ""), ("held", "not_applied"), ("applied", "")]
    assert field.counters()["contacted"] == 2
    assert field.stored() == (3, 3, 1)


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        ("ALTER TABLE hazard RENAME TO hazard_before", "ALTER TABLE hazard_before RENAME TO hazard"),
        (
            "ALTER TABLE hazard RENAME COLUMN text_sealed TO text_before",
            "ALTER TABLE hazard RENAME COLUMN text_before TO text_sealed",
        ),
    ],
)
def test_a_schema_that_is_not_the_programs_is_no_events_fault_and_nothing_is_receipted(
    service: Service, spoil: str, mend: str
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    plain = field.visit(phone, uprn(0, 2), "spoke")
    event = field.visit(phone, HOUSE, "spoke", hazard=HazardRecord("dog", "A large dog"))
    service.db.transact(lambda session: session.execute(text(spoil)))
    try:
        with pytest.raises(DBAPIError):
            phone.exchange(plain, event)
    finally:
        service.db.transact(lambda session: session.execute(text(mend)))
    assert field.stored() == (0, 0, 0)
    assert statuses(phone.exchange(plain, event)) == [("applied", ""), ("applied", "")]


def test_a_full_disk_is_nobodys_fault_and_nothing_is_receipted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from server.exchange import apply

    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE, "spoke")

    def full(*_arguments, **_more):  # type: ignore[no-untyped-def]
        raise OperationalError("INSERT", {}, Exception("disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(apply, "record_facts", full)
        with pytest.raises(OperationalError):
            phone.exchange(event)
    assert field.stored() == (0, 0, 0)
    assert statuses(phone.exchange(event)) == [("applied", "")]


def test_another_event_under_a_used_id_is_kept_and_held(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    first = field.visit(phone, HOUSE, "spoke")
    second = phone.record(phone.body(uprn(0, 2), "spoke", **field.named(phone)), event_id=first.id)
    reply = phone.exchange(first, second)
    assert statuses(reply) == [("applied", ""), ("held", "same_id_other_bytes")]
    assert field.stored() == (1, 2, 1)
    assert statuses(phone.exchange(second)) == [("duplicate", "same_id_other_bytes")]
    assert statuses(phone.exchange(first)) == [("duplicate", "")]
    assert field.stored() == (1, 2, 1)


def test_an_id_that_another_device_used_is_held(service: Service) -> None:
    field = create_field(service, officers=2)
    first, second = field.phones
    visit = field.visit(first, HOUSE, "spoke")
    first.exchange(visit)
    copied = second.record(second.body(uprn(1, 1), "spoke", **field.named(second)), event_id=visit.id)
    assert statuses(second.exchange(copied)) == [("held", "same_id_other_bytes")]
    assert statuses(second.exchange(copied)) == [("duplicate", "same_id_other_bytes")]
    assert field.facts(uprn(1, 1)) == []


def test_a_request_number_is_taken_once_and_a_repeat_changes_nothing(service: Service) -> None:
    from sync import codec

    field = create_field(service)
    phone = field.phones[0]
    request = phone.request([field.visit(phone, HOUSE)])
    body = codec.encode(request)
    phone.send(body, request.number)
    stored = field.stored()
    with pytest.raises(Problem) as refused:
        phone.send(body, request.number)
    assert (refused.value.code, refused.value.status) == ("replayed", 409)
    with pytest.raises(Problem):
        phone.exchange(number=request.number - 1)
    assert field.stored() == stored
    assert statuses(phone.exchange(*request.events, number=request.number + 1)) == [("duplicate", "")]


def test_a_fork_is_noted_and_both_branches_are_applied(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    start = (phone.seq, phone.prev)
    one = field.visit(phone, HOUSE, "spoke")
    phone.seq, phone.prev = start  # a store that was copied goes on from the same place
    other = field.visit(phone, uprn(0, 2), "spoke")
    assert statuses(phone.exchange(one)) == [("applied", "")]
    assert statuses(phone.exchange(other)) == [("applied", "")]
    findings = service.db.read(lambda session: session.scalars(select(ChainFinding)).all())
    assert [(one.kind, one.seq, one.event_id) for one in findings] == [("fork", 1, other.id)]


def test_a_repeat_is_no_fork(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    events = [field.visit(phone, uprn(0, number)) for number in range(1, 6)]
    phone.exchange(*events)
    phone.exchange(*events[1:])
    assert field.count(ChainFinding) == 0


def test_sixty_events_of_a_batch_are_all_receipted_in_their_order(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    events = [field.visit(phone, uprn(0, 1 + number % 12), clock=at(phone)) for number in range(60)]
    reply = phone.exchange(*events)
    assert [receipt.id for receipt in reply.receipts] == [event.id for event in events]
    assert {receipt.status for receipt in reply.receipts} == {"applied"}
    assert field.coverage(HOUSE).state["attempts"] == 5
