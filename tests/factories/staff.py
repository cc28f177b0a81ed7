"""Accounts and sign-ins for tests. People are made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.db import insert_many
from server.base.service import Service
from server.staff.principals import principal_of
from server.staff.tables import Account, AreaGrant, RoleGrant

PASSWORD = "three quiet brown horses"
# Argon2id of PASSWORD with the least memory and one pass: a real hash that costs tests nothing
PASSWORD_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$cvS5YqzZlfJj5QWLdL7XMA$1i2NUle2fMqSSBJlzahmsgHnT4gDTElQgZhc4IUbki0"
)


def create_account(
    service: Service, username: str = "pat.example", *roles: str, areas: Sequence[str] = (), **columns: Any
) -> int:
    """An account (by default an officer) whose password is PASSWORD, with areas granted by code; its id."""

    def work(session: Session) -> int:
        row = {"username": username, "display_name": username.title(), "password_hash": PASSWORD_HASH}
        row |= {"created_at": service.clock.now()} | columns
        account_id = session.execute(insert(Account).values(row).returning(Account.id)).scalar_one()
        granted = [{"account_id": account_id, "role": role} for role in roles or ("officer",)]
        insert_many(session, RoleGrant, granted)
        insert_many(session, AreaGrant, [{"account_id": account_id, "area_code": code} for code in areas])
        return account_id

    return service.db.transact(work)


def principal_for(service: Service, account_id: int) -> Principal:
    """The principal of an account, as the service makes it."""
    principal = service.db.read(lambda session: principal_of(session, service, account_id))
    assert principal is not None
    return principal


def create_principal_with_account(
    service: Service, username: str, *roles: str, areas: Sequence[str] = ()
) -> Principal:
    """A new account and its principal."""
    return principal_for(service, create_account(service, username, *roles, areas=areas))
