"""The devices API: codes with a QR, the list within one's areas, revocation."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from server.base.problems import Problem
from server.base.service import Service
from server.devices.checks import CHECKS
from server.devices.revoke import revoke
from server.devices.tables import Device
from server.geography.tables import Area
from sync import enrolment
from tests.factories.app import Caller, create_application
from tests.factories.devices import create_device, create_phone
from tests.factories.staff import create_account, create_principal_with_account

AREAS = (
    ("E23", "force", None, "/E23/"),
    ("E06", "district", "E23", "/E23/E06/"),
    ("W1", "ward", "E06", "/E23/E06/W1/"),
    ("W2", "ward", "E06", "/E23/E06/W2/"),
)


@pytest.fixture(autouse=True)
def areas(service: Service) -> None:
    rows = [
        {"code": code, "kind": kind, "name": code, "parent_code": parent, "path": path}
        for code, kind, parent, path in AREAS
    ]
    service.db.transact(lambda session: session.execute(insert(Area), rows))


@pytest.fixture
def coordinator(service: Service) -> Caller:
    create_account(service, "cora.example", "coordinator", areas=["W1"])
    return Caller(create_application(service), "cora.example")


def test_a_coordinator_makes_a_code_that_enrols(service: Service, coordinator: Caller) -> None:
    officer = create_account(service, "ana.example", areas=["W1"])
    answer = coordinator.post("/api/devices/enrolment-codes", {"account_id": officer})
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    assert answer.json["qr"].startswith("<svg")
    assert answer.json["expires_at"] == "2026-03-02T09:15:00+00:00"
    url, code = enrolment.parse_link(answer.json["link"])
    assert (url, enrolment.format_code(code)) == ("http://127.0.0.1:8000", answer.json["code"])
    assert create_phone(service).enrol(answer.json["code"]).officer == "Ana.Example"


@pytest.mark.parametrize(("granted", "status"), [([], 404), (["W2"], 404), (["W1", "W2"], 403)])
def test_no_code_for_an_officer_with_an_area_outside_ones_own(
    service: Service, coordinator: Caller, granted: list[str], status: int
) -> None:
    officer = create_account(service, "ana.example", areas=granted)
    answer = coordinator.post("/api/devices/enrolment-codes", {"account_id": officer})
    assert answer.status_code == status, answer.text


def test_an_officer_may_not_make_codes(service: Service) -> None:
    officer = create_account(service, "ana.example", areas=["W1"])
    caller = Caller(create_application(service), "ana.example")
    assert caller.post("/api/devices/enrolment-codes", {"account_id": officer}).status_code == 403


def test_devices_are_listed_within_ones_areas_only(service: Service, coordinator: Caller) -> None:
    near = create_device(service, create_account(service, "ana.example", areas=["W1"]))
    far = create_device(service, create_account(service, "ben.example", areas=["W2"]))
    answer = coordinator.get("/api/devices")
    assert answer.json is not None
    assert [row["id"] for row in answer.json["rows"]] == [near.id]
    assert answer.json["rows"][0]["officer"] == "Ana.Example"
    assert coordinator.get(f"/api/devices/{near.id}").status_code == 200
    assert coordinator.get(f"/api/devices/{far.id}").status_code == 404
    assert coordinator.get("/api/devices?state=lost").json == {"rows": [], "next": None}


def test_a_grant_that_ran_out_shows_no_device(service: Service, coordinator: Caller) -> None:
    from server.staff.tables import AreaGrant

    officer = create_account(service, "ana.example", areas=["W1"])
    device = create_device(service, officer)
    ended = service.clock.now().date()
    service.db.transact(
        lambda session: session.execute(
            update(AreaGrant).where(AreaGrant.account_id == officer).values(ends_on=ended.replace(day=1))
        )
    )
    assert coordinator.get(f"/api/devices/{device.id}").status_code == 404


def test_a_supervisor_revokes_and_a_coordinator_may_not(service: Service, coordinator: Caller) -> None:
    device = create_device(service, create_account(service, "ana.example", areas=["W1"]))
    path = f"/api/devices/{device.id}/revocations"
    assert coordinator.post(path, {"kind": "lost"}).status_code == 403
    create_account(service, "sam.example", "supervisor", areas=["W1"])
    supervisor = Caller(create_application(service), "sam.example")
    assert supervisor.post(path, {"kind": "leaver"}).status_code == 204
    assert supervisor.post(path, {"kind": "leaver"}).status_code == 409
    assert supervisor.post(path, {"kind": "lost"}).status_code == 204
    answer = supervisor.get(f"/api/devices/{device.id}").json
    assert answer is not None
    assert (answer["state"], answer["revoked_at"]) == ("lost", "2026-03-02T09:00:00+00:00")


def test_a_supervisor_elsewhere_cannot_revoke(service: Service) -> None:
    device = create_device(service, create_account(service, "ana.example", areas=["W1"]))
    elsewhere = create_principal_with_account(service, "sam.example", "supervisor", areas=["W2"])
    with pytest.raises(Problem) as refused:
        revoke(service, elsewhere, device.id, "lost")
    assert refused.value.code == "not_found"


def test_the_checks_find_a_device_whose_event_key_was_swapped(service: Service) -> None:
    officer = create_account(service, "ana.example", areas=["W1"])
    first, second = create_device(service, officer), create_device(service, officer)
    assert [finding for _, check in CHECKS for finding in check(service)] == []
    service.db.transact(
        lambda session: session.execute(
            update(Device).where(Device.id == second.id).values(event_key_sealed=b"\x01" * 80)
        )
    )
    found = dict(CHECKS)["device keys are usable"](service)
    assert len(found) == 1
    assert second.id in found[0]
    assert first.id not in found[0]
