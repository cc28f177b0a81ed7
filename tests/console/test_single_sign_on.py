"""Single sign-on against a real OpenID Connect provider on this machine: groups, people, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.errors import JoseError
from sqlalchemy import select

from server.base.access import SYSTEM
from server.base.clock import SetClock
from server.base.problems import UserError
from server.base.service import Service
from server.base.tables import AuditEntry
from server.staff import accounts, group_grants, single_sign_on
from server.staff.accounts import Grant
from server.staff.tables import Account, Identity
from tests.conftest import missing
from tests.console.conftest import sqlite_only
from tests.console.desk import Desk, Page
from tests.console.oidc.issuer import INSTALLED, Issuer, running
from tests.factories.fieldwork import COAST, HULL, create_force
from tests.factories.staff import create_account

pytestmark = sqlite_only
GROUPS = {
    "sergeants": {"roles": ["supervisor"], "areas": [HULL]},
    "figures": {"roles": ["analyst"], "areas": [COAST]},
    "choir": {"roles": [], "areas": []},
    "contacts": {"roles": ["key_contacts"], "areas": []},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    if not INSTALLED.is_dir():
        missing("The provider is not installed: run `make console`.")
    with running(tmp_path_factory.mktemp("oidc")) as issuer:
        yield issuer


@pytest.fixture
def place(service: Service, clock: SetClock, provider: Issuer) -> Service:
    """A service that offers single sign-on, at the provider's time, with its file of groups."""
    clock.set(datetime.now(UTC))
    create_force(service)
    return offering(service, provider)


def offering(service: Service, issuer: Issuer, **settings: Any) -> Service:
    (service.settings.home / group_grants.FILE).write_text(json.dumps({"groups": GROUPS}))
    given = {"oidc_issuer": issuer.address, "oidc_client_id": "doorstep"}
    given |= {"oidc_client_secret": "of-this-test-alone"} | settings
    return replace(service, settings=replace(service.settings, **given))


def enter(desk: Desk, provider: Issuer, subject: str, path: str = "/console/account") -> Page:
    """Go to a page, choose single sign-on, sign in there, and come back."""
    page = desk.get(path)
    away = desk.client.get(page.link("Sign in with your Humberside account"))
    assert away.status_code == 303
    return desk.get(provider.sign_in(away.headers["Location"], subject))


def granted(service: Service, username: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = service.db.read(
        lambda session: accounts.read_account(session, accounts.account_id_of(session, username))
    )
    return found.roles, tuple(one.area_code for one in found.areas)


def test_whoever_comes_the_first_time_gets_an_account_with_what_their_groups_give(
    place: Service, provider: Issuer
) -> None:
    provider.knows("subject-1", "sergeants", "choir", preferred_username="Jo.Frost", name="Jo Frost")
    desk = Desk(place)
    page = enter(desk, provider, "subject-1", "/console/account/password")
    assert page.title == "Change your password", (
        "led to the page that was wanted; no other factor is asked for"
    )
    page = desk.get("/console/account")
    assert "single sign-on" in page.text
    assert "Change your password" not in page.text
    assert granted(place, "jo.frost") == (("supervisor",), (HULL,))


def test_coming_through_single_sign_on_changes_no_factor_until_one_proves_it_there_anew(
    place: Service, provider: Issuer
) -> None:
    provider.knows("subject-1", "sergeants", preferred_username="jo.frost")
    desk, wanted = Desk(place), "/console/account/passkeys/new"
    assert "Sign in again to go on" in enter(desk, provider, "subject-1", wanted).text
    assert enter(desk, provider, "subject-1", wanted).title == "Add a passkey"
    assert "single sign-on" in desk.get("/console/account").text


def test_a_sign_in_of_this_morning_is_not_taken_for_a_new_one(
    place: Service, provider: Issuer, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.knows("subject-1", "sergeants", preferred_username="jo.frost")
    checked = single_sign_on._checked

    def of_this_morning(service: Service, id_token: str, nonce: str) -> dict[str, Any]:
        claims = checked(service, id_token, nonce)
        return claims | {"auth_time": claims["auth_time"] - 3600}

    desk = Desk(place)
    enter(desk, provider, "subject-1")
    monkeypatch.setattr(single_sign_on, "_checked", of_this_morning)
    page = enter(desk, provider, "subject-1", "/console/account/passkeys/new")
    assert (page.status, page.title) == (401, "Single sign-on did not work")


def test_groups_give_and_take_only_what_they_gave(place: Service, provider: Issuer) -> None:
    provider.knows("subject-2", "sergeants", "figures", preferred_username="lee.ash")
    enter(Desk(place), provider, "subject-2")
    assert granted(place, "lee.ash") == (("analyst", "supervisor"), (COAST, HULL))
    account_id = place.db.read(lambda session: accounts.account_id_of(session, "lee.ash"))
    more = {"roles": ["analyst", "supervisor", "officer"], "areas": [Grant(HULL), Grant(COAST)]}
    accounts.change_account(place, SYSTEM, account_id, version=1, changes=more)
    provider.knows("subject-2", "figures", preferred_username="lee.ash")
    enter(Desk(place), provider, "subject-2")
    assert granted(place, "lee.ash") == (("analyst", "officer"), (COAST,))
    provider.knows("subject-2", preferred_username="lee.ash")
    enter(Desk(place), provider, "subject-2")
    assert granted(place, "lee.ash") == (("officer",), ())
    told = place.db.read(
        lambda session: list(
            session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "account.change"))
        )
    )
    assert [one["roles"] for one in told if one.get("by") == "sso"][-1] == ["officer"]


def test_in_no_group_that_counts_one_is_told_so_and_gets_no_account(place: Service, provider: Issuer) -> None:
    provider.knows("subject-3", "choir", preferred_username="kit.moss")
    page = enter(Desk(place), provider, "subject-3")
    assert (page.status, page.title) == (403, "You are in no group that may use Doorstep")
    assert place.db.read(lambda session: session.scalar(select(Identity.account_id))) is None


def test_seeing_key_contacts_lets_nobody_in_by_itself(place: Service, provider: Issuer) -> None:
    provider.knows("subject-3", "contacts", preferred_username="kit.moss")
    assert enter(Desk(place), provider, "subject-3").status == 403


def test_whose_groups_are_gone_is_let_in_no_more(place: Service, provider: Issuer) -> None:
    provider.knows("subject-4", "figures", preferred_username="kit.moss")
    desk = Desk(place)
    assert enter(desk, provider, "subject-4").title == "Your account"
    provider.knows("subject-4", preferred_username="kit.moss")
    assert enter(Desk(place), provider, "subject-4").status == 403
    assert desk.get("/console/account").status == 200
    assert desk.get("/console/account/access-tokens/new").status == 403, (
        "what the groups gave is gone at once"
    )


def test_a_name_that_is_taken_here_matches_nobody(place: Service, provider: Issuer) -> None:
    mine = create_account(place, "pat.example", "administrator")
    provider.knows("subject-5", "figures", preferred_username="pat.example", email="pat.example@example.org")
    desk = Desk(place)
    enter(desk, provider, "subject-5")
    linked = place.db.read(lambda session: session.scalar(select(Identity.account_id)))
    assert linked not in (None, mine)
    assert "analyst" in desk.get("/console/account").text


def test_a_leavers_account_stays_closed(place: Service, provider: Issuer) -> None:
    provider.knows("subject-6", "figures", preferred_username="kit.moss")
    enter(Desk(place), provider, "subject-6")
    account_id = place.db.read(lambda session: accounts.account_id_of(session, "kit.moss"))
    accounts.change_account(place, SYSTEM, account_id, version=1, changes={"active": False})
    page = enter(Desk(place), provider, "subject-6")
    assert "closed" in page.text
    assert not place.db.read(lambda session: session.get_one(Account, account_id)).active


def test_an_account_of_single_sign_on_has_no_password(place: Service, provider: Issuer) -> None:
    provider.knows("subject-7", "figures", preferred_username="kit.moss")
    enter(Desk(place), provider, "subject-7")
    for password in ("", "three quiet brown horses"):
        desk = Desk(place)
        page = desk.submit(
            desk.get("/console/sign-in"), "Sign in", username="kit.moss", password=password or " "
        )
        assert page.status == 422


def test_signing_out_leads_on_to_the_providers_own_sign_out(place: Service, provider: Issuer) -> None:
    provider.knows("subject-8", "figures", preferred_username="kit.moss")
    desk = Desk(place)
    page = desk.submit(enter(desk, provider, "subject-8"), "Sign out")
    there = page.link("Sign out there too")
    assert there.startswith(provider.address)
    assert parse_qs(urlsplit(there).query)["client_id"] == ["doorstep"]


@pytest.mark.parametrize("what", ["no cookie", "another browser's", "used twice", "too old", "no code"])
def test_a_way_back_that_is_not_this_browsers_own_is_refused(
    place: Service, provider: Issuer, clock: SetClock, what: str
) -> None:
    provider.knows("subject-9", "figures", preferred_username="kit.moss")
    desk = Desk(place)
    away = desk.client.get("/console/sign-in/sso")
    back = provider.sign_in(away.headers["Location"], "subject-9")
    if what == "no cookie":
        desk = Desk(place)
    elif what == "another browser's":
        desk = Desk(place)
        desk.client.get("/console/sign-in/sso")
    elif what == "used twice":
        cookie = desk.client.get_cookie("doorstep_sso")
        assert desk.get(back).status == 200
        desk = Desk(place)
        desk.client.set_cookie("doorstep_sso", cookie.value if cookie else "")
    elif what == "too old":
        clock.advance(timedelta(minutes=6))
    else:
        back = back.replace("code=", "error=access_denied&was=")
    page = desk.get(back)
    assert (page.status, page.title) == (401, "Single sign-on did not work")
    assert desk.get("/console/account").title == "Sign in to Doorstep"


def test_a_verifier_that_is_another_browsers_is_refused_by_the_provider(
    place: Service, provider: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.knows("subject-9", "figures", preferred_username="kit.moss")
    desk = Desk(place)
    back = provider.sign_in(desk.client.get("/console/sign-in/sso").headers["Location"], "subject-9")
    derived = single_sign_on._derived
    monkeypatch.setattr(
        single_sign_on,
        "_derived",
        lambda service, what, state: derived(service, what, state + "x" * (what == "verifier")),
    )
    assert desk.get(back).status == 401


@pytest.fixture
def id_token(place: Service, provider: Issuer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A real ID token and the nonce it was made for."""
    seen: list[tuple[str, str]] = []
    checked = single_sign_on._checked

    def keep(service: Service, id_token: str, nonce: str) -> dict[str, Any]:
        seen.append((id_token, nonce))
        return checked(service, id_token, nonce)

    provider.knows("subject-9", "figures", preferred_username="kit.moss")
    with monkeypatch.context() as patched:
        patched.setattr(single_sign_on, "_checked", keep)
        assert enter(Desk(place), provider, "subject-9").status == 200
    return seen[0]


def unsigned(token: str) -> str:
    """The token with the header of one that needs no signature."""
    _, payload, _ = token.split(".")
    return f"eyJhbGciOiJub25lIn0.{payload}."


def resigned(token: str) -> str:
    """The token with another's signature."""
    header, payload, signature = token.split(".")
    return f"{header}.{payload}.{signature[::-1]}"


def test_an_id_token_of_another_client_nonce_time_or_signature_is_refused(
    place: Service, clock: SetClock, id_token: tuple[str, str]
) -> None:
    token, nonce = id_token
    other = replace(place, settings=replace(place.settings, oidc_client_id="another"))
    assert single_sign_on._checked(place, token, nonce)["sub"] == "subject-9"
    tries: list[Callable[[], Any]] = [
        lambda: single_sign_on._checked(other, token, nonce),
        lambda: single_sign_on._checked(place, token, "another nonce"),
        lambda: single_sign_on._checked(place, unsigned(token), nonce),
        lambda: single_sign_on._checked(place, resigned(token), nonce),
        lambda: single_sign_on._checked(place, "", nonce),
    ]
    for attempt in tries:
        with pytest.raises((JoseError, ValueError)):
            attempt()
    clock.advance(timedelta(hours=2))
    with pytest.raises(JoseError):
        single_sign_on._checked(place, token, nonce)
    clock.advance(timedelta(hours=-4))
    with pytest.raises(JoseError):
        single_sign_on._checked(place, token, nonce)


def test_groups_are_asked_for_at_the_userinfo_endpoint_where_the_token_has_none(
    service: Service, clock: SetClock, provider: Issuer, tmp_path: Path
) -> None:
    clock.set(datetime.now(UTC))
    create_force(service)
    with running(tmp_path, groups_in_userinfo=True) as issuer:
        issuer.knows("subject-1", "figures", preferred_username="jo.frost")
        assert enter(Desk(offering(service, issuer)), issuer, "subject-1").title == "Your account"


def test_while_the_provider_is_away_one_is_told_so(service: Service) -> None:
    away = offering(service, Issuer("http://127.0.0.1:9", Path()))
    page = Desk(away).get("/console/sign-in/sso")
    assert (page.status, page.title) == (401, "Single sign-on did not work")


def test_a_file_of_groups_that_names_what_there_is_not_is_refused(place: Service, provider: Issuer) -> None:
    path = place.settings.home / group_grants.FILE
    for text in ("", "{}", '{"groups": {"a": {"roles": ["king"]}}}', '{"groups": {"a": {"roles": 7}}}'):
        path.write_text(text)
        with pytest.raises(UserError):
            group_grants.read_groups(place)
    provider.knows("subject-9", "figures", preferred_username="kit.moss")
    assert "not fully set up" in enter(Desk(place), provider, "subject-9").text


def test_without_an_issuer_there_is_no_single_sign_on(service: Service) -> None:
    desk = Desk(service)
    assert "account" not in desk.get("/console/sign-in").text
    assert desk.get("/console/sign-in/sso").status == 404
