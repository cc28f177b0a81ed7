"""Documents: what is filled in is never markup, the same content gives the same bytes, and each is accessible."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import typst

from server.base.pdf import make_pdf

AT = datetime(2026, 11, 26, 9, 0, 0, 123456, tzinfo=UTC)
TEMPLATE = """
#show: sheet.with(title: content.title, mark: content.mark)
#title()
#for one in content.rows [ #one #parbreak() ]
#if "svg" in content { graphic(content.svg, content.says) }
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "document.typ"
    path.write_text(TEMPLATE, "utf-8")
    return path


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def test_what_is_filled_in_stands_there_as_it_is(template: Path) -> None:
    nasty = '#read("/etc/passwd") *bold* $x$ <label> @ref "quoted" Zażółć'
    made = make_pdf(template, {"title": "List 7", "mark": "Officer 3", "rows": [nasty]}, at=AT)
    (page,) = texts(made)
    assert nasty in page.replace("“", '"').replace("”", '"')
    assert "page 1 of 1" in page
    assert "Officer 3" in page


def test_every_page_is_marked_and_numbered_and_the_bytes_are_always_the_same(template: Path) -> None:
    content = {"title": "List 7", "mark": "Officer 3", "rows": [f"Line {place}" for place in range(150)]}
    made = make_pdf(template, content, at=AT)
    pages = texts(made)
    assert len(pages) > 1
    assert all(f"page {n} of {len(pages)}" in page and "Officer 3" in page for n, page in enumerate(pages, 1))
    assert made == make_pdf(template, content, at=AT)


def test_a_graphic_that_says_nothing_to_the_blind_is_refused(template: Path) -> None:
    content = {"title": "Report", "mark": "", "rows": [], "svg": SVG, "says": "A square"}
    assert b"StructTreeRoot" in make_pdf(template, content, at=AT)
    with pytest.raises(typst.TypstError, match="alt"):
        make_pdf(template, content | {"says": None}, at=AT)
