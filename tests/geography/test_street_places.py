"""Streets are placed where their premises are, ward by ward, and stay so."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from server.base.service import Service
from server.geography.street_places import place_streets, places_are_of_their_premises
from server.geography.tables import Premises, StreetPlace
from tests.factories.fieldwork import (
    COAST,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SOUTH,
    create_force,
    house,
    uprn,
)


@pytest.fixture
def places(service: Service) -> Any:
    """Reads the places of a street by ward."""
    create_force(service)

    def read(usrn: str) -> dict[str, StreetPlace]:
        found = select(StreetPlace).where(StreetPlace.usrn == usrn)
        return service.db.read(lambda session: {one.ward_code: one for one in session.scalars(found)})

    return read


def test_a_street_across_wards_has_a_place_in_each(service: Service, places: Any) -> None:
    found = places(CROSSING_STREET)
    assert found.keys() == {NORTH, SOUTH}
    north, south = found[NORTH], found[SOUTH]
    assert (north.west, north.east, north.south) == pytest.approx((-0.35985, -0.35955, 53.774))
    assert north.lon == pytest.approx(-0.3597)
    assert south.lon == pytest.approx(-0.35910)
    assert places_are_of_their_premises(service) == []


@pytest.mark.parametrize("usrns", [None, [LONG_STREET, CROSSING_STREET]])
def test_places_follow_premises_that_come_move_and_go(service: Service, places: Any, usrns: Any) -> None:
    def change(session: Any) -> None:
        moved = update(Premises).where(Premises.usrn == CROSSING_STREET, Premises.ward_code == SOUTH)
        session.execute(moved.values(ward_code=COAST, lon=-0.1))
        session.execute(insert(Premises).values(house(LONG_STREET, 99, NORTH) | {"lat": 53.9}))

    service.db.transact(change)
    assert len(places_are_of_their_premises(service)) == 3
    service.db.transact(lambda session: place_streets(session, usrns))
    assert places_are_of_their_premises(service) == []
    assert places(CROSSING_STREET).keys() == {NORTH, COAST}
    assert places(LONG_STREET)[NORTH].north == pytest.approx(53.9)


def test_a_street_whose_last_premises_went_has_no_place(service: Service, places: Any) -> None:
    def change(session: Any) -> None:
        session.execute(insert(Premises).values(house(LONG_STREET, 99, COAST)))
        place_streets(session)
        session.execute(delete(Premises).where(Premises.uprn == uprn(LONG_STREET, 99)))
        place_streets(session, [LONG_STREET])

    service.db.transact(change)
    assert places(LONG_STREET).keys() == {NORTH}
