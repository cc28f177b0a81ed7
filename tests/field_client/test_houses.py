"""Finding a house by what an officer says, and its flag as of now with the officer's own knocks in it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from field_client.problems import AmbiguousHouse, NotReached, UnknownHouse
from field_client.terminal import show
from sync import worklist_codec
from sync.events import Callback
from sync.worklist import House, HouseState
from tests.field_client.conftest import Field
from tests.field_client.fake_service import LIST, STREETS, a_worklist

HOUR_MS = 3_600_000


@pytest.fixture
def flats(field: Field) -> Field:
    """The same list with two flats at number 12, a house without its street in the address, and a hazard."""
    street = STREETS[0]
    extra = tuple(
        House(str(200_000_000 + place), 90 + place, address, 0, 0, "yes", "", HouseState(), *more)
        for place, address, *more in (
            (1, "Flat 1, 12 Newland Avenue", "100000012", "HU5 2AA"),
            (2, "Flat 2, 12 Newland Avenue", "100000012", "HU5 2AA"),
            (3, "The Lodge", "", "HU5 9ZZ", ("Dog, loose",), ("Side door",)),
        )
    )
    streets = (msgspec.structs.replace(street, houses=(*street.houses, *extra)), STREETS[1])
    held = a_worklist(streets)
    field.service.give(msgspec.structs.replace(held, version=2, digest=worklist_codec.digest(streets)))
    field.client.sync()
    return field


@pytest.mark.parametrize(
    ("words", "uprn"),
    [
        ("100000012", "100000012"),
        ("12 Newland Avenue", "100000012"),
        ("12 newland AVENUE", "100000012"),
        ("12, Newland  Avenue", "100000012"),
        ("flat 2 12 newland avenue", "200000002"),
        ("lodge", "200000003"),
        ("The Lodge, Newland Avenue", "200000003"),
        ("HU5 9ZZ", "200000003"),
        ("hu59zz", "200000003"),
        ("3 HU5 2RP", "100000103"),
        ("3 de grey", "100000103"),
    ],
)
def test_a_house_is_found_by_what_an_officer_would_say(flats: Field, words: str, uprn: str) -> None:
    assert flats.client.find(words) == uprn


def test_several_that_fit_are_listed_to_choose_from(flats: Field) -> None:
    with pytest.raises(AmbiguousHouse) as told:
        flats.client.find("flat newland")
    assert told.value.choices == [
        ("200000001", "Flat 1, 12 Newland Avenue"),
        ("200000002", "Flat 2, 12 Newland Avenue"),
    ]


@pytest.mark.parametrize(
    "words", ["", "  ", "77 Newland Avenue", "1 Newland Avenue", "12 HU5 2RP", "999999", "!?"]
)
def test_none_that_fits_is_said(flats: Field, words: str) -> None:
    with pytest.raises(UnknownHouse):
        flats.client.find(words)


def test_a_street_is_found_by_name_by_part_of_it_and_by_number(field: Field) -> None:
    for words in ("De Grey Street", "de grey", "grey", "30002"):
        assert {view.street.usrn for view in field.client.street(words)} == {"30002"}
    with pytest.raises(UnknownHouse):
        field.client.street("Spring Bank")


def test_the_flag_follows_own_knocks_at_once_and_the_hours_as_they_pass(field: Field) -> None:
    client, house = field.client, "100000012"
    assert client.house(house).decision.answer == "yes"
    client.record_visit(house, "no_reply")
    assert client.house(house).decision.answer == "not_before"
    field.pass_time(27 * HOUR_MS)
    assert client.house(house).decision.answer == "yes", (
        "Tuesday at noon: the gap has passed, and it is another slot"
    )
    client.record_visit(house, "callback", callback=Callback("2026-03-05", "evening"))
    assert client.house(house).decision.code == "callback_later"
    field.pass_time(2 * 24 * HOUR_MS + 6 * HOUR_MS)
    assert client.house(house).decision.code == "callback_due"
    client.record_visit(house, "do_not_call")
    assert client.house(house).decision.code == "do_not_call"


def test_the_flag_shown_offline_is_the_one_that_the_service_will_give(field: Field) -> None:
    client = field.client
    for house, outcome in (
        ("100000010", "no_reply"),
        ("100000011", "vacant"),
        ("100000013", "not_interested"),
    ):
        client.record_visit(house, outcome)
    before = [(view.state, view.decision) for view in client.street("Newland")]
    client.sync()
    assert [(view.state, view.decision) for view in client.street("Newland")] == before
    assert not any(view.own for view in client.street("Newland"))


def test_streets_count_what_is_to_be_done_now_later_and_not(field: Field) -> None:
    client = field.client
    client.record_visit("100000010", "no_reply")
    client.record_visit("100000011", "spoke")
    [first, second] = client.streets()
    assert (first.houses, first.now, first.later, first.done, first.unsent) == (6, 4, 1, 1, 2)
    assert (second.houses, second.now) == (4, 4)


def test_hazards_stand_before_everything_else(flats: Field) -> None:
    flats.client.hazard("200000003", "step", "Broken")
    lines = show.house(flats.client.house("200000003")).splitlines()
    assert lines[:3] == [
        "! HAZARD: Dog, loose",
        "! HAZARD: step (reported by you)",
        "The Lodge Newland Avenue, HU5 9ZZ  (house 200000003)",
    ]
    assert "Note: Side door" in lines


def test_a_list_of_a_newer_service_with_an_outcome_unknown_here_can_still_be_read(
    new_field: Callable[[], Field],
) -> None:
    field = new_field()
    field.client.record_visit("100000012", "no_reply")
    held = field.service.lists[LIST]
    fewer = [row for row in held.outcomes if row["code"] != "no_reply"]
    field.service.give(msgspec.structs.replace(held, version=2, outcomes=fewer))
    field.service.history.clear()
    real = field.service._receive
    field.service._receive = lambda *given: msgspec.structs.replace(real(*given), hash="0" * 64)  # type: ignore[method-assign]
    field.client.sync()
    view = field.client.house("100000012")
    assert (view.own[0].record.outcome, view.state) == ("no_reply", view.house.state)


def test_a_visit_counts_once_when_its_list_was_recalled_and_the_house_is_on_another_one(field: Field) -> None:
    client, service = field.client, field.service
    client.record_visit("100000012", "no_reply")
    client.sync()
    shown = client.house("100000012").state
    counted = msgspec.structs.replace(service.lists[LIST], worklist=LIST + 1, version=1)
    service.recall(LIST)
    service.give(counted)
    client.sync()
    assert client.house("100000012").worklist.worklist == LIST + 1
    assert client.house("100000012").state == shown
    assert shown.attempts == 1


def test_a_visit_whose_receipt_was_lost_counts_once_on_the_list_that_came_meanwhile(field: Field) -> None:
    client, service = field.client, field.service
    client.record_visit("100000012", "no_reply")
    field.wire.trouble = ["reply lost"]
    with pytest.raises(NotReached):
        client.sync()
    service.recall(LIST)
    service.give(msgspec.structs.replace(service.history[LIST, 2], worklist=LIST + 1, version=1))
    client.sync()
    assert client.house("100000012").state.attempts == 1
    assert not client.house("100000012").own
