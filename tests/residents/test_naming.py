"""What a resident may have heard at the door, and whom it names."""

from __future__ import annotations

import pytest

from server.residents.naming import is_named


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("Quill", True),
        ("quill", True),
        ("PC Quill", True),
        ("PC 1234 Quill", True),
        ("Ada Quill", True),
        ("Quill, Ada", True),
        ("1234", True),
        ("Officer 1234", True),
        ("Ada", False),
        ("PC", False),
        ("", False),
        (" - ", False),
        ("Ada Quinn", False),
        ("4321", False),
        ("4321 Quill", False),
        ("Bea Quill", False),
        ("Quill 123", False),
    ],
)
def test_an_officer_is_named_by_surname_or_number_and_nothing_that_is_not_theirs(
    said: str, named: bool
) -> None:
    assert is_named(said, "PC Ada Quill", "1234") is named


def test_accents_and_apostrophes_are_no_matter() -> None:
    assert is_named("pcso o'brien", "Síle O’Brien", "")
    assert is_named("Sile OBrien", "Síle O’Brien", "")
    assert is_named("Łukasz Żak", "Łukasz Żak", "")
    assert is_named("zak", "Łukasz Żak", "")


def test_a_number_is_read_with_or_without_what_parts_it() -> None:
    assert is_named("7A-203", "Ada Quill", "7A 203")
    assert is_named("7a203", "Ada Quill", "7A 203")


def test_an_account_without_a_name_or_number_is_named_by_nothing() -> None:
    assert not is_named("Quill", "", "")
