"""Search: streets, postcodes, houses, areas and campaigns within one's areas, and never a person."""

from __future__ import annotations

import pytest

from server.base.service import Service
from server.web.search import MOST, search
from server.web.search_words import Wanted, wanted
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SOUTH,
    activate,
    create_force,
    create_supervisor,
    uprn,
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("hu5 2xq", Wanted(postcode="HU5 2XQ")),
        (" HU52XQ ", Wanted(postcode="HU5 2XQ")),
        ("10000012345", Wanted(number="10000012345")),
        ("12 Newland  Avenue", Wanted(house="12", street="Newland Avenue", name="12 Newland Avenue")),
        ("12a, Newland Avenue", Wanted(house="12A", street="Newland Avenue", name="12a, Newland Avenue")),
        ("Newland", Wanted(street="Newland", name="Newland")),
        ("N", Wanted()),
        ("  ", Wanted()),
    ],
)
def test_words_are_taken_for_what_they_look_like(words: str, found: Wanted) -> None:
    assert wanted(words) == found


def test_streets_houses_areas_and_campaigns_are_found(service: Service) -> None:
    create_force(service)
    chief = create_supervisor(service)
    campaign = activate(service, chief, areas=[NORTH])
    streets = search(service, chief, "street 9")
    assert [hit.href for hit in streets.streets] == [f"/console/streets/9000000{n}" for n in (1, 2, 3, 4)]
    assert [hit.text for hit in search(service, chief, f"7 street {LONG_STREET}").houses] == [
        f"7 STREET {LONG_STREET}, HULL, HU6 7AA"
    ]
    assert [hit.href for hit in search(service, chief, uprn(COAST_STREET, 2)).houses] == [
        f"/console/houses/{uprn(COAST_STREET, 2)}"
    ]
    assert [hit.href for hit in search(service, chief, LONG_STREET).streets] == [
        f"/console/streets/{LONG_STREET}"
    ]
    assert [hit.href for hit in search(service, chief, f"Area {NORTH}").areas] == [
        f"/console/coverage/{NORTH}"
    ]
    assert [hit.href for hit in search(service, chief, "campaign").campaigns] == [
        f"/console/campaigns/{campaign}"
    ]
    postcode = search(service, chief, "hu67aa")
    assert (len(postcode.houses), len(postcode.streets), postcode.cut) == (30, 4, frozenset())
    assert MOST == 30


def test_nothing_outside_the_areas_is_found(service: Service) -> None:
    create_force(service)
    chief, north = create_supervisor(service), create_supervisor(service, NORTH)
    activate(service, chief, areas=[COAST])
    for words in (
        "street 9",
        "hu6 7aa",
        "Area",
        "campaign",
        COAST_STREET,
        uprn(COAST_STREET, 1),
        COAST,
        SOUTH,
    ):
        found = search(service, north, words)
        told = " ".join(f"{hit.text} {hit.href}" for _, hits in found.kinds for hit in hits)
        for secret in (COAST, SOUTH, COAST_STREET, uprn(CROSSING_STREET, 5), "campaigns"):
            assert secret not in told, words
    crossing = search(service, north, f"3 street {CROSSING_STREET}")
    assert len(crossing.houses) == 1
    assert search(service, north, f"5 street {CROSSING_STREET}").houses == []


def test_wildcards_are_letters_like_others(service: Service) -> None:
    create_force(service)
    assert search(service, create_supervisor(service), "%%").kinds == []
