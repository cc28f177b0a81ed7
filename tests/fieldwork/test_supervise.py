"""What supervisors decide about a house: overrides, lifts, withdrawals; hazards and notes are reviewed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.coverage import read_house
from server.fieldwork.hazards import (
    NewHazard,
    expire_hazards,
    find_hazards,
    report_hazards,
    review_hazard,
)
from server.fieldwork.lists import read_list
from server.fieldwork.notes import NewNote, add_notes, find_notes, review_note
from server.fieldwork.supervise import lift, override, withdraw_visit
from server.fieldwork.tables import Hazard, PremisesNote
from server.fieldwork.visits import house_facts
from tests.factories.base import create_principal
from tests.factories.fieldwork import (
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_officer,
    create_supervisor,
    findings,
    record,
    state_of,
    street_counters,
    uprn,
    visit,
)

HOUSE = uprn(LONG_STREET, 1)


def test_an_override_beats_the_rule_and_is_spent_or_taken_back(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    record(service, visit(service, HOUSE, "not_interested", campaign_id=campaign))
    clock.advance(timedelta(minutes=1))
    override(service, supervisor, HOUSE, revisit=True, reason="resident_asked", campaign_id=campaign)
    seen = read_house(service, supervisor, HOUSE, campaign)
    assert (seen.flag, seen.reason) == (
        "yes",
        "A supervisor asks for a visit: the resident asked for a visit",
    )
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["outstanding"] == 12
    clock.advance(timedelta(minutes=1))
    override(service, supervisor, HOUSE, revisit=None, campaign_id=campaign)
    assert read_house(service, supervisor, HOUSE, campaign).flag == "no"
    assert findings(service) == []


def test_an_override_for_every_campaign_reaches_each(service: Service, supervisor: Principal) -> None:
    campaign = activate(service, supervisor)
    override(service, supervisor, HOUSE, revisit=False, reason="vulnerable")
    assert read_house(service, supervisor, HOUSE, campaign).flag == "no"
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["outstanding"] == 11


def test_a_do_not_call_ends_only_by_a_lift_with_a_reason(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    record(
        service, visit(service, HOUSE, "do_not_call"), visit(service, HOUSE, "spoke", campaign_id=campaign)
    )
    assert state_of(service, HOUSE, campaign).do_not_call
    with pytest.raises(Problem, match="no such reason"):
        lift(service, supervisor, HOUSE, what="do_not_call", reason="because")
    clock.advance(timedelta(minutes=1))
    lift(service, supervisor, HOUSE, what="do_not_call", reason="new_occupier")
    assert not state_of(service, HOUSE, campaign).do_not_call
    with pytest.raises(Problem) as refused:
        lift(service, supervisor, HOUSE, what="do_not_call", reason="new_occupier")
    assert refused.value.code == "wrong_state"
    assert findings(service) == []


def test_each_lift_needs_its_own_permission(service: Service, supervisor: Principal) -> None:
    record(service, visit(service, HOUSE, "unsafe"))
    with pytest.raises(Problem) as refused:
        lift(service, create_principal("do_not_call.lift"), HOUSE, what="unsafe", reason="danger_over")
    assert refused.value.code == "forbidden"
    lift(service, supervisor, HOUSE, what="unsafe", reason="danger_over")
    assert not state_of(service, HOUSE).unsafe


def test_a_withdrawn_visit_no_longer_counts_and_is_not_withdrawn_twice(
    service: Service, supervisor: Principal
) -> None:
    one = visit(service, HOUSE, "spoke")
    record(service, one)
    withdraw_visit(service, supervisor, one.id, reason="wrong_house")
    assert street_counters(service, LONG_STREET)["visited"] == 0
    with pytest.raises(Problem, match="already"):
        withdraw_visit(service, supervisor, one.id, reason="wrong_house")
    (shown,) = house_facts(service, supervisor, HOUSE, {}).rows
    assert (shown.id, shown.outcome, shown.withdrawn) == (one.id, "spoke", service.clock.now())
    assert findings(service) == []


def test_nothing_is_decided_outside_the_areas(service: Service, supervisor: Principal) -> None:
    one = visit(service, HOUSE, "do_not_call")
    record(service, one)
    outsider = create_supervisor(service, SOUTH)
    hazard = NewHazard(service.new_uuid(), HOUSE, "dog", "", None, 1, service.clock.now())
    note = NewNote(service.new_uuid(), HOUSE, "other", "x", None, 1, service.clock.now())
    service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    service.db.transact(lambda session: add_notes(session, service, [note]))
    for deed in (
        lambda: override(service, outsider, HOUSE, revisit=False, reason="vulnerable"),
        lambda: lift(service, outsider, HOUSE, what="do_not_call", reason="new_occupier"),
        lambda: withdraw_visit(service, outsider, one.id, reason="twice"),
        lambda: house_facts(service, outsider, HOUSE, {}),
        lambda: read_house(service, outsider, HOUSE, 0),
        lambda: review_hazard(service, outsider, hazard.id, decision="dismissed"),
        lambda: review_note(service, outsider, note.id, decision="dismissed"),
    ):
        with pytest.raises(Problem) as refused:
            deed()
        assert refused.value.code == "not_found"
    assert find_hazards(service, outsider, {}).rows == []
    assert find_notes(service, outsider, {}).rows == []
    assert state_of(service, HOUSE).do_not_call


def test_a_hazard_is_confirmed_until_a_day_and_then_leaves_the_lists(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET, hours=700)
    hazard = NewHazard(service.new_uuid(), HOUSE, "dog", "In the yard", None, 1, clock.now())
    service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    record(service, also_changed=[HOUSE])
    with pytest.raises(Problem, match="to come"):
        review_hazard(service, supervisor, hazard.id, decision="confirmed", expires_on=date(2026, 3, 1))
    review_hazard(service, supervisor, hazard.id, decision="confirmed", expires_on=date(2026, 3, 5))
    (shown,) = find_hazards(service, create_supervisor(service, NORTH), {"state": "confirmed"}).rows
    assert (shown.kind, shown.text, shown.expires_on) == ("dog", "In the yard", date(2026, 3, 5))
    assert expire_hazards(service) == 0
    clock.advance(timedelta(days=4))
    assert expire_hazards(service) == 1
    change = service.db.read(lambda session: read_list(session, service, listed, 2))
    (house,) = [house for street in change.streets for house in street.houses]
    assert (house.uprn, house.hazards) == (HOUSE, ())
    with pytest.raises(Problem, match="closed"):
        review_hazard(service, supervisor, hazard.id, decision="dismissed")
    assert findings(service) == []


def test_a_note_for_the_next_officer_is_on_the_list_until_it_is_decided(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)
    house = uprn(SHORT_STREET, 1)
    notes = [
        NewNote(service.new_uuid(), house, kind, f"Text {kind}", None, 1, service.clock.now())
        for kind in ("visit", "split")
    ]
    changed = service.db.transact(lambda session: add_notes(session, service, notes))
    assert changed == {house}
    record(service, also_changed=list(changed))

    def told(since: int) -> list[tuple[str, ...]]:
        listing = service.db.read(lambda session: read_list(session, service, listed, since))
        return [one.notes for street in listing.streets for one in street.houses]

    assert told(1) == [("Text visit",)]
    assert {note.kind for note in find_notes(service, supervisor, {"state": "open"}).rows} == {
        "visit",
        "split",
    }
    review_note(service, supervisor, notes[0].id, decision="accepted")
    assert told(2) == [()]
    with pytest.raises(Problem, match="decided already"):
        review_note(service, supervisor, notes[0].id, decision="dismissed")
    assert findings(service) == []


def test_what_officers_wrote_is_not_readable_at_rest(service: Service, supervisor: Principal) -> None:
    hazard = NewHazard(service.new_uuid(), HOUSE, "Rottweiler", "Zerberus", None, 1, service.clock.now())
    note = NewNote(service.new_uuid(), HOUSE, "other", "Xanadu", None, 1, service.clock.now())
    service.db.transact(lambda session: report_hazards(session, service, [hazard]))
    service.db.transact(lambda session: add_notes(session, service, [note]))
    stored = service.db.read(
        lambda session: [
            *session.scalars(select(Hazard.text_sealed)),
            *session.scalars(select(PremisesNote.text_sealed)),
        ]
    )
    assert len(stored) == 2
    for sealed in stored:
        for word in (b"Rottweiler", b"Zerberus", b"Xanadu"):
            assert word not in bytes(sealed)
