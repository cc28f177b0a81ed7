"""Replaces keys while the service serves, without a moment at which a row cannot be read.

A new field key is first on the ring (every process can read it), then active (every process seals with it), then the
rows are sealed anew in batches, each only if nobody changed it meanwhile. The old key leaves the ring when no row holds
it and the grace period is over: a process that was asleep may still have sealed with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, func, inspect, select, update
from sqlalchemy.orm import Session

from server.base import audit, keyring
from server.base.access import SYSTEM, Principal
from server.base.paging import Key, PageResult, paginate
from server.base.service import Service
from server.base.vault import SEALED, Sealed, VaultError, prefix

BATCH = 200
SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class Resealed:
    """What a pass over the sealed columns did: values sealed anew, and those that did not open."""

    resealed: int
    unreadable: int


def rotate(
    service: Service, principal: Principal, *, pause: Callable[[float], None] = time.sleep
) -> Resealed:
    """Bring in a new field key and seal every value under it. A rotation that was cut short is taken up again."""
    path = service.settings.keyring_path
    keys = service.keys.keys
    if next(reversed(keys.field_keys)) == keys.field_active:
        keyring.change(path, keyring.with_field_key)
    pause(SETTLE_SECONDS)
    active = keyring.change(path, lambda keys: keyring.with_newest_active(keys, service.clock.now()))
    pause(SETTLE_SECONDS)
    done = reseal(service)
    _note(service, principal, "keys.rotate", active.keys.field_active, done)
    return done


def reseal(service: Service) -> Resealed:
    """Seal anew what is not under the active key, until a pass finds nothing more to do."""
    total = 0
    while True:
        passed = [_reseal_column(service, sealed) for sealed in SEALED]
        total += sum(one.resealed for one in passed)
        if not any(one.resealed for one in passed):
            return Resealed(total, sum(one.unreadable for one in passed))


def retire(service: Service) -> dict[str, int]:
    """Drop replaced keys whose grace is over and which no row holds; a job of the worker. Counts of both kinds."""
    grace = timedelta(hours=service.settings.key_grace_hours)
    now = service.clock.now()
    keys = service.keys.keys
    due = [
        kid
        for kid in keys.field_replaced_at
        if (since := keyring.replaced_at(keys, kid)) is not None and now - since >= grace
    ]
    if not due:
        return {"resealed": 0, "retired": 0}
    done = reseal(service)
    held = service.db.read(lambda session: {kid for kid in due if _is_held(session, kid)})
    for kid in sorted(set(due) - held):
        keyring.change(service.settings.keyring_path, partial(keyring.without_field_key, kid=kid))
        _note(service, SYSTEM, "keys.retire", kid, done)
    return {"resealed": done.resealed, "retired": len(set(due) - held)}


def unreadable(service: Service) -> list[str]:
    """Findings: sealed columns with values that do not open, and how many; none when all is well."""
    findings = []
    for sealed in SEALED:
        wrong = sum(1 for row in _rows(service, sealed) if not _opens(service, sealed, row))
        if wrong:
            findings.append(f"{sealed.table.__tablename__}.{sealed.column}: {wrong} values do not open")
    return findings


def _reseal_column(service: Service, sealed: Sealed) -> Resealed:
    active = prefix(service.keys.keys.field_active)
    column = getattr(sealed.table, sealed.column)
    statement = _select(sealed).where(func.substr(column, 1, len(active)) != active)

    def batch(session: Session, after: str) -> tuple[Resealed, str | None]:
        page = paginate(session, statement, _keys(sealed), {"limit": BATCH, "after": after})
        opened = sum(_reseal_row(session, service, sealed, row) for row in page.rows)
        return Resealed(opened, len(page.rows) - opened), page.next

    done, after = Resealed(0, 0), ""
    while True:
        one, following = service.db.transact(partial(batch, after=after))
        done = Resealed(done.resealed + one.resealed, done.unreadable + one.unreadable)
        if following is None:
            return done
        after = following


def _reseal_row(session: Session, service: Service, sealed: Sealed, row: Row[Any]) -> bool:
    """True unless the value does not open. One that changed since it was read is left: it is sealed anew already."""
    old = getattr(row, sealed.column)
    where = {
        "table": sealed.table.__tablename__,
        "column": sealed.column,
        "row": sealed.row_of(row._asdict()),
    }
    try:
        plain = service.vault.open_bytes(old, **where)
    except VaultError:
        return False
    mine = [getattr(sealed.table, name) == getattr(row, name) for name in _key_names(sealed)]
    unchanged = getattr(sealed.table, sealed.column) == old
    anew = (
        update(sealed.table)
        .where(*mine, unchanged)
        .values({sealed.column: service.vault.seal(plain, **where)})
    )
    session.execute(anew.execution_options(synchronize_session=False))
    return True


def _rows(service: Service, sealed: Sealed) -> Iterator[Row[Any]]:
    def batch(session: Session, after: str) -> PageResult:
        return paginate(session, _select(sealed), _keys(sealed), {"limit": BATCH, "after": after})

    after: str | None = ""
    while after is not None:
        page = service.db.read(partial(batch, after=after))
        yield from page.rows
        after = page.next


def _opens(service: Service, sealed: Sealed, row: Row[Any]) -> bool:
    try:
        service.vault.open_bytes(
            getattr(row, sealed.column),
            table=sealed.table.__tablename__,
            column=sealed.column,
            row=sealed.row_of(row._asdict()),
        )
    except VaultError:
        return False
    return True


def _is_held(session: Session, kid: str) -> bool:
    start = prefix(kid)
    for sealed in SEALED:
        column = getattr(sealed.table, sealed.column)
        held = select(column).where(func.substr(column, 1, len(start)) == start).limit(1)
        if session.execute(held).first() is not None:
            return True
    return False


def _select(sealed: Sealed) -> Select[Any]:
    names = dict.fromkeys((*_key_names(sealed), *sealed.row, sealed.column))
    columns = [getattr(sealed.table, name) for name in names]
    return select(*columns).where(getattr(sealed.table, sealed.column).is_not(None))


def _key_names(sealed: Sealed) -> list[str]:
    return [str(column.key) for column in inspect(sealed.table).primary_key]


def _keys(sealed: Sealed) -> list[Key]:
    return [getattr(sealed.table, name) for name in _key_names(sealed)]


def _note(service: Service, principal: Principal, action: str, kid: str, done: Resealed) -> None:
    counts = {"resealed": done.resealed, "unreadable": done.unreadable}
    service.db.transact(
        lambda session: audit.record(session, service, principal, action, f"key:{kid}", **counts)
    )
