"""Signatures, revocation, and what an officer's device may touch: nothing that its officer never held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select, update

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.devices.revoke import revoke
from server.devices.tables import Device
from server.exchange.receive import exchange
from server.staff.tables import Account
from sync import codec, envelope, keys, signing
from sync.errors import BadSignature
from tests.factories.devices import EXCHANGE_PATH, create_device, create_phone
from tests.factories.exchange import Field, create_field, statuses, uprn

HOUSE = uprn(0, 1)


def posted(phone: Any, signed: bytes, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "method": "POST",
        "path": EXCHANGE_PATH,
        "headers": phone.headers(signed, phone.number),
        "body": signed,
    }
    return exchange(phone.service, **(given | changes))


def refused(code: str) -> Any:
    return pytest.raises(Problem, check=lambda problem: problem.code == code)


def test_a_request_that_was_tampered_with_is_refused_and_changes_nothing(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    body = codec.encode(phone.request([field.visit(phone, HOUSE)]))
    for changes in (
        {"body": body.replace(b'"app":"test 1"', b'"app":"test 2"')},
        {"method": "PUT"},
        {"path": "/api/other"},
        {"headers": {}},
        {"headers": phone.headers(body, phone.number) | {"Signature": "doorstep=:AAAA:"}},
    ):
        with refused("bad_signature"):
            posted(phone, body, **changes)
    assert field.stored() == (0, 0, 0)


def test_the_number_that_was_signed_is_the_number_that_counts(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    body = codec.encode(phone.request(number=phone.next_number() + 5))
    with refused("bad_signature"):
        posted(phone, body)


def test_an_unknown_device_and_a_wrong_key_are_refused_alike(service: Service) -> None:
    field = create_field(service)
    stranger = create_phone(service)
    body = codec.encode(stranger.request())
    with refused("bad_signature"):
        posted(stranger, body)
    impostor = create_phone(service)
    impostor.id, impostor.number = field.phones[0].id, 999
    with refused("bad_signature"):
        posted(impostor, codec.encode(impostor.request(number=999)))


def test_the_reply_is_bound_to_the_request_it_answers(service: Service) -> None:
    phone = create_field(service).phones[0]
    first = codec.encode(phone.request())
    first_headers = phone.headers(first, phone.number)
    answer = posted(phone, first, headers=first_headers)
    second = codec.encode(phone.request())
    other = phone.headers(second, phone.number)
    verify = {
        "status": 200,
        "headers": answer.headers,
        "body": answer.body,
    }
    key = keys.load_public(service.keys.verify_key_bytes)
    signing.verify_reply(key, request_signature=first_headers["Signature"], **verify)
    with pytest.raises(BadSignature):
        signing.verify_reply(key, request_signature=other["Signature"], **verify)
    with pytest.raises(BadSignature):
        signing.verify_reply(
            key, request_signature=first_headers["Signature"], **(verify | {"body": answer.body + b" "})
        )


def test_an_old_or_unknown_version_of_the_exchange_is_refused(service: Service) -> None:
    phone = create_field(service).phones[0]
    for protocol in (0, 2, 99):
        with refused("wrong_version"):
            phone.exchange(protocol=protocol)


def test_a_house_that_the_officer_never_held_is_held_and_its_existence_is_not_told(service: Service) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    phone.sync()
    there, nowhere = uprn(1, 1), "999999999999"
    told = []
    for house in (there, nowhere):
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any, into: list[str] = statements) -> None:
            into.append(statement)

        engine = service.db.engine
        sa_event.listen(engine, "before_cursor_execute", note)
        reply = phone.exchange(field.visit(phone, house))
        sa_event.remove(engine, "before_cursor_execute", note)
        receipt = reply.receipts[0]
        told.append((receipt.status, receipt.reason, receipt.worklist, receipt.version, statements))
    assert told[0][:4] == ("held", "not_held", 0, 0)
    assert told[0] == told[1]
    assert field.facts(there) == []


def test_a_list_of_another_officer_gives_no_way_in(service: Service) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    event = field.visit(phone, uprn(1, 1), worklist=field.lists[1])
    assert statuses(phone.exchange(event)) == [("held", "not_held")]


def test_an_event_names_another_campaign_in_vain(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    for campaign in (0, field.campaign + 1, 2**53 - 1):
        good = field.visit(phone, HOUSE)
        event = field.visit(phone, HOUSE, campaign=campaign)
        assert statuses(phone.exchange(good, event)) == [("applied", ""), ("held", "not_held")]


def test_a_wrong_list_number_costs_the_visit_nothing(service: Service) -> None:
    field = create_field(service, officers=2)
    phone = field.phones[0]
    for worklist in (field.lists[1], 0, 2**53 - 1):
        event = field.visit(phone, HOUSE, worklist=worklist)
        assert statuses(phone.exchange(event)) == [("applied", "")]
    assert {fact.worklist_id for fact in field.facts(HOUSE)} == {None}


def test_a_lost_device_is_journalled_held_receipted_and_told(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    event = field.visit(phone, HOUSE, "spoke")
    revoke(service, SYSTEM, phone.id, "lost")
    reply = phone.exchange(event)
    assert statuses(reply) == [("held", "revoked_lost")]
    assert reply.revoked == "lost"
    assert (reply.changes, reply.recalled, reply.seal_key) == ([], [], None)
    assert field.facts(HOUSE) == []
    assert field.stored() == (1, 1, 1)
    assert statuses(phone.exchange(event)) == [("duplicate", "revoked_lost")]


def test_a_leaver_is_drained_then_wiped(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    phone.sync()
    events = [field.visit(phone, uprn(0, number), "spoke") for number in (1, 2)]
    revoke(service, SYSTEM, phone.id, "leaver")
    first = phone.exchange(events[0], waiting=1)
    assert statuses(first) == [("applied", "")]
    assert (first.revoked, first.changes) == ("leaver", [])
    second = phone.exchange(events[1], waiting=0)
    assert (statuses(second), second.revoked) == ([("applied", "")], "leaver")
    state = select(Device.state)
    assert service.db.read(lambda session: session.scalar(state)) == "leaver"  # it holds its lists still
    assert phone.exchange(have=[]).revoked == "leaver"
    assert service.db.read(lambda session: session.scalar(state)) == "wiped"
    assert phone.exchange(have=[]).revoked == "leaver"


def test_closing_an_account_makes_its_devices_leavers(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    event = field.visit(phone, HOUSE, "spoke")
    service.db.transact(
        lambda session: session.execute(
            update(Account).where(Account.id == field.officers[0]).values(active=False)
        )
    )
    reply = phone.exchange(event)
    assert (statuses(reply), reply.revoked, reply.changes) == ([("applied", "")], "leaver", [])


def test_an_event_sealed_by_a_stranger_is_not_authentic(service: Service) -> None:
    """A thief with the signing key can send, and cannot invent: the HMAC key is under the passphrase."""
    field = create_field(service)
    phone = field.phones[0]
    phone.event_key = keys.new_event_key()
    assert statuses(phone.exchange(field.visit(phone, HOUSE))) == [("held", "not_authentic")]


def test_another_devices_event_does_not_open(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    other = create_device(service, field.officers[0])
    event = field.visit(phone, HOUSE)
    assert statuses(other.exchange(event)) == [("held", "unreadable")]


def test_events_under_an_older_key_open_and_under_an_unknown_one_are_held(service: Service) -> None:
    from server.base import keyring

    field = create_field(service)
    phone = field.phones[0]
    old = field.visit(phone, HOUSE, "spoke")
    old_kid = phone.service_key.kid
    keyring.change(service.settings.keyring_path, keyring.with_seal_key)
    reply = phone.exchange(old, kid=old_kid)
    assert statuses(reply) == [("applied", "")]
    assert reply.seal_key is not None
    assert reply.seal_key.kid == phone.service_key.kid != old_kid
    assert phone.exchange().seal_key is None
    strange = field.visit(phone, uprn(0, 2))
    strange = type(strange)(strange.id, strange.seq, strange.prev, "s00000000", strange.sealed)
    assert statuses(phone.exchange(strange)) == [("held", "unknown_key")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": "a_newer_clients_code"}, "unknown_outcome"),
        ({"outcome": None}, "empty"),
        ({"v": 2}, "malformed"),
        ({"withdraws": "00000000-0000-4000-8000-000000000000"}, "malformed"),
    ],
)
def test_what_cannot_be_applied_is_held_with_its_reason(
    service: Service, changes: dict[str, Any], reason: str
) -> None:
    field = create_field(service)
    phone = field.phones[0]
    members = {"outcome": "no_reply"} | field.named(phone) | changes
    event = phone.record(phone.body(HOUSE, **members))
    assert statuses(phone.exchange(event)) == [("held", reason)]
    assert field.facts(HOUSE) == []


def test_a_null_character_is_held_and_what_is_no_envelope_too(service: Service) -> None:
    import msgspec

    field = create_field(service)
    phone = field.phones[0]
    good = field.visit(phone, HOUSE, "spoke")
    nul = field.visit(phone, uprn(0, 2), "spo\0ke")
    request = phone.request([good, nul])
    raw = msgspec.json.decode(codec.encode(request))
    raw["events"] += [{"id": "a\0b", "seq": "x"}, 5, "text", None, {"seq": 1}]
    body = msgspec.json.encode(raw)
    reply = codec.decode_exchange_reply(phone.send(body, request.number))
    assert statuses(reply) == [("applied", ""), *([("held", "malformed")] * 6)]
    assert field.stored() == (7, 7, 6)
    again = phone.request()
    raw |= {"number": again.number}
    reply = codec.decode_exchange_reply(phone.send(msgspec.json.encode(raw), again.number))
    assert {status for status, _ in statuses(reply)} == {"duplicate"}
    assert field.stored() == (7, 7, 6)


def test_every_envelope_has_a_receipt_under_its_own_hash(service: Service) -> None:
    field = create_field(service)
    phone = field.phones[0]
    events = [field.visit(phone, house) for house in (HOUSE, "1", uprn(0, 2))]
    reply = phone.exchange(*events)
    assert [receipt.hash for receipt in reply.receipts] == [envelope.envelope_hash(one) for one in events]


def test_what_a_device_tells_of_itself_is_kept(service: Service, clock: SetClock) -> None:
    field: Field = create_field(service)
    clock.advance(timedelta(hours=1))
    field.phones[0].exchange(waiting=7, app="phone 2.3")
    device = service.db.read(lambda session: session.scalars(select(Device)).one())
    assert (device.waiting, device.app, device.seen_at) == (7, "phone 2.3", clock.now())
    field.phones[0].exchange(waiting=2**53 - 1)
