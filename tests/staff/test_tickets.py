"""One-time tickets, and passkeys where the browser's answer is not what it should be."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.staff import passkeys, tickets
from server.staff.sign_in import Browser, forget_expired
from server.staff.tables import OneTimeTicket
from tests.factories.staff import create_account


def take(service: Service, kind: str, ticket: str, account_id: int | None = None) -> bool:
    return service.db.transact(lambda session: tickets.take(session, service, kind, ticket, account_id))


def noted(service: Service) -> int:
    return (
        service.db.read(lambda session: session.scalar(select(func.count()).select_from(OneTimeTicket))) or 0
    )


def test_a_ticket_comes_back_once_for_what_it_was_made_for(service: Service, clock: SetClock) -> None:
    mine, other = create_account(service), create_account(service, "sam.example")
    ticket = tickets.issue(service, "passkey.new", mine)
    assert noted(service) == 0, "asking for tickets fills no table"
    wrong = ("", "x", "é", ticket[:-2], "Z" + ticket[1:], ticket + "AA")
    assert not any(take(service, "passkey.new", one, mine) for one in wrong)
    assert not take(service, "passkey.use", ticket, mine)
    assert not take(service, "passkey.new", ticket, other)
    assert not take(service, "passkey.new", ticket)
    assert take(service, "passkey.new", ticket, mine)
    assert not take(service, "passkey.new", ticket, mine)
    late = tickets.issue(service, "sso")
    clock.advance(timedelta(minutes=5))
    assert not take(service, "sso", late)
    forget_expired(service)
    assert noted(service) == 0
    assert not take(service, "passkey.new", ticket, mine), "forgotten, and too old all the same"


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"response": {"clientDataJSON": 7}}', "\u00e9"])
def test_what_is_no_answer_of_an_authenticator_is_refused(service: Service, answer: str) -> None:
    with pytest.raises(Problem) as caught:
        passkeys.sign_in_by_passkey(service, answer, Browser("192.0.2.7"))
    assert caught.value.code == "passkey_failed"


def forged(service: Service) -> str:
    """An answer to a challenge of ours from no passkey that is known."""
    challenge = json.loads(passkeys.sign_in_options(service))["challenge"]
    said = json.dumps({"type": "webauthn.get", "challenge": challenge, "origin": "http://127.0.0.1:8000"})
    response = dict.fromkeys(("authenticatorData", "signature"), "AAAA")
    response |= {"clientDataJSON": passkeys.bytes_to_base64url(said.encode())}
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response})


def test_trying_made_up_passkeys_is_slowed_where_it_comes_from(service: Service) -> None:
    codes = []
    for _ in range(31):
        with pytest.raises(Problem) as caught:
            passkeys.sign_in_by_passkey(service, forged(service), Browser("192.0.2.7"))
        codes.append(caught.value.code)
    assert codes == ["passkey_failed"] * 30 + ["too_many_requests"]
    with pytest.raises(Problem) as caught:
        passkeys.sign_in_by_passkey(service, forged(service), Browser("198.51.100.9"))
    assert caught.value.code == "passkey_failed"
