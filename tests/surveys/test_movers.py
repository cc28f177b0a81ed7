"""People who are on file twice are joined, with their links, rounds and answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.base.clock import SetClock
from server.base.service import Service
from server.residents.checks import find_marks_out_of_line
from server.residents.links import PREFERENCES, make_link
from server.residents.preferences import PreferenceChange
from server.residents.tables import Resident
from server.surveys.checks import find_rounds_out_of_line
from server.surveys.movers import join_movers
from server.surveys.questionnaires import ensure_default
from server.surveys.self_service import change_by_link, read_by_link
from server.surveys.tables import Response
from tests.factories.residents import FAR_AWAY, HOUSE, a_record, create_houses, register
from tests.residents.test_self_registration import house_state
from tests.surveys.test_respond import answers, file, response


@pytest.fixture(autouse=True)
def _ready(service: Service) -> None:
    create_houses(service)
    ensure_default(service)


def residents(service: Service) -> dict[str, tuple[str, str]]:
    rows = service.db.read(lambda s: s.execute(select(Resident.id, Resident.uprn, Resident.state)).all())
    return {row.id: (row.uprn, row.state) for row in rows}


def test_somebody_who_moved_is_one_resident_at_the_new_house(service: Service, clock: SetClock) -> None:
    old = register(service, a_record(email="anna@example.org"))
    file(service, response(service, answers({"concerns": ["none"]}), 1, old))
    clock.advance(timedelta(days=30))
    new = register(service, a_record(email="anna@example.org"), FAR_AWAY)
    file(service, response(service, answers({"concerns": ["none"]}), 2, new))
    assert join_movers(service) == 1
    assert residents(service) == {old: (FAR_AWAY, "current"), new: (FAR_AWAY, "merged")}
    assert (house_state(service), house_state(service, FAR_AWAY)) == ("none", "registered")
    pseudonyms = service.db.read(lambda s: set(s.scalars(select(Response.pseudonym))))
    assert pseudonyms == {service.vault.pseudonym(old)}
    for key in (old, new):
        assert read_by_link(service, make_link(service, PREFERENCES, key)).state == "current"
    assert service.db.read(find_rounds_out_of_line) == []
    assert service.db.read(find_marks_out_of_line) == []
    assert join_movers(service) == 0


def test_an_old_house_that_comes_in_late_does_not_move_anybody_back(
    service: Service, clock: SetClock
) -> None:
    before = clock.now()
    clock.advance(timedelta(days=30))
    new = register(service, a_record(email="anna@example.org"), FAR_AWAY)
    old = register(service, a_record(email="anna@example.org"), HOUSE, at=before)
    assert join_movers(service) == 1
    assert residents(service)[old] == (FAR_AWAY, "current"), "registered first, lives where registered last"
    assert residents(service)[new] == (FAR_AWAY, "merged")


def test_people_of_one_household_with_one_phone_stay_two(service: Service) -> None:
    register(service, a_record("Anna Nowak", phone="01482 555 0100"))
    register(service, a_record("Jan Nowak", phone="01482 555 0100"))
    register(service, a_record("Ewa Nowak", email="anna@example.org"), FAR_AWAY)
    register(service, a_record("Anna Nowak", email="anna@example.org"))
    assert join_movers(service) == 0


def test_an_opt_out_holds_for_both_rows_that_are_joined(service: Service, clock: SetClock) -> None:
    old = register(service, a_record(email="anna@example.org"))
    register(service, a_record(email="anna@example.org"), FAR_AWAY)
    clock.advance(timedelta(days=1))
    change_by_link(service, make_link(service, PREFERENCES, old), PreferenceChange(opt_out=True))
    clock.advance(timedelta(hours=1))
    assert join_movers(service) == 1
    assert read_by_link(service, make_link(service, PREFERENCES, old)).state == "opted_out"
    assert (house_state(service), house_state(service, FAR_AWAY)) == ("none", "opted_out")
