"""An outbox carried by hand, signed or not."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from server.base.access import SYSTEM
from server.base.clock import SetClock, milliseconds
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.devices.tables import ChainFinding
from server.exchange.decide import dismiss, mend
from server.exchange.ingest import ingest
from sync import keys
from sync.events import Envelope
from sync.export import make_export
from tests.exchange.people import findings, person, rows
from tests.factories.app import Caller, create_application
from tests.factories.devices import Phone
from tests.factories.exchange import DISTRICT, OTHER_WARD, create_field, only, statuses, uprn
from tests.factories.staff import create_account


def test_a_signed_file_is_applied_and_what_was_sent_already_counts_once(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    sent = field.visit(phone, uprn(0, 1), "spoke")
    phone.exchange(sent)
    waiting = field.visit(phone, uprn(0, 2), "spoke")
    raw = make_export(phone.sign_private, device=phone.id, now=phone.now(), events=[sent, waiting])
    clock.advance(timedelta(days=2))
    done = ingest(service, SYSTEM, raw)
    assert (done.signed, done.by_status) == (True, {"duplicate": 1, "applied": 1})
    assert field.counters()["contacted"] == 2
    assert statuses(phone.exchange(waiting)) == [("duplicate", "")]
    assert findings(service) == []


def test_an_unsigned_file_is_held_until_a_supervisor_answers_for_it(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    raw = make_export(keys.generate_private(), device=phone.id, now=phone.now(), events=[event])
    done = ingest(service, SYSTEM, raw)
    assert (done.signed, done.by_status) == (False, {"held": 1})
    assert field.counters()["contacted"] == 0
    assert [one.reason for one in field.held()] == ["unsigned_export"]
    assert mend(service, field.supervisor, field.held()[0].id).state == "mended"
    assert field.counters()["contacted"] == 1
    assert findings(service) == []


def test_what_an_unsigned_file_says_does_not_move_the_chain(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    start = (phone.seq, phone.prev)
    phone.seq = 2**50
    forged = field.visit(phone, uprn(0, 1))
    phone.seq, phone.prev = start
    ingest(
        service,
        SYSTEM,
        make_export(keys.generate_private(), device=phone.id, now=0, events=[forged]),
    )
    phone.exchange(field.visit(phone, uprn(0, 2)))
    assert field.count(ChainFinding) == 0
    assert findings(service) == []


def carry_unsigned(service: Service, phone: Phone, *events: Envelope) -> None:
    """Bring an outbox file of this phone that somebody else signed."""
    raw = make_export(keys.generate_private(), device=phone.id, now=phone.now(), events=events)
    assert not ingest(service, SYSTEM, raw).signed


def test_the_phones_own_sync_releases_what_an_unsigned_file_brought_first(
    service: Service, clock: SetClock
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke", registrations=[person()])
    carry_unsigned(service, phone, event)
    clock.advance(timedelta(hours=3))
    recorded = milliseconds(clock.now()) - 3 * 3_600_000
    receipt = only(phone.exchange(event, now=phone.now()).receipts)
    assert (receipt.status, receipt.reason, receipt.worklist) == ("applied", "", field.lists[0])
    (held,) = field.held()
    assert (held.state, held.decided_at, held.decided_by) == ("released", clock.now(), None)
    assert field.counters()["contacted"] == 1
    assert field.counters()["registered"] == 1
    assert milliseconds(field.facts(uprn(0, 1))[0].corrected_at) == recorded
    phone.exchange(field.visit(phone, uprn(0, 2)))
    assert field.count(ChainFinding) == 0, "the chain moved past it"
    assert statuses(phone.exchange(event)) == [("duplicate", "")]
    assert field.stored() == (2, 2, 1)
    assert findings(service) == []


def test_a_signed_file_releases_it_as_well_and_the_audit_trail_says_how_many(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    events = [field.visit(phone, uprn(0, number), "spoke") for number in (1, 2)]
    carry_unsigned(service, phone, events[0])
    raw = make_export(phone.sign_private, device=phone.id, now=phone.now(), events=events)
    assert ingest(service, SYSTEM, raw).by_status == {"applied": 2}
    assert field.counters()["contacted"] == 2
    newest = max(
        (one for one in rows(service, AuditEntry) if one.action == "exchange"),
        key=lambda one: (one.at, one.seq),
    )
    assert (newest.detail["new"], newest.detail["released"]) == (1, 1)
    assert findings(service) == []


def test_what_still_stands_in_the_way_of_a_released_event_is_its_reason_from_then_on(
    service: Service,
) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    event = field.visit(phone, uprn(1, 1), "spoke")
    carry_unsigned(service, phone, event)
    assert statuses(phone.exchange(event)) == [("held", "not_held")]
    assert [(one.state, one.reason) for one in field.held()] == [("held", "not_held")]
    assert mend(service, field.supervisor, field.held()[0].id).state == "mended"
    assert findings(service) == []


@pytest.mark.parametrize("decision", ["mended", "dismissed"])
def test_what_was_decided_stays_so_when_the_phone_brings_it_and_the_chain_moves_on(
    service: Service, decision: str
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    carry_unsigned(service, phone, event)
    held = field.held()[0].id
    if decision == "mended":
        mend(service, field.supervisor, held)
    else:
        dismiss(service, field.supervisor, held, "mistake")
    contacted = field.counters()["contacted"]
    assert [one.status for one in phone.exchange(event).receipts] == ["duplicate"]
    assert [one.state for one in field.held()] == [decision]
    assert field.counters()["contacted"] == contacted
    phone.exchange(field.visit(phone, uprn(0, 2)))
    assert field.count(ChainFinding) == 0
    assert findings(service) == []


@pytest.mark.parametrize("dismissed", [False, True])
def test_a_forged_event_under_an_id_does_not_stand_in_the_way_of_the_true_one(
    service: Service, dismissed: bool
) -> None:
    field = create_field(service, officers=2)
    phone, other = field.phones
    event = field.visit(phone, uprn(0, 1), "spoke")
    forged = msgspec.structs.replace(event, sealed=event.sealed[::-1])
    carry_unsigned(service, phone, forged)
    carry_unsigned(service, other, forged)
    if dismissed:
        dismiss(service, field.supervisor, field.held()[0].id, "not_genuine")
    assert statuses(phone.exchange(event)) == [("applied", "")]
    assert field.counters()["contacted"] == 1
    assert [one.state for one in field.held()] == ["dismissed" if dismissed else "held", "held"]
    assert field.held()[0].reason == ("unsigned_export" if dismissed else "same_id_other_bytes")
    assert statuses(phone.exchange(event)) == [("duplicate", "")]
    assert field.count(ChainFinding) == 0
    assert findings(service) == []


def test_the_true_event_is_applied_though_its_own_unsigned_file_came_after_a_forged_one(
    service: Service,
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    carry_unsigned(service, phone, msgspec.structs.replace(event, sealed=event.sealed[::-1]))
    carry_unsigned(service, phone, event)
    assert statuses(phone.exchange(event, event)) == [("applied", ""), ("duplicate", "")]
    assert [(one.state, one.reason) for one in field.held()] == [
        ("held", "same_id_other_bytes"),
        ("released", "same_id_other_bytes"),
    ]
    assert findings(service) == []


def test_an_unsigned_file_fills_no_gap_of_the_chain(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    first, second, third = (field.visit(phone, uprn(0, number)) for number in (1, 2, 3))
    phone.exchange(first, third)
    carry_unsigned(service, phone, second)
    assert [one.filled_at for one in rows(service, ChainFinding)] == [None]
    phone.exchange(second)
    (gap,) = rows(service, ChainFinding)
    assert (gap.kind, gap.filled_at is None) == ("gap", False)
    assert findings(service) == []


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"not json", b'{"device": 5}'])
def test_what_is_no_outbox_file_is_refused_with_a_sentence(service: Service, raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        ingest(service, SYSTEM, raw)
    assert refused.value.code == "malformed_body"
    assert "outbox file" in str(refused.value)


def test_a_file_of_a_device_that_is_not_enrolled_here_is_refused(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    raw = make_export(phone.sign_private, device="somebody-else", now=0, events=[])
    with pytest.raises(Problem) as refused:
        ingest(service, SYSTEM, raw)
    assert refused.value.code == "not_found"


def test_a_supervisor_hands_a_file_to_the_api_and_only_of_their_own_officers(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, uprn(0, 1), "spoke")
    raw = make_export(phone.sign_private, device=phone.id, now=phone.now(), events=[event])
    app = create_application(service)
    create_account(service, "near.example", "supervisor", areas=[DISTRICT])
    create_account(service, "far.example", "supervisor", areas=[OTHER_WARD])
    answers = {
        name: Caller(app, name).send("POST", "/api/exchange/outbox-files", data=raw)
        for name in ("far.example", "near.example")
    }
    assert answers["far.example"].status_code == 404
    assert answers["far.example"].json["code"] == "not_found"
    assert answers["near.example"].json == {
        "device_id": phone.id,
        "officer": "Officer0.Example",
        "signed": True,
        "by_status": {"applied": 1},
    }
    assert field.counters()["contacted"] == 1
