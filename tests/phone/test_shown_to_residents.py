"""What stands in the document while a resident reads the phone, seen or not: nothing of what was recorded elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place


def _press(page: Page, *buttons: str) -> None:
    for name in buttons:
        page.get_by_role("button", name=re.compile(name)).first.click()


def test_a_resident_is_not_told_of_a_visit_to_somebody_else(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    page = new_phone().start()
    page.goto(f"{place.url}/phone/")
    _press(page, "Practise with invented houses", "^Sample Street ", "Flat 2", "^Not interested$")
    said = page.get_by_text("Recorded: Not interested")
    expect(said.last).to_be_attached()
    _press(page, "Flat 3")
    for screen in ("^Show QR$", "^Register$", "^What was done here$", "^Show that I am genuine$"):
        _press(page, screen)
        expect(page.get_by_role("heading", name="Flat 3", level=1)).to_be_hidden()
        expect(said).to_have_count(0)
        _press(page, "^Back$")
