from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.statistics.disclosure import cuts_of, rounded, suppress, suppress_table, whole_quarters

counts = st.one_of(st.integers(0, 9), st.integers(0, 60))
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(counts, min_size=width, max_size=width), min_size=1, max_size=5)
)


def test_one_to_seven_are_hidden_and_the_rest_rounded_to_five():
    assert [rounded(n) for n in range(14)] == [0, *[None] * 7, 10, 10, 10, 10, 10, 15]


def test_a_hidden_count_takes_the_smallest_shown_one_with_it():
    assert suppress([3, 40, 12, 0]) == ([None, 40, None, 0], 55)


def test_hidden_counts_that_are_small_together_take_another_with_them():
    assert suppress([1, 1, 30, 50]) == ([None, None, None, 50], 80)


def test_a_small_total_is_hidden_too():
    assert suppress([3, 0]) == ([None, 0], None)


def test_counts_that_give_nothing_away_stay():
    assert suppress([20, 30, 0]) == ([20, 30, 0], 50)


def test_no_counts_are_an_empty_table():
    assert suppress([]) == ([], 0)


@given(st.lists(counts, max_size=12))
def test_a_row_on_its_own_is_treated_like_a_table_of_one_row(row):
    table = suppress_table([row])
    assert suppress(row) == (table.cells[0], table.row_totals[0])


def determined(table, cells):
    """Positions of hidden counts that follow from the shown ones by adding and taking away, were they not rounded."""
    shown = [[*row, total] for row, total in zip(table.cells, table.row_totals, strict=True)]
    shown.append([*table.column_totals, table.total])
    places = [(r, c) for r, row in enumerate(shown) for c, value in enumerate(row) if value is None]
    height, width = len(shown), len(shown[0])
    sums = np.zeros((height + width, len(places)))
    for at, (r, c) in enumerate(places):
        sums[r, at] = -1 if c == width - 1 else 1
        sums[height + c, at] = -1 if r == height - 1 else 1
    rank = np.linalg.matrix_rank(sums) if places else 0
    found = []
    for at, place in enumerate(places):
        unit = np.zeros((1, len(places)))
        unit[0, at] = 1
        if np.linalg.matrix_rank(np.vstack([sums, unit])) == rank:
            found.append(place)
    return found


@given(tables)
def test_no_hidden_count_follows_from_the_shown_ones(cells):
    table = suppress_table(cells)
    assert determined(table, cells) == []


@given(tables)
def test_no_small_count_is_ever_shown_and_no_shown_one_is_off_by_more_than_two(cells):
    table = suppress_table(cells)
    for row, shown_row in zip(cells, table.cells, strict=True):
        for count, shown in zip(row, shown_row, strict=True):
            assert not (0 < count < 8) or shown is None
            assert shown is None or abs(shown - count) <= 2
    for total, shown in zip(map(sum, cells), table.row_totals, strict=True):
        assert not (0 < total < 8) or shown is None


@given(tables)
def test_hidden_counts_under_a_shown_total_are_no_small_number_together(cells):
    table = suppress_table(cells)
    for row, shown_row, total in zip(cells, table.cells, table.row_totals, strict=True):
        hidden = sum(count for count, shown in zip(row, shown_row, strict=True) if shown is None)
        assert total is None or not 0 < hidden < 8


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="length"):
        suppress_table([[1], [1, 2]])


@given(st.dates(), st.dates())
def test_two_periods_are_the_same_or_differ_by_whole_quarters(one, other):
    first, last = whole_quarters(one, one)
    assert first <= one <= last
    assert (first.day, first.month % 3) == (1, 1)
    assert whole_quarters(other, None)[0] == first or not first <= other <= last
    assert whole_quarters(None, other)[1] == last or not first <= other <= last


def test_an_open_period_stays_open():
    assert whole_quarters(None, None) == (None, None)
    assert whole_quarters(date(2026, 12, 31), date(2024, 2, 1)) == (date(2026, 10, 1), date(2024, 3, 31))


@given(st.lists(st.integers(0, 12), max_size=9))
def test_between_two_cuts_stands_nobody_or_more_than_seven(counts):
    cuts = sorted(cuts_of(counts))
    assert (cuts[0], cuts[-1]) == (0, len(counts))
    blocks = [sum(counts[first:end]) for first, end in pairwise(cuts)]
    assert not any(0 < many < 8 for many in blocks) or len(blocks) == 1


def test_quarters_are_parted_wherever_they_may_be():
    assert cuts_of([]) == {0}
    assert cuts_of([8, 0, 9]) == {0, 1, 2, 3}
    assert cuts_of([20, 3, 30]) == {0, 1, 3}
    assert cuts_of([20, 30, 0, 3]) == {0, 1, 4}
    assert cuts_of([3, 4]) == {0, 2}
