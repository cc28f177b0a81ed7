"""Reading areas, streets and premises by API: pages, filters, and never a house outside one's areas."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from server.base.access import SYSTEM, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.geography.importing.lookups import import_lookups
from server.geography.lock import lock_streets
from server.geography.scope import area_path, areas_in_scope, in_scope, ward_codes
from server.geography.tables import Area, Premises, Street
from tests.factories.app import Caller, create_application
from tests.factories.staff import create_account
from tests.geography.files import DISTRICT, EAST, WEST, house, take_in, two_wards, write_csv, write_lines

FORCE = "E23000012"
CROSSING, WESTERN, EASTERN = "90000001", "90000002", "90000003"
IN_WEST = {"LONGITUDE": "-0.3450000"}
IN_EAST = {"LONGITUDE": "-0.3300000"}


@pytest.fixture
def town(service: Service, tmp_path: Path) -> Service:
    """A street across two wards (1–4 west, 5–6 east), one street in each, and a house in no ward."""
    two_wards(service, tmp_path)
    rows = [
        house(uprn, str(uprn), USRN=CROSSING, STREET_NAME="CROSSING ROAD", **IN_WEST) for uprn in (1, 2, 3, 4)
    ]
    rows += [house(uprn, str(uprn), USRN=CROSSING, STREET_NAME="CROSSING ROAD", **IN_EAST) for uprn in (5, 6)]
    rows += [house(7, USRN=WESTERN, STREET_NAME="WEST LANE", **IN_WEST)]
    rows += [house(8, USRN=EASTERN, STREET_NAME="EAST LANE", POSTCODE="HU9 1ZZ", **IN_EAST)]
    rows += [house(9, USRN=EASTERN, STREET_NAME="EAST LANE", LATITUDE="54.9", GSS_CODE="")]
    take_in(service, write_csv(tmp_path / "p.csv", rows))
    return service


def caller(service: Service, *areas: str) -> Caller:
    create_account(service, "olive.example", "officer", areas=areas)
    return Caller(create_application(service), "olive.example")


def every_row(call: Caller, path: str, **query: Any) -> list[dict[str, Any]]:
    """All pages, three rows at a time."""
    rows: list[dict[str, Any]] = []
    after = ""
    while after is not None:
        answer = call.get(path, query_string={"limit": 3, "after": after} | query)
        assert answer.status_code == 200, answer.text
        rows += answer.json["rows"]
        after = answer.json["next"]
    return rows


def test_premises_are_listed_in_pages_in_a_stable_order(town: Service) -> None:
    call = caller(town, FORCE)
    assert [row["uprn"] for row in every_row(call, "/api/premises")] == list("123456789")
    assert [row["uprn"] for row in every_row(call, "/api/premises", usrn=CROSSING)] == list("123456")
    assert [row["uprn"] for row in every_row(call, "/api/premises", area=EAST)] == list("568")
    assert [row["uprn"] for row in every_row(call, "/api/premises", postcode="hu91zz")] == ["8"]
    assert every_row(call, "/api/premises", status="retired") == []


def test_an_officer_sees_the_houses_of_the_granted_ward_alone(town: Service) -> None:
    call = caller(town, EAST)
    assert [row["uprn"] for row in every_row(call, "/api/premises")] == list("568")
    assert [row["uprn"] for row in every_row(call, "/api/premises", usrn=CROSSING)] == list("56")
    for path in (
        "/api/premises/1",
        "/api/premises/9",
        "/api/premises/404",
        f"/api/streets/{WESTERN}",
        f"/api/areas/{WEST}",
        f"/api/areas/{FORCE}",
    ):
        assert call.get(path).status_code == 404, path
    for path in ("/api/premises", "/api/streets"):
        assert call.get(path, query_string={"area": WEST}).status_code == 404, path
    assert call.get("/api/premises/5").json["address"] == "5 Crossing Road, Hull, HU5 2AB"


def test_streets_are_those_with_houses_in_scope_and_count_only_these(town: Service) -> None:
    call = caller(town, EAST)
    assert [row["name"] for row in every_row(call, "/api/streets")] == ["Crossing Road", "East Lane"]
    assert call.get(f"/api/streets/{CROSSING}").json["wards"] == [{"ward_code": EAST, "homes": 2}]


def test_areas_are_filtered_by_kind_parent_and_name(town: Service) -> None:
    call = caller(town, FORCE)
    assert [row["code"] for row in every_row(call, "/api/areas", kind="ward")] == [WEST, EAST]
    assert [row["code"] for row in every_row(call, "/api/areas", parent=DISTRICT, name="eas")] == [EAST]
    assert call.get(f"/api/areas/{WEST}").json["path"] == f"/{FORCE}/{DISTRICT}/{WEST}/"


def test_nobody_reads_without_signing_in(town: Service) -> None:
    call = Caller(create_application(town))
    for path in ("/api/areas", "/api/streets", "/api/premises", "/api/premises/1"):
        assert call.get(path).status_code == 401, path


def principal(*areas: str) -> Principal:
    return Principal("account:1", areas=areas)


@pytest.mark.parametrize(
    ("areas", "seen"),
    [
        (("/",), "123456789"),
        ((f"/{FORCE}/",), "123456789"),
        ((f"/{FORCE}/{DISTRICT}/",), "12345678"),
        ((f"/{FORCE}/{DISTRICT}/{WEST}/",), "12347"),
        ((f"/{FORCE}/{DISTRICT}/{WEST}/", f"/{FORCE}/{DISTRICT}/{EAST}/"), "12345678"),
        ((f"/{FORCE}/E0600001_/",), ""),
        ((), ""),
    ],
)
def test_a_scope_lets_through_what_lies_in_the_wards_below(
    areas: tuple[str, ...], seen: str, town: Service
) -> None:
    statement = (
        select(Premises.uprn).where(in_scope(principal(*areas), Premises.ward_code)).order_by(Premises.uprn)
    )
    assert town.db.read(lambda session: list(session.scalars(statement))) == list(seen)


def test_the_wards_of_an_area_are_those_below_it(town: Service, tmp_path: Path) -> None:
    other = write_lines(
        tmp_path / "l.csv", "WD24CD,WD24NM,LAD24CD,LAD24NM", "E05000099,Far,E06000011,East Riding"
    )
    import_lookups(town, [other], principal=SYSTEM)

    def work(session: Session) -> None:
        assert ward_codes(session, FORCE) == [WEST, EAST, "E05000099"]
        assert ward_codes(session, DISTRICT) == [WEST, EAST]
        assert ward_codes(session, WEST) == [WEST]
        assert area_path(session, "E05000099") == f"/{FORCE}/E06000011/E05000099/"
        scope = areas_in_scope(principal(f"/{FORCE}/E06000011/"))
        assert sorted(session.scalars(select(Area.code).where(scope))) == ["E05000099", "E06000011"]
        with pytest.raises(Problem, match="no area with the code E99"):
            area_path(session, "E99")

    town.db.read(work)


def test_two_who_lock_the_same_streets_in_other_orders_wait_and_never_deadlock(service: Service) -> None:
    if service.db.is_sqlite:
        pytest.skip("on SQLite BEGIN IMMEDIATE locks everything")
    usrns = [str(90_000_000 + place) for place in range(40)]
    service.db.transact(
        lambda session: (
            session.execute(insert(Street), [{"usrn": usrn, "name": "Made Up"} for usrn in usrns]) and None
        )
    )
    tries: list[int] = []

    def lock(order: list[str]) -> None:
        def work(session: Session) -> None:
            tries.append(1)
            lock_streets(session, order)
            session.execute(text("SELECT pg_sleep(0.01)"))

        for _ in range(10):
            service.db.transact(work)

    threads = [threading.Thread(target=lock, args=(order,)) for order in (usrns, usrns[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(tries) == 20  # a deadlock would have been rerun
