"""The app as it comes from the service: under its policy, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from tests.phone.browser import PhoneBrowser
from tests.phone.place import Place


def test_the_app_opens_from_the_service_without_a_fault(
    place: Place, new_phone: Callable[..., PhoneBrowser]
) -> None:
    phone = new_phone()
    page = phone.start()
    answer = page.goto(f"{place.url}/phone/")
    assert answer is not None
    assert answer.status == 200
    assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]
    assert page.title() == "Doorstep"
    assert phone.faults == []
