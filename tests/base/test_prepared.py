"""Prepared statements give what SQLAlchemy gives: rows, types, listeners, errors, in the transaction of the session."""

from __future__ import annotations

from typing import Any, cast

import pytest
from sqlalchemy import Table, bindparam, delete, event, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.base.db import Database
from server.base.prepared import Prepared, find_by_keys
from server.base.service import Service
from server.base.tables import AuditEntry, ServiceState

ENTRY, STATE = cast(Table, AuditEntry.__table__), cast(Table, ServiceState.__table__)
COLUMNS = {column.name: bindparam(column.name) for column in ENTRY.c}
APPEND = Prepared(insert(ENTRY).values(COLUMNS))
OF_LANE = Prepared(select(ENTRY).where(ENTRY.c.lane == bindparam("lane"), ENTRY.c.actor == "system"))
NAME = Prepared(insert(STATE).values(name=bindparam("name"), value="x").returning(STATE.c.name))


def entry_of(service: Service, **changes: Any) -> dict[str, Any]:
    given = {"lane": 3, "seq": 1, "at": service.clock.now(), "actor": "system", "action": "test"}
    return given | {"target": "x", "detail": {"n": [1]}, "previous": "0", "hash": "1"} | changes


def test_rows_come_back_by_name_and_with_their_types(service: Service) -> None:
    entry = entry_of(service)

    def work(session: Session) -> Any:
        APPEND.run(session, **entry)
        return OF_LANE.row(session, lane=3)

    assert service.db.transact(work)._asdict() == entry
    assert service.db.read(lambda session: OF_LANE.rows(session, lane=4)) == []
    assert service.db.read(lambda session: OF_LANE.row(session, lane=4)) is None


def test_what_a_transaction_that_fails_has_run_is_not_kept(service: Service) -> None:
    def work(session: Session) -> None:
        APPEND.run_each(session, [entry_of(service), entry_of(service, seq=2)])
        raise LookupError

    with pytest.raises(LookupError):
        service.db.transact(work)
    assert service.db.read(lambda session: OF_LANE.rows(session, lane=3)) == []


def test_a_broken_constraint_is_the_usual_error_and_a_savepoint_undoes_it(service: Service) -> None:
    def work(session: Session) -> list[str]:
        NAME.run(session, name="prepared")
        with pytest.raises(IntegrityError), session.begin_nested():
            NAME.run(session, name="prepared")
        return NAME.firsts(session, name="another")

    assert service.db.transact(work) == ["another"]


def test_a_value_that_was_not_given_is_an_error_and_never_null(service: Service) -> None:
    with pytest.raises(Exception, match="lane"):
        service.db.read(OF_LANE.rows)


def test_those_who_listen_to_statements_hear_of_it(service: Service) -> None:
    heard: list[str] = []

    def note(*given: Any) -> None:
        heard.append(given[2])

    event.listen(service.db.engine, "before_cursor_execute", note)
    try:
        service.db.read(lambda session: OF_LANE.rows(session, lane=3))
    finally:
        event.remove(service.db.engine, "before_cursor_execute", note)
    assert any("audit_entry" in one for one in heard)


def test_a_list_whose_length_would_change_the_text_is_refused(service: Service) -> None:
    growing = Prepared(delete(STATE).where(STATE.c.name.in_(bindparam("names", expanding=True))))
    with pytest.raises(ValueError, match="bound"):
        service.db.transact(lambda session: growing.run(session, names=["a"]))


def test_a_connection_keeps_its_plans_over_reads_and_transactions(postgis_database: Database) -> None:
    asked = text(
        "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%audit_entry%actor%'"
    )

    def planned() -> int:
        return postgis_database.read(lambda session: int(session.scalar(asked) or 0))

    def work(session: Session) -> None:
        find_by_keys(session)
        OF_LANE.rows(session, lane=3)

    before = planned()
    for _ in range(8):
        postgis_database.transact(work)
        postgis_database.read(work)
    assert planned() > before
