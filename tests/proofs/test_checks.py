"""`doorstep check` can fail: for every invariant, breaking it by hand in the database is found, and named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from server.base.access import SYSTEM
from server.base.db import Database
from server.base.service import Service
from server.base.vault import SEALED
from server.checks import CHECKS, check_all
from server.post.letters import Letter
from server.post.queue import ToSend, queue
from server.privacy.erase import erase_resident
from server.staff.factors import start_code_key
from sync import codec
from tests.factories.clients import pass_time
from tests.factories.fieldwork import LONG_STREET, uprn
from tests.proofs.wards import Wards, create_wards, fill_outside

T = TypeVar("T")


class OneConnection(Database):
    """A database that is seen through one open transaction, with all that was planted in it."""

    def __init__(self, connection: Connection, whole: Database) -> None:
        self.url, self.is_sqlite, self.engine = whole.url, whole.is_sqlite, whole.engine
        self._connection = connection

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, within the transaction."""
        with Session(self._connection, join_transaction_mode="create_savepoint") as session:
            return work(session)


@contextmanager
def planting(service: Service) -> Iterator[tuple[Service, Callable[..., int]]]:
    """The service within a transaction that is rolled back, and a way to change rows there past every guard."""
    connection = service.db.engine.connect()
    try:
        if service.db.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_entry_append_only_{verb}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")

        def plant(statement: str, **values: Any) -> int:
            return connection.execute(text(statement), values).rowcount

        yield replace(service, db=OneConnection(connection, service.db)), plant
    finally:
        connection.rollback()
        if service.db.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.close()


@dataclass(frozen=True)
class Plant:
    """A statement that breaks the invariant of a check, and a word of what is then said."""

    check: str
    statement: str
    says: str


FIRST_HOUSE = uprn(LONG_STREET, 1)
PLANTS = [
    Plant("the audit chain is whole", "UPDATE audit_entry SET action = 'nothing' WHERE seq = 1", "lane"),
    Plant("the audit chain is whole", "UPDATE audit_entry SET detail = '{}' WHERE seq = 2", "lane"),
    Plant("the audit chain is whole", "DELETE FROM audit_entry WHERE seq = 1", "lane"),
    Plant("device keys are usable", "UPDATE device SET verify_key = substr(verify_key, 1, 64)", "device"),
    Plant("device keys are usable", "UPDATE device SET seal_key = substr(seal_key, 2)", "device"),
    Plant("enrolment codes were used once", "UPDATE enrolment_code SET used_at = NULL", "by half"),
    Plant(
        "enrolment codes were used once",
        "UPDATE enrolment_code SET device_id = (SELECT min(id) FROM device)",
        "two codes",
    ),
    Plant(
        "every street is placed where its premises are",
        "UPDATE street_place SET lon = lon + 0.001",
        "is not where",
    ),
    Plant("every street is placed where its premises are", "DELETE FROM street_place", "is not where"),
    Plant("visits by day equal a recount", "UPDATE activity SET visits = visits + 1", "recount"),
    Plant(
        "active campaigns have their houses", "DELETE FROM coverage WHERE campaign_id > 0", "no coverage row"
    ),
    Plant("street counters equal a recount", "UPDATE street_coverage SET visited = visited + 1", "recounted"),
    Plant(
        "street counters equal a recount", "DELETE FROM street_coverage WHERE campaign_id = 0", "recounted"
    ),
    Plant("ward counters equal their streets", "UPDATE ward_coverage SET refused = refused + 1", "recounted"),
    Plant("coverage equals a refold", "DELETE FROM premises_fact WHERE id = :visit", "what its facts make"),
    Plant(
        "coverage equals a refold", "UPDATE premises_fact SET outcome = 'vacant' WHERE id = :visit", "facts"
    ),
    Plant(
        "coverage lies where the premises do",
        "UPDATE premises SET usrn = '90000002' WHERE uprn = :house",
        "another street",
    ),
    Plant(
        "coverage lies where the premises do",
        "DELETE FROM coverage WHERE uprn = :house AND campaign_id = 0",
        "without a coverage row",
    ),
    Plant("a premises has one holder at most", "DELETE FROM holding WHERE uprn = :house", "does not hold it"),
    Plant(
        "a premises has one holder at most",
        "UPDATE worklist_house SET removed = true WHERE uprn = :house",
        "held for",
    ),
    Plant("lists are what their digests say", "UPDATE worklist_house SET version = version + 99", "newer"),
    Plant(
        "lists are what their digests say",
        "UPDATE premises SET number_text = '1a'",
        "without a new version",
    ),
    Plant("lists are what their digests say", "UPDATE worklist SET digest = :digest", "not that of its rows"),
    Plant(
        "lists are what their digests say", "DELETE FROM hazard WHERE uprn = :house", "without a new version"
    ),
    Plant(
        "registration marks agree with residents",
        "UPDATE resident SET state = 'opted_out' WHERE state = 'current'",
        "the mark at house",
    ),
    Plant(
        "registration marks agree with residents",
        "DELETE FROM premises_fact WHERE kind = 'registration'",
        "says none",
    ),
    Plant(
        "nothing is left of the erased, and none is back",
        "UPDATE resident SET name_index = :bytes WHERE state = 'erased'",
        "still has a name",
    ),
    Plant(
        "nothing is left of the erased, and none is back",
        "UPDATE contact SET resident_id = (SELECT id FROM resident WHERE state = 'erased')",
        "still has a contact",
    ),
    Plant(
        "nothing is left of the erased, and none is back",
        'INSERT INTO erasure_mark (erasure_id, kind, "index") SELECT erasure.id, kind, "index" FROM erasure, contact',
        "held although erased",
    ),
    Plant("consents name wordings that were used", "UPDATE consent SET wording = 'never'", "never used"),
    Plant("survey rounds follow consents", "DELETE FROM invite", "has 0 rounds"),
    Plant("survey rounds follow consents", "UPDATE consent SET given = false, how = 'link'", "does not want"),
    Plant("questionnaires can be sent", "UPDATE questionnaire SET version = version + 1", "not the document"),
    Plant("questionnaires can be sent", "UPDATE questionnaire SET body = '{}'", "cannot be read"),
    Plant("answers fit their questionnaires", "UPDATE answer SET choice = 'never'", "does not offer"),
    Plant("scores are the sum of their parts", "UPDATE priority_target SET score = score + 1", "not the sum"),
    Plant("ranks follow scores", "UPDATE ward_target SET rank = rank + 1", "ranks do not run"),
    Plant("ranks follow scores", "UPDATE priority_target SET score = rank", "lower score"),
    Plant(
        "indicators hold only known concerns",
        """UPDATE street_indicator SET concerns = '{"religion": 3}'""",
        "religion",
    ),
    Plant("journal hashes hold", "UPDATE journal_entry SET sealed = substr(sealed, 2)", "not those"),
    Plant("journal hashes hold", "UPDATE journal_entry SET previous = hash", "not those"),
    Plant("journal hashes hold", "UPDATE journal_entry SET kid = 'other' WHERE protocol = -1", "not those"),
    Plant(
        "identities and journal agree",
        "DELETE FROM journal_entry WHERE event_id = :visit",
        "not in the journal",
    ),
    Plant(
        "identities and journal agree", "DELETE FROM event_identity WHERE event_id = :visit", "no identity"
    ),
    Plant("held events and identities agree", "DELETE FROM held_event", "nobody can see it"),
    Plant("held events and identities agree", "UPDATE held_event SET state = 'mended'", "mended"),
    Plant("device chains hold", "UPDATE device SET seq = seq + 1", "chain ends"),
    Plant("device chains hold", "UPDATE journal_entry SET seq = seq + 5", "was not noted"),
    Plant("device chains hold", "UPDATE journal_entry SET previous = hash", "was not noted"),
    Plant("every applied event has its facts", "DELETE FROM premises_fact WHERE id = :visit", "no fact"),
    Plant(
        "every applied event has its facts",
        "UPDATE premises_fact SET outcome = 'vacant' WHERE id = :visit",
        ":visit",
    ),
    Plant("every applied event has its facts", "DELETE FROM registration", "registration"),
    Plant("every applied event has its facts", "DELETE FROM response", "answers"),
    Plant(
        "every fact from a phone has its event",
        "UPDATE premises_fact SET id = 'planted' WHERE id = :visit",
        "planted",
    ),
    Plant(
        "the journal keeps no bytes of the erased",
        "UPDATE journal_entry SET sealed = :bytes WHERE sealed IS NULL",
        "still kept",
    ),
    Plant(
        "no answer or round is tied to the erased",
        "UPDATE response SET pseudonym = :pseudonym",
        "still has answers",
    ),
    Plant(
        "no answer or round is tied to the erased",
        "UPDATE invite SET resident_id = (SELECT id FROM resident WHERE state = 'erased') "
        "WHERE id = (SELECT min(id) FROM invite WHERE state = 'due')",
        "would still be asked",
    ),
]
ELSEWHERE = {  # broken in the tests below
    "the schema is what the migrations make",
    "the key ring is whole and private",
    "every sealed value opens",
}


@pytest.fixture
def lived(service: Service) -> Wards:
    """A service where everything has happened: applied, held, erased, ranked, and something that was no envelope."""
    made = create_wards(service)
    fill_outside(made)
    pass_time(service, hours=1)
    erased = made.ids["south"]["resident"]
    erase_resident(service, SYSTEM, erased, reason="person_asked")
    made.ids["pseudonym"] = service.vault.pseudonym(erased)
    send_a_stray(made)
    for number in (1, 2):
        leave_a_letter(service, number)
    for account in (made.officer_a, made.ids["officer"]):
        start_code_key(service, account)
    assert {one.name: one.findings for one in check_all(service) if one.findings} == {}
    return made


def leave_a_letter(service: Service, number: int) -> None:
    """A letter waits to be sent."""
    letter = Letter("Made up", "Nothing waits.", "inbox", "Inbox")
    to = ToSend(
        f"inbox/{number}/2026-03-02", "inbox", f"sam{number}@force.example", letter, service.clock.now()
    )
    service.db.transact(lambda session: queue(session, service, to))


def send_a_stray(made: Wards) -> None:
    """A phone sends something among its events that is no envelope."""
    phone = made.phone_a
    request = phone.request()
    raw = json.loads(codec.encode(request)) | {"events": [{"no": "envelope"}]}
    phone.send(json.dumps(raw).encode(), request.number)


def test_every_invariant_is_broken_here() -> None:
    assert {plant.check for plant in PLANTS} | ELSEWHERE == CHECKS.keys()


def test_whatever_is_broken_by_hand_is_found(lived: Wards) -> None:
    values = {
        "visit": lived.inside["visit"],
        "house": FIRST_HOUSE,
        "digest": "0" * 64,
        "bytes": b"sealed once",
        "pseudonym": lived.ids["pseudonym"],
    }
    wrong = []
    for one in PLANTS:
        named = {name: value for name, value in values.items() if f":{name}" in one.statement}
        with planting(lived.service) as (service, plant):
            changed = plant(one.statement, **named)
            said = CHECKS[one.check](service)
        says = values.get(one.says.removeprefix(":"), one.says) if one.says.startswith(":") else one.says
        if not changed or not any(str(says) in finding for finding in said):
            wrong.append(f"{one.check}: {one.statement} changed {changed} rows and was answered by {said}")
    assert not wrong, "\n".join(wrong)
    assert {one.name: one.findings for one in check_all(lived.service) if one.findings} == {}


def test_every_sealed_column_is_read_and_a_value_that_was_changed_or_moved_is_named(lived: Wards) -> None:
    assert len(SEALED) >= 7
    for sealed in SEALED:
        table, column = sealed.table.__tablename__, sealed.column
        broken = f"UPDATE {table} SET {column} = substr({column}, 1, length({column}) - 1)"
        key = next(iter(sealed.table.__table__.primary_key)).name  # type: ignore[attr-defined]
        moved = (
            f"UPDATE {table} SET {column} = (SELECT other.{column} FROM {table} AS other "
            f"WHERE other.{key} <> {table}.{key} AND other.{column} IS NOT NULL LIMIT 1) WHERE {column} IS NOT NULL"
        )
        for statement in (broken, moved):
            with planting(lived.service) as (service, plant):
                assert plant(statement)
                said = CHECKS["every sealed value opens"](service)
            assert [finding.split(":")[0] for finding in said] == [f"{table}.{column}"], statement


def test_a_schema_changed_by_hand_and_a_key_ring_open_to_others_are_found(service: Service) -> None:
    schema, ring = "the schema is what the migrations make", "the key ring is whole and private"
    assert CHECKS[schema](service) == CHECKS[ring](service) == []
    service.settings.keyring_path.chmod(0o644)
    (finding,) = CHECKS[ring](service)
    assert "keyring.json" in finding
    with service.db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE street ADD COLUMN planted TEXT")
    try:
        assert any("planted" in finding for finding in CHECKS[schema](service))
    finally:
        with service.db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE street DROP COLUMN planted")


def test_a_check_that_breaks_is_itself_a_finding(service: Service) -> None:
    def breaks(_service: Service) -> list[str]:
        raise RuntimeError("Ada Madeup")

    (checked,) = check_all(service, {"breaks": breaks})
    assert checked.findings == ["the check itself failed (RuntimeError)"]
