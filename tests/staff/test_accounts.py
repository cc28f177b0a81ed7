"""Accounts: made, changed, left; who may not change what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base.access import SYSTEM, Principal, require_area, sees, sees_whole_force
from server.base.audit import verify
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.geography.tables import Area
from server.staff import accounts, sign_in
from server.staff.accounts import Grant
from server.staff.roles import ROLES
from server.staff.throttle import FREE_TRIES
from tests.factories.base import at_once
from tests.factories.staff import (
    PASSWORD,
    create_account,
    create_principal_with_account,
    principal_for,
)

TREE = (
    ("F1", "force", "/F1/"),
    ("D1", "district", "/F1/D1/"),
    ("W1", "ward", "/F1/D1/W1/"),
    ("W2", "ward", "/F1/D1/W2/"),
)


@pytest.fixture
def areas(service: Service) -> None:
    rows = [{"code": code, "kind": kind, "name": code, "path": path} for code, kind, path in TREE]
    service.db.transact(lambda session: session.execute(insert(Area), rows))


def make(service: Service, **changed: Any) -> int:
    wanted: dict[str, Any] = {"username": "pat.example", "display_name": "Pat Example", "password": PASSWORD}
    return accounts.create_account(service, SYSTEM, **(wanted | {"roles": ["officer"]} | changed))


def read(service: Service, account_id: int) -> accounts.AccountView:
    return service.db.read(lambda session: accounts.read_account(session, account_id))


def test_a_new_account_signs_in_with_its_password_whatever_case_its_name_is_typed_in(
    service: Service,
) -> None:
    account_id = make(service, username=" Pat.Example ")
    done = sign_in.sign_in(
        service, username="PAT.example", password=PASSWORD, address="127.0.0.1", kind="token"
    )
    assert done.principal.account_id == account_id


def test_making_an_account_is_one_entry_without_names(service: Service) -> None:
    account_id = make(service)
    entry = service.db.read(lambda session: session.execute(select(AuditEntry)).scalar_one())
    assert (entry.action, entry.target) == ("account.create", f"account:{account_id}")
    assert "Pat" not in str(entry.detail)
    assert service.db.read(verify) == []


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"username": "a"}, "username"),
        ({"username": "pat example"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "pat.example-pat.example"}, "password"),
        ({"password": "password123456"}, "password"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "password"),
        ({"roles": []}, "roles"),
        ({"roles": ["chief"]}, "roles"),
        ({"areas": [Grant("W9")]}, "areas"),
        ({"areas": [Grant("W1"), Grant("W1")]}, "areas"),
        ({"areas": [Grant("W1", date(2026, 5, 1), date(2026, 4, 1))]}, "areas"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_named(
    service: Service, areas: None, changed: dict[str, Any], where: str
) -> None:
    with pytest.raises(Problem) as caught:
        make(service, **changed)
    assert caught.value.code == "validation_failed"
    assert set(caught.value.fields["errors"]) == {where}
    assert service.db.read(lambda session: session.scalars(select(AuditEntry.seq)).all()) == []


def test_a_username_is_taken_once(service: Service) -> None:
    make(service)
    with pytest.raises(Problem, match="already"):
        make(service, username="PAT.EXAMPLE")


def test_areas_count_from_their_first_day_to_their_last_by_the_forces_date(
    service: Service, clock: SetClock, areas: None
) -> None:
    granted = [Grant("W1", date(2026, 3, 3), date(2026, 3, 4)), Grant("W2")]
    account_id = make(service, areas=granted)
    seen = []
    for _ in range(4):
        seen.append(sees(principal_for(service, account_id), "/F1/D1/W1/"))
        assert sees(principal_for(service, account_id), "/F1/D1/W2/")
        clock.advance(timedelta(days=1))
    assert seen == [False, True, True, False]


def test_a_summer_day_begins_an_hour_before_utc_says_so(
    service: Service, clock: SetClock, areas: None
) -> None:
    account_id = make(service, areas=[Grant("W1", date(2026, 7, 2))])
    clock.set(clock.now().replace(month=7, day=1, hour=22, minute=59))
    assert not sees(principal_for(service, account_id), "/F1/D1/W1/")
    clock.advance(timedelta(minutes=1))
    assert sees(principal_for(service, account_id), "/F1/D1/W1/")


def test_an_officer_sees_the_granted_area_and_what_lies_below_and_nothing_else(
    service: Service, areas: None
) -> None:
    officer = create_principal_with_account(service, "officer.example", "officer", areas=["W1"])
    assert sees(officer, "/F1/D1/W1/")
    assert sees(officer, "/F1/D1/W1/B7/")
    for path in ("/F1/D1/W2/", "/F1/D1/", "/F1/", "/", "", "/F1/D1/W11/"):
        assert not sees(officer, path)
        with pytest.raises(Problem, match="outside"):
            require_area(officer, path)
    assert not sees_whole_force(officer)


def test_whole_force_principals_are_told_apart(service: Service, areas: None) -> None:
    assert sees_whole_force(
        create_principal_with_account(service, "force.example", "supervisor", areas=["F1"])
    )
    assert sees_whole_force(create_principal_with_account(service, "admin.example", "administrator"))
    assert not sees_whole_force(
        create_principal_with_account(service, "d1.example", "supervisor", areas=["D1"])
    )


def test_a_change_is_made_from_the_version_that_was_read(service: Service) -> None:
    account_id = make(service)
    changed = accounts.change_account(
        service, SYSTEM, account_id, version=1, changes={"display_name": "P. Example"}
    )
    assert (changed.display_name, changed.version) == ("P. Example", 2)
    with pytest.raises(Problem) as caught:
        accounts.change_account(service, SYSTEM, account_id, version=1, changes={"display_name": "Other"})
    assert (caught.value.code, caught.value.fields["version"]) == ("stale_version", 2)
    assert read(service, account_id).display_name == "P. Example"


@pytest.mark.parametrize("changes", [{"roles": ["analyst"]}, {"areas": []}, {"active": False}])
def test_whoever_loses_a_role_an_area_or_the_account_is_signed_out_at_once(
    service: Service, changes: dict[str, Any]
) -> None:
    account_id = make(service)
    done = sign_in.sign_in(
        service, username="pat.example", password=PASSWORD, address="127.0.0.1", kind="token"
    )
    assert sign_in.principal_by(service, done.token, "token") is not None
    accounts.change_account(service, SYSTEM, account_id, version=1, changes=changes)
    assert sign_in.principal_by(service, done.token, "token") is None


def test_a_leaver_cannot_sign_in_and_is_still_there(service: Service) -> None:
    account_id = make(service)
    accounts.change_account(service, SYSTEM, account_id, version=1, changes={"active": False})
    with pytest.raises(Problem) as caught:
        sign_in.sign_in(service, username="pat.example", password=PASSWORD, address="127.0.0.1", kind="token")
    assert caught.value.code == "sign_in_failed"
    assert read(service, account_id).active is False


@pytest.mark.parametrize("changes", [{"roles": ["supervisor"]}, {"areas": []}, {"active": False}])
def test_nobody_changes_their_own_rights(service: Service, changes: dict[str, Any]) -> None:
    create_account(service, "other.example", "administrator")
    own = create_principal_with_account(service, "admin.example", "administrator")
    with pytest.raises(Problem, match="own roles"):
        accounts.change_account(service, own, own.account_id or 0, version=1, changes=changes)


@pytest.mark.parametrize("changes", [{"roles": ["officer"]}, {"active": False}])
def test_the_last_administrator_stays_one(service: Service, changes: dict[str, Any]) -> None:
    account_id = create_account(service, "admin.example", "administrator")
    create_account(service, "former.example", "administrator", active=False)
    with pytest.raises(Problem, match="last active administrator"):
        accounts.change_account(service, SYSTEM, account_id, version=1, changes=changes)
    assert read(service, account_id).roles == ("administrator",)


@pytest.mark.parametrize("changes", [{"roles": ["officer"]}, {"active": False}])
def test_two_administrators_who_take_each_others_account_away_at_once_leave_one(
    service: Service, changes: dict[str, Any]
) -> None:
    both = [create_principal_with_account(service, f"admin{n}.example", "administrator") for n in range(2)]

    def take_away(mine: Principal, other: Principal) -> Callable[[], object]:
        target = other.account_id or 0
        return lambda: accounts.change_account(service, mine, target, version=1, changes=changes)

    refused = at_once(take_away(*both), take_away(*reversed(both)))
    assert [str(one) for one in refused] == ["The last active administrator stays one: name another first."]
    left = [read(service, one.account_id or 0) for one in both]
    assert sum(one.active and one.roles == ("administrator",) for one in left) == 1


def test_guesses_at_ones_own_password_have_to_wait_as_at_sign_in(service: Service, clock: SetClock) -> None:
    own = create_principal_with_account(service, "pat.example", "officer")

    def change(old: str, address: str = "192.0.2.7") -> str:
        try:
            accounts.change_own_password(
                service, own, new="four tall green poplars", old=old, address=address
            )
        except Problem as problem:
            return problem.code
        return "changed"

    assert [change("a wrong guess") for _ in range(FREE_TRIES)] == ["validation_failed"] * FREE_TRIES
    assert change(PASSWORD) == "too_many_requests"
    with pytest.raises(Problem, match="Try again"):
        sign_in.sign_in(
            service, username="pat.example", password=PASSWORD, address="192.0.2.7", kind="session"
        )
    clock.advance(timedelta(minutes=1))
    assert change(PASSWORD) == "changed"


def test_a_new_password_ends_every_sign_in_and_needs_the_old_one_where_it_is_asked_for(
    service: Service,
) -> None:
    account_id = make(service)
    own = principal_for(service, account_id)
    done = sign_in.sign_in(
        service, username="pat.example", password=PASSWORD, address="127.0.0.1", kind="session"
    )
    new, address = "four tall green poplars", "127.0.0.1"
    with pytest.raises(Problem, match="not the password"):
        accounts.change_own_password(service, own, new=new, old="wrong", address=address)
    accounts.change_own_password(service, own, new=new, old=PASSWORD, address=address)
    assert sign_in.principal_by(service, done.token, "session") is None
    again = sign_in.sign_in(
        service,
        username="pat.example",
        password="four tall green poplars",
        address="127.0.0.1",
        kind="session",
    )
    assert sign_in.principal_by(service, again.token, "session") == own


def test_accounts_are_found_by_role_area_state_and_part_of_a_name(service: Service, areas: None) -> None:
    create_account(service, "b.example", "officer", areas=["W1"])
    create_account(service, "a.example", "officer", "coordinator", display_name="Ann 50% Example")
    create_account(service, "c.example", "analyst", active=False)

    def names(**query: Any) -> list[str]:
        return [view.username for view in accounts.find_accounts(service, query).rows]

    assert names() == ["a.example", "b.example", "c.example"]
    assert names(role="officer") == ["a.example", "b.example"]
    assert names(area_code="W1") == ["b.example"]
    assert names(active=False) == ["c.example"]
    assert names(text="50% ex") == ["a.example"]
    assert names(text="%") == ["a.example"]
    assert names(limit=1) == ["a.example"]


def test_no_role_but_the_supervisors_reads_residents() -> None:
    assert [role for role, permissions in ROLES.items() if "resident.read" in permissions] == ["supervisor"]


def test_an_inactive_account_has_no_principal(service: Service) -> None:
    account_id = create_account(service, "gone.example", active=False)

    def look(session: Session) -> object:
        from server.staff.principals import principal_of

        return principal_of(session, service, account_id)

    assert service.db.read(look) is None
