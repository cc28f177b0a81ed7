"""Sending what was recorded: the numbers shown, the end of a shift, and the file of a phone that will not sync."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

from tests.factories.exchange import uprn
from tests.phone.officer import SLOW_MS, Officer

CLI = "from server.cli import main; main()"


def record_without_a_connection(officer: Officer, *numbers: str) -> None:
    """A visit at each of these houses, and back to Today."""
    officer.place.wire.mode = "gone"
    officer.open_street()
    for number in numbers:
        officer.visit(number, "No reply")
    officer.await_chained()
    officer.home()


def visited(officer: Officer) -> int:
    return officer.place.field.counters()["visited"]


def test_sync_says_how_many_wait_how_many_are_sent_and_what_became_of_them(officer: Officer) -> None:
    page, wire = officer.page, officer.place.wire
    record_without_a_connection(officer, "1", "2", "3")
    expect(officer.sync_line).to_contain_text("3 waiting")
    wire.mode, wire.slow_seconds = "whole", 1.0
    officer.open_menu("Sync")
    officer.button("Sync now").click()
    expect(page.get_by_role("status").filter(has_text="Sending 1 of 3")).to_be_visible()
    expect(page.get_by_text("3 sent, 3 counted")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="0 waiting")).to_be_visible()
    assert visited(officer) == 3


def test_a_phone_that_will_not_sync_gives_a_file_that_counts_once(officer: Officer, tmp_path: Path) -> None:
    page, place = officer.page, officer.place
    record_without_a_connection(officer, "4", "5")
    officer.open_menu("End of shift")
    officer.button("Send and end the shift").click()
    expect(page.get_by_role("alert")).to_contain_text("2 events still wait")
    expect(page.get_by_text("The shift is not ended")).to_be_visible()
    with page.expect_download() as download:
        officer.button("Save a file for a supervisor").click()
    expect(page.get_by_text("Saved with 2 records")).to_be_visible()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert b"no_reply" not in file.read_bytes()

    done = subprocess.run(
        [sys.executable, "-c", CLI, "ingest", str(file)],
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert visited(officer) == 2
    place.wire.mode = "whole"
    officer.home()
    officer.sync()
    assert visited(officer) == 2
    assert [fact.outcome for fact in place.field.facts(uprn(0, 4))] == ["no_reply"]


def test_the_end_of_a_shift_sends_everything_and_closes_the_lists(officer: Officer) -> None:
    page = officer.page
    record_without_a_connection(officer, "6")
    officer.place.wire.mode = "whole"
    officer.open_menu("End of shift")
    expect(page.get_by_text("1 record is sent.")).to_be_visible()
    officer.button("Send and end the shift").click()
    expect(page.get_by_text("Your shift has ended. All that you recorded is sent.")).to_be_visible(
        timeout=SLOW_MS
    )
    expect(page.get_by_text("Street 1")).to_be_hidden()
    assert visited(officer) == 1
    officer.unlock()
    officer.open_street()
    expect(officer.house_row("6")).to_contain_text("No reply")
