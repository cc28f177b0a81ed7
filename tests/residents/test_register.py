"""Registering at the door: once for ever, one resident per person, nobody brought back."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.base.clock import SetClock, milliseconds
from server.base.service import Service
from server.fieldwork.tables import Coverage, PremisesFact, StreetCoverage
from server.residents.register import apply_registrations, proved_at, resident_of_registration
from server.residents.sealed import open_detail, open_name
from server.residents.tables import Consent, Contact, Erasure, ErasureMark, Registration, Resident
from sync.events import ConsentRecord, EventClock, RegistrationRecord
from tests.factories.residents import (
    FAR_AWAY,
    HOUSE,
    NEXT_DOOR,
    STREET,
    a_record,
    apply,
    at_door,
    create_houses,
    register,
)


@pytest.fixture(autouse=True)
def _houses(service: Service) -> None:
    create_houses(service)


def count(service: Service, table: type, *where: object) -> int:
    return service.db.read(lambda s: s.scalar(select(func.count()).select_from(table).where(*where)) or 0)  # type: ignore[arg-type]


def resident(service: Service, key: str) -> Resident:
    return service.db.read(lambda session: session.get_one(Resident, key))


def registered_houses(service: Service) -> int:
    def work(session: Session) -> int:
        statement = select(StreetCoverage.registered).where(
            StreetCoverage.usrn == STREET, StreetCoverage.campaign_id == 0
        )
        return session.scalar(statement) or 0

    return service.db.read(work)


def withdraw(service: Service, resident_id: str, *purposes: str) -> None:
    """As the person's own preferences link does, now."""
    now = service.clock.now()

    def work(session: Session) -> None:
        for purpose in purposes:
            session.add(
                Consent(
                    id=service.new_uuid(),
                    resident_id=resident_id,
                    purpose=purpose,
                    given=False,
                    wording="",
                    how="link",
                    at=now,
                    proved_at=now,
                    received_at=now,
                )
            )

    service.db.transact(work)


def test_a_registration_at_the_door_counts_the_house_and_reads_nothing_in_the_database(
    service: Service,
) -> None:
    record = a_record(
        email="anna@example.org", groups=["Neighbourhood Watch"], demographics={"ethnicity": "W9"}
    )
    key = register(service, record)
    stored = resident(service, key)
    assert stored.state == "current"
    assert open_name(service.vault, key, stored.name_sealed) == "Anna Nowak"
    assert open_detail(service.vault, key, stored.detail_sealed) == {
        "demographics": {"ethnicity": "W9"},
        "groups": ["Neighbourhood Watch"],
    }
    assert registered_houses(service) == 1
    assert b"Anna" not in (stored.name_sealed or b"")


def test_the_same_record_again_changes_nothing(service: Service) -> None:
    record = a_record(email="anna@example.org")
    first = apply(service, at_door(service, record))[0]
    again = apply(service, at_door(service, record))[0]
    assert again.resident_id == first.resident_id
    assert again.mark is None
    assert (count(service, Resident), count(service, Registration), count(service, Contact)) == (1, 1, 1)
    assert count(service, PremisesFact) == 1


def test_one_record_twice_in_a_batch_is_one_registration(service: Service) -> None:
    record = a_record()
    results = apply(service, at_door(service, record), at_door(service, record))
    assert results[0].resident_id == results[1].resident_id
    assert count(service, Registration) == 1


def test_somebody_who_registers_twice_is_one_resident_with_both_contacts(service: Service) -> None:
    first = register(service, a_record(email="Anna@Example.org", groups=["Allotments"]))
    second = register(
        service, a_record("ANNA  NOWAK", email="anna@example.ORG", phone="01482 555 0100", groups=["Scouts"])
    )
    assert first == second
    assert (count(service, Resident), count(service, Contact), count(service, Registration)) == (1, 2, 2)
    stored = resident(service, first)
    assert open_detail(service.vault, first, stored.detail_sealed)["groups"] == ["Allotments", "Scouts"]


def test_two_of_one_household_with_one_phone_are_two_residents(service: Service) -> None:
    results = apply(
        service,
        at_door(service, a_record("Anna Nowak", phone="01482 555 0100")),
        at_door(service, a_record("Jan Nowak", phone="01482 555 0100")),
    )
    assert results[0].resident_id != results[1].resident_id
    assert registered_houses(service) == 1


def test_the_newer_spelling_of_a_name_holds_whichever_arrives_first(
    service: Service, clock: SetClock
) -> None:
    earlier = clock.now() - timedelta(hours=2)
    key = register(service, a_record("Anna Nowak-Smith", email="anna@example.org"))
    register(service, a_record("Ana Novak", email="anna@example.org", language="pl"), at=earlier)
    stored = resident(service, key)
    assert open_name(service.vault, key, stored.name_sealed) == "Anna Nowak-Smith"
    assert stored.registered_at == earlier


def test_a_wording_that_nobody_ever_used_is_held(service: Service) -> None:
    record = a_record(yes=())
    record = RegistrationRecord(record.id, record.name, [ConsentRecord("messages", "1999-01", True)])
    result = apply(service, at_door(service, record))[0]
    assert (result.held, result.resident_id, result.mark) == ("unknown_wording", None, None)
    assert count(service, Resident) == 0


def test_a_registration_recorded_before_a_withdrawal_is_held_when_it_comes_late(
    service: Service, clock: SetClock
) -> None:
    key = register(service, a_record(email="anna@example.org"))
    before = clock.now() + timedelta(hours=1)
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "messages")
    late = apply(service, at_door(service, a_record(email="anna@example.org"), at=before))[0]
    assert (late.held, late.resident_id, late.mark) == ("withdrawn_person", key, None)
    assert count(service, Registration, Registration.state == "held") == 1


def test_a_registration_that_only_seems_later_than_a_withdrawal_is_held_too(
    service: Service, clock: SetClock
) -> None:
    key = register(service, a_record(email="anna@example.org"))
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "messages")
    clock.advance(timedelta(hours=2))
    unproved = apply(service, at_door(service, a_record(email="anna@example.org"), proved=False))[0]
    assert unproved.held == "withdrawn_person"


def test_a_registration_provably_later_than_a_withdrawal_stands(service: Service, clock: SetClock) -> None:
    key = register(service, a_record(email="anna@example.org"))
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "messages")
    clock.advance(timedelta(hours=2))
    assert register(service, a_record(email="anna@example.org")) == key


def test_a_withdrawal_binds_a_late_registration_at_another_house(service: Service, clock: SetClock) -> None:
    key = register(service, a_record(email="anna@example.org"))
    before = clock.now()
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "surveys")
    late = apply(service, at_door(service, a_record(email="anna@example.org"), FAR_AWAY, at=before))[0]
    assert late.held == "withdrawn_person"


def test_a_withdrawal_of_one_purpose_lets_a_registration_for_another_pass(
    service: Service, clock: SetClock
) -> None:
    key = register(service, a_record(email="anna@example.org"))
    before = clock.now()
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "messages")
    assert register(service, a_record(email="anna@example.org", yes=["groups"]), at=before) == key


def test_a_supervisor_can_let_a_held_consent_stand(service: Service, clock: SetClock) -> None:
    key = register(service, a_record(email="anna@example.org"))
    before = clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(hours=2))
    withdraw(service, key, "messages", "surveys", "groups")
    record = a_record(email="anna@example.org")
    assert apply(service, at_door(service, record, at=before))[0].held
    clock.advance(timedelta(hours=1))
    mended = apply(service, at_door(service, record, at=before, decided=True))[0]
    assert (mended.held, mended.resident_id) == ("", key)
    assert mended.mark is not None
    assert count(service, Registration, Registration.state == "held") == 0
    assert resident(service, key).state == "current"


def erase_in_ledger(service: Service, kind: str, *indexes: bytes) -> None:
    def work(session: Session) -> None:
        session.add(Erasure(id=1, resident_id="gone", erased_at=service.clock.now(), asked_by="account:1"))
        session.flush()
        for index in indexes:
            session.add(ErasureMark(erasure_id=1, kind=kind, index=index))

    service.db.transact(work)


@pytest.mark.parametrize("kind", ["email", "phone", "name_at_house"])
def test_a_late_event_never_brings_an_erased_person_back(
    service: Service, clock: SetClock, kind: str
) -> None:
    value = {"email": "anna@example.org", "phone": "+441482555100", "name_at_house": f"{HOUSE}\0anna nowak"}[
        kind
    ]
    before = clock.now()
    clock.advance(timedelta(hours=2))
    erase_in_ledger(service, kind, service.vault.index(kind, value))
    record = a_record("Mrs Anna Nowak", email="ANNA@example.org", phone="01482 555100")
    late = apply(service, at_door(service, record, at=before))[0]
    assert (late.erased, late.resident_id, late.held, late.mark) == (True, None, "", None)
    decided = apply(service, at_door(service, record, at=before, decided=True))[0]
    assert decided.erased, "no supervisor overrules an erasure"
    assert count(service, Resident) + count(service, Registration) == 0


def test_somebody_erased_may_register_again_afterwards(service: Service, clock: SetClock) -> None:
    erase_in_ledger(service, "email", service.vault.index("email", "anna@example.org"))
    clock.advance(timedelta(hours=1))
    assert register(service, a_record(email="anna@example.org"))


def test_the_same_name_at_another_house_is_not_the_erased_person(service: Service, clock: SetClock) -> None:
    erase_in_ledger(service, "name_at_house", service.vault.index("name_at_house", f"{HOUSE}\0anna nowak"))
    result = apply(service, at_door(service, a_record(), NEXT_DOOR, at=clock.now() - timedelta(hours=1)))[0]
    assert not result.erased


def test_an_index_key_made_since_still_finds_the_person(service: Service) -> None:
    from server.base import keyring

    key = register(service, a_record(email="anna@example.org"))
    keyring.change(service.settings.keyring_path, keyring.with_index_key)
    assert register(service, a_record(email="anna@example.org")) == key


def test_registrations_name_their_residents_unless_held_or_erased(service: Service) -> None:
    record, other = a_record("Anna Nowak"), a_record("Jan Nowak")
    key = register(service, record)
    gone = register(service, other)
    service.db.transact(
        lambda session: session.execute(update(Resident).where(Resident.id == gone).values(state="erased"))
    )
    found = service.db.read(lambda s: resident_of_registration(s, [record.id, other.id, "unknown"]))
    assert found == {record.id: key}
    again = apply(service, at_door(service, other))[0]
    assert again.erased


def test_the_number_of_statements_does_not_grow_with_the_batch(service: Service) -> None:
    from sqlalchemy import event

    def statements(how_many: int, letter: str) -> int:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        new = [
            at_door(service, a_record(f"{letter}{n} Test", email=f"{letter}{n}@example.org"))
            for n in range(how_many)
        ]
        event.listen(service.db.engine, "before_cursor_execute", note)
        try:
            service.db.transact(lambda session: apply_registrations(session, service, new))
        finally:
            event.remove(service.db.engine, "before_cursor_execute", note)
        return len(seen)

    few, many = statements(2, "a"), statements(40, "b")
    assert few == many


def test_one_person_registered_by_two_phones_at_one_moment_is_one_resident(service: Service) -> None:
    barrier = threading.Barrier(2)
    errors: list[Exception] = []

    def run(uprn: str) -> None:
        barrier.wait()
        try:
            apply(service, at_door(service, a_record(email="anna@example.org"), uprn))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(uprn,)) for uprn in (HOUSE, HOUSE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert count(service, Resident) == 1


def test_what_a_device_can_prove_of_the_time(service: Service) -> None:
    now = service.clock.now()
    seen = milliseconds(now - timedelta(hours=5))
    assert proved_at(EventClock(milliseconds(now), seen, 5), now) == now
    assert proved_at(EventClock(milliseconds(now), seen, None), now) == now - timedelta(hours=5)
    assert proved_at(EventClock(milliseconds(now)), now) is None


def test_marks_and_coverage_agree_on_a_household_in_part(service: Service, clock: SetClock) -> None:
    register(service, a_record("Anna Nowak"))
    register(service, a_record("Jan Nowak"))

    def state(session: Session) -> str:
        found = session.scalar(
            select(Coverage.state).where(Coverage.uprn == HOUSE, Coverage.campaign_id == 0)
        )
        assert found is not None
        return str(found["registered"])

    assert service.db.read(state) == "registered"
