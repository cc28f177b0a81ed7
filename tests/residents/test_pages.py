"""Pages for residents: complete in every language, nothing from elsewhere, the wording that is recorded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from flask import Flask

from server.base.service import Service
from server.residents.pages import LANGUAGES
from sync import consents, demographics
from tests.factories.app import Caller, create_application

FOLDER = Path(__file__).parents[2] / "server" / "residents"


@pytest.fixture
def app(service: Service) -> Flask:
    return create_application(service)


def filled_in(text: object) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(str(text)) if name}


@pytest.mark.parametrize("path", sorted((FOLDER / "languages").glob("*.json")), ids=lambda path: path.stem)
def test_every_language_says_all_of_it_with_the_same_things_filled_in(path: Path) -> None:
    english, other = LANGUAGES.texts["en"], json.loads(path.read_text(encoding="utf-8"))
    assert other.keys() == english.keys()
    assert list(other) == sorted(other)
    assert len(other["months"]) == 12
    for key, text in other.items():
        assert text, key
        assert filled_in(text) == filled_in(english[key]), key


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in [*(FOLDER / "templates").iterdir(), FOLDER / "pages.py"]
    )
    lists = {f"join.demographics.{name}" for name in demographics.LISTS}
    fields = {f"join.{name}" for name in re.findall(r"{{ input\('(\w+)'", sources)}
    used = set(re.findall(r"'([a-z]+(?:\.[a-z_]+)*)'|\"(check\.[a-z_]+)\"", sources))
    named = {one or other for one, other in used} & LANGUAGES.texts["en"].keys() | lists | fields
    assert LANGUAGES.texts["en"].keys() - named == {"months", "language.own_name", "skip"}
    asked = set(re.findall(r"say\('([^']+)'\)", sources)) | fields | lists
    assert asked <= LANGUAGES.texts["en"].keys()


@pytest.mark.parametrize("path", ["/check", "/join", "/confirm"])
@pytest.mark.parametrize("language", list(LANGUAGES.texts))
def test_pages_load_nothing_from_elsewhere_and_hold_no_style_or_script_of_their_own(
    app: Flask, path: str, language: str
) -> None:
    answer = Caller(app).get(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert re.findall(r'(?:src|href|action)="(?!#|/|\?)[^"]*"', answer.text) == []
    assert "style=" not in answer.text
    assert re.findall(r"<script(?! type=\"module\" src=\"/static/\w+\.js\"></script>)", answer.text) == []
    for script in re.findall(r'src="(/static/\w+\.js)"', answer.text):
        assert Caller(app).get(script).content_type.startswith("text/javascript")


@pytest.mark.parametrize("language", list(LANGUAGES.texts))
def test_consents_are_asked_in_the_wording_that_is_recorded(app: Flask, language: str) -> None:
    page = Caller(app).get(f"/join?lang={language}").text
    assert f'data-wording="{consents.CURRENT}"' in page
    wordings = consents.WORDINGS[consents.CURRENT] | consents.translations(consents.CURRENT).get(language, {})
    for purpose, wording in wordings.items():
        assert wording in page
        assert f'value="{purpose}"' in page
        assert "checked" not in page
    for code in ("NS", "not_said"):
        assert f'<option value="{code}">' in page
