"""Cutting streets into lists and dealing them out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fieldwork.cutting import Stretch, cut, deal


def street(usrn: str, houses: int) -> Stretch:
    return Stretch(usrn, tuple(f"{usrn}-{number}" for number in range(houses)))


def sizes(lists: list[list[Stretch]]) -> list[list[int]]:
    return [[len(stretch.uprns) for stretch in one] for one in lists]


def test_streets_that_fit_share_a_list() -> None:
    assert sizes(cut([street("a", 3), street("b", 4), street("c", 2)], 9)) == [[3, 4, 2]]


def test_a_street_that_does_not_fit_begins_a_new_list_and_is_not_cut() -> None:
    assert sizes(cut([street("a", 6), street("b", 6)], 9)) == [[6], [6]]


def test_a_street_longer_than_a_list_is_cut_into_even_contiguous_stretches() -> None:
    lists = cut([street("a", 11)], 5)
    assert sizes(lists) == [[3], [4], [4]]
    assert tuple(uprn for one in lists for stretch in one for uprn in stretch.uprns) == street("a", 11).uprns


def test_a_list_of_no_houses_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one house"):
        cut([street("a", 1)], 0)


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 15))
def test_every_house_is_on_one_list_in_walking_order_and_no_list_is_too_long(
    lengths: list[int], most: int
) -> None:
    streets = [street(str(place), houses) for place, houses in enumerate(lengths)]
    lists = cut(streets, most)
    listed = [uprn for one in lists for stretch in one for uprn in stretch.uprns]
    assert listed == [uprn for one in streets for uprn in one.uprns]
    for one in lists:
        assert 0 < sum(len(stretch.uprns) for stretch in one) <= most
        assert len({stretch.usrn for stretch in one}) == len(one)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 6))
def test_lists_are_dealt_in_order_and_no_officer_gets_far_more_than_an_equal_share(
    lengths: list[int], officers: int
) -> None:
    lists = [[street(str(place), houses)] for place, houses in enumerate(lengths)]
    dealt = deal(lists, officers)
    assert dealt == sorted(dealt)
    assert all(0 <= officer < officers for officer in dealt)
    for officer in range(officers):
        share = sum(houses for houses, whose in zip(lengths, dealt, strict=True) if whose == officer)
        assert share <= sum(lengths) / officers + max(lengths)
