"""What residents read on pages, in their language: one file of messages for each, which translators edit.

A file is JSON: key → text, with {name} where something is filled in, and a list of month names under `months`. English
is complete; a text that another language lacks is said in English.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Request

SOURCE = "en"


@dataclass(frozen=True)
class Languages:
    """The message files of one folder, by language code."""

    texts: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Languages:
        """Every file of a folder, English first."""
        files = sorted(folder.glob("*.json"), key=lambda path: (path.stem != SOURCE, path.stem))
        return cls({path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files})

    def chosen(self, request: Request) -> str:
        """The language that a request asks for: by `?lang=`, else by what its browser prefers, else English."""
        asked = request.args.get("lang", "")
        if asked in self.texts:
            return asked
        return request.accept_languages.best_match(list(self.texts), SOURCE) or SOURCE

    def say(self, language: str, key: str, **filled: object) -> str:
        """A text in a language, filled in. Raises KeyError for a key that English lacks."""
        text = self.texts[language].get(key) or self.texts[SOURCE][key]
        return str(text).format(**filled) if filled else str(text)

    def day(self, language: str, day: date) -> str:
        """A date as it is written in a language, such as 3 March 2026."""
        return f"{day.day} {self.texts[language]['months'][day.month - 1]} {day.year}"
