"""Migrations make the schema that the tables in code describe, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from server.base import schema
from server.base.audit import LANES
from server.base.service import Service
from server.base.tables import AuditEntry, AuditHead, ServiceState
from server.tables import METADATA


def test_the_migrated_schema_is_what_the_tables_in_code_say(service: Service) -> None:
    assert schema.differences(service.db, METADATA) == []


def test_a_migrated_database_is_at_the_newest_migration(service: Service) -> None:
    assert schema.revision(service.db) == schema.head()
    schema.require_current(service.db)


def test_upgrading_again_changes_nothing(service: Service) -> None:
    epoch = select(ServiceState.value).where(ServiceState.name == "epoch")
    before = service.db.read(lambda session: session.scalar(epoch))
    schema.upgrade(service.db)
    assert service.db.read(lambda session: session.scalar(epoch)) == before
    assert before


def test_there_is_a_head_for_every_lane(service: Service) -> None:
    assert service.db.read(lambda session: session.scalars(select(AuditHead.lane)).all()) == list(
        range(LANES)
    )


@pytest.mark.parametrize("statement", [update(AuditEntry).values(actor="nobody"), delete(AuditEntry)])
def test_the_database_itself_refuses_to_change_the_audit_trail(service: Service, statement: object) -> None:
    entry = {
        "lane": 0,
        "seq": 1,
        "at": service.clock.now(),
        "actor": "system",
        "action": "test",
        "target": "x",
    }
    entry |= {"detail": {}, "previous": "0", "hash": "1"}
    service.db.transact(lambda session: session.execute(insert(AuditEntry).values(entry)))
    with pytest.raises(DBAPIError, match="append-only"):
        service.db.transact(lambda session: session.execute(statement))  # type: ignore[call-overload]
