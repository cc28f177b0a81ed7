from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, update

from server.base.problems import Problem
from server.fieldwork.tables import StreetCoverage
from server.geography.lock import lock_streets
from server.surveys.tables import Response
from server.targeting.checks import CHECKS
from server.targeting.indicators import find_drift, recount_answers, refresh_streets
from server.targeting.rank import count_stale, forget_old, rank
from server.targeting.tables import KeptTarget, PriorityTarget, Ranking, StreetIndicator
from server.targeting.targets import compare, list_targets, list_wards
from tests.factories.base import create_principal
from tests.factories.targeting import (
    DISTRICT,
    FORCE,
    OTHER_WARD,
    WARD,
    create_counted_street,
    create_responses,
    create_wards,
)

ONE, TWO, THREE = "10000001", "10000002", "10000003"


@pytest.fixture
def streets(service):
    """Three streets; the third lies in both wards."""
    create_wards(service)
    create_counted_street(service, ONE)
    create_counted_street(service, TWO, outstanding=10, registered=20)
    create_counted_street(service, THREE, outstanding=30)
    create_counted_street(service, THREE, ward_code=OTHER_WARD, outstanding=20)
    return service


def refresh(service, *usrns):
    def work(session):
        lock_streets(session, usrns)
        refresh_streets(session, service, usrns)

    service.db.transact(work)


def reader(*areas):
    return create_principal("target.read", areas=areas or ("/",))


def places(page):
    return [(row["usrn"], row["ward_code"]) for row in page.rows]


def findings(service):
    return [finding for _, check in CHECKS for finding in check(service)]


def test_streets_stand_in_order_with_their_parts_reasons_and_action(streets):
    rank(streets)
    page = list_targets(streets, reader(), {"limit": 50})
    assert places(page) == [(ONE, WARD), (THREE, WARD), (THREE, OTHER_WARD), (TWO, WARD)]
    first = page.rows[0]
    assert first["rank"] == 1
    assert first["score"] == pytest.approx(sum(part["contribution"] for part in first["parts"]))
    assert first["why"][0] == "Houses still to be called on: 40 of 40."
    assert first["action"]["code"] == "call_again"
    assert page.as_of == streets.clock.now()
    assert not any(row["stale"] for row in page.rows)
    assert findings(streets) == []


def test_a_sync_makes_its_streets_stale_and_the_worker_ranks_them_again(streets, clock):
    rank(streets)
    create_counted_street(streets, ONE, outstanding=0, registered=40)
    refresh(streets, ONE)
    stale = {row["usrn"]: row["stale"] for row in list_targets(streets, reader(), {}).rows}
    assert stale == {ONE: True, TWO: False, THREE: False}
    assert streets.db.read(count_stale) == 1
    clock.advance(timedelta(seconds=45))
    rank(streets)
    assert places(list_targets(streets, reader(), {}))[-1] == (ONE, WARD)
    assert streets.db.read(count_stale) == 0
    assert findings(streets) == []


def test_nothing_changed_is_nothing_ranked(streets):
    assert rank(streets) is not None
    assert rank(streets) is None
    refresh(streets, ONE, TWO, THREE)
    assert rank(streets) is None


def test_a_sync_costs_as_many_statements_for_five_streets_as_for_one(streets):
    for number in range(4, 9):
        create_counted_street(streets, f"1000000{number}")
        create_responses(streets, f"1000000{number}", [["asb"]])
    counted = []
    for usrns in (["10000004"], [f"1000000{number}" for number in range(4, 9)]):
        seen = []
        event.listen(
            streets.db.engine,
            "before_cursor_execute",
            note := lambda *context, seen=seen: seen.append(context[2]),
        )
        streets.db.transact(lambda session, usrns=usrns: refresh_streets(session, streets, usrns))
        event.remove(streets.db.engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 7


def test_what_another_room_changes_is_found_before_the_next_ranking(streets):
    rank(streets)
    create_counted_street(streets, TWO, outstanding=39)
    create_responses(streets, ONE, [["drugs"]] * 10)
    assert streets.db.read(find_drift) == [ONE, TWO]
    rank(streets)
    assert streets.db.read(find_drift) == []
    row = list_targets(streets, reader(), {"usrn": ONE}).rows[0]
    assert "Drug dealing or drug use: named by 10 of 10 who answered." in row["why"]


def test_a_street_that_left_a_ward_leaves_the_ranking(streets):
    rank(streets)
    streets.db.transact(lambda session: session.delete(session.get(StreetCoverage, (0, THREE, OTHER_WARD))))
    rank(streets)
    assert (THREE, OTHER_WARD) not in places(list_targets(streets, reader(), {}))
    create_counted_street(streets, TWO, eligible=0, outstanding=0)
    rank(streets)
    assert places(list_targets(streets, reader(), {})) == [(ONE, WARD), (THREE, WARD)]
    assert [row["streets"] for row in list_wards(streets, reader(), {}).rows] == [2]
    assert findings(streets) == []


def test_two_people_who_turn_out_to_be_one_are_one_voice_after_the_next_recount(streets):
    create_responses(streets, ONE, [["noise"]] * 9)
    rank(streets)
    streets.db.transact(lambda session: session.execute(update(Response).values(pseudonym="one")))
    assert recount_answers(streets) == 1
    counted = select(StreetIndicator.responses, StreetIndicator.concerns).where(StreetIndicator.usrn == ONE)
    assert streets.db.read(lambda session: tuple(session.execute(counted).one())) == (1, {"noise": 1})
    assert streets.db.read(count_stale) == 1


def test_concerns_are_counted_within_their_ward(streets):
    create_responses(streets, THREE, [["noise"]] * 9, ward_code=OTHER_WARD)
    create_responses(streets, THREE, [["none"], ["asb", "litter"]], ward_code=WARD)
    rank(streets)
    table = StreetIndicator
    columns = (table.usrn, table.ward_code, table.responses, table.concerns)
    rows = streets.db.read(lambda session: session.execute(select(*columns)).all())
    counts = {(usrn, ward): (responses, concerns) for usrn, ward, responses, concerns in rows}
    assert counts[THREE, OTHER_WARD] == (9, {"noise": 9})
    assert counts[THREE, WARD] == (2, {"asb": 1, "litter": 1})


def test_nobody_sees_a_street_or_ward_outside_their_areas(streets):
    rank(streets)
    there = reader(f"/{FORCE}/{DISTRICT}/{OTHER_WARD}/")
    assert places(list_targets(streets, there, {})) == [(THREE, OTHER_WARD)]
    assert list_targets(streets, there, {"usrn": ONE}).rows == []
    assert [row["ward_code"] for row in list_wards(streets, there, {}).rows] == [OTHER_WARD]
    assert {row["ward_code"] for row in compare(streets, there, {}).rows} == {OTHER_WARD}
    assert places(list_targets(streets, there, {"area": DISTRICT})) == [(THREE, OTHER_WARD)]
    for ask in (list_targets, list_wards, compare):
        with pytest.raises(Problem, match="no area"):
            ask(streets, there, {"area": WARD})
        with pytest.raises(Problem, match=r"target\.read"):
            ask(streets, create_principal("coverage.read"), {})


def test_pages_follow_on_one_another(streets):
    rank(streets)
    seen, query = [], {"limit": 3}
    while True:
        page = list_targets(streets, reader(), query)
        seen += places(page)
        if page.next is None:
            break
        query = {"limit": 3, "after": page.next}
    assert seen == places(list_targets(streets, reader(), {"limit": 200}))


def test_wards_stand_in_order_of_what_their_streets_add_up_to(streets):
    rank(streets)
    rows = list_wards(streets, reader(), {}).rows
    assert [(row["ward_code"], row["streets"]) for row in rows] == [(WARD, 3), (OTHER_WARD, 1)]
    assert rows[0]["why"][0] == "Houses still to be called on: 80 of 120."


def test_two_days_can_be_compared(streets, clock):
    rank(streets)
    first_day = clock.now()
    clock.advance(timedelta(days=2))
    create_counted_street(streets, ONE, outstanding=0, registered=40)
    rank(streets)
    rows = {row["usrn"]: row for row in compare(streets, reader(f"/{FORCE}/{DISTRICT}/{WARD}/"), {}).rows}
    assert (rows[ONE]["rank_before"], rows[ONE]["rank"]) == (1, 4)
    assert rows[ONE]["change"] == pytest.approx(rows[ONE]["score"] - rows[ONE]["score_before"])
    change = compare(streets, reader(), {"since": date(2026, 3, 3)})
    assert change.since == first_day
    assert compare(streets, reader(), {"since": date(2026, 3, 4)}).since == clock.now()
    assert compare(streets, reader(), {"since": date(2020, 1, 1)}).since == first_day


def test_a_ranking_that_is_asked_to_be_kept_is_kept(streets, clock):
    rank(streets)
    clock.advance(timedelta(hours=1))
    kept = rank(streets, keep=True)
    assert kept is not None
    assert compare(streets, reader(), {"since": date(2026, 3, 2)}).since == clock.now()


def test_old_rankings_are_forgotten_but_never_the_newest(streets, clock):
    rank(streets)
    clock.advance(timedelta(days=500))
    rank(streets)
    clock.advance(timedelta(days=500))
    assert forget_old(streets) == 1
    left = streets.db.read(lambda session: session.scalars(select(Ranking.id)).all())
    kept = streets.db.read(lambda session: set(session.scalars(select(KeptTarget.ranking_id))))
    assert set(left) == kept
    assert len(left) == 1
    assert forget_old(streets) == 0


def test_before_the_first_ranking_there_is_nothing_and_no_time(service):
    assert rank(service) is None
    page = list_targets(service, reader(), {})
    assert (page.rows, page.next, page.as_of) == ([], None, None)
    assert compare(service, reader(), {}).since is None


def test_a_score_that_was_tampered_with_is_found(streets):
    rank(streets)
    streets.db.transact(lambda session: setattr(session.get(PriorityTarget, (ONE, WARD)), "score", 99.0))
    assert findings(streets) == [f"{ONE}: its score of 99.0 is not the sum of its parts"]
