"""Services and principals for tests."""

from __future__ import annotations

from server.base.access import EVERYWHERE, Principal
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.service import Service
from server.base.vault import Vault


def reopen(service: Service) -> Service:
    """The same instance as another process would have it: own connections, own copy of the keys, same clock."""
    keys = KeyRing.load(service.settings.keyring_path)
    return Service(
        service.settings,
        Database(service.settings.database_url),
        keys,
        Vault(keys),
        service.clock,
        service.random,
    )


def create_principal(
    *permissions: str,
    account_id: int | None = 1,
    areas: tuple[str, ...] = (EVERYWHERE,),
    name: str = "Tester",
) -> Principal:
    """A principal with just these permissions, without an account row behind it."""
    actor = "public" if account_id is None else f"account:{account_id}"
    return Principal(actor, account_id, name, frozenset(), frozenset(permissions), areas)
