"""A newer address file never loses a visit; a refold makes the same rows; the checks find what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.service import Service
from server.fieldwork.address_changes import apply
from server.fieldwork.checks import CHECKS
from server.fieldwork.lists import read_list
from server.fieldwork.refold import refold
from server.fieldwork.tables import (
    Activity,
    Coverage,
    Holding,
    PremisesFact,
    StreetCoverage,
    WardCoverage,
    Worklist,
    WorklistHouse,
)
from server.geography.changes import PremisesChange
from server.geography.lock import lock_streets
from server.geography.tables import Premises, Street
from sync.worklist_codec import digest
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_officer,
    fact,
    findings,
    house,
    record,
    state_of,
    street_counters,
    uprn,
    visit,
    ward_counters,
)

HOUSE = uprn(LONG_STREET, 1)


def change(service: Service, house_uprn: str, **columns: Any) -> None:
    """Change a premises as the importer does, and tell fieldwork."""

    def work(session: Any) -> None:
        old = session.execute(select(Premises.__table__).where(Premises.uprn == house_uprn)).one()
        lock_streets(session, {old.usrn, columns.get("usrn", old.usrn)})
        session.execute(
            update(Premises)
            .where(Premises.uprn == house_uprn)
            .values(**columns)
            .execution_options(synchronize_session=False)
        )
        new = session.execute(select(Premises.__table__).where(Premises.uprn == house_uprn)).one()
        told = PremisesChange(
            house_uprn,
            old.usrn,
            new.usrn,
            old.ward_code,
            new.ward_code,
            old.status,
            new.status,
            old.residential,
            new.residential,
        )
        apply(session, service, [told])
        apply(session, service, [])

    service.db.transact(work)


def rows_of(service: Service) -> dict[str, list[Any]]:
    """Every row of coverage and counters, without when they changed."""

    def read(session: Any) -> dict[str, list[Any]]:
        found = {}
        for table in (Activity, Coverage, StreetCoverage, WardCoverage):
            columns = [column for column in _columns(table) if column.name != "changed_at"]
            rows = session.execute(select(*columns))
            found[table.__tablename__] = sorted([repr(tuple(row)) for row in rows])
        return found

    return service.db.read(read)


def _columns(table: Any) -> Any:
    assert isinstance(table.__table__, Table)
    return table.__table__.columns


def test_a_house_that_retires_is_no_longer_counted_and_keeps_its_visits(
    service: Service, supervisor: Principal, clock: SetClock
) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    record(service, visit(service, HOUSE, "spoke", campaign_id=campaign))
    clock.advance(timedelta(minutes=5))
    change(service, HOUSE, status="retired")
    assert street_counters(service, LONG_STREET)["premises"] == 11
    assert ward_counters(service, NORTH, campaign)["contacted"] == 0
    late = record(service, visit(service, HOUSE, "no_reply", campaign_id=campaign))
    assert late.changed == 2
    clock.advance(timedelta(minutes=5))
    flags = {
        one.uprn: one.reason
        for street in service.db.read(lambda session: read_list(session, service, listed)).streets
        for one in street.houses
    }
    assert flags[HOUSE] == "No longer in the address file"
    change(service, HOUSE, status="live")
    assert street_counters(service, LONG_STREET)["contacted"] == 1
    assert state_of(service, HOUSE, campaign).attempts == 1
    assert findings(service) == []


def test_a_house_that_moves_is_counted_on_its_new_street_and_leaves_its_list(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    record(service, visit(service, HOUSE, "spoke", campaign_id=campaign))
    change(service, HOUSE, usrn=COAST_STREET, ward_code=COAST)
    assert street_counters(service, LONG_STREET, campaign_id=campaign)["premises"] == 11
    assert street_counters(service, COAST_STREET, COAST, campaign)["contacted"] == 1
    assert ward_counters(service, COAST)["premises"] == 7
    told = service.db.read(lambda session: read_list(session, service, listed, since=2))
    assert told.removed == (HOUSE,)
    whole = service.db.read(lambda session: read_list(session, service, listed))
    assert digest(whole.streets) == whole.digest
    assert findings(service) == []


def test_a_house_that_changes_ward_on_its_own_street_is_counted_there(
    service: Service, supervisor: Principal
) -> None:
    change(service, uprn(CROSSING_STREET, 1), ward_code=SOUTH)
    assert street_counters(service, CROSSING_STREET, NORTH)["premises"] == 2
    assert street_counters(service, CROSSING_STREET, SOUTH)["premises"] == 6
    assert findings(service) == []


def test_a_renumbered_house_changes_its_row_on_the_list(service: Service, supervisor: Principal) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)
    house_uprn = uprn(SHORT_STREET, 1)
    change(service, house_uprn, number_text="1A")
    told = service.db.read(lambda session: read_list(session, service, listed, since=1))
    assert [one.address for street in told.streets for one in street.houses] == ["1A STREET 90000002"]
    assert findings(service) == []


def test_a_renamed_street_changes_every_row_of_it_on_the_lists(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor)
    listed = allocate(service, supervisor, campaign, create_officer(service), SHORT_STREET)

    def rename(session: Any) -> None:
        lock_streets(session, [SHORT_STREET])
        session.execute(update(Street).where(Street.usrn == SHORT_STREET).values(name="NEW STREET"))
        same = (SHORT_STREET, SHORT_STREET, NORTH, NORTH, "live", "live", True, True)
        apply(session, service, [PremisesChange(uprn(SHORT_STREET, 1), *same)])
        apply(session, service, [])

    service.db.transact(rename)
    told = service.db.read(lambda session: read_list(session, service, listed, since=1))
    assert [street.name for street in told.streets] == ["NEW STREET"]
    assert len(told.streets[0].houses) == 4
    assert findings(service) == []


def test_new_houses_are_counted_also_in_the_active_campaigns_that_cover_them(
    service: Service, supervisor: Principal
) -> None:
    here, elsewhere = activate(service, supervisor), activate(service, supervisor, areas=[SOUTH])

    def work(session: Any) -> None:
        session.execute(insert(Premises).values(house(LONG_STREET, 50, NORTH)))
        session.execute(insert(Premises).values(house(LONG_STREET, 51, NORTH) | {"residential": False}))
        apply(session, service, [])

    service.db.transact(work)
    assert street_counters(service, LONG_STREET)["premises"] == 13
    assert ward_counters(service, NORTH, here)["outstanding"] == 20
    assert ward_counters(service, SOUTH, elsewhere)["premises"] == 5
    change(service, uprn(LONG_STREET, 51), residential=True)
    assert street_counters(service, LONG_STREET)["premises"] == 14
    change(service, uprn(LONG_STREET, 51), residential=False)
    assert street_counters(service, LONG_STREET, campaign_id=here)["premises"] == 13
    assert findings(service) == []


@pytest.fixture
def busy(service: Service, supervisor: Principal) -> int:
    """A campaign with visits, marks and a list; its id."""
    campaign = activate(service, supervisor)
    allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    record(
        service,
        visit(service, HOUSE, "spoke", campaign_id=campaign),
        visit(service, uprn(LONG_STREET, 2), "do_not_call", campaign_id=campaign),
        visit(service, uprn(COAST_STREET, 1), "vacant"),
        fact(service, uprn(COAST_STREET, 2), "registration", body={"resident": "r", "state": "current"}),
    )
    change(service, uprn(LONG_STREET, 3), status="retired")
    return campaign


@pytest.mark.parametrize("lost", [Activity, Coverage, StreetCoverage, WardCoverage])
def test_a_refold_makes_the_same_rows_again(service: Service, busy: int, lost: Any) -> None:
    before = rows_of(service)
    service.db.transact(lambda session: session.execute(delete(lost)))
    assert rows_of(service) != before
    done = refold(service)
    assert (done.streets, done.premises) == (4, 30)
    assert rows_of(service) == before
    assert findings(service) == []
    again = refold(service, usrns=[LONG_STREET])
    assert (again.streets, again.mended_rows, again.mended_counters) == (1, 0, 0)


def test_a_refold_tells_how_far_it_is(service: Service, supervisor: Principal) -> None:
    told: list[tuple[int, int]] = []
    refold(service, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


FAULTS: dict[str, tuple[str, Any]] = {
    "a street's counter": (
        "street counters equal a recount",
        update(StreetCoverage).where(StreetCoverage.usrn == LONG_STREET).values(visited=7),
    ),
    "a ward's counter": ("ward counters equal their streets", update(WardCoverage).values(refused=9)),
    "a ward's row": (
        "ward counters equal their streets",
        delete(WardCoverage).where(WardCoverage.ward_code == NORTH),
    ),
    "visits of a day": (
        "visits by day equal a recount",
        update(Activity).where(Activity.outcome == "spoke").values(visits=4),
    ),
    "a state": (
        "coverage equals a refold",
        update(Coverage).where(Coverage.uprn == HOUSE).values(state={"attempts": 9}),
    ),
    "a flag": (
        "coverage equals a refold",
        update(Coverage).where(Coverage.uprn == HOUSE).values(standing=True),
    ),
    "a fact": (
        "coverage equals a refold",
        delete(PremisesFact).where(PremisesFact.uprn == HOUSE),
    ),
    "a place": (
        "coverage lies where the premises do",
        update(Coverage).where(Coverage.uprn == HOUSE).values(ward_code=SOUTH),
    ),
    "a row": ("coverage lies where the premises do", delete(Coverage).where(Coverage.uprn == HOUSE)),
    "a holding": ("a premises has one holder at most", delete(Holding).where(Holding.uprn == HOUSE)),
    "a listed house": (
        "a premises has one holder at most",
        update(WorklistHouse).where(WorklistHouse.uprn == HOUSE).values(removed=True),
    ),
    "an ended list": ("a premises has one holder at most", update(Worklist).values(state="recalled")),
    "a version": ("lists are what their digests say", update(WorklistHouse).values(version=99)),
    "a row's digest": (
        "lists are what their digests say",
        update(WorklistHouse).where(WorklistHouse.uprn == HOUSE).values(digest="0" * 64),
    ),
    "a list's digest": ("lists are what their digests say", update(Worklist).values(digest="1" * 64)),
    "an address": (
        "lists are what their digests say",
        update(Premises).where(Premises.uprn == HOUSE).values(number_text="9"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_checks_find_what_is_planted(service: Service, busy: int, fault: str) -> None:
    name, statement = FAULTS[fault]
    check = dict(CHECKS)[name]
    assert check(service) == []
    service.db.transact(
        lambda session: session.execute(statement.execution_options(synchronize_session=False))
    )
    assert check(service) != []
