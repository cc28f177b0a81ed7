"""Whatever stands in a row or a file, it is read, rejected or refused: never a traceback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.base.problems import Problem
from server.geography.importing.addressbase import CORE_NEEDS, FORMATS, PLUS_NEEDS, BadRow, normal_postcode
from server.geography.importing.areas import kind_of, pairs_of
from server.geography.importing.boundaries import BadFeature, area_row, read_layer
from server.geography.importing.naming import as_written
from server.geography.importing.reading import Line, Table, fault_of, read_lines
from server.geography.importing.report import ImportSummary, Rejects
from server.geography.synthesis.premises import ADDRESSBASE_CORE
from tests.geography.files import PLUS_HEADER, house

CELL = st.one_of(
    st.sampled_from(
        ["", "0", "1", "D", "I", "RD04", "HU5 2AB", "53.7", "-0.3", "nan", "inf", "-inf", "1e400", "²"]
    ),
    st.text(max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_row_is_read_or_rejected_with_a_reason(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMATS))
    read = form.reader({name: place for place, name in enumerate(form.needs)})
    fields = data.draw(st.lists(CELL, min_size=len(form.needs), max_size=len(form.needs)))
    try:
        record = read(fields)
    except BadRow:
        return
    assert record.uprn.isdigit()
    assert len(record.uprn) <= 12
    assert record.gone or (-9.5 <= record.lon <= 2.5 and 49.5 <= record.lat <= 61.5)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(house(1))), CELL, max_size=6))
def test_a_house_with_odd_cells_is_read_or_rejected(changed: dict[str, str]) -> None:
    row = house(1) | changed
    read = FORMATS[0].reader({name: place for place, name in enumerate(CORE_NEEDS)})
    try:
        record = read([row[name.upper()] for name in CORE_NEEDS])
    except BadRow:
        return
    assert record.gone or record.street


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_line_by_line_or_refused_as_a_whole(content: bytes) -> None:
    rejects = Rejects(Path("unused"))
    try:
        lines = list(read_lines(Path("file.csv"), io.BytesIO(content)))
    except Problem:
        return
    table = Table(Path("file.csv"), ["a", "b"], iter(lines), rejects)
    taken = [line for line in table.rows() if line.fields]
    assert len(taken) + len(rejects.rows) == len(lines)
    for line in taken:
        "".join(line.fields).encode("utf-8")
        assert "\0" not in "".join(line.fields)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=9),
            min_size=2,
            max_size=2,
        )
    )
)
def test_rows_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    content = "\r\n".join(quoted).encode()
    read = [line.fields for line in read_lines(Path("file.csv"), io.BytesIO(content))]
    if rows and rows[0][0].startswith("\ufeff"):
        return  # quoted, so that it is no byte order mark
    assert read == rows


def test_the_line_number_is_that_of_the_file_also_after_a_field_of_two_lines() -> None:
    lines = list(read_lines(Path("f.csv"), io.BytesIO(b'a,b\n"x\ny",1\n\nz,2\n')))
    assert lines == [Line(1, ["a", "b"]), Line(3, ["x\ny", "1"]), Line(5, ["z", "2"])]


def test_a_row_that_cannot_be_stored_is_told() -> None:
    assert fault_of(["plain", "café"]) == ""
    assert "UTF-8" in fault_of([b"caf\xe9".decode("utf-8", "surrogateescape")])
    assert "U+0000" in fault_of(["a\0b"])


@pytest.mark.parametrize(
    ("shouted", "written"),
    [
        ("10TH AVENUE", "10th Avenue"),
        ("ST JOHN'S ROAD", "St John's Road"),
        ("D'ARCY CLOSE", "D'Arcy Close"),
        ("O'NEILL DRIVE", "O'Neill Drive"),
        ("BARTON-UPON-HUMBER", "Barton-upon-Humber"),
        ("FLAT 2B, 12A THE CROFT", "Flat 2B, 12A the Croft"),
        ("THE CROFT", "The Croft"),
        ("GROSVENOR STREET (SOUTH)", "Grosvenor Street (South)"),
        ("BEVERLEY & NEWLAND", "Beverley & Newland"),
        ("RAF COTTAGES", "RAF Cottages"),
        ("A63", "A63"),
        ("Already Written", "Already Written"),
        ("", ""),
    ],
)
def test_shouted_names_are_written_as_people_do(shouted: str, written: str) -> None:
    assert as_written(shouted) == written


@given(st.text(max_size=40))
def test_writing_a_name_keeps_its_words(text: str) -> None:
    written = as_written(text)
    assert written.casefold() == text.casefold() or text != text.upper() or not text.isascii()
    assert as_written(written) == written or written == written.upper()


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [("hu52ab", "HU5 2AB"), ("DN104BE", "DN10 4BE"), ("HU5  2AB", "HU5 2AB"), ("", "")],
)
def test_postcodes_are_stored_in_one_form(given_text: str, stored: str) -> None:
    assert normal_postcode(given_text) == stored


@pytest.mark.parametrize("wrong", ["HU5", "HU5 2A", "5HU 2AB", "HU55 55", "HU5 2AB1"])
def test_what_is_no_postcode_is_rejected(wrong: str) -> None:
    with pytest.raises(BadRow):
        normal_postcode(wrong)


def test_kinds_of_area_are_told_by_their_columns() -> None:
    assert pairs_of(["LSOA21CD", "LSOA21NM", "WD23CD", "WD23NM", "wd24cd", "wd24nm", "LAD24CD", "SRC"]) == {
        "lsoa21": ("LSOA21CD", "LSOA21NM"),
        "ward": ("wd24cd", "wd24nm"),
    }
    assert [kind_of("PFA", "23"), kind_of("LSOA", "11"), kind_of("BUA", "24")] == ["force", "lsoa11", "bua"]


def test_every_column_that_is_needed_is_an_official_one() -> None:
    assert {name.upper() for name in CORE_NEEDS} <= set(ADDRESSBASE_CORE)
    assert {name.upper() for name in PLUS_NEEDS} <= set(PLUS_HEADER)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-400, 400) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
RINGS = st.lists(st.lists(st.tuples(st.floats(-200, 200), st.floats(-100, 100)), max_size=6), max_size=3)
GEOMETRY = st.one_of(
    JSON,
    st.fixed_dictionaries({"type": st.just("Polygon"), "coordinates": st.one_of(JSON, RINGS)}),
    st.fixed_dictionaries(
        {"type": st.just("MultiPolygon"), "coordinates": st.one_of(JSON, st.lists(RINGS, max_size=2))}
    ),
)
FEATURE = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {
            "properties": st.one_of(JSON, st.fixed_dictionaries({"WD24CD": JSON, "WD24NM": JSON})),
            "geometry": GEOMETRY,
        }
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(JSON, st.fixed_dictionaries({"features": st.lists(FEATURE, max_size=4), "crs": JSON})))
def test_any_json_is_taken_as_boundaries_or_refused(document: object) -> None:
    summary = ImportSummary("boundaries")
    try:
        layer = read_layer(Path("f.geojson"), json.dumps(document).encode(), None)
    except Problem:
        return
    for one in layer.features:
        try:
            row = area_row(layer, one, summary)
        except BadFeature:
            continue
        assert row.geometry is not None
        assert row.geometry.is_valid
        assert row.geometry.geom_type == "MultiPolygon"
