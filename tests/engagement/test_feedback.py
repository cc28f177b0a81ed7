"""What the public is told: published and withdrawn within one's areas, and carried to the phones of those who knock."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.base.access import Principal
from server.base.clock import SetClock
from server.base.problems import Problem
from server.base.service import Service
from server.base.tables import AuditEntry
from server.checks import check_all
from server.engagement.listing import list_feedback
from server.engagement.publish import NewFeedback, publish, withdraw
from sync import worklist_codec
from sync.worklist import Told
from tests.factories.app import Caller, create_application
from tests.factories.devices import Phone, create_device
from tests.factories.fieldwork import (
    COAST,
    COAST_STREET,
    CROSSING_STREET,
    FORCE,
    HULL,
    LONG_STREET,
    NORTH,
    SHORT_STREET,
    SOUTH,
    activate,
    allocate,
    create_force,
    create_officer,
    create_supervisor,
)
from tests.factories.staff import create_account

TODAY = date(2026, 3, 2)
LIGHTS = {"kind": "said_did", "said": "The alley is dark.", "did": "Two lamps were mended.", "on": TODAY}
SPEED = {"kind": "priority", "said": "Speeding past the school", "did": "", "on": TODAY}


@pytest.fixture
def chief(service: Service) -> Principal:
    create_force(service)
    return create_supervisor(service)


def on_phone(service: Service, chief: Principal, *usrns: str) -> Phone:
    """A phone whose officer holds these streets, synced."""
    officer = create_officer(service)
    campaign = activate(service, chief, areas=[HULL])
    allocate(service, chief, campaign, officer, *usrns)
    phone = create_device(service, officer)
    phone.sync()
    return phone


def told(phone: Phone) -> list[tuple[str, str]]:
    """Of the phone's one list: which street, and what was said."""
    (held,) = phone.lists.values()
    return [(one.usrn, one.said) for one in held.told]


def new(place: dict[str, str], **members: Any) -> NewFeedback:
    return NewFeedback(**(LIGHTS | place | members))


def test_what_is_published_reaches_the_phone_at_its_next_sync_once_and_without_houses(
    service: Service, chief: Principal
) -> None:
    phone = on_phone(service, chief, LONG_STREET, CROSSING_STREET)
    assert told(phone) == []
    publish(service, chief, new({"usrn": LONG_STREET}))
    (package,) = phone.exchange().changes
    header, body = worklist_codec.open_package(package, phone.seal_private)
    assert header.kind == "delta"
    assert body.told == [Told(LONG_STREET, "said_did", LIGHTS["said"], LIGHTS["did"], "2026-03-02")]
    assert (body.streets, body.campaign, body.outcomes, body.token_key) == ((), None, None, b"")
    assert told(phone) == [(LONG_STREET, LIGHTS["said"])]
    assert phone.exchange().changes == []


def test_changes_of_houses_leave_out_what_the_phone_was_told_already(
    service: Service, chief: Principal
) -> None:
    publish(service, chief, new({"usrn": LONG_STREET}))
    phone = on_phone(service, chief, LONG_STREET)
    (held,) = phone.lists.values()
    house = next(house for _, house in held.houses())
    event = phone.visit(house.uprn, "spoke", campaign=held.campaign.id, worklist=held.worklist)
    (package,) = phone.exchange(event).changes
    _, body = worklist_codec.open_package(package, phone.seal_private)
    assert (len(body.streets), body.told) == (1, None)
    assert told(phone) == [(LONG_STREET, LIGHTS["said"])]


def test_what_is_withdrawn_leaves_the_phone_even_when_it_was_the_last(
    service: Service, chief: Principal
) -> None:
    made = publish(service, chief, new({"usrn": LONG_STREET}))
    phone = on_phone(service, chief, LONG_STREET)
    assert told(phone) == [(LONG_STREET, LIGHTS["said"])]
    assert withdraw(service, chief, made.id).withdrawn_at is not None
    phone.exchange()
    assert told(phone) == []
    assert phone.exchange().changes == []
    with pytest.raises(Problem, check=lambda problem: problem.code == "wrong_state"):
        withdraw(service, chief, made.id)


def test_lists_of_other_streets_are_left_alone(service: Service, chief: Principal) -> None:
    phone = on_phone(service, chief, SHORT_STREET)
    for place in ({"usrn": LONG_STREET}, {"ward_code": SOUTH}):
        publish(service, chief, new(place))
        assert phone.exchange().changes == []


def test_what_is_told_of_a_ward_is_told_on_every_street_with_houses_in_it(
    service: Service, chief: Principal
) -> None:
    phone = on_phone(service, chief, SHORT_STREET, CROSSING_STREET)
    publish(service, chief, new({"ward_code": SOUTH}, **SPEED))
    phone.exchange()
    assert told(phone) == [(CROSSING_STREET, SPEED["said"])]
    publish(service, chief, new({"ward_code": NORTH}))
    phone.exchange()
    assert sorted(told(phone)) == sorted(
        [
            (SHORT_STREET, LIGHTS["said"]),
            (CROSSING_STREET, LIGHTS["said"]),
            (CROSSING_STREET, SPEED["said"]),
        ]
    )


def test_a_street_is_told_the_six_newest(service: Service, chief: Principal) -> None:
    for number in range(5):
        day = TODAY - timedelta(days=2 * number)
        publish(service, chief, new({"usrn": LONG_STREET}, said=f"street {number}", on=day))
        publish(service, chief, new({"ward_code": NORTH}, said=f"ward {number}", on=day - timedelta(days=1)))
    phone = on_phone(service, chief, LONG_STREET)
    newest = ["street 0", "ward 0", "street 1", "ward 1", "street 2", "ward 2"]
    assert told(phone) == [(LONG_STREET, said) for said in newest]


def test_the_trail_names_what_was_told_where_and_by_whom(service: Service, chief: Principal) -> None:
    made = publish(service, chief, new({"usrn": LONG_STREET}))
    withdraw(service, chief, made.id)
    entries = service.db.read(
        lambda session: session.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.target, AuditEntry.detail)
            .where(AuditEntry.action.startswith("feedback."))
            .order_by(AuditEntry.seq)
        ).all()
    )
    target = f"feedback:{made.id}"
    assert [tuple(entry) for entry in entries] == [
        (chief.actor, "feedback.publish", target, {"kind": "said_did", "usrn": LONG_STREET}),
        (chief.actor, "feedback.withdraw", target, {}),
    ]
    assert [one for one in check_all(service) if one.findings] == []


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"usrn": COAST_STREET}, "not_found"),
        ({"usrn": "99999999"}, "not_found"),
        ({"usrn": CROSSING_STREET}, "forbidden"),
        ({"ward_code": SOUTH}, "not_found"),
        ({"ward_code": HULL}, "not_found"),
        ({"ward_code": NORTH, "usrn": LONG_STREET}, "validation_failed"),
        ({}, "validation_failed"),
    ],
)
@pytest.mark.usefixtures("chief")
def test_nobody_tells_anything_outside_their_areas(
    service: Service, place: dict[str, str], code: str
) -> None:
    northern = create_supervisor(service, NORTH)
    with pytest.raises(Problem, check=lambda problem: problem.code == code):
        publish(service, northern, new(place))


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"said": " "}, "said"),
        ({"did": ""}, "did"),
        ({"on": TODAY + timedelta(days=1)}, "on"),
    ],
)
def test_what_cannot_be_told_is_said_with_the_field(
    service: Service, chief: Principal, members: dict[str, Any], where: str
) -> None:
    with pytest.raises(Problem, check=lambda problem: list(problem.fields["errors"]) == [where]):
        publish(service, chief, new({"usrn": LONG_STREET}, **members))


def test_a_list_of_what_was_told_stays_within_ones_areas_and_can_be_narrowed(
    service: Service, chief: Principal
) -> None:
    for place in ({"usrn": LONG_STREET}, {"usrn": COAST_STREET}, {"ward_code": SOUTH}, {"ward_code": NORTH}):
        publish(service, chief, new(place))
    gone = publish(service, chief, new({"usrn": SHORT_STREET}))
    withdraw(service, chief, gone.id)
    places = [one.place for one in list_feedback(service, create_supervisor(service, NORTH), {}).rows]
    assert places == [f"STREET {SHORT_STREET}", f"Area {NORTH}", f"STREET {LONG_STREET}"]
    query = {"usrn": SHORT_STREET, "withdrawn": True}
    assert [one.id for one in list_feedback(service, chief, query).rows] == [gone.id]
    assert list_feedback(service, chief, query | {"withdrawn": False}).rows == []


def test_it_is_told_and_read_over_the_api_by_those_who_may(
    service: Service, chief: Principal, clock: SetClock
) -> None:
    assert chief
    app = create_application(service)
    for role in ("officer", "coordinator"):
        create_account(service, f"{role}.example", role, areas=[FORCE])
    body = LIGHTS | {"usrn": LONG_STREET, "on": str(TODAY)}
    assert Caller(app, "officer.example").post("/api/feedback", body).status_code == 403
    coordinator = Caller(app, "coordinator.example")
    made = coordinator.post("/api/feedback", body)
    assert (made.status_code, made.json["place"]) == (201, f"STREET {LONG_STREET}")
    assert made.json["published_at"] == clock.now().isoformat()
    assert Caller(app, "officer.example").get("/api/feedback").json["rows"] == [made.json]
    assert coordinator.post("/api/feedback", body | {"said": "x" * 501}).status_code == 422
    gone = coordinator.post(f"/api/feedback/{made.json['id']}/withdrawal")
    assert (gone.status_code, gone.json["withdrawn_at"]) == (200, clock.now().isoformat())


def test_a_ward_outside_is_as_unknown_as_one_that_is_not_there(service: Service, chief: Principal) -> None:
    assert chief
    northern = create_supervisor(service, NORTH)
    sentences = []
    for code in (COAST, "E05099999"):
        with pytest.raises(Problem) as refused:
            publish(service, northern, new({"ward_code": code}))
        sentences.append(str(refused.value).replace(code, "…"))
    assert len(set(sentences)) == 1
