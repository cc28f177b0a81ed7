"""Signing in to the console by steps, its time-outs and refusals, and one's own account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from server.base.clock import SetClock
from server.base.service import Service
from server.staff import factors, passwords
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.factories.app import create_application
from tests.factories.staff import PASSWORD, PASSWORD_HASH, create_account, principal_for

pytestmark = sqlite_only
OTHER = "four loud green cows"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(passwords, "_NOBODY", PASSWORD_HASH)


@pytest.fixture
def account_id(service: Service) -> int:
    return create_account(service, "pat.example", "supervisor")


def enrol(service: Service, account_id: int) -> pyotp.TOTP:
    """Set an authenticator app up behind the pages."""
    factors.start_code_key(service, account_id)
    totp = pyotp.TOTP(factors.pending_key(service, account_id) or "")
    factors.confirm_code_key(service, principal_for(service, account_id), totp.at(service.clock.now()))
    return totp


def begin(desk: Desk, path: str = "/console/sign-in", password: str = PASSWORD) -> Page:
    return desk.submit(desk.get(path), "Sign in", username="pat.example", password=password)


def key_on(page: Page) -> pyotp.TOTP:
    """The authenticator that holds the key which the page shows."""
    return pyotp.TOTP(page.one("main .code").get_text().replace(" ", ""))


def required(service: Service) -> Service:
    return replace(service, settings=replace(service.settings, second_factor="required"))


def test_signing_in_leads_by_the_second_step_to_the_page_that_was_wanted(
    service: Service, clock: SetClock, account_id: int
) -> None:
    totp = enrol(service, account_id)
    clock.advance(timedelta(minutes=1))
    desk = Desk(service)
    page = begin(desk, "/console/account/password")
    assert page.title == "Enter the code from your app"
    assert desk.get("/console/account").title == "Sign in to Doorstep", "half a sign-in opens nothing"
    page = desk.submit(page, "Continue", code="000000")
    assert (page.status, page.title) == (422, "Enter the code from your app")
    assert page.errors == ["Enter the code that your app shows now. Each code works once."]
    page = desk.submit(page, "Continue", code=totp.at(clock.now()))
    assert page.title == "Change your password"


def test_each_step_changes_the_cookies(service: Service, clock: SetClock, account_id: int) -> None:
    totp = enrol(service, account_id)
    clock.advance(timedelta(minutes=1))
    desk = Desk(service)
    page = begin(desk)
    half = desk.client.get_cookie("doorstep_half")
    assert half is not None
    assert desk.client.get_cookie("doorstep_session") is None
    desk.submit(page, "Continue", code=totp.at(clock.now()))
    session = desk.client.get_cookie("doorstep_session")
    assert session is not None
    assert session.value != half.value
    assert desk.client.get_cookie("doorstep_half") is None
    desk.client.set_cookie("doorstep_session", half.value)
    assert desk.get("/console/account").title == "Sign in to Doorstep", "a half sign-in is no session"
    desk.client.set_cookie("doorstep_half", half.value)
    assert desk.get("/console/sign-in/code").notice.startswith("Signing in took too long")


def test_a_wrong_password_is_told_beside_nothing_in_particular(service: Service, account_id: int) -> None:
    desk = Desk(service)
    page = begin(desk, password="wrong")
    assert page.errors == ["The username or password is not right."]
    assert page.one("#username")["value"] == "pat.example"
    assert not page.one("#password").get("value")
    empty = desk.submit(page, "Sign in", username="", password="")
    assert empty.errors == ["Enter your username.", "Enter your password."]
    for _ in range(5):
        page = begin(desk, password="wrong")
    assert "Try again in" in page.errors[0]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "/console/../api/me",
        "/console\\..",
        "javascript:alert(1)",
        "/console//evil.example",
        "/consoles",
        " /console",
    ],
)
def test_no_link_to_the_sign_in_page_leads_away_from_it(
    service: Service, account_id: int, wanted: str
) -> None:
    desk = Desk(service)
    page = desk.get("/console/sign-in", query_string={"next": wanted})
    form = {"username": "pat.example", "password": PASSWORD, "next": wanted}
    form["csrf_token"] = str(page.one("main form[action='/console/sign-in'] [name=csrf_token]")["value"])
    answer = desk.client.post("/console/sign-in", data=form)
    assert answer.headers["Location"] == "/console"
    assert desk.client.get("/console/sign-in", query_string={"next": wanted}).location == "/console"


def test_the_forms_before_signing_in_need_their_token_too(service: Service, account_id: int) -> None:
    typed = {"username": "pat.example", "password": PASSWORD, "code": "000000", "credential": "{}"}
    mine = Desk(service)
    token = str(mine.get("/console/sign-in").html.select("[name=csrf_token]")[0]["value"])
    for path in (
        "/console/sign-in",
        "/console/sign-in/code",
        "/console/sign-in/setup",
        "/console/sign-in/setup/confirm",
        "/console/sign-in/passkey",
        "/console/sign-in/passkey/options",
    ):
        other = Desk(service)
        other.get("/console/sign-in")
        for given in ("", token):
            assert other.post(path, typed | {"csrf_token": given}).status == 403, path
        headers = {"Origin": "https://evil.example"}
        assert mine.post(path, typed | {"csrf_token": token}, headers=headers).status == 403, path


def test_a_page_says_why_one_was_signed_out(service: Service, clock: SetClock, account_id: int) -> None:
    desk, other = Desk(service, "pat.example"), Desk(service, "pat.example")
    other.submit(other.get("/console/account"), "Sign out everywhere else")
    assert "this sign-in was ended" in desk.get("/console/account").text
    assert "You were signed out" not in desk.get("/console/account").text, "told once"
    clock.advance(timedelta(minutes=61))
    assert "nothing was done for 60 minutes" in other.get("/console/account").text
    third = Desk(service, "pat.example")
    for _ in range(13):
        clock.advance(timedelta(minutes=59))
        page = third.get("/console/account")
    assert "lasts 12 hours at most" in page.text


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(
    service: Service, clock: SetClock, account_id: int
) -> None:
    desk = Desk(service, "pat.example")
    for _ in range(3):
        clock.advance(timedelta(minutes=20))
        desk.client.get("/console/coverage", headers={"HX-Request": "true"})
    clock.advance(timedelta(minutes=1))
    part = desk.client.get("/console/coverage", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (401, "true"), "it loads itself as a whole"
    assert "nothing was done for 60 minutes" in desk.get("/console/coverage").text


def test_where_a_factor_is_required_one_is_set_up_before_anything_opens(
    service: Service, clock: SetClock, account_id: int
) -> None:
    strict = required(service)
    desk = Desk(strict)
    page = begin(desk, "/console/account")
    assert page.title == "Set up a second factor"
    assert desk.get("/console/account").title == "Sign in to Doorstep"
    page = desk.submit(begin(desk), "Set up an app")
    totp = key_on(page)
    page = desk.submit(page, "Confirm", code="123")
    assert page.errors
    page = desk.submit(page, "Confirm", code=totp.at(clock.now()))
    assert page.title == "Keep your recovery codes"
    codes = [one.get_text() for one in page.html.select(".recovery-codes li")]
    assert len(codes) == 10
    assert desk.get(page.link("I have kept them")).status == 200
    assert desk.get("/console/account").title == "Your account"
    again = Desk(strict)
    assert again.submit(begin(again), "Continue", code=codes[3]).status == 200
    assert "9 left" in again.get("/console/account").text


def test_an_app_is_set_up_and_removed_on_ones_account(
    service: Service, clock: SetClock, account_id: int
) -> None:
    desk = Desk(service, "pat.example")
    page = desk.submit(desk.get("/console/account"), "Set up an app")
    assert page.html.select_one("svg.qr") is not None
    page = desk.submit(page, "Confirm", code=key_on(page).at(clock.now()))
    assert len(page.html.select(".recovery-codes li")) == 10
    page = desk.get("/console/account")
    assert "10 left" in page.text
    renewed = desk.submit(desk.get(page.link("Make new ones")), "Make new codes")
    assert len(renewed.html.select(".recovery-codes li")) == 10
    page = desk.submit(desk.get(page.link("Remove the authenticator app")), "Remove the app")
    assert page.notice == "Your authenticator app is removed."
    assert "left" not in page.text


def test_factors_and_tokens_are_changed_only_soon_after_signing_in(
    service: Service, clock: SetClock, account_id: int
) -> None:
    desk = Desk(service, "pat.example")
    page = desk.get("/console/account")
    clock.advance(timedelta(minutes=16))
    asked = desk.submit(page, "Set up an app")
    assert asked.title == "Sign in to Doorstep"
    assert "Sign in again to go on" in asked.text
    for path in ("passkeys/new", "access-tokens/new", "recovery-codes", "app", "app/remove"):
        assert desk.get(f"/console/account/{path}").title == "Sign in to Doorstep", path
    page = begin(desk, "/console/account/access-tokens/new")
    assert page.title == "Make an access token"


def test_anothers_fresh_session_beside_a_token_changes_nothing(
    service: Service, clock: SetClock, account_id: int
) -> None:
    create_account(service, "sam.example")
    desk = Desk(service, "sam.example")
    made = desk.client.post("/api/tokens", json={"username": "pat.example", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {made.get_json()['token']}"}
    asked = desk.client.get("/console/account/passkeys/new", headers=bearer)
    assert "again=yes" in asked.headers["Location"]


def test_a_new_password_ends_the_other_sign_ins(service: Service, clock: SetClock, account_id: int) -> None:
    desk, other = Desk(service, "pat.example"), Desk(service, "pat.example")
    clock.advance(timedelta(minutes=20))
    form = desk.get("/console/account/password")
    page = desk.submit(form, "Change password", old_password="wrong", password=OTHER)
    assert page.errors == ["This is not the password that holds now."]
    page = desk.submit(form, "Change password", old_password=PASSWORD, password="short")
    assert "12 to 256" in page.errors[0]
    page = desk.submit(form, "Change password", old_password=PASSWORD, password=OTHER)
    assert page.notice == "Your password is changed."
    assert other.get("/console/account").title == "Sign in to Doorstep"
    assert desk.get("/console/account/app").title == "Sign in to Doorstep", "it was no new sign-in"
    assert begin(Desk(service), password=OTHER).status == 200


def test_a_token_is_shown_once_reads_coverage_and_nothing_else_and_can_be_ended(
    service: Service, account_id: int
) -> None:
    desk = Desk(service, "pat.example")
    form = desk.get("/console/account/access-tokens/new")
    assert desk.submit(form, "Make the token", name="", ends_on="").errors == [
        "Enter a name.",
        "Choose its last day.",
    ]
    assert desk.submit(form, "Make the token", name="QGIS", ends_on="2031-01-01").errors == [
        "Choose a day after today, within a year."
    ]
    page = desk.submit(form, "Make the token", name="QGIS")
    token = page.one(".token").get_text()
    page = desk.get("/console/account")
    assert token not in page.response.text
    program = create_application(service).test_client()
    for given in ({"headers": {"Authorization": f"Bearer {token}"}}, {"auth": ("anything", token)}):
        assert program.get("/api/ogc/conformance", **given).status_code == 200
        for path in ("/api/me", "/api/accounts", "/api/residents", "/console/account"):
            assert program.get(path, **given).status_code == 403, path
        for path in ("/api/sign-out", "/console/sign-out", "/console/account/password"):
            assert program.post(path, **given).status_code == 403, path
    page = desk.submit(page, "End the token QGIS")
    assert page.notice == "Ended."
    asked = program.get("/api/ogc/conformance", auth=("x", token))
    assert asked.status_code == 401
    assert 'Basic realm="doorstep"' in asked.headers.getlist("WWW-Authenticate")


def test_an_administrator_resets_what_a_colleague_lost(
    service: Service, clock: SetClock, account_id: int
) -> None:
    enrol(service, account_id)
    admin_id = create_account(service, "admin.example", "administrator")
    desk = Desk(service, "admin.example")
    page = desk.get(f"/console/people/{account_id}/factors")
    desk.submit(page, "Reset their second factors")
    assert "has none" in desk.get(f"/console/people/{account_id}/factors").text
    assert begin(Desk(service)).title != "Enter the code from your app"
    enrol(service, admin_id)
    own = desk.get(f"/console/people/{admin_id}/factors")
    assert not own.html.select("main form")


def test_over_tls_every_cookie_is_secure_and_bound_to_the_host(
    service: Service, clock: SetClock, account_id: int
) -> None:
    totp = enrol(service, account_id)
    clock.advance(timedelta(minutes=1))
    secured = replace(service, settings=replace(service.settings, public_url="https://doorstep.example"))
    client, base = create_application(secured).test_client(), "https://doorstep.example"
    first = client.get("/console/sign-in", base_url=base)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', first.text)[0]
    form = {"csrf_token": token, "username": "pat.example", "password": PASSWORD}
    second = client.post("/console/sign-in", data=form, base_url=base)
    form = {"csrf_token": token, "code": totp.at(clock.now())}
    third = client.post("/console/sign-in/code", data=form, base_url=base)
    cookies = [one for answer in (first, second, third) for one in answer.headers.getlist("Set-Cookie")]
    assert any(one.startswith("__Host-doorstep_half=") for one in cookies)
    assert any(one.startswith("__Host-doorstep_session=") for one in cookies)
    for one in cookies:
        assert all(word in one for word in ("Secure", "HttpOnly", "SameSite=Lax")), one
        assert one.startswith(("__Host-", "doorstep_known=")), one
    for answer in (first, second, third):
        assert answer.headers["Strict-Transport-Security"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_signing_out_needs_a_post_and_ends_the_session(service: Service, account_id: int) -> None:
    desk = Desk(service, "pat.example")
    cookie = desk.client.get_cookie("doorstep_session")
    assert cookie is not None
    assert desk.client.get("/console/sign-out").status_code == 405
    page = desk.submit(desk.get("/console/account"), "Sign out")
    assert page.title == "You have signed out of Doorstep"
    desk.client.set_cookie("doorstep_session", cookie.value)
    assert desk.get("/console/account").title == "Sign in to Doorstep"
