"""Lists of UPRNs and postcodes and drawn shapes: what they mean in houses, and that nothing of them is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.base.access import Principal
from server.base.service import Service
from server.fieldwork.choose_houses import choose_houses
from server.fieldwork.house_lists import MOST_LINES, read_list, read_shape
from tests.factories.fieldwork import (
    COAST_STREET,
    EAST,
    LONG_STREET,
    SHORT_STREET,
    create_supervisor,
    uprn,
    uprns,
)

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-0.37, 53.76], [-0.3, 53.76], [-0.3, 53.771], [-0.37, 53.771], [-0.37, 53.76]]],
}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("100\n000200\n\n hu67aa \n", [(1, "100"), (2, "200"), (4, "HU6 7AA")]),
        ("100, 200;\n", [(1, "100"), (1, "200")]),
        ("100,'200'\tHU6 7AA", [(1, "100"), (1, "200"), (1, "HU6 7AA")]),
        ("100,HU6 7AA,200", [(1, "100"), (1, "HU6 7AA"), (1, "200")]),
        ("\ufeffAddress,UPRN\n1 The Street,100\n'2, The Street',\n", [(2, "100"), (3, "")]),
        ("address,uprn\nThe Barn\nThe Mill,\n", [(2, ""), (3, "")]),
        ('address;postcode\r\n"1; A Street";hu6 7aa\r\n', [(2, "HU6 7AA")]),
        ("1.00E+11\nAunt's\n1234567890123", [(1, ""), (2, ""), (3, "")]),
        ("", []),
    ],
)
def test_a_list_is_read_line_by_line(text: str, codes: list[tuple[int, str]]) -> None:
    assert [(one.line, one.code) for one in read_list(text)] == codes


@given(st.text(alphabet="0123456789HU AB,;\t\"'\n", max_size=80))
def test_nothing_of_a_list_is_lost(text: str) -> None:
    entries = read_list(text)
    told = "".join(one.typed for one in entries)
    if not any(mark in text for mark in "\"'"):
        assert sorted(told.replace(" ", "")) == sorted(
            letter for letter in text if letter not in " ,;\t\n"
        ) or any(len(one.typed) == 40 for one in entries)


def test_a_list_of_too_many_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="20,001 lines"):
        read_list("1\n" * (MOST_LINES + 1))


@pytest.mark.parametrize(
    "document",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SQUARE}] * 2},
    ],
)
def test_a_shape_is_read_from_whatever_geojson_it_comes_in(document: dict[str, Any]) -> None:
    assert read_shape(json.dumps(document))["type"] == "Polygon"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no", "not GeoJSON"),
        ("[1]", "not GeoJSON"),
        ('{"type": "Polygon"}', "not GeoJSON"),
        ('{"type": "Point", "coordinates": [0, 50]}', "Only polygons"),
        ('{"type": "FeatureCollection", "features": []}', "Only polygons"),
        ('{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}', "crosses itself"),
        ('{"type": "Polygon", "coordinates": [[[0,0],[500,1],[1,0],[0,0]]]}', "outside the world"),
        ('{"type": "Polygon", "coordinates": []}', "empty"),
    ],
)
def test_a_shape_that_cannot_be_used_is_told_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_shape(text)


def test_a_list_and_a_shape_are_houses_in_ones_own_areas_and_the_rest_is_told(
    service: Service, supervisor: Principal
) -> None:
    far = uprn(COAST_STREET, 1)
    entries = read_list(f"{uprn(SHORT_STREET, 1)}\n{far}\nHU1 1AA\nsome\n999")
    found = choose_houses(service, supervisor, entries, SQUARE)
    assert found.uprns == tuple(sorted([uprn(SHORT_STREET, 1), far, *uprns(LONG_STREET)]))
    assert (found.listed, found.drawn) == (2, 12)
    assert [(one.line, one.typed, one.why.split()[1]) for one in found.unknown] == [
        (3, "HU1 1AA", "no"),
        (4, "some", "neither"),
        (5, "999", "no"),
    ]
    of_the_coast = create_supervisor(service, EAST)
    theirs = choose_houses(service, of_the_coast, read_list("HU6 7AA"), SQUARE)
    assert theirs.uprns == tuple(uprns(COAST_STREET))
    ours = choose_houses(service, of_the_coast, entries, None)
    assert (ours.uprns, [one.line for one in ours.unknown]) == ((far,), [1, 3, 4, 5])
