"""Finding one's way: today at a glance, search, a street as it is walked, its map."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.factories.lived_in import CAMPAIGN, LONG_NAME, NAME
from tests.phone.officer import Officer


def leads(officer: Officer, many: int) -> list[str]:
    """What stands large on each of so many houses of the street, in the order of the list."""
    page = officer.page
    page.set_viewport_size({"width": 360, "height": 4000})
    rows = page.get_by_role("list", name="Houses in walking order").get_by_role("button")
    expect(rows).to_have_count(many)  # the list draws what has come into sight a moment later
    found = [row.inner_text().split("\n") for row in rows.all()]
    page.set_viewport_size({"width": 360, "height": 740})
    return [lines[2] if lines[0] == "Hazard" else lines[0] for lines in found]


def test_today_tells_the_streets_the_callbacks_and_what_waits_and_survives_a_dead_connection(
    lived_in: Officer,
) -> None:
    page = lived_in.page
    expect(page.get_by_role("region", name="1 callback due now")).to_contain_text("5 Maiden Garth")
    campaign = page.get_by_role("region", name=CAMPAIGN)
    for told in ("13 to visit", "9 of 20 visited", "1 callback due", "2 hazards"):
        expect(campaign.get_by_role("button")).to_contain_text(told)
    expect(page.get_by_role("region", name="Spring")).to_contain_text("12 to visit")
    lived_in.place.wire.mode = "gone"
    lived_in.open()
    lived_in.unlock()
    lived_in.open_street(NAME)
    lived_in.open_house("14", NAME)
    lived_in.record("No reply")
    lived_in.home()
    expect(lived_in.sync_line).to_contain_text("1 waiting")


def test_a_house_is_found_by_number_name_or_postcode(lived_in: Officer) -> None:
    page = lived_in.page
    lived_in.button("Search").click()
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    for typed, count, first in (
        ("12 maiden", "1 house found", "12 Maiden Garth"),
        ("rose", "1 house found", "Rose Cottage"),
        ("wesleyan", "1 house found", "Ground Floor Rear"),
        ("hu52xq", "20 houses found", ""),
        ("flat 3", "1 house found", "Lantern Court"),
    ):
        box.fill(typed)
        expect(page.get_by_role("status").filter(has_text="found")).to_have_text(count)
        expect(page.get_by_role("list", name="Houses found").get_by_role("button").first).to_contain_text(
            first
        )
    box.fill("zzz")
    expect(page.get_by_text("No house found")).to_be_visible()
    box.fill("12 maiden")
    page.get_by_role("list", name="Houses found").get_by_role("button").click()
    expect(lived_in.heading("12 Maiden Garth")).to_be_visible()
    lived_in.button("Back").click()
    expect(box).to_have_value("12 maiden")


def test_a_street_is_walked_in_order_with_sides_flats_hazards_and_flags_in_words(lived_in: Officer) -> None:
    page = lived_in.page
    lived_in.open_street(NAME)
    walked = leads(lived_in, 20)
    assert walked.index("1") < walked.index("14") < walked.index("Flat 1")
    assert [lead for lead in walked if lead.startswith("Flat")] == ["Flat 1", "Flat 2", "Flat 3", "Flat 4"]
    for number, words in (
        ("1", "Dog: Large and loose behind the gate."),
        ("2", "Spoken with, done for this campaign"),
        ("4", "Asked us never to call again"),
        ("5", "Callback agreed"),
        ("6", "Polish"),
        ("7", "A supervisor asks for a visit"),
        ("9", "Registered, this campaign does not revisit"),
        ("10", "Vacant when last seen"),
        ("12", "Building or steps: The top step is broken."),
        ("Flat 1", "Not visited yet"),
    ):
        lived_in.bring_into_sight(number)
        expect(lived_in.house_row(number)).to_contain_text(words)
    expect(page.get_by_role("heading", name="Lantern Court")).to_contain_text("4 flats")
    expect(page.get_by_text("Entry by the yard, bell 3 is dead: knock.")).to_be_visible()

    lived_in.button("Odd").click()
    assert leads(lived_in, 7) == ["1", "3", "5", "7", "9", "11", "13"]
    lived_in.button("Even").click()
    page.get_by_role("button", name=re.compile("^To visit")).click()
    assert set(leads(lived_in, 7)) == {"6", "12", "14", "Flat 1", "Flat 2", "Flat 3", "Flat 4"}


def test_a_hazard_stands_before_everything_else_at_the_door(lived_in: Officer) -> None:
    lived_in.open_street(NAME)
    lived_in.open_house("1", NAME)
    main = lived_in.page.get_by_role("main")
    expect(main.get_by_role("region").first).to_have_accessible_name("1 hazard")
    expect(main.get_by_role("region", name="1 hazard")).to_contain_text(
        "Dog: Large and loose behind the gate."
    )


def test_a_house_is_chosen_on_the_map_and_by_the_keyboard(lived_in: Officer) -> None:
    page = lived_in.page
    lived_in.open_street(NAME)
    asked = len(lived_in.place.wire.asked)
    lived_in.place.wire.mode = "gone"
    lived_in.button("Map").click()
    expect(lived_in.heading(f"Map of {NAME}")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("1 callback due, 12 to visit"))).to_be_visible()
    page.get_by_role("img", name=re.compile("^Map of")).get_by_text("9", exact=True).click()
    chosen = page.get_by_role("contentinfo").get_by_role("button").filter(has_text="Registered")
    chosen.click()
    expect(lived_in.heading("9 Maiden Garth")).to_be_visible()
    assert not any(path.startswith("/api") for _, path in lived_in.place.wire.asked[asked:])


def test_a_long_name_is_read_whole_at_its_door(lived_in: Officer) -> None:
    lived_in.open_street(NAME)
    lived_in.bring_into_sight("Ground Floor Rear")
    lived_in.house_row("Ground Floor Rear").click()
    expect(lived_in.page.get_by_role("heading", level=1)).to_contain_text(
        "The Old Wesleyan Methodist Sunday School House"
    )
    lived_in.record("No reply, card left")
    lived_in.await_chained()
    lived_in.home()
    lived_in.sync()
    facts = lived_in.place.field.facts(LONG_NAME)
    assert [fact.outcome for fact in facts] == ["no_reply_card"]
