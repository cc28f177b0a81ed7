"""Signing in: sessions, tokens, throttling, cross-site requests."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.staff import sign_in
from server.staff.tables import SignIn, SignInFailure
from server.staff.throttle import LONGEST_WAIT, is_known, known_token, network_of, wait_after
from tests.factories.app import Caller, create_application
from tests.factories.staff import PASSWORD, create_account

HERE = "192.0.2.7"


@pytest.fixture
def app(service: Service) -> Flask:
    create_account(service, "admin.example", "administrator")
    return create_application(service)


def enter(
    service: Service,
    password: str = PASSWORD,
    *,
    username: str = "pat.example",
    address: str = HERE,
    known: str = "",
) -> sign_in.SignedIn:
    return sign_in.sign_in(
        service, username=username, password=password, address=address, kind="session", known=known
    )


def fail(service: Service, *, username: str = "pat.example", address: str = HERE, known: str = "") -> str:
    with pytest.raises(Problem) as caught:
        enter(service, "wrong", username=username, address=address, known=known)
    return caught.value.code


def test_neither_password_nor_token_nor_address_is_kept(service: Service, tmp_path: Path) -> None:
    create_account(service)
    fail(service)
    done = enter(service)
    rows = service.db.read(
        lambda session: [*session.scalars(select(SignIn.hash)), *session.scalars(select(SignInFailure.key))]
    )
    assert rows
    if service.db.is_sqlite:
        raw = b"".join(path.read_bytes() for path in service.settings.home.glob("doorstep.db*"))
        for secret in (done.token, PASSWORD, HERE, done.csrf_token):
            assert secret.encode() not in raw


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(service: Service) -> None:
    create_account(service)
    told = []
    for username in ("pat.example", "nobody.example"):
        with pytest.raises(Problem) as caught:
            enter(service, "wrong", username=username)
        told.append(caught.value.document())
    assert told[0] == told[1]


def test_a_session_ends_when_it_is_left_alone_and_at_its_longest(service: Service, clock: SetClock) -> None:
    create_account(service)
    done = enter(service)
    for _ in range(23):
        clock.advance(timedelta(minutes=31))
        assert sign_in.principal_by(service, done.token, "session") is not None
    clock.advance(timedelta(minutes=8))
    assert sign_in.principal_by(service, done.token, "session") is None
    other = enter(service)
    clock.advance(timedelta(minutes=61))
    assert sign_in.principal_by(service, other.token, "session") is None


def test_a_token_lives_a_quarter_of_an_hour_and_is_no_cookie(service: Service, clock: SetClock) -> None:
    create_account(service)
    done = sign_in.sign_in(service, username="pat.example", password=PASSWORD, address=HERE, kind="token")
    assert sign_in.principal_by(service, done.token, "session") is None
    clock.advance(timedelta(minutes=14))
    assert sign_in.principal_by(service, done.token, "token") is not None
    clock.advance(timedelta(minutes=2))
    assert sign_in.principal_by(service, done.token, "token") is None


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_waiting_grows_and_never_past_a_quarter_of_an_hour(failures: int, free: int) -> None:
    assert timedelta(0) <= wait_after(failures, free) <= wait_after(failures + 1, free) <= LONGEST_WAIT


def test_a_guesser_waits_longer_each_time(service: Service, clock: SetClock) -> None:
    create_account(service)
    assert [fail(service) for _ in range(5)] == ["sign_in_failed"] * 5
    assert fail(service) == "too_many_requests"
    with pytest.raises(Problem) as caught:
        enter(service)
    assert caught.value.fields["retry_after"] >= 1
    guesses = 0
    for _ in range(6 * 60):
        clock.advance(timedelta(minutes=1))
        guesses += fail(service) == "sign_in_failed"
    assert guesses < 36


def test_a_guesser_elsewhere_does_not_keep_the_owner_out(service: Service) -> None:
    create_account(service)
    for _ in range(12):
        fail(service, address="198.51.100.9")
    assert enter(service).principal.name


def test_a_guesser_in_the_same_station_does_not_keep_out_a_browser_that_signed_in_before(
    service: Service,
) -> None:
    create_account(service)
    known = enter(service).known_token
    for place in range(60):
        fail(service, username="pat.example" if place % 2 else f"guess-{place}.example")
    assert fail(service) == "too_many_requests"
    again = enter(service, known=known)
    assert again.known_token == known


def test_a_known_browser_is_slowed_too(service: Service) -> None:
    create_account(service)
    known = enter(service).known_token
    codes = [fail(service, known=known) for _ in range(6)]
    assert codes == ["sign_in_failed"] * 5 + ["too_many_requests"]


def test_going_through_usernames_from_one_address_is_slowed(service: Service) -> None:
    codes = [fail(service, username=f"name-{place}.example") for place in range(31)]
    assert codes == ["sign_in_failed"] * 30 + ["too_many_requests"]


def test_a_known_token_holds_for_its_username_only_and_cannot_be_made_up(service: Service) -> None:
    token = known_token(service, "pat.example")
    assert is_known(service, "pat.example", token)
    assert not is_known(service, "sam.example", token)
    for wrong in ("", ".", "x.y", token[:-1], "x" + token, "\u00e9.\u00e9"):
        assert not is_known(service, "pat.example", wrong)


def test_an_ipv6_guesser_has_one_network_however_many_addresses() -> None:
    assert (
        network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    )
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")
    assert network_of("no address") == "unknown"


def test_a_success_starts_the_count_anew(service: Service) -> None:
    create_account(service)
    for _ in range(3):
        for _ in range(4):
            assert fail(service) == "sign_in_failed"
        enter(service)


def test_ended_sign_ins_and_old_counts_are_deleted(service: Service, clock: SetClock) -> None:
    create_account(service)
    enter(service)
    fail(service)
    clock.advance(timedelta(days=2))
    assert sign_in.forget_expired(service) == {"sign_ins": 1, "failures": 2}
    for table in (SignIn, SignInFailure):
        assert (
            service.db.read(
                lambda session, table=table: session.scalar(select(func.count()).select_from(table))
            )
            == 0
        )


def test_a_cookie_needs_its_csrf_token_for_changes_only(app: Flask) -> None:
    caller = Caller(app, "admin.example", by="session")
    assert caller.get("/api/me").json["csrf_token"] == caller.headers["X-CSRF-Token"]
    token = caller.headers.pop("X-CSRF-Token")
    assert caller.get("/api/accounts").status_code == 200
    assert caller.post("/api/sign-out").json["code"] == "cross_site"
    assert caller.post("/api/sign-out", headers={"X-CSRF-Token": "0" * 64}).json["code"] == "cross_site"
    assert caller.post("/api/sign-out", headers={"X-CSRF-Token": token}).status_code == 204
    assert caller.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_can_neither_sign_in_nor_change_anything(
    app: Flask, headers: dict[str, str]
) -> None:
    caller = Caller(app, "admin.example", by="session")
    assert caller.post("/api/sign-out", headers=headers).json["code"] == "cross_site"
    body = {"username": "admin.example", "password": PASSWORD}
    assert caller.post("/api/sign-in", body, headers=headers).json["code"] == "cross_site"


def test_our_own_page_may(app: Flask) -> None:
    caller = Caller(app, "admin.example", by="session")
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert caller.post("/api/sign-out", headers=own).status_code == 204


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(app: Flask, service: Service) -> None:
    body = {"username": "admin.example", "password": PASSWORD}
    cookies = app.test_client().post("/api/sign-in", json=body).headers.getlist("Set-Cookie")
    assert len(cookies) == 4
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(service: Service) -> None:
    from dataclasses import replace

    create_account(service, "admin.example", "administrator")
    secured = replace(service, settings=replace(service.settings, public_url="https://doorstep.example"))
    body = {"username": "admin.example", "password": PASSWORD}
    browser = create_application(secured).test_client()
    answer = browser.post("/api/sign-in", json=body, base_url="https://doorstep.example")
    cookie = answer.headers.getlist("Set-Cookie")[0]
    assert cookie.startswith("__Host-doorstep_session=")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"]
    assert answer.json is not None
    own = {"X-CSRF-Token": answer.json["csrf_token"]}
    ended = browser.post("/api/sign-out", headers=own, base_url="https://doorstep.example")
    (gone,) = ended.headers.getlist("Set-Cookie")
    assert gone.startswith("__Host-doorstep_session=;")
    assert "Secure" in gone, "else a browser keeps the cookie"


def test_a_token_ends_when_it_signs_out(app: Flask) -> None:
    caller = Caller(app, "admin.example")
    assert caller.get("/api/me").json["csrf_token"] is None
    assert caller.post("/api/sign-out").status_code == 204
    assert caller.get("/api/me").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer \u00e9"])
def test_other_authorization_is_nobody(app: Flask, header: str) -> None:
    assert Caller(app).get("/api/me", headers={"Authorization": header}).status_code == 401
