"""The audit trail shows what was changed, taken out, put in or cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM
from server.base.service import Service
from server.base.tables import AuditEntry, AuditHead
from tests.factories.base import create_principal, reopen


def fill(service: Service, entries: int = 5) -> None:
    for place in range(entries):
        service.db.transact(
            lambda session, place=place: audit.record(
                session, service, SYSTEM, "test", f"x:{place}", places=[place]
            )
        )


def tamper(service: Service, work: Callable[[Session], Any]) -> None:
    """Change the trail as somebody who owns the database could: with its triggers out of the way."""

    def unguarded(session: Session) -> None:
        if service.db.is_sqlite:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER audit_entry_append_only_{verb}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        work(session)

    service.db.transact(unguarded)


def findings(service: Service) -> list[str]:
    return service.db.read(audit.verify)


def test_an_untouched_trail_has_no_findings(service: Service) -> None:
    fill(service)
    assert findings(service) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "nobody"},
        {"target": "x:99"},
        {"detail": {"places": [7]}},
        {"action": "other"},
        {"previous": "0" * 64},
        {"hash": "0" * 64},
    ],
)
def test_a_changed_entry_is_found(service: Service, changed: dict[str, Any]) -> None:
    fill(service)
    tamper(
        service,
        lambda session: session.execute(update(AuditEntry).where(AuditEntry.seq == 3).values(**changed)),
    )
    assert any("entry 3" in finding or "entry 4" in finding for finding in findings(service))


def test_an_entry_rewritten_with_its_own_right_hash_breaks_the_chain_behind_it(service: Service) -> None:
    fill(service)

    def rewrite(session: Session) -> None:
        entry = dict(
            session.execute(select(AuditEntry.__table__).where(AuditEntry.seq == 3)).mappings().one()
        )
        entry |= {"actor": "nobody"}
        entry.pop("hash")
        forged = {"actor": "nobody", "hash": audit.entry_hash(**entry)}
        session.execute(update(AuditEntry).where(AuditEntry.seq == 3).values(**forged))

    tamper(service, rewrite)
    assert len(findings(service)) == 1
    assert "entry 4: it does not follow" in findings(service)[0]


def test_a_missing_entry_is_found(service: Service) -> None:
    fill(service)
    tamper(service, lambda session: session.execute(delete(AuditEntry).where(AuditEntry.seq == 3)))
    assert any("missing" in finding for finding in findings(service))


def test_a_trail_cut_short_is_found(service: Service) -> None:
    fill(service)
    tamper(service, lambda session: session.execute(delete(AuditEntry).where(AuditEntry.seq > 3)))
    assert findings(service) != []


def test_an_entry_slipped_in_behind_the_last_is_found(service: Service) -> None:
    fill(service)

    def slip_in(session: Session) -> None:
        last = session.execute(select(AuditEntry.__table__).where(AuditEntry.seq == 5)).mappings().one()
        entry = {**last, "seq": 6, "previous": last["hash"]}
        entry.pop("hash")
        session.execute(insert(AuditEntry).values(entry | {"hash": audit.entry_hash(**entry)}))

    tamper(service, slip_in)
    assert findings(service) != []


def test_a_lane_without_its_head_is_found(service: Service) -> None:
    fill(service)
    service.db.transact(lambda session: session.execute(delete(AuditHead)))
    assert findings(service) != []


def test_a_rewritten_trail_has_another_anchor(service: Service) -> None:
    fill(service)
    before = service.db.read(audit.anchor)
    assert service.db.read(audit.anchor) == before
    fill(service, 1)
    assert service.db.read(audit.anchor) != before


def test_an_anchor_stands_while_the_trail_grows_and_not_once_it_was_rewritten(service: Service) -> None:
    fill(service)
    noted = service.db.read(audit.anchor)
    fill(service)
    assert service.db.read(lambda session: audit.stands(session, noted))

    def rewrite(session: Session) -> None:
        """Change the second entry, and chain all after it anew, so that no hash gives it away."""
        rows = session.execute(select(AuditEntry.__table__).order_by(AuditEntry.seq)).mappings().all()
        previous = rows[0]["hash"]
        for row in rows[1:]:
            entry = {**row, "previous": previous} | ({"target": "x:99"} if row["seq"] == 2 else {})
            entry.pop("hash")
            previous = audit.entry_hash(**entry)
            session.execute(
                update(AuditEntry)
                .where(AuditEntry.lane == row["lane"], AuditEntry.seq == row["seq"])
                .values(entry | {"hash": previous})
            )
        session.execute(update(AuditHead).where(AuditHead.lane == rows[0]["lane"]).values(hash=previous))

    tamper(service, rewrite)
    assert findings(service) == []
    assert not service.db.read(lambda session: audit.stands(session, noted))


@pytest.mark.parametrize("noted", ["", "0-" + "0" * 64, "f" * 64, "0." * 15 + "x-" + "0" * 64])
def test_what_is_no_anchor_is_said_to_be_none(service: Service, noted: str) -> None:
    with pytest.raises(ValueError, match="not an anchor"):
        service.db.read(lambda session: audit.stands(session, noted))


def test_a_transaction_that_fails_leaves_no_entry(service: Service) -> None:
    def work(session: Session) -> None:
        audit.record(session, service, SYSTEM, "test", "x")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        service.db.transact(work)
    assert service.db.read(lambda session: session.scalars(select(AuditEntry.seq)).all()) == []
    assert findings(service) == []


def test_entries_written_at_once_by_many_leave_whole_chains(service: Service) -> None:
    def write(writer: int) -> None:
        own = reopen(service)
        principal = create_principal(account_id=writer)
        for _ in range(5):
            own.db.transact(lambda session: audit.record(session, own, principal, "test", "x"))
        own.db.dispose()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (1, 1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert findings(service) == []
    assert len(service.db.read(lambda session: session.scalars(select(AuditEntry.seq)).all())) == 20
