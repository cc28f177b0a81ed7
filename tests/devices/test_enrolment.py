"""Enrolment: a one-time code, proof of possession, and the same answer to the same request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.devices.enrol import enrol, service_card
from server.devices.invite import clear_codes, make_code
from server.devices.tables import Device, EnrolmentCode
from server.staff.tables import Account
from sync import codec, enrolment, keys
from sync.errors import BadSignature
from tests.factories.devices import ENROL_PATH, create_device, create_phone, mistyped
from tests.factories.staff import create_account


def devices(service: Service) -> list[Device]:
    return service.db.read(lambda session: list(session.scalars(select(Device))))


def test_a_code_makes_a_phone_the_officers_device_once(service: Service) -> None:
    officer = create_account(service, "ana.example")
    made = make_code(service, SYSTEM, officer)
    phone = create_phone(service)
    reply = phone.enrol(made.code)
    assert (reply.device, reply.officer) == (phone.id, "Ana.Example")
    assert reply.time_zone == "Europe/London"
    assert [(one.id, one.account_id, one.state) for one in devices(service)] == [
        (phone.id, officer, "active")
    ]
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(made.code)
    assert refused.value.code == "conflict"


def test_the_same_enrolment_again_gets_the_same_answer(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    phone = create_phone(service)
    first = phone.enrol(made.code)
    service.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    again = phone.enrol(made.code)
    assert (again.device, again.epoch, again.officer) == (first.device, first.epoch, first.officer)
    assert len(devices(service)) == 1


def test_a_code_is_no_use_after_fifteen_minutes(service: Service, clock: SetClock) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    clock.advance(timedelta(minutes=15, seconds=1))
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(made.code)
    assert refused.value.code == "expired"
    assert devices(service) == []


def test_only_the_hash_of_a_code_is_kept(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    kept = service.db.read(lambda session: session.scalars(select(EnrolmentCode.hash)).all())
    assert kept == [enrolment.stored_form(enrolment.parse_code(made.code))]
    assert made.code not in kept[0]


def test_a_typo_in_a_code_is_told_with_its_group(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(mistyped(made.code))
    assert refused.value.code == "unknown_code"
    assert refused.value.fields["group"] == 1


def test_a_code_of_another_service_is_refused(service: Service) -> None:
    other = enrolment.new_code(keys.public_bytes(keys.generate_private()))
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(enrolment.format_code(other))
    assert refused.value.code == "unknown_code"


def test_a_code_nobody_made_is_refused(service: Service) -> None:
    guessed = enrolment.new_code(service.keys.verify_key_bytes)
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(enrolment.format_code(guessed))
    assert refused.value.code == "unknown_code"


def test_whoever_lacks_the_private_key_cannot_enrol_it(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    phone, thief = create_phone(service), create_phone(service)
    body = codec.encode(phone.enrol_request(made.code))
    headers = thief.headers(body, 1, ENROL_PATH)
    with pytest.raises(Problem) as refused:
        enrol(service, method="POST", path=ENROL_PATH, headers=headers, body=body)
    assert refused.value.code == "bad_signature"
    assert devices(service) == []


def test_an_event_key_sealed_to_an_unknown_key_is_refused(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(made.code, kid="s00000000")
    assert refused.value.code == "malformed_body"


def test_a_device_id_is_taken_once(service: Service) -> None:
    officer = create_account(service)
    first = create_device(service, officer)
    second = create_phone(service)
    second.id = first.id
    with pytest.raises(Problem) as refused:
        second.enrol(make_code(service, SYSTEM, officer).code)
    assert refused.value.code == "conflict"


def test_a_leaver_gets_no_code_and_a_code_made_before_is_void(service: Service) -> None:
    officer = create_account(service)
    made = make_code(service, SYSTEM, officer)
    service.db.transact(lambda session: session.execute(update(Account).values(active=False)))
    with pytest.raises(Problem) as refused:
        make_code(service, SYSTEM, officer)
    assert refused.value.code == "wrong_state"
    with pytest.raises(Problem) as refused:
        create_phone(service).enrol(made.code)
    assert refused.value.code == "wrong_state"


def test_the_card_is_signed_by_the_key_that_the_code_pins(service: Service) -> None:
    made = make_code(service, SYSTEM, create_account(service))
    code = enrolment.parse_code(made.code)
    enrolment.check_card(service_card(service), code)
    other = enrolment.new_code(keys.public_bytes(keys.generate_private()))
    with pytest.raises(BadSignature):
        enrolment.check_card(service_card(service), other)


def test_enrolling_is_on_the_audit_trail_and_the_event_key_is_not_readable(service: Service) -> None:
    phone = create_device(service, create_account(service))
    actions = service.db.read(lambda session: session.scalars(select(AuditEntry.action)).all())
    assert {"device.code_made", "device.enrolled"} <= set(actions)
    assert phone.event_key not in devices(service)[0].event_key_sealed


def test_codes_that_nobody_used_are_cleared_after_a_month(service: Service, clock: SetClock) -> None:
    officer = create_account(service)
    create_device(service, officer)
    make_code(service, SYSTEM, officer)
    clock.advance(timedelta(days=29))
    assert clear_codes(service) == 0
    clock.advance(timedelta(days=2))
    assert clear_codes(service) == 1
    assert len(service.db.read(lambda session: session.scalars(select(EnrolmentCode)).all())) == 1
