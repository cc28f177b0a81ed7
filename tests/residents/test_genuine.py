"""The page on which a resident checks who is at the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from server.base.clock import SetClock
from server.base.service import Service
from server.base.tables import AuditEntry
from server.devices.tables import Device
from server.fieldwork.recall import recall
from server.residents.throttle import OFFICER_CHECKS
from server.residents.tokens import token_key
from server.staff.tables import Account
from sync import badges
from tests.factories.app import Caller, create_application
from tests.factories.exchange import Field, create_field

NAME, NUMBER = "PC Ada Quill", "1234"


@pytest.fixture
def field(service: Service) -> Field:
    """A list of one street, held by an officer with a name and a number."""
    made = create_field(service)
    named = update(Account).where(Account.id == made.officers[0])
    service.db.transact(lambda s: s.execute(named.values(display_name=NAME, collar_number=NUMBER)))
    return made


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def badge(field: Field, days: int = 0) -> str:
    """What the officer's phone shows today, or so many days from now."""
    service, worklist = field.service, field.lists[0]
    today = service.clock.now().astimezone(service.zone).date()
    return badges.make(token_key(service, worklist), worklist, today + timedelta(days=days))


def asked(app: Flask, officer: str, code: str, language: str = "") -> TestResponse:
    query = f"?lang={language}" if language else ""
    return Caller(app).send("POST", f"/check{query}", data={"officer": officer, "code": code})


def is_yes(answer: TestResponse) -> bool:
    assert answer.status_code == 200, answer.text
    yes, no = ("this officer is genuine" in answer.text, "confirm this officer" in answer.text)
    assert yes != no
    return yes


@pytest.mark.parametrize("said", ["Quill", "pc ada quill", NUMBER])
def test_a_genuine_officer_is_confirmed_with_campaign_streets_and_last_day(
    app: Flask, field: Field, said: str
) -> None:
    answer = asked(app, said, badge(field).lower().replace("-", " "))
    assert is_yes(answer)
    for shown in (NAME, NUMBER, "Spring", "Street 1", "5 March 2026"):
        assert shown in answer.text
    assert "Street 2" not in answer.text


def test_a_code_of_yesterday_is_confirmed_and_one_of_before_is_not(
    app: Flask, field: Field, clock: SetClock
) -> None:
    shown = badge(field)
    clock.advance(timedelta(days=1))
    assert is_yes(asked(app, "Quill", shown))
    clock.advance(timedelta(days=1))
    assert not is_yes(asked(app, "Quill", shown))
    assert is_yes(asked(app, "Quill", badge(field)))


@pytest.mark.parametrize(
    ("officer", "code"),
    [
        ("Quinn", "right"),
        ("Quill", "wrong"),
        ("Quill", "of tomorrow"),
        ("Quill", "of another list"),
        ("Quill", "of a list past all numbers"),
    ],
)
def test_whatever_is_wrong_the_answer_is_one_no_that_shows_nothing(
    app: Flask, field: Field, officer: str, code: str
) -> None:
    right = badge(field)
    codes = {
        "right": right,
        "wrong": right[:-1] + ("2" if right[-1] != "2" else "3"),
        "of tomorrow": badge(field, days=1),
        "of another list": f"9{right}",
        "of a list past all numbers": f"{10**12}-{right.partition('-')[2]}",
    }
    answer = asked(app, officer, codes[code])
    assert not is_yes(answer)
    assert not any(shown in answer.text for shown in (NAME, NUMBER, "Spring", "Street 1"))
    assert "101" in answer.text


def test_nobody_is_confirmed_whose_list_has_ended_or_who_has_left_or_lost_the_phone(
    app: Flask, field: Field, service: Service
) -> None:
    def write(table: Any, **values: Any) -> None:
        service.db.transact(lambda session: session.execute(update(table).values(**values)))

    assert is_yes(asked(app, "Quill", badge(field)))
    write(Device, state="lost")
    assert not is_yes(asked(app, "Quill", badge(field)))
    write(Device, state="active")
    write(Account, active=False)
    assert not is_yes(asked(app, "Quill", badge(field)))
    write(Account, active=True)
    recall(service, field.supervisor, field.lists[0], reason="finished")
    assert not is_yes(asked(app, "Quill", badge(field)))


def test_every_check_is_on_the_trail_without_what_was_typed(
    app: Flask, field: Field, service: Service
) -> None:
    asked(app, "Quill", badge(field))
    asked(app, "Nobody Known", badge(field))
    asked(app, "Quill", "99-8KQ2-M0XT")
    rows = service.db.read(
        lambda session: session.execute(
            select(AuditEntry.actor, AuditEntry.target, AuditEntry.detail)
            .where(AuditEntry.action == "officer.check")
            .order_by(AuditEntry.seq)
        ).all()
    )
    target = f"worklist:{field.lists[0]}"
    assert [tuple(row) for row in rows] == [
        ("public", target, {"genuine": True}),
        ("public", target, {"genuine": False}),
        ("public", "worklist:none", {"genuine": False}),
    ]


@pytest.mark.parametrize(
    ("officer", "code", "told"),
    [
        ("", "17-8KQ2-M0XT", "Enter the officer’s name or number"),
        ("Quill", " ", "Enter the officer’s name or number"),
        ("Quill", "17-8KQ2", "Enter the whole code"),
        ("Quill", "<script>", "Enter the whole code"),
    ],
)
@pytest.mark.usefixtures("field")
def test_what_is_missing_is_said_and_what_was_typed_stays(
    app: Flask, officer: str, code: str, told: str
) -> None:
    answer = asked(app, officer, code)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{officer}"' in answer.text
    assert "<script" not in answer.text


def test_tries_are_slowed_down(app: Flask, field: Field) -> None:
    for _ in range(OFFICER_CHECKS.most):
        assert asked(app, "Quill", "17-8KQ2-M0XT").status_code == 200
    slowed = asked(app, "Quill", badge(field))
    assert slowed.status_code == 429
    assert "Too many tries" in slowed.text


def test_the_form_needs_no_script_and_sends_nothing_in_its_address(app: Flask) -> None:
    answer = Caller(app).get("/check")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert 'method="post"' in answer.text
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_it_is_all_said_in_polish_too(app: Flask, field: Field) -> None:
    form = Caller(app).get("/check", headers={"Accept-Language": "pl,en;q=0.5"})
    assert '<html lang="pl">' in form.text
    assert 'action="/check?lang=pl"' in form.text
    answer = asked(app, "Quill", badge(field), "pl")
    assert "Tak, ta osoba jest z policji" in answer.text
    assert "5 marca 2026" in answer.text
    assert "Nie możemy potwierdzić" in asked(app, "Quinn", badge(field), "pl").text
    assert '<html lang="en">' in Caller(app).get("/check?lang=xx").text
