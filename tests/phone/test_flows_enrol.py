"""Making a phone one's own: by a typed code, by a link, by the camera; and two officers on one phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect
from sqlalchemy import select

from server.devices.tables import Device
from tests.factories.devices import mistyped
from tests.phone import camera
from tests.phone.browser import PhoneBrowser
from tests.phone.officer import SLOW_MS, Officer
from tests.phone.place import Place

NewPhone = Callable[..., PhoneBrowser]


def phones_of(place: Place, officer: int) -> list[str]:
    """The names of an officer's devices, beside the one that the field made."""
    account, made = place.field.officers[officer], place.field.phones[officer].id
    wanted = select(Device.name).where(Device.account_id == account, Device.id != made)
    return place.service.db.read(lambda session: list(session.scalars(wanted)))


def test_a_mistyped_group_is_named_and_a_weak_passphrase_is_refused(
    place: Place, new_phone: NewPhone
) -> None:
    officer = Officer(place, new_phone())
    page = officer.open()
    code = place.code()
    officer.button("Begin with your code").click()
    page.get_by_label("Or type the code").fill(mistyped(code))
    expect(page.get_by_text("Group 1 is mistyped")).to_be_visible()
    page.get_by_label("Or type the code").fill(code[:12])
    officer.button("Next").click()
    expect(page.get_by_text("The code is not whole yet")).to_be_visible()
    page.get_by_label("Or type the code").fill(code.lower().replace("-", " "))
    officer.button("Next").click()

    officer.page.get_by_label("New passphrase").fill("password123")
    officer.button("Enrol").click()
    expect(page.get_by_text("Too easy to guess")).to_be_visible()
    assert phones_of(place, 0) == []
    officer.choose_passphrase()
    officer.await_synced()
    officer.open_street()
    assert len(phones_of(place, 0)) == 1
    assert officer.phone.faults == []


def test_a_link_with_a_code_enrols_and_leaves_no_trace_of_it(place: Place, new_phone: NewPhone) -> None:
    officer = Officer(place, new_phone())
    code = place.code()
    page = officer.open(f"/enrol#{code}")
    expect(officer.heading("Choose a passphrase")).to_be_visible()
    assert page.url == f"{place.url}/phone/"
    officer.choose_passphrase()
    expect(officer.heading("Today")).to_be_visible(timeout=SLOW_MS)
    officer.await_synced()
    assert len(phones_of(place, 0)) == 1
    assert not any(code in path for _, path in place.wire.asked)


def test_a_code_is_scanned_with_the_camera(place: Place, new_phone: NewPhone, tmp_path: Path) -> None:
    film = tmp_path / "code.y4m"
    camera.film_code(f"{place.url}/enrol#{place.code()}", film)
    officer = Officer(place, new_phone(flags=camera.flags(film)))
    officer.open()
    officer.button("Begin with your code").click()
    officer.button("Scan the code").click()
    expect(officer.heading("Choose a passphrase")).to_be_visible()
    officer.choose_passphrase()
    expect(officer.heading("Today")).to_be_visible(timeout=SLOW_MS)
    officer.await_synced()
    assert len(phones_of(place, 0)) == 1
    assert officer.phone.faults == []


def test_another_code_before_the_camera_is_not_taken(
    place: Place, new_phone: NewPhone, tmp_path: Path
) -> None:
    film = tmp_path / "code.y4m"
    camera.film_code("https://example.org/menu", film)
    officer = Officer(place, new_phone(flags=camera.flags(film)))
    page = officer.open()
    officer.button("Begin with your code").click()
    officer.button("Scan the code").click()
    expect(page.get_by_text("That is another code")).to_be_visible()
    expect(officer.heading("Scan the code")).to_be_visible()


def test_two_officers_on_one_phone_each_have_their_own_lists(place: Place, new_phone: NewPhone) -> None:
    phone = new_phone()
    first = Officer(place, phone)
    first.enrol()
    first.lock()
    second = Officer(place, phone, number=1, label="Phone 2", passphrase="a river in four words")
    second.enrol()
    expect(second.page.get_by_role("button", name="Street 2")).to_be_visible()
    expect(second.page.get_by_role("button", name="Street 1")).to_be_hidden()
    second.lock()
    for label in ("Phone 1", "Phone 2"):
        expect(second.page.get_by_role("button", name=label)).to_be_visible()
    second.try_passphrase(first.passphrase)
    expect(second.page.get_by_role("alert")).to_contain_text("That is not the passphrase")
    first.open()
    first.unlock()
    first.open_street("Street 1")
    assert phone.faults == []
