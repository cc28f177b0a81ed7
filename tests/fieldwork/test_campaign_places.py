"""Houses chosen one by one make a campaign, alone or beside areas and streets; and every version is in its history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.activate import activate as make_active
from server.fieldwork.archive import archive, unarchive, warn_and_archive
from server.fieldwork.campaign_history import read_history
from server.fieldwork.campaign_views import find_campaigns, read_campaign
from server.fieldwork.campaigns import edit_campaign
from server.fieldwork.checks import active_campaigns_have_their_houses
from server.fieldwork.refold import refold
from server.fieldwork.seed import seed
from server.fieldwork.tables import Coverage, WorklistHouse
from server.geography.tables import Premises
from sync.worklist import Policy
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    EAST,
    HULL,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    TODAY,
    activate,
    allocate,
    create_campaign,
    create_officer,
    create_supervisor,
    findings,
    uprn,
    uprns,
)

CHOSEN = tuple(uprns(LONG_STREET)[:3])


def any_version(_version: int) -> None:
    """Whatever version there is will do."""


def covered(service: Service, campaign_id: int) -> list[str]:
    rows = select(Coverage.uprn).where(Coverage.campaign_id == campaign_id).order_by(Coverage.uprn)
    return list(service.db.read(lambda session: session.scalars(rows).all()))


def test_chosen_houses_are_covered_counted_and_allocated_and_none_beside_them(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor, usrns=[SHORT_STREET], chosen=CHOSEN)
    assert covered(service, campaign) == sorted([*CHOSEN, *uprns(SHORT_STREET)])
    worklist = allocate(service, supervisor, campaign, create_officer(service), LONG_STREET)
    listed = select(WorklistHouse.uprn).where(WorklistHouse.worklist_id == worklist)
    assert set(service.db.read(lambda session: session.scalars(listed).all())) == set(CHOSEN)
    assert read_campaign(service, supervisor, campaign).chosen_houses == 3
    assert refold(service).mended_rows == 0
    assert findings(service) == []


def test_a_chosen_house_that_comes_back_is_seeded_and_a_missing_row_is_found(
    service: Service, supervisor: Principal
) -> None:
    campaign = activate(service, supervisor, chosen=CHOSEN)

    def lose(session: object) -> None:
        row = delete(Coverage).where(Coverage.campaign_id == campaign, Coverage.uprn == CHOSEN[0])
        session.execute(row)  # type: ignore[attr-defined]

    service.db.transact(lose)
    assert active_campaigns_have_their_houses(service) == [
        f"premises {CHOSEN[0]}: no coverage row in campaign {campaign}, which covers it"
    ]
    service.db.transact(lambda session: seed(session, service))
    assert covered(service, campaign) == sorted(CHOSEN)


def test_a_chosen_house_is_one_in_the_areas_and_stays_when_it_retires(
    service: Service, supervisor: Principal
) -> None:
    of_the_coast = create_supervisor(service, EAST)
    with pytest.raises(Problem, match="no house"):
        create_campaign(service, of_the_coast, areas=[COAST], chosen=CHOSEN)
    draft = create_campaign(service, supervisor, chosen=CHOSEN)
    retire = update(Premises).where(Premises.uprn == CHOSEN[0]).values(status="retired")
    service.db.transact(lambda session: session.execute(retire))
    with pytest.raises(Problem, match="no house"):
        create_campaign(service, supervisor, chosen=CHOSEN)
    edit_campaign(service, supervisor, draft, {"uprns": [*CHOSEN, uprn(COAST_STREET, 1)]}, match=any_version)
    assert make_active(service, supervisor, draft) == 3


def test_a_campaign_of_chosen_houses_is_seen_where_they_are_and_changed_by_who_sees_them_all(
    service: Service, supervisor: Principal
) -> None:
    wide = create_campaign(service, supervisor, chosen=[*CHOSEN, uprn(COAST_STREET, 1)])
    streets = create_campaign(service, supervisor, usrns=[LONG_STREET, COAST_STREET])
    of_hull, of_the_coast = create_supervisor(service, HULL), create_supervisor(service, EAST)
    for one in (of_hull, of_the_coast):
        assert {found.id for found in find_campaigns(service, one, {}).rows} == {wide, streets}
        for campaign in (wide, streets):
            with pytest.raises(Problem, match="reaches beyond"):
                edit_campaign(service, one, campaign, {"name": "Mine"}, match=any_version)
    assert read_campaign(service, of_the_coast, wide).chosen_houses == 1
    here = create_campaign(service, of_hull, chosen=CHOSEN)
    assert [found.id for found in find_campaigns(service, of_the_coast, {}).rows] == [streets, wide]
    edit_campaign(service, of_hull, here, {"name": "Ours"}, match=any_version)


def test_the_history_tells_who_made_what_of_what(service: Service, supervisor: Principal) -> None:
    draft = create_campaign(service, supervisor, areas=[NORTH])
    changes = {"name": "Doors", "policy": Policy(most_attempts=6), "areas": [COAST], "uprns": CHOSEN}
    edit_campaign(service, supervisor, draft, changes, match=any_version)
    make_active(service, supervisor, draft)
    archive(service, supervisor, draft)
    unarchive(service, supervisor, draft, ends_on=TODAY + timedelta(days=1))
    assert warn_and_archive(service)["warn"] == 1
    found = read_history(service, supervisor, draft)
    told = [(one.version, one.what, one.who) for one in found]
    assert [(what, bool(who)) for _, what, who in told] == [
        ("warn", False),
        ("unarchive", True),
        ("archive", True),
        ("activate", True),
        ("edit", True),
        ("create", True),
    ]
    assert [version for version, _, _ in told] == [6, 5, 4, 3, 2, 1]
    edit = found[4].changes
    assert edit.pop("name")[1] == "Doors"
    assert edit == {
        "policy.most_attempts": [4, 6],
        "areas": [[f"Area {NORTH}"], [f"Area {COAST}"]],
        "houses": [0, 3],
    }
    assert read_history(service, supervisor, draft, since=5)[0].what == "warn"


def test_an_owner_is_somebody_who_may_change_campaigns(service: Service, supervisor: Principal) -> None:
    other = create_supervisor(service)
    draft = create_campaign(service, supervisor, owner_id=other.account_id)
    assert read_campaign(service, supervisor, draft).owner_id == other.account_id
    with pytest.raises(Problem, match="owned by somebody"):
        edit_campaign(service, supervisor, draft, {"owner_id": create_officer(service)}, match=any_version)


def test_no_more_houses_are_chosen_one_by_one_than_a_campaign_takes(
    service: Service, supervisor: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.fieldwork.campaign_places.MOST_CHOSEN", 2)
    with pytest.raises(Problem, match="at most 2"):
        create_campaign(service, supervisor, chosen=CHOSEN)
    counted = select(func.count()).select_from(Coverage).where(Coverage.campaign_id != 0)
    assert service.db.read(lambda session: session.execute(counted).scalar_one()) == 0
