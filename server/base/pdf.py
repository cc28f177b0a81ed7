"""Makes PDF documents from Typst templates: tagged (PDF/UA-1), fonts embedded, the same bytes for the same content.

A template is markup of ours; what is filled in comes as JSON and is never read as markup. It begins after
`templates/sheet.typ`, which gives it `content` (what was filled in), `sheet`, `graphic` and `box-to-tick`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import typst

SHEET = Path(__file__).parent / "templates" / "sheet.typ"
STANDARD = "ua-1"  # PDF/UA-1, ISO 14289-1: what a screen reader needs of a PDF


def make_pdf(template: Path, content: Mapping[str, Any], *, at: datetime) -> bytes:
    """The document that a template makes of this content (whatever msgspec makes JSON of), dated `at` (aware).

    Nothing is read but the template, what lies beside it, and the fonts that come with Typst. Raises typst.TypstError
    for a template that is wrong or not accessible (a graphic without a description, a document without a title).
    """
    source = f"{SHEET.read_text('utf-8')}\n{template.read_text('utf-8')}"
    options: dict[str, Any] = {  # the stubs want a source in bytes to have a root in bytes
        "root": str(template.parent),
        "sys_inputs": {"content": msgspec.json.encode(content).decode()},
        "font_paths": _fonts(),
        "pdf_standards": STANDARD,
        "timestamp": at.replace(microsecond=0),  # Typst takes no finer time
    }
    made: bytes = typst.compile(source.encode(), **options)
    return made


@cache
def _fonts() -> typst.Fonts:
    """Those that Typst brings along: a document looks the same whatever the machine has."""
    return typst.Fonts(include_system_fonts=False)
