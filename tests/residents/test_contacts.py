"""One form for names and contacts, however they were typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.residents.contacts import normal_email, normal_name, normal_phone


@pytest.mark.parametrize(
    "typed",
    ["01482 555 0123", "+44 1482 555 0123", "0044 (1482) 5550123", "+44 (0) 1482 5550123", "01482-555-0123"],
)
def test_a_british_number_is_one_number_however_it_is_typed(typed: str) -> None:
    assert normal_phone(typed) == "+4414825550123"


def test_a_foreign_number_keeps_its_country() -> None:
    assert normal_phone("+48 601 555 012") == "+48601555012"


def test_what_is_no_number_still_finds_itself() -> None:
    assert normal_phone(" none ") == "none"


@pytest.mark.parametrize("typed", ["Łukasz Żak", "LUKASZ  ZAK", "Mr. Lukasz Żak", " Mr Łukasz Zak "])
def test_a_name_is_found_without_accents_titles_and_case(typed: str) -> None:
    assert normal_name(typed) == "lukasz zak"


def test_hyphens_and_apostrophes_do_not_part_a_name() -> None:
    assert normal_name("Siân O’Neill-Smith") == normal_name("Sian ONeillSmith")


def test_somebody_whose_whole_name_is_a_title_keeps_it() -> None:
    assert normal_name("Dr") == "dr"


def test_an_email_address_is_compared_without_case() -> None:
    assert normal_email(" Anna.Nowak@Example.ORG ") == "anna.nowak@example.org"


@given(st.text(max_size=60))
def test_one_form_stays_as_it_is(text: str) -> None:
    for normal in (normal_email, normal_name):
        assert normal(normal(text)) == normal(text)
