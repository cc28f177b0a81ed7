"""Who can see a street or an area: by which grant, and until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from server.base.access import has, sees
from server.base.problems import Problem
from server.base.service import Service
from server.staff.tables import AreaGrant
from server.staff.who_sees import who_sees_area, who_sees_street
from tests.factories.base import create_principal
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    PATHS,
    SOUTH,
    create_force,
)
from tests.factories.staff import create_account, principal_for

ADMIN = create_principal("staff.read", "staff.find")
TODAY = date(2026, 3, 2)


def grant_until(
    service: Service, account_id: int, starts_on: date | None = None, ends_on: date | None = None
) -> None:
    """Give all of an account's grants these dates."""

    def work(session: Session) -> None:
        session.execute(
            update(AreaGrant)
            .where(AreaGrant.account_id == account_id)
            .values(starts_on=starts_on, ends_on=ends_on)
        )

    service.db.transact(work)


def test_everybody_whose_area_takes_a_house_of_the_street_in_is_listed_with_the_grant(
    service: Service,
) -> None:
    create_force(service)
    create_account(service, "admin.example", "administrator")
    for name, area in (
        ("whole", FORCE),
        ("district", HULL),
        ("north", NORTH),
        ("south", SOUTH),
        ("coast", COAST),
    ):
        create_account(service, f"{name}.example", areas=[area])
    create_account(service, "left.example", areas=[NORTH], active=False)
    create_account(service, "nowhere.example")
    found = who_sees_street(service, ADMIN, CROSSING_STREET)
    assert [(one.name, one.area_code, one.wards) for one in found.rows] == [
        ("Admin.Example", "", (NORTH, SOUTH)),
        ("District.Example", HULL, (NORTH, SOUTH)),
        ("North.Example", NORTH, (NORTH,)),
        ("South.Example", SOUTH, (SOUTH,)),
        ("Whole.Example", FORCE, (NORTH, SOUTH)),
    ]
    assert (found.place, found.people) == (f"STREET {CROSSING_STREET}", 5)
    assert [one.name for one in who_sees_street(service, ADMIN, COAST_STREET).rows] == [
        "Admin.Example",
        "Coast.Example",
        "Whole.Example",
    ]
    assert [one.name for one in who_sees_area(service, ADMIN, SOUTH).rows][-2:] == [
        "South.Example",
        "Whole.Example",
    ]


def test_a_grant_that_is_over_is_not_listed_and_one_to_come_is_told_apart(service: Service) -> None:
    create_force(service)
    for name, dates in (
        ("over", (None, TODAY - timedelta(days=1))),
        ("last-day", (None, TODAY)),
        ("soon", (TODAY + timedelta(days=1), None)),
    ):
        grant_until(service, create_account(service, f"{name}.example", areas=[NORTH]), *dates)
    found = who_sees_street(service, ADMIN, LONG_STREET)
    assert [(one.name, one.when) for one in found.rows] == [
        ("Last-Day.Example", "now"),
        ("Soon.Example", "later"),
    ]
    assert found.people == 1


@pytest.mark.parametrize("area", [FORCE, HULL, NORTH, SOUTH, COAST])
def test_the_list_agrees_with_what_the_accounts_really_see(service: Service, area: str) -> None:
    create_force(service)
    account = create_account(service, "pat.example", areas=[area])
    principal = principal_for(service, account)
    for ward in (NORTH, SOUTH, COAST):
        listed = {one.account_id for one in who_sees_area(service, ADMIN, ward).rows}
        assert (account in listed) == sees(principal, PATHS[ward])


def test_only_those_who_read_accounts_may_ask_and_a_strange_place_is_not_found(service: Service) -> None:
    create_force(service)
    with pytest.raises(Problem, match="permission"):
        who_sees_street(service, create_principal("staff.find"), LONG_STREET)
    for ask in (who_sees_street, who_sees_area):
        with pytest.raises(Problem) as raised:
            ask(service, ADMIN, "12")
        assert raised.value.code == "not_found"


def test_key_contacts_are_seen_by_those_given_that_beside_their_role(service: Service) -> None:
    given = principal_for(service, create_account(service, "pat.example", "officer", "key_contacts"))
    assert has(given, "key_contact.read")
    assert has(given, "worklist.read")
    for number, role in enumerate(("officer", "coordinator", "supervisor", "analyst", "administrator")):
        usual = principal_for(service, create_account(service, f"pat{number}.example", role))
        assert not has(usual, "key_contact.read")
