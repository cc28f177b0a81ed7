"""Houses to register at, and people who register. All of them are made up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server.base.service import Service
from server.fieldwork.facts import Recorded, lock_premises, record_facts
from server.fieldwork.seed import seed
from server.geography.tables import Area, Premises, Street
from server.residents.register import NewRegistration, RegistrationResult, apply_registrations
from server.surveys.invites import schedule_first
from sync import consents as wordings
from sync.events import ConsentRecord, RegistrationRecord

FORCE, DISTRICT, WARD, OTHER_WARD = "E23000012", "E06000010", "E05011523", "E05011538"
HOUSE, NEXT_DOOR, FAR_AWAY = "100000000001", "100000000002", "100000000003"
STREET, OTHER_STREET = "90000001", "90000002"
POSTCODE = "HU6 7AB"
_numbers = itertools.count(1)


def create_houses(service: Service) -> None:
    """HOUSE and NEXT_DOOR on one street of WARD, FAR_AWAY on another one of OTHER_WARD, all with coverage rows."""
    areas = [
        (FORCE, "force", None, f"/{FORCE}/"),
        (DISTRICT, "district", FORCE, f"/{FORCE}/{DISTRICT}/"),
        (WARD, "ward", DISTRICT, f"/{FORCE}/{DISTRICT}/{WARD}/"),
        (OTHER_WARD, "ward", DISTRICT, f"/{FORCE}/{DISTRICT}/{OTHER_WARD}/"),
    ]

    def work(session: Session) -> None:
        there = set(session.scalars(select(Area.code)))
        for code, kind, parent, path in areas:
            if code not in there:
                session.execute(
                    insert(Area).values(code=code, kind=kind, name=code, parent_code=parent, path=path)
                )
        for usrn in (STREET, OTHER_STREET):
            session.execute(insert(Street).values(usrn=usrn, name=f"Street {usrn}", locality="", town="HULL"))
        for uprn, usrn, ward, number in (
            (HOUSE, STREET, WARD, 1),
            (NEXT_DOOR, STREET, WARD, 3),
            (FAR_AWAY, OTHER_STREET, OTHER_WARD, 1),
        ):
            session.execute(insert(Premises).values(house(uprn, usrn, ward, number)))
        seed(session, service)

    service.db.transact(work)


def house(uprn: str, usrn: str, ward: str, number: int) -> dict[str, Any]:
    """A row of Premises: a terraced house."""
    return {
        "uprn": uprn,
        "usrn": usrn,
        "ward_code": ward,
        "district_code": DISTRICT,
        "address": f"{number} Street {usrn}, Hull, {POSTCODE}",
        "number": number,
        "number_text": str(number),
        "sub_building": "",
        "building": "",
        "postcode": POSTCODE,
        "classification": "RD04",
        "residential": True,
        "status": "live",
        "lon": -0.36,
        "lat": 53.77,
        "digest": uprn,
    }


def a_record(
    name: str = "Anna Nowak",
    *,
    email: str | None = None,
    phone: str | None = None,
    yes: Sequence[str] = ("messages", "surveys"),
    no: Sequence[str] = (),
    key: str = "",
    **more: Any,
) -> RegistrationRecord:
    """A registration record with consents given for `yes` and refused for `no`."""
    number = next(_numbers)
    given = [ConsentRecord(purpose, wordings.CURRENT, True) for purpose in yes]  # type: ignore[arg-type]
    refused = [ConsentRecord(purpose, wordings.CURRENT, False) for purpose in no]  # type: ignore[arg-type]
    return RegistrationRecord(
        id=key or f"{number:08x}-0000-4000-8000-{number:012x}",
        name=name,
        consents=given + refused,
        email=email,
        phone=phone,
        **more,
    )


def at_door(
    service: Service,
    record: RegistrationRecord,
    uprn: str = HOUSE,
    *,
    at: datetime | None = None,
    proved: bool = True,
    **more: Any,
) -> NewRegistration:
    """The record as made at a door, now or at `at`; `proved`: the device's clock makes the time certain."""
    now = service.clock.now()
    at = at or now
    return NewRegistration(
        record, uprn, "door", at, now, **({"proved_at": at if proved else at - timedelta(days=1)} | more)
    )


def apply(service: Service, *new: NewRegistration) -> list[RegistrationResult]:
    """Apply registrations in one transaction, as the exchange does: lock, apply, schedule, record the marks."""
    return apply_and_record(service, *new)[0]


def apply_and_record(service: Service, *new: NewRegistration) -> tuple[list[RegistrationResult], Recorded]:
    """The results, and what became of the marks."""

    def work(session: Session) -> tuple[list[RegistrationResult], Recorded]:
        lock_premises(session, [one.uprn for one in new])
        results = apply_registrations(session, service, new)
        registered = {
            result.resident_id: one.at for one, result in zip(new, results, strict=True) if result.resident_id
        }
        schedule_first(session, service, registered)
        marks = [result.mark for result in results if result.mark is not None]
        return results, record_facts(session, service, marks)

    return service.db.transact(work)


def register(
    service: Service, record: RegistrationRecord | None = None, uprn: str = HOUSE, **more: Any
) -> str:
    """Register one person at the door; the resident's id."""
    result = apply(service, at_door(service, record or a_record(), uprn, **more))[0]
    assert result.resident_id is not None
    assert not result.held
    return result.resident_id
