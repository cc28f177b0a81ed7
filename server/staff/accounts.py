"""Accounts of staff: make, change, find. Nobody is deleted; a leaver's account is inactive.

Nobody changes their own roles, areas or state: a second person does. The last active administrator stays one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.db import insert_many
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.geography.tables import Area
from server.staff import passwords, throttle
from server.staff.roles import BESIDE, ROLES
from server.staff.sign_in import Browser, SignedIn, began_at, end_all, folded, issue
from server.staff.tables import Account, AreaGrant, RoleGrant

PLAIN = ("display_name", "collar_number", "email", "active")  # what stands in the account's own row
USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{2,63}$")


@dataclass(frozen=True)
class Grant:
    """An area for an account, from and until (both days included; None is open)."""

    area_code: str
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class AccountView:
    """An account as it is shown, without its password."""

    id: int
    username: str
    display_name: str
    collar_number: str
    email: str
    active: bool
    version: int
    roles: tuple[str, ...]
    areas: tuple[Grant, ...]


def create_account(
    service: Service,
    principal: Principal,
    *,
    username: str,
    display_name: str,
    password: str,
    roles: Sequence[str],
    areas: Sequence[Grant] = (),
    collar_number: str = "",
    email: str = "",
) -> int:
    """Make an account and give its id. Problem for a bad or taken name, weak password, unknown role or area."""
    username = folded(username)
    if not USERNAME.match(username):
        raise _wrong("username", "3 to 64 of a–z, 0–9, and . _ @ - inside.")
    if weakness := passwords.weakness(password, username):
        raise _wrong("password", weakness)
    hashed = passwords.hash_password(password)

    def work(session: Session) -> int:
        if session.scalar(select(Account.id).where(Account.username == username)) is not None:
            raise Problem("already_there", "There is an account of this username already.")
        row: dict[str, Any] = {
            "username": username,
            "display_name": display_name,
            "collar_number": collar_number,
            "email": email,
        }
        row |= {"password_hash": hashed, "created_at": service.clock.now()}
        account_id = session.execute(insert(Account).values(row).returning(Account.id)).scalar_one()
        _grant(session, account_id, roles, areas)
        target = f"account:{account_id}"
        audit.record(session, service, principal, "account.create", target, **_told(roles, areas))
        return account_id

    return service.db.transact(work)


def change_account(
    service: Service,
    principal: Principal,
    account_id: int,
    *,
    version: int,
    changes: Mapping[str, Any],
) -> AccountView:
    """Change display_name, collar_number, email, active, roles or areas (each only where it is in `changes`).

    `version` is the one that the change was made from: Problem("stale_version") where it is no longer that.
    Whoever loses a role, an area or the account is signed out everywhere at once.
    """

    def work(session: Session) -> AccountView:
        before, view = apply_change(session, principal, account_id, version=version, changes=changes)
        told = {"changed": sorted(changes), "active": changes.get("active", before.active)}
        told |= _told(view.roles, view.areas)
        audit.record(session, service, principal, "account.change", f"account:{account_id}", **told)
        return view

    return service.db.transact(work)


def apply_change(
    session: Session, principal: Principal, account_id: int, *, version: int, changes: Mapping[str, Any]
) -> tuple[AccountView, AccountView]:
    """`change_account` within a transaction, without its audit entry: the account before and after.

    Locks accounts: whatever locks devices, streets or lists does it before.
    """
    binding = {"roles", "areas", "active"} & changes.keys()
    if binding and principal.account_id == account_id:
        raise Problem("forbidden", "Nobody changes their own roles, areas or state: ask a colleague.")
    if binding:
        _lock_administrators(session)
    found = session.scalar(select(Account.version).where(Account.id == account_id).with_for_update())
    if found is None:
        raise Problem("not_found", "There is no such account.")
    if found != version:
        raise Problem("stale_version", "Somebody else has changed this account since.", version=found)
    before = read_account(session, account_id)
    plain = {name: changes[name] for name in PLAIN if name in changes}
    session.execute(update(Account).where(Account.id == account_id).values(version=version + 1, **plain))
    if "roles" in changes or "areas" in changes:
        roles = list(changes.get("roles", before.roles))
        _grant(session, account_id, roles, list(changes.get("areas", before.areas)))
    if binding:
        if before.active and "administrator" in before.roles:
            _require_an_administrator(session)
        end_all(session, account_id)
    return before, read_account(session, account_id)


def change_own_password(service: Service, principal: Principal, *, new: str, old: str, address: str) -> None:
    """Give one's own account a new password and end its sign-ins; `old` must be the one that holds now.

    Guesses at it count with those of signing in from this address: Problem("too_many_requests") while it has to wait.
    """
    account_id = principal.account_id or 0
    found = _credentials(service, account_id)
    counted = throttle.counted_by(service, found.username, address, "")
    service.db.transact(lambda session: throttle.book_try(session, service, counted))
    if not passwords.is_right(found.password_hash, old):
        raise _wrong("old_password", "This is not the password that holds now.")
    service.db.transact(lambda session: throttle.note_success(session, counted))
    set_password(service, principal, account_id, new=new)


def change_password_and_stay(
    service: Service, principal: Principal, *, new: str, old: str, browser: Browser
) -> SignedIn:
    """`change_own_password`, and a new session for the browser that it was done in."""
    began = began_at(service, browser.ends)
    change_own_password(service, principal, new=new, old=old, address=browser.address)
    account_id = principal.account_id or 0
    return issue(service, account_id, browser, kind="session", by="password", began=began)


def set_password(service: Service, principal: Principal, account_id: int, *, new: str) -> None:
    """Give an account a new password and end its sign-ins."""
    if weakness := passwords.weakness(new, _credentials(service, account_id).username):
        raise _wrong("password", weakness)
    hashed = passwords.hash_password(new)

    def work(session: Session) -> None:
        session.execute(update(Account).where(Account.id == account_id).values(password_hash=hashed))
        end_all(session, account_id)
        own = principal.account_id == account_id
        audit.record(session, service, principal, "account.password", f"account:{account_id}", own=own)

    service.db.transact(work)


def username_of(service: Service, account_id: int) -> str:
    """An account's username; Problem("not_found") where there is none."""
    return str(_credentials(service, account_id).username)


def has_password(service: Service, account_id: int) -> bool:
    """False for an account that single sign-on made, until somebody gives it a password."""
    return bool(_credentials(service, account_id).password_hash)


def _credentials(service: Service, account_id: int) -> Any:
    """(username, password_hash) of an account; Problem("not_found") where there is none."""
    found = service.db.read(
        lambda session: session.execute(
            select(Account.username, Account.password_hash).where(Account.id == account_id)
        ).one_or_none()
    )
    if found is None:
        raise Problem("not_found", "There is no such account.")
    return found


def find_accounts(service: Service, query: Mapping[str, Any]) -> PageResult:
    """A page of accounts by username. Filters: active, role, area_code (granted just there), text (in either name)."""
    statement = select(Account)
    if query.get("active") is not None:
        statement = statement.where(Account.active == query["active"])
    if query.get("role"):
        holders = select(RoleGrant.account_id).where(RoleGrant.role == query["role"])
        statement = statement.where(Account.id.in_(holders))
    if query.get("area_code"):
        holders = select(AreaGrant.account_id).where(AreaGrant.area_code == query["area_code"])
        statement = statement.where(Account.id.in_(holders))
    if text := query.get("text"):
        statement = statement.where(
            or_(
                Account.username.contains(text.casefold(), autoescape=True),
                func.lower(Account.display_name).contains(text.lower(), autoescape=True),
            )
        )

    def look(session: Session) -> PageResult:
        page = paginate(session, statement, [Account.username], query)
        return PageResult(_views(session, page.rows), page.next)

    return service.db.read(look)


def read_account(session: Session, account_id: int) -> AccountView:
    """One account; Problem("not_found") where there is none."""
    found = session.scalar(
        select(Account).where(Account.id == account_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise Problem("not_found", "There is no such account.")
    return _views(session, [found])[0]


def account_id_of(session: Session, username: str) -> int:
    """The id behind a username; Problem("not_found") where there is none."""
    found = session.scalar(select(Account.id).where(Account.username == folded(username)))
    if found is None:
        raise Problem("not_found", f"There is no account {username}.")
    return found


def _views(session: Session, accounts: Sequence[Account]) -> list[AccountView]:
    ids = [account.id for account in accounts]
    roles: dict[int, list[str]] = {}
    for account_id, role in session.execute(
        select(RoleGrant.account_id, RoleGrant.role)
        .where(RoleGrant.account_id.in_(ids))
        .order_by(RoleGrant.role)
    ):
        roles.setdefault(account_id, []).append(role)
    areas: dict[int, list[Grant]] = {}
    for grant in session.scalars(
        select(AreaGrant).where(AreaGrant.account_id.in_(ids)).order_by(AreaGrant.area_code)
    ):
        areas.setdefault(grant.account_id, []).append(Grant(grant.area_code, grant.starts_on, grant.ends_on))
    return [
        AccountView(
            id=account.id,
            username=account.username,
            display_name=account.display_name,
            collar_number=account.collar_number,
            email=account.email,
            active=account.active,
            version=account.version,
            roles=tuple(roles.get(account.id, ())),
            areas=tuple(areas.get(account.id, ())),
        )
        for account in accounts
    ]


def _grant(session: Session, account_id: int, roles: Sequence[str], areas: Sequence[Grant]) -> None:
    unknown = sorted(set(roles) - ROLES.keys())
    if unknown or not roles:
        told = f"{', '.join(unknown)}: no such role." if unknown else "An account has at least one role."
        raise _wrong("roles", f"{told} There are {', '.join(ROLES)}.")
    if set(roles) <= BESIDE:
        raise _wrong("roles", f"{', '.join(sorted(BESIDE))} stands beside a role, never alone.")
    codes = [grant.area_code for grant in areas]
    known = set(session.scalars(select(Area.code).where(Area.code.in_(codes))))
    if missing := sorted(set(codes) - known):
        raise _wrong("areas", f"{', '.join(missing)}: no such area. Import the boundaries or look-ups first.")
    if len(set(codes)) < len(codes):
        raise _wrong("areas", "An area stands there twice.")
    if any(grant.starts_on and grant.ends_on and grant.ends_on < grant.starts_on for grant in areas):
        raise _wrong("areas", "A grant ends before it starts.")
    by_group = _sources(session, account_id)
    session.execute(delete(RoleGrant).where(RoleGrant.account_id == account_id))
    session.execute(delete(AreaGrant).where(AreaGrant.account_id == account_id))
    held = [
        {"account_id": account_id, "role": role, "source": by_group.get(role, "")}
        for role in sorted(set(roles))
    ]
    insert_many(session, RoleGrant, held)
    rows = [
        {
            "account_id": account_id,
            "area_code": one.area_code,
            "starts_on": one.starts_on,
            "ends_on": one.ends_on,
            "source": by_group.get((one.area_code, one.starts_on, one.ends_on), ""),
        }
        for one in areas
    ]
    insert_many(session, AreaGrant, rows)


def _sources(session: Session, account_id: int) -> dict[Any, str]:
    """Where each role and each (area, from, until) of an account came from: what stays as it is keeps it."""
    roles = select(RoleGrant.role, RoleGrant.source).where(RoleGrant.account_id == account_id)
    areas = select(AreaGrant).where(AreaGrant.account_id == account_id)
    found: dict[Any, str] = {one.role: one.source for one in session.execute(roles)}
    for one in session.scalars(areas):
        found[one.area_code, one.starts_on, one.ends_on] = one.source
    return found


def _lock_administrators(session: Session) -> None:
    """Else two of them, each taking the other's account away at the same moment, would leave none."""
    session.execute(
        select(Account.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.role == "administrator")
        .order_by(Account.id)
        .with_for_update(of=Account)
    ).all()


def _require_an_administrator(session: Session) -> None:
    left = session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.role == "administrator", Account.active)
    )
    if not left:
        raise Problem("wrong_state", "The last active administrator stays one: name another first.")


def _told(roles: Sequence[str], areas: Sequence[Grant]) -> dict[str, Any]:
    return {"roles": sorted(roles), "areas": sorted(grant.area_code for grant in areas)}


def _wrong(where: str, what: str) -> Problem:
    return Problem("validation_failed", what, errors={where: what})
