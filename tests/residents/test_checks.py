"""Every check of residents, surveys and privacy finds what it is there for, and nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from server.base.service import Service
from server.exchange.tables import JournalEntry
from server.privacy import checks as privacy
from server.privacy.erase import erase_resident
from server.residents import checks as residents
from server.residents.tables import Consent, Contact, Registration, Resident
from server.surveys import checks as surveys
from server.surveys.questionnaires import ensure_default
from server.surveys.tables import Answer, Invite, Questionnaire, Response
from tests.factories.base import create_principal
from tests.factories.devices import create_device
from tests.factories.residents import a_record, create_houses, register
from tests.factories.staff import create_account
from tests.surveys.test_respond import answers, file, response

CHECKS = [*residents.CHECKS, *surveys.CHECKS, *privacy.CHECKS]
ERASER = create_principal("privacy.erase")


@pytest.fixture
def kept(service: Service) -> str:
    """Two people, one of them erased; the other's id."""
    create_houses(service)
    ensure_default(service)
    gone = register(service, a_record("Jan Nowak", email="jan@example.org"))
    key = register(service, a_record("Anna Nowak", email="anna@example.org"))
    file(service, response(service, answers({"concerns": ["asb"]}), 1, key))
    erase_resident(service, ERASER, gone, reason="person_asked")
    return key


def run(service: Service) -> dict[str, list[str]]:
    return {name: found for name, check in CHECKS if (found := check(service))}


def do(service: Service, *statements: Any) -> None:
    def work(session: Any) -> None:
        for statement in statements:
            session.execute(statement)

    service.db.transact(work)


def test_nothing_is_found_where_all_is_well(service: Service, kept: str) -> None:
    assert run(service) == {}


ERASED = Resident.state == "erased"
BREAKS: list[tuple[str, Callable[[str], list[Any]]]] = [
    (
        "registration marks agree with residents",
        lambda key: [update(Resident).where(Resident.id == key).values(state="opted_out"), delete(Invite)],
    ),
    (
        "nothing is left of the erased, and none is back",
        lambda key: [update(Resident).where(ERASED).values(name_sealed=b"x")],
    ),
    (
        "consents name wordings that were used",
        lambda key: [update(Consent).values(wording="1999-01")],
    ),
    ("survey rounds follow consents", lambda key: [delete(Invite)]),
    (
        "questionnaires can be sent",
        lambda key: [update(Questionnaire).values(body={"code": "x"}), delete(Answer)],
    ),
    ("answers fit their questionnaires", lambda key: [update(Answer).values(choice="dragons")]),
]


@pytest.mark.parametrize(("name", "breaking"), BREAKS, ids=[name for name, _ in BREAKS])
def test_what_is_broken_is_found(
    service: Service, kept: str, name: str, breaking: Callable[[str], list[Any]]
) -> None:
    do(service, *breaking(kept))
    assert name in run(service)


def test_somebody_brought_back_is_found(service: Service, kept: str) -> None:
    gone = erase_resident(service, ERASER, kept, reason="person_asked")
    assert gone.residents == 1
    do(
        service,
        insert(Contact).values(
            id=service.new_uuid(),
            resident_id=kept,
            kind="email",
            value_sealed=b"",
            index=service.vault.index("email", "anna@example.org"),
        ),
        update(Registration).values(received_at=service.clock.now().replace(year=2025)),
    )
    found = run(service)["nothing is left of the erased, and none is back"]
    assert any("although erased since" in one for one in found)


def test_bytes_and_answers_of_the_erased_are_found(service: Service, kept: str) -> None:
    erase_resident(service, ERASER, kept, reason="person_asked")
    phone = create_device(service, create_account(service))
    do(
        service,
        update(Registration).where(Registration.resident_id == kept).values(event_id="event-1"),
        update(Response).values(pseudonym=service.vault.pseudonym(kept)),
        insert(JournalEntry).values(
            device_id=phone.id,
            event_id="event-1",
            hash="h",
            seq=1,
            previous="",
            kid="",
            protocol=1,
            sealed=b"x",
            received_at=service.clock.now(),
            clock_offset_ms=0,
            chained=True,
        ),
    )
    found = run(service)
    assert "the journal keeps no bytes of the erased" in found
    assert "no answer or round is tied to the erased" in found
