"""An outbox carried by hand, signed or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import ChainFinding
from server.exchange.checks import CHECKS
from server.exchange.decide import mend
from server.exchange.ingest import ingest
from sync import keys
from sync.export import make_export
from tests.factories.app import Caller, create_application
from tests.factories.exchange import DISTRICT, OTHER_WARD, create_field, statuses, uprn
from tests.factories.staff import create_account


def findings(service: Service) -> list[str]:
    return [finding for _, check in CHECKS for finding in check(service)]


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
