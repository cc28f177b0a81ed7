"""Tables that both languages read, and what a list of 2,000 houses weighs."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from sync import codec, consents, demographics, receipts
from sync.events import ConsentRecord
from sync.exchange import ExchangeReply
from sync.fold import Fact, fold
from sync.keys import generate_private, public_bytes
from sync.outcomes import as_wire, table
from sync.revisit import decide
from sync.worklist import House, Policy, StreetHouses, WorklistBody
from sync.worklist_codec import apply, digest, open_package, seal_package
from tests.sync.vectorsmith.lists import CAMPAIGN, header
from tests.sync.vectorsmith.shared import LONDON, TOKEN_KEY, at

ROOT = Path(__file__).parents[2]
# Codes that are words of other tables too (a lift, a note, an error) cannot be told apart by looking.
TELLING = ("spoke", "not_interested", "no_reply", "no_reply_card", "not_responsible", "no_access", "vacant")


@pytest.mark.parametrize("package", ["sync", "server", "field_client"])
def test_no_code_asks_for_an_outcome_by_its_name(package: str) -> None:
    name = re.compile("|".join(f"[\"']{code}[\"']" for code in TELLING))
    invented = ROOT / "server" / "practice"  # makes visits up, and asks for none
    found = [
        str(path)
        for path in (ROOT / package).rglob("*.py")
        if not path.is_relative_to(invented) and name.search(path.read_text(encoding="utf-8"))
    ]
    assert set(TELLING) <= set(table().codes())
    assert found == []


def test_every_reason_says_in_a_sentence_what_a_person_can_understand() -> None:
    for code, reason in receipts.REASONS.items():
        assert code == reason.code
        assert re.fullmatch(r"[a-z_]{1,40}", code)
        assert reason.words.endswith(".")
        assert receipts.words(code) == reason.words
    assert receipts.words("of_a_newer_service") == "of_a_newer_service"


def test_every_reason_is_one_that_the_service_gives() -> None:
    sources = [*(ROOT / "server").rglob("*.py"), ROOT / "sync" / "errors.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert [code for code in receipts.REASONS if f'"{code}"' not in text] == []


def test_every_choice_of_the_demographics_has_a_label_in_both_languages() -> None:
    labels = [choice.label for choices in demographics.LISTS.values() for choice in choices]
    assert all(label.keys() == {"en", "pl"} and all(label.values()) for label in labels)


def test_every_wording_is_translated_for_every_purpose_under_the_same_version() -> None:
    for version, wording in consents.WORDINGS.items():
        assert tuple(wording) == consents.PURPOSES
        assert {lang: tuple(texts) for lang, texts in consents.translations(version).items()} == {
            "pl": consents.PURPOSES
        }


def test_ethnicity_has_the_eighteen_codes_and_one_for_not_said() -> None:
    codes = [choice.code for choice in demographics.LISTS["ethnicity"]]
    assert codes == [
        "W1",
        "W2",
        "W3",
        "W9",
        "M1",
        "M2",
        "M3",
        "M9",
        "A1",
        "A2",
        "A3",
        "A4",
        "A9",
        "B1",
        "B2",
        "B9",
        "O2",
        "O9",
        "NS",
    ]
    assert all(choices[-1].label["en"] == "Prefer not to say" for choices in demographics.LISTS.values())


def test_demographics_are_checked_without_repeating_an_answer() -> None:
    assert demographics.problems({"ethnicity": "NS", "age_band": "not_said"}) == []
    found = demographics.problems({"ethnicity": "Marigold", "shoe_size": "Marigold"})
    assert len(found) == 2
    assert "Marigold" not in " ".join(found)


def test_consents_are_checked_for_wording_and_purpose() -> None:
    assert set(consents.WORDINGS[consents.CURRENT]) == set(consents.PURPOSES)
    assert consents.known(consents.CURRENT)
    given = [ConsentRecord(purpose, consents.CURRENT, True) for purpose in ("messages", "surveys")]
    assert consents.problems(given) == []
    assert len(consents.problems([*given, given[0]])) == 1
    assert len(consents.problems([ConsentRecord("groups", "1999-01", True)])) == 1


def _visits(chance: random.Random) -> list[Fact]:
    """What three weeks of visits may leave at one door."""
    start, codes = at("2026-03-02 09:00"), table().codes()
    return [
        Fact(
            str(number),
            "visit",
            start + chance.randrange(20 * 86_400_000),
            1,
            chance.choice(codes),
            callback_date=f"2026-03-{chance.randrange(10, 31)}",
            callback_slot="evening",
        )
        for number in range(chance.choice((0, 0, 1, 1, 2, 3, 4)))
    ]


def _house(chance: random.Random, street: int, place: int) -> House:
    state = fold(_visits(chance), 1, LONDON)
    flag = decide(state, Policy(), at("2026-03-23 09:00"), LONDON)
    uprn = str(990000000000 + 1000 * street + 10 * place + chance.randrange(10))
    address = f"{2 * place + 1} {('Tern', 'Dunlin', 'Curlew', 'Plover')[street % 4]} Road, Exampleton"
    postcode = (
        f"ZZ{street % 9} {chance.randrange(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRSTU')}"
    )
    x, y = place * 97 + chance.randrange(40), chance.randrange(-30, 30)
    return House(uprn, place, address, x, y, flag.answer, flag.text, state, "", postcode)


def _varied_streets(houses: int) -> tuple[StreetHouses, ...]:
    """Streets of made-up houses, each with visits of its own, as a list looks after three weeks."""
    chance = random.Random(2021)
    return tuple(
        StreetHouses(
            str(45700000 + street),
            f"Road {street}",
            street,
            -350000,
            53760000,
            tuple(_house(chance, street, place) for place in range(80)),
        )
        for street in range(houses // 80)
    )


def test_a_first_download_of_2000_houses_stays_under_120_kb_on_the_wire() -> None:
    streets = _varied_streets(2000)
    body = WorklistBody(
        17, 1, digest(streets), CAMPAIGN, outcomes=as_wire(), token_key=TOKEN_KEY, streets=streets
    )
    device = generate_private()
    package = seal_package(header("full", 0, 1), body, public_bytes(device))
    assert len(codec.encode(ExchangeReply(1, "e1", changes=[package]))) < 120_000
    held = apply(None, *open_package(package, device))
    assert sum(1 for _ in held.houses()) == 2000
