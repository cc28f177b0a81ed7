"""An address file, read by the real importer, becomes houses to knock at; a newer one is followed up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from server.base.access import EVERYWHERE, SYSTEM, Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.address_edits import accept_note
from server.fieldwork.coverage import force_coverage, ward_coverage
from server.fieldwork.import_premises import import_premises
from server.fieldwork.lists import read_list
from server.fieldwork.notes import NewNote, add_notes
from server.fieldwork.visits import house_facts
from server.staff.roles import SUPERVISOR
from tests.factories.fieldwork import activate, allocate, findings, record, state_of, visit
from tests.factories.staff import create_account
from tests.geography.files import AREA, DISTRICT, EAST, WEST, house, two_wards, write_csv

IN_THE_EAST = {"LONGITUDE": "-0.3300000", "USRN": "90000002", "STREET_NAME": "OTHER STREET"}


def supervisor_of(service: Service) -> Principal:
    account_id = create_account(service, "sam.example", "supervisor", areas=[DISTRICT])
    return Principal(
        f"account:{account_id}", account_id, "Sam", frozenset({"supervisor"}), SUPERVISOR, (EVERYWHERE,)
    )


def test_a_newer_file_moves_retires_and_adds_houses_and_loses_no_visit(
    service: Service, tmp_path: Path
) -> None:
    two_wards(service, tmp_path)
    rows = [house(990000000000 + number, str(number)) for number in range(1, 11)]
    import_premises(service, [write_csv(tmp_path / "a.csv", rows)], principal=SYSTEM)
    supervisor = supervisor_of(service)
    campaign = activate(service, supervisor, areas=[DISTRICT])
    officer = create_account(service, "pat.example", "officer", areas=[DISTRICT])
    listed = allocate(service, supervisor, campaign, officer, "90000001")
    moved, retired = "990000000001", "990000000002"
    record(
        service,
        visit(service, moved, "spoke", campaign_id=campaign),
        visit(service, retired, "no_reply", campaign_id=campaign),
    )
    newer = [house(990000000001, "1", **IN_THE_EAST), *rows[2:], house(990000000011, "11")]
    import_premises(service, [write_csv(tmp_path / "b.csv", newer)], principal=SYSTEM, mode="full")
    assert findings(service) == []
    (force,) = force_coverage(service, supervisor, campaign).rows
    assert (force.counters["premises"], force.counters["contacted"], force.counters["visited"]) == (10, 1, 1)
    wards = {
        row.code: row.counters["premises"] for row in ward_coverage(service, supervisor, campaign, {}).rows
    }
    assert wards == {WEST: 9, EAST: 1}
    assert state_of(service, moved, campaign).contacted
    for house_uprn in (moved, retired):
        shown = house_facts(service, supervisor, house_uprn, {"kind": "visit"}).rows
        assert [one.campaign_id for one in shown] == [campaign]
    told = service.db.read(lambda session: read_list(session, service, listed, since=2))
    assert told.removed == (moved,)
    assert [one.uprn for street in told.streets for one in street.houses] == [retired]
    import_premises(service, [write_csv(tmp_path / "c.csv", rows)], principal=SYSTEM, mode="full")
    assert state_of(service, retired, campaign).attempts == 1
    assert findings(service) == []


def test_what_a_coordinator_decided_holds_until_the_file_tells_of_the_house_anew(
    service: Service, tmp_path: Path, clock: SetClock
) -> None:
    two_wards(service, tmp_path)
    rows = [house(990000000000 + number, str(number)) for number in range(1, 6)]
    import_premises(service, [write_csv(tmp_path / "a.csv", rows)], principal=SYSTEM)
    supervisor = supervisor_of(service)
    gone, divided = "990000000002", "990000000003"

    def accept(uprn: str, change: str, doors: str = "") -> tuple[str, ...]:
        note = NewNote(service.new_uuid(), uprn, change, "", None, None, service.clock.now())
        service.db.transact(lambda session: add_notes(session, service, [note]))
        return accept_note(service, supervisor, note.id, change=change, doors=doors).new

    accept(gone, "gone")
    flats = accept(divided, "split", "Flat A\nFlat B")
    again = import_premises(service, [write_csv(tmp_path / "b.csv", rows)], principal=SYSTEM, mode="full")
    assert (again.changed, again.retired, again.new) == (0, 0, 0)
    (force,) = force_coverage(service, supervisor, 0).rows
    assert force.counters["premises"] == 5, "three houses and two flats"
    rows[1] = house(int(gone), "2A")
    clock.advance(timedelta(days=30))
    import_premises(service, [write_csv(tmp_path / "c.csv", rows)], principal=SYSTEM, mode="full")
    assert state_of(service, gone).ineligible == ""
    assert [state_of(service, flat).ineligible for flat in flats] == ["", ""]
    assert findings(service) == []


def test_the_real_area_that_the_project_carries_has_a_house_for_every_household(service: Service) -> None:
    summary = import_premises(service, [AREA / "premises.csv.gz"], principal=SYSTEM)
    assert summary.rejected == 0
    supervisor = Principal("account:1", 1, "Sam", permissions=SUPERVISOR, areas=(EVERYWHERE,))
    (force,) = force_coverage(service, supervisor, 0).rows
    assert (force.counters["premises"], force.counters["outstanding"]) == (10463, 10463)
    assert findings(service) == []
