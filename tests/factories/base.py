"""Services, principals and ports for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from server.base.access import EVERYWHERE, Principal
from server.base.db import Database
from server.base.keyring import KeyRing
from server.base.service import Service
from server.base.vault import Vault


def free_port() -> int:
    """A port of this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Run these in threads that start together; what they raised."""
    barrier = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors
