"""What a browser notes down of the app by itself: one address and one title, whatever house was on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place


def test_no_house_or_street_comes_into_the_browsers_history(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    page = new_phone().start()
    page.goto(f"{place.url}/phone/")
    noted = set()
    for name in ("Practise with invented houses", r"^Sample Street ", r"Flat 2"):
        page.get_by_role("button", name=re.compile(name)).first.click()
        expect(page.get_by_text("Practice: nothing counts")).to_be_visible()
        noted.add((page.url, page.title()))
    expect(page.get_by_role("button", name="No reply", exact=True)).to_be_visible()
    noted.add((page.url, page.title()))
    assert noted == {(f"{place.url}/phone/", "Doorstep")}
