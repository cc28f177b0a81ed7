"""The files of sync/vectors are what the vectorsmith makes today, wherever making gives the same bytes twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sync.vectorsmith import DECIDED, SEALED

FOLDER = Path(__file__).parents[2] / "sync" / "vectors"


@pytest.mark.parametrize("name", DECIDED)
def test_a_file_of_decisions_is_what_the_vectorsmith_makes(name: str) -> None:
    made = json.loads(json.dumps(DECIDED[name](), ensure_ascii=False))
    assert json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) == made


@pytest.mark.parametrize("name", SEALED)
def test_a_sealed_file_has_the_cases_that_the_vectorsmith_makes(name: str) -> None:
    made = [case["name"] for case in SEALED[name]()["cases"]]
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    assert [case["name"] for case in kept] == made


def test_the_specification_names_every_file_of_vectors() -> None:
    text = (FOLDER.parent / "PROTOCOL.md").read_text(encoding="utf-8")
    assert [name for name in (*DECIDED, *SEALED) if f"| `{name}` |" not in text] == []


def test_there_is_no_file_that_nobody_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(DECIDED) | set(SEALED)
