"""A campaign's progress report: the numbers of the reader's areas, as they stand or stood, on accessible paper."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2
import pytest
from shapely import MultiPolygon, box
from sqlalchemy import update

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.archive import archive
from server.fieldwork.area_map import MapArea, area_map
from server.fieldwork.progress import read_progress
from server.fieldwork.progress_paper import progress_pdf
from server.geography.tables import Area
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    HULL,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    activate,
    create_campaign,
    create_supervisor,
    record,
    uprn,
    visit,
)


@pytest.fixture
def campaign(service: Service, supervisor: Principal) -> int:
    """A campaign with six visits, one of them beyond HULL; the ward in the north has a shape."""
    made = activate(service, supervisor)
    outcomes = ("spoke", "no_reply", "not_interested", "no_reply")
    visits = [
        visit(service, uprn(LONG_STREET, number), outcome, campaign_id=made)
        for number, outcome in enumerate(outcomes, 1)
    ]
    visits.append(visit(service, uprn(SHORT_STREET, 1), "vacant", campaign_id=made))
    visits.append(visit(service, uprn(COAST_STREET, 1), "spoke", campaign_id=made))
    record(service, *visits)
    shape = MultiPolygon([box(-0.4, 53.7, -0.3, 53.8)])
    service.db.transact(
        lambda session: session.execute(update(Area).where(Area.code == NORTH).values(geometry=shape))
    )
    return made


def words(service: Service, principal: Principal, campaign_id: int) -> str:
    found = read_progress(service, principal, campaign_id)
    pdf = progress_pdf(found, force="Humberside", zone=service.zone, at=service.clock.now())
    assert b"/StructTreeRoot" in pdf
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return " ".join(" ".join(pages).split())


def test_the_report_has_the_numbers_of_the_readers_areas(
    service: Service, supervisor: Principal, campaign: int
) -> None:
    whole = read_progress(service, supervisor, campaign)
    assert (whole.total["premises"], whole.total["visited"]) == (30, 5)
    assert {ward.code for ward in whole.wards} >= {NORTH, COAST}
    (week,) = whole.weeks
    assert (week.tally.visits, week.first_visits, week.tally.tries, week.tally.answers) == (6, 6, 5, 3)
    hull = create_supervisor(service, HULL)
    ours = read_progress(service, hull, campaign)
    assert (ours.total["premises"], ours.total["visited"]) == (24, 4)
    assert COAST not in {ward.code for ward in ours.wards}
    text = words(service, hull, campaign)
    assert "Where it stands Houses Share Houses 24" in text
    assert f"Area {NORTH}" in text
    assert f"Area {COAST}" not in text
    assert "Week by week" in text
    assert "Best time to call" in text


def test_an_archived_campaign_is_told_as_it_stood_with_what_came_in_since(
    service: Service, supervisor: Principal, campaign: int, clock: SetClock
) -> None:
    archive(service, supervisor, campaign)
    clock.advance(timedelta(hours=2))
    record(service, visit(service, uprn(LONG_STREET, 9), "spoke", campaign_id=campaign))
    found = read_progress(service, supervisor, campaign)
    assert (found.total["visited"], found.since) == (5, 1)
    assert "1 visit has come in since." in words(service, supervisor, campaign)


def test_a_campaign_without_a_visit_has_a_report_and_a_draft_has_none(
    service: Service, supervisor: Principal
) -> None:
    assert "No visit has come in yet." in words(service, supervisor, activate(service, supervisor))
    draft = create_campaign(service, supervisor)
    with pytest.raises(Problem, match="draft has no progress"):
        read_progress(service, supervisor, draft)


def test_the_map_shades_and_numbers_each_area_and_shapes_keep_their_proportions() -> None:
    west, east = box(0, 60, 2, 61), box(2, 60, 4, 61)
    drawn = area_map("Map & more", [MapArea(1, west, 0.9), MapArea(2, east, None)])
    assert drawn is not None
    assert "Map &amp; more" in drawn
    assert drawn.count("<path") == 2
    assert ">1</text>" in drawn
    assert 'fill="#003078"' in drawn
    assert (
        'viewBox="0 0 480 278"' in drawn
    )  # four degrees of longitude, about as wide as two of latitude are high
    assert "83 to 100 %" in drawn
    assert area_map("Nothing", []) is None


def test_shades_reach_as_far_as_the_shares_do() -> None:
    drawn = area_map("Early days", [MapArea(1, box(0, 60, 2, 61), 0.02), MapArea(2, box(2, 60, 4, 61), 0.11)])
    assert drawn is not None
    assert "10 to 12 %" in drawn
    assert 'fill="#003078" fill-rule' in drawn
