"""The README's picture of the phone app, put together from the pictures of the screens: `python -m tests.phone.sheet`.

Run `pytest tests/phone/test_screens.py` before, which takes them.
"""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.phone.browser import find_chromium
from tests.phone.conftest import SHOTS

SHEET = Path(__file__).parents[2] / "docs" / "phone.png"
MOST_BYTES = 300_000
WIDTH = 184
COLUMNS = 5
SCREENS = (
    ("light", "today", "Today"),
    ("light", "street", "A street as it is walked"),
    ("light", "map", "Its map, from the list alone"),
    ("light", "house", "Two taps; hazards first"),
    ("light", "house-recorded", "Ten seconds to undo"),
    ("light", "consents-polish", "Consents in their language"),
    ("light", "question-of-ones-own-polish", "Answered by the resident"),
    ("light", "code-for-the-resident", "Or on their own phone"),
    ("dark", "street", "In the dark"),
    ("dark", "sync-behind-a-portal", "What went wrong, in words"),
)
STYLE = f"""
body {{ margin: 0; padding: 12px; background: #dfe5e8; font: 12px 'DejaVu Sans', sans-serif; color: #0d1c24 }}
main {{ display: grid; grid-template-columns: repeat({COLUMNS}, {WIDTH}px); gap: 12px }}
figure {{ margin: 0 }}
img {{ width: 100%; display: block; border-radius: 8px }}
figcaption {{ padding-top: 4px; text-align: center }}
"""


def main() -> None:
    """Write docs/phone.png. AssertionError where it is too large for a README."""
    figures = "".join(_figure(SHOTS / kind / f"{name}.png", words) for kind, name, words in SCREENS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": COLUMNS * (WIDTH + 12) + 12, "height": 600})
        page.set_content(f"<style>{STYLE}</style><main>{figures}</main>")
        picture = page.screenshot(full_page=True)
        browser.close()
    assert len(picture) <= MOST_BYTES, f"{len(picture):,} bytes are too many for a README"
    SHEET.parent.mkdir(exist_ok=True)
    SHEET.write_bytes(picture)


def _figure(picture: Path, words: str) -> str:
    data = base64.b64encode(picture.read_bytes()).decode()
    return f'<figure><img alt="" src="data:image/png;base64,{data}"><figcaption>{words}</figcaption></figure>'


if __name__ == "__main__":
    main()
