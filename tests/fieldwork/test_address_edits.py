"""A note on an address, accepted: the premises change, and coverage, counters and lists follow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.address_edits import Accepted, accept_note
from server.fieldwork.door_names import Door, door, flat, lines
from server.fieldwork.notes import NewNote, add_notes
from server.fieldwork.tables import PremisesNote, WorklistHouse
from server.geography.tables import Premises
from tests.factories import fieldwork as field
from tests.factories.fieldwork import SHORT_STREET, uprn

HOUSE = uprn(SHORT_STREET, 1)


def note(service: Service, kind: str, house: str = HOUSE) -> str:
    key = service.new_uuid()
    made = NewNote(key, house, kind, "As seen from the street.", None, 1, service.clock.now())
    service.db.transact(lambda session: add_notes(session, service, [made]))
    return key


def premises(service: Service, key: str) -> Premises:
    found = service.db.read(lambda session: session.get(Premises, key))
    assert found is not None
    return found


def accept(service: Service, who: Principal, change: str, doors: str = "", house: str = HOUSE) -> Accepted:
    return accept_note(service, who, note(service, change, house), change=change, doors=doors)


def test_a_house_that_is_gone_retires_and_leaves_the_count(service: Service, supervisor: Principal) -> None:
    campaign = field.activate(service, supervisor)
    officer = field.create_officer(service)
    field.allocate(service, supervisor, campaign, officer, SHORT_STREET)
    field.record(service, field.visit(service, HOUSE, campaign_id=campaign))
    accept(service, supervisor, "gone")
    assert premises(service, HOUSE).status == "retired"
    assert field.street_counters(service, SHORT_STREET)["premises"] == 3
    assert field.state_of(service, HOUSE).ineligible == "retired"
    assert field.state_of(service, HOUSE, campaign).attempts == 1, "the visit stays"
    assert field.findings(service) == []


def test_a_place_that_is_no_home_is_not_called_at(service: Service, supervisor: Principal) -> None:
    accept(service, supervisor, "not_a_home")
    assert (premises(service, HOUSE).residential, premises(service, HOUSE).status) == (False, "live")
    assert field.street_counters(service, SHORT_STREET)["eligible"] == 3
    assert field.findings(service) == []


def test_a_split_house_becomes_its_flats_also_in_a_campaign_of_chosen_houses(
    service: Service, supervisor: Principal
) -> None:
    campaign = field.activate(service, supervisor, chosen=[HOUSE])
    made = accept(service, supervisor, "split", "Flat A\nFlat B\n")
    flats = [premises(service, key) for key in made.new]
    assert [one.address for one in flats] == [
        f"Flat A, 1 STREET {SHORT_STREET}, HULL, HU6 7AA",
        f"Flat B, 1 STREET {SHORT_STREET}, HULL, HU6 7AA",
    ]
    assert all(key.startswith("9999") and len(key) == 12 for key in made.new)
    assert {one.parent_uprn for one in flats} == {HOUSE}
    assert field.street_counters(service, SHORT_STREET)["premises"] == 5
    assert field.street_counters(service, SHORT_STREET, campaign_id=campaign)["premises"] == 2
    assert field.findings(service) == []


def test_a_new_house_can_be_allocated_like_any_other(service: Service, supervisor: Principal) -> None:
    campaign = field.activate(service, supervisor)
    (made,) = accept(service, supervisor, "new", "1b").new
    assert premises(service, made).address == f"1B STREET {SHORT_STREET}, HULL, HU6 7AA"
    assert premises(service, made).number == 1
    officer = field.create_officer(service)
    worklist = field.allocate(service, supervisor, campaign, officer, SHORT_STREET)
    held = service.db.read(
        lambda s: set(s.scalars(select(WorklistHouse.uprn).where(WorklistHouse.worklist_id == worklist)))
    )
    assert made in held
    assert field.street_counters(service, SHORT_STREET, campaign_id=campaign)["premises"] == 5
    assert field.findings(service) == []


def test_a_house_of_another_name_is_called_so_on_the_lists(service: Service, supervisor: Principal) -> None:
    campaign = field.activate(service, supervisor)
    worklist = field.allocate(service, supervisor, campaign, field.create_officer(service), SHORT_STREET)
    before = versions(service, worklist)
    accept(service, supervisor, "renamed", "The Lodge")
    assert premises(service, HOUSE).building == "The Lodge"
    assert versions(service, worklist)[HOUSE] > before[HOUSE]
    assert field.findings(service) == []


def versions(service: Service, worklist: int) -> dict[str, int]:
    rows = select(WorklistHouse.uprn, WorklistHouse.version).where(WorklistHouse.worklist_id == worklist)
    return {row.uprn: row.version for row in service.db.read(lambda s: s.execute(rows).all())}


@pytest.mark.parametrize(
    ("change", "doors"),
    [("split", "Flat A"), ("split", "Flat A\nflat a"), ("new", " "), ("renamed", "1\n2"), ("new", "x" * 81)],
)
def test_doors_named_wrongly_are_told_and_nothing_changes(
    service: Service, supervisor: Principal, change: str, doors: str
) -> None:
    key = note(service, change)
    with pytest.raises(Problem) as refused:
        accept_note(service, supervisor, key, change=change, doors=doors)
    assert "doors" in refused.value.fields["errors"]
    assert service.db.read(lambda s: s.get(PremisesNote, key)).state == "open"  # type: ignore[union-attr]


def test_a_house_that_is_there_is_not_made_again(service: Service, supervisor: Principal) -> None:
    with pytest.raises(Problem, match="already"):
        accept(service, supervisor, "new", "2")


def test_a_note_is_decided_once_and_only_within_ones_areas(service: Service, supervisor: Principal) -> None:
    key = note(service, "gone")
    elsewhere = field.create_supervisor(service, field.COAST)
    with pytest.raises(Problem, match="no note"):
        accept_note(service, elsewhere, key, change="gone")
    accept_note(service, supervisor, key, change="gone")
    with pytest.raises(Problem, match="decided already"):
        accept_note(service, supervisor, key, change="none")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("12a", Door(number_text="12A", number=12)),
        ("3/1", Door(number_text="3/1", number=3)),
        (" The   Lodge ", Door(building="The Lodge")),
        ("7 Acres", Door(building="7 Acres")),
    ],
)
def test_a_door_is_a_number_or_a_name(typed: str, named: Door) -> None:
    assert door(typed) == named


def test_a_flat_keeps_what_its_house_is_called() -> None:
    house = {"sub_building": "", "building": "Rose House", "number_text": "", "number": None}
    assert flat("Flat 2", house).address(street="QUAY", locality="", town="HULL", postcode="HU1 1AA") == (
        "Flat 2, Rose House, QUAY, HULL, HU1 1AA"
    )
    assert lines("Flat 1; Flat 2\n\n Flat  3") == ["Flat 1", "Flat 2", "Flat 3"]
