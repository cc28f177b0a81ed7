"""Letters leave once, come again after trouble, and are given up in the end: against a real mail server."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.base.clock import SetClock
from server.base.service import Service
from server.post.letters import Letter
from server.post.queue import ToSend, is_queued, queue
from server.post.rules import CLAIM, FAILED, GIVEN_UP, QUEUED, SENT, WAITS, Next, Outcome, after_try
from server.post.send import claim, forget_sent, send_due
from server.post.tables import Delivery
from tests.conftest import START
from tests.factories.base import at_once
from tests.factories.mail import PASSWORD, USER, Server, certificate, mail_server

TO = "erin.made-up@example.org"
LETTER = Letter("What waits – today", "Three things wait.\n", "inbox", "The inbox of each day")


def with_mail(service: Service, **settings: object) -> Service:
    given = {"smtp_host": "127.0.0.1", "smtp_from": "Doorstep <door@force.example>"} | settings
    return dataclasses.replace(service, settings=dataclasses.replace(service.settings, **given))


def put(service: Service, key: str = "inbox/1/2026-03-02", to: str = TO) -> bool:
    until = service.clock.now() + timedelta(hours=12)
    return service.db.transact(lambda s: queue(s, service, ToSend(key, "inbox", to, LETTER, until)))


def rows(service: Service) -> list[Delivery]:
    return service.db.read(lambda s: list(s.scalars(select(Delivery).order_by(Delivery.key))))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with mail_server(tmp_path) as running:
        yield running


@pytest.fixture
def sending(service: Service, server: Server) -> Service:
    return with_mail(service, mail="smtp", smtp_tls="none", smtp_port=server.port)


def test_a_letter_is_sent_once_with_the_headers_to_file_it_by(sending: Service, server: Server) -> None:
    assert put(sending)
    assert not put(sending)
    assert send_due(sending) == {SENT: 1}
    assert send_due(sending) == {}
    ((address, letter),) = server.taken
    (row,) = rows(sending)
    assert (address, letter["To"]) == (TO, TO)
    assert letter["From"] == "Doorstep <door@force.example>"
    assert letter["Subject"] == LETTER.subject
    assert letter["Message-ID"] == f"<{row.id}@force.example>"
    assert letter["List-Id"] == "The inbox of each day <inbox.force.example>"
    assert letter["Date"].datetime == START
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines() == LETTER.text.splitlines()
    assert sending.db.read(lambda s: is_queued(s, "inbox/1/2026-03-02"))


def test_nothing_of_a_letter_lies_readable_in_the_database(service: Service) -> None:
    put(service)
    (row,) = rows(service)
    stored = repr([getattr(row, column.name) for column in Delivery.__table__.columns])
    assert "made-up" not in stored
    assert "wait" not in stored


def test_trouble_that_passes_is_waited_for_and_tried_again(
    sending: Service, server: Server, clock: SetClock
) -> None:
    put(sending)
    server.answers = ["451 try later", "421 going down"]
    assert send_due(sending) == {QUEUED: 1}
    assert send_due(sending) == {}
    clock.advance(WAITS[0])
    assert send_due(sending) == {QUEUED: 1}
    clock.advance(WAITS[1])
    assert send_due(sending) == {SENT: 1}
    assert len(server.taken) == 1


@pytest.mark.parametrize("answer", ["550 no such user <erin.made-up@example.org>", "553 bad name"])
def test_one_that_is_refused_for_good_does_not_keep_back_the_next(
    sending: Service, server: Server, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(sending, "a", TO)
    put(sending, "b", "other@example.org")
    server.refused[TO] = answer
    assert send_due(sending) == {FAILED: 1, SENT: 1}
    failed, _ = rows(sending)
    assert failed.error == f"recipient_{answer[:3]}"
    assert "mail_not_sent" in (told := capsys.readouterr().err)
    assert "made-up" not in told


def test_a_body_refused_for_good_is_not_tried_again(sending: Service, server: Server) -> None:
    put(sending)
    server.answers = ["554 no"]
    assert send_due(sending) == {FAILED: 1}


def test_a_server_that_is_not_there_is_given_up_after_hours(service: Service, clock: SetClock) -> None:
    sending = with_mail(service, mail="smtp", smtp_tls="none", smtp_port=1)
    put(sending)
    told = []
    for wait in (*WAITS, timedelta(0)):
        told.append(send_due(sending))
        clock.advance(wait)
    assert told == [{QUEUED: 1}] * len(WAITS) + [{GIVEN_UP: 1}]
    assert rows(sending)[0].error == "unreachable"


def test_what_is_too_late_is_not_sent(sending: Service, server: Server, clock: SetClock) -> None:
    put(sending)
    clock.advance(timedelta(hours=13))
    assert send_due(sending) == {}
    assert rows(sending)[0].state == GIVEN_UP
    assert server.taken == []


def test_a_worker_that_dies_before_it_has_marked_costs_one_double_of_the_same_id(
    sending: Service, server: Server, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(sending)
    with monkeypatch.context() as dying:
        dying.setattr("server.post.send._mark", _die)
        with pytest.raises(KeyboardInterrupt):
            send_due(sending)
    assert send_due(sending) == {}, "the claim still holds"
    clock.advance(CLAIM)
    assert send_due(sending) == {SENT: 1}
    clock.advance(CLAIM)
    assert send_due(sending) == {}
    assert len(server.taken) == 2
    assert len({letter["Message-ID"] for _, letter in server.taken}) == 1


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_workers_send_each_letter_once(sending: Service, server: Server) -> None:
    for place in range(6):
        put(sending, f"key {place}")
    assert at_once(lambda: send_due(sending), lambda: send_due(sending)) == []
    assert len(server.taken) == len({letter["Message-ID"] for _, letter in server.taken}) == 6


def test_without_mail_set_up_letters_stay_where_they_are(service: Service) -> None:
    put(service)
    assert send_due(service) == {}
    assert rows(service)[0].tries == 0


def test_on_trial_letters_are_files_that_only_the_service_reads(service: Service) -> None:
    trying = with_mail(service, mail="file")
    put(trying)
    assert send_due(trying) == {SENT: 1}
    (path,) = (trying.settings.home / "outbox").iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert TO in path.read_text()


def test_letters_that_ended_are_forgotten_after_a_month(service: Service, clock: SetClock) -> None:
    trying = with_mail(service, mail="file")
    put(trying)
    send_due(trying)
    clock.advance(timedelta(days=29))
    assert forget_sent(trying) == 0
    clock.advance(timedelta(days=2))
    assert forget_sent(trying) == 1


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_is_encrypted_and_signed_in_for(
    service: Service, tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path, tls=tls) as server:
        sending = with_mail(
            service, mail="smtp", smtp_tls=tls, smtp_port=server.port, smtp_user=USER, smtp_password=PASSWORD
        )
        put(sending, "a")
        assert send_due(sending) == {QUEUED: 1}, "nobody vouches for its certificate"
        assert rows(sending)[0].error == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mail.pem"))
        put(sending, "b")
        assert send_due(with_mail(sending, smtp_password="wrong")) == {QUEUED: 1}
        assert rows(sending)[1].error == "sign_in"
        put(sending, "c")
        assert send_due(sending) == {SENT: 1}
        assert server.signed_in == [True]


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_server_without_starttls_gets_no_letter(service: Service, tmp_path: Path) -> None:
    certificate(tmp_path)
    with mail_server(tmp_path) as server:
        sending = with_mail(service, mail="smtp", smtp_port=server.port)
        put(sending)
        assert send_due(sending) == {QUEUED: 1}
        assert server.taken == []


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", ["a@example.org\nBcc: b@example.org", "no address", "a@b, c@example.org"])
def test_what_is_no_address_is_refused_before_it_reaches_a_server(service: Service, address: str) -> None:
    trying = with_mail(service, mail="file")
    put(trying, to=address)
    assert send_due(trying) == {FAILED: 1}


def test_no_wait_goes_past_the_time_of_a_letter() -> None:
    late = START + timedelta(minutes=4)
    busy = Outcome("smtp_451")
    assert after_try(busy, tries=1, not_after=late, now=START) == Next(QUEUED, START + WAITS[0])
    assert after_try(busy, tries=2, not_after=late, now=START) == Next(GIVEN_UP)


def test_a_claim_is_one_workers_own(sending: Service) -> None:
    put(sending)
    first = sending.db.transact(lambda s: claim(s, sending))
    assert first is not None
    assert sending.db.transact(lambda s: claim(s, sending)) is None
