"""Signing in seen in a browser: an authenticator app, a passkey of a virtual authenticator, a token, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser

from server.base.clock import SetClock
from server.base.http import Inside
from server.base.service import Service
from server.staff.gate import authenticate
from tests.console.conftest import sqlite_only
from tests.console.screens import Screen, pictures, served
from tests.factories.app import create_application
from tests.factories.staff import PASSWORD, create_account

pytestmark = sqlite_only


@pytest.fixture
def account_id(service: Service) -> int:
    return create_account(service, "pat.example", "supervisor")


@pytest.fixture
def screen(service: Service, chromium: Browser, tmp_path: Path) -> Iterator[Screen]:
    """A browser on a service that knows its own address: passkeys are bound to it, and to no bare IP address."""
    app = create_application(service)
    with served(app) as bare:
        url = bare.replace("127.0.0.1", "localhost")
        knowing = replace(service, settings=replace(service.settings, public_url=url))
        app.extensions["doorstep"] = Inside(knowing, authenticate)
        screen = Screen(chromium, url, pictures(tmp_path))
        yield screen
        screen.close()
    assert screen.wrong == []
    assert screen.faults == []


def test_in_a_browser_with_an_app_a_passkey_and_a_token(
    screen: Screen, service: Service, account_id: int
) -> None:
    page = screen.open()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    authenticator |= {
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    page.goto("/console/account")
    screen.shoot(page, "Sign in")
    page.get_by_label("Username").fill("pat.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Set up an app").click()
    screen.shoot(page, "Set up an app")
    key = pyotp.TOTP((page.locator("main .code").text_content() or "").replace(" ", ""))
    page.get_by_role("textbox", name="Code").fill(key.at(service.clock.now()))
    page.get_by_role("button", name="Confirm").click()
    screen.shoot(page, "Recovery codes")
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("my laptop")
    screen.shoot(page, "Add a passkey")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("Passkey added.").wait_for()
    page.get_by_role("link", name="Make a token").click()
    page.get_by_label("Name").fill("QGIS at the office")
    screen.shoot(page, "Make a token")
    page.get_by_role("button", name="Make the token").click()
    screen.shoot(page, "The token")
    page.get_by_role("link", name="Back to your account").click()
    screen.shoot(page, "Your account")
    page.get_by_role("button", name="Sign out").click()
    screen.shoot(page, "Signed out")
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Sign out").wait_for()
    page.goto("/console/account")
    page.get_by_text("passkey", exact=True).wait_for()
    page.get_by_role("link", name="Change the passkey my laptop").click()
    screen.shoot(page, "One passkey")
    devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": made["authenticatorId"], "isUserVerified": False}
    )
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("The passkey was not used").wait_for()
    page.get_by_label("Username").fill("pat.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    screen.shoot(page, "Enter the code")


def test_in_a_browser_where_a_factor_is_required_and_single_sign_on_offered(
    service: Service, chromium: Browser, tmp_path: Path, account_id: int
) -> None:
    settings = replace(service.settings, second_factor="required")
    settings = replace(settings, oidc_issuer="http://127.0.0.1:9", oidc_client_id="doorstep")
    with served(create_application(replace(service, settings=settings))) as url:
        screen = Screen(chromium, url, pictures(tmp_path))
        page = screen.open()
        page.goto("/console/account")
        screen.shoot(page, "Sign in with the force's account")
        page.get_by_role("button", name="Sign in with your Humberside account").click()
        screen.shoot(page, "Single sign-on is away")
        page.get_by_role("link", name="Back to signing in").click()
        page.get_by_label("Username").fill("pat.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name="Set up an app").click()
        page.get_by_role("button", name="Confirm").click()
        screen.shoot(page, "Set up a required factor")
        screen.close()
    assert screen.wrong == []


def test_a_page_left_open_makes_way_for_the_sign_in_page_once_its_time_is_over(
    service: Service, clock: SetClock, screen: Screen
) -> None:
    create_account(service, "pat.example", "supervisor")
    page = screen.sign_in("pat.example")
    page.clock.install()
    page.goto("/console/coverage")
    page.wait_for_load_state("networkidle")  # what asks again has begun to count
    clock.advance(timedelta(minutes=61))
    page.clock.fast_forward(31_000)
    page.get_by_role("heading", level=1, name="Sign in to Doorstep").wait_for()
    page.get_by_text("nothing was done for 60 minutes").wait_for()
    screen.faults.clear()  # a browser notes down that it was answered 401
