"""QR codes as drawings for pages and as blocks for a terminal."""

from __future__ import annotations

import io

import segno


def drawing(text: str) -> str:
    """The QR code of a text as an SVG element, which scales to where it is put."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, omitsize=True)


def blocks(text: str) -> str:
    """The QR code of a text in half-block characters, for a terminal."""
    out = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(out, compact=True)
    return out.getvalue()
