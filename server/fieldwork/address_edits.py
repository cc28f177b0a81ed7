"""What a coordinator makes of a note on an address: the house is gone, is no home, is split, renamed, or new.

The address file stays the authority. What is decided here holds until the file tells of the premises anew; a house that
the file does not have gets a provisional UPRN (9999 and eight digits, which no authority was given) and stays until
the file brings it and a coordinator says so. Every change is a fact: counters, lists and coverage follow as they do
after an import, and no visit is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.address_changes import apply_on
from server.fieldwork.door_names import Door, door, faults, flat, lines, renamed
from server.fieldwork.facts import record_facts
from server.fieldwork.notes import NOTES
from server.fieldwork.reviewing import decide, lock_report, note_down
from server.fieldwork.tables import CampaignPremises
from server.geography.changes import PremisesChange
from server.geography.tables import Premises, Street

PROVISIONAL = "provisional"
PREFIX = "9999"
MOST_DOORS = 40

CHANGES = {  # what can be made of a note → whether doors are named for it
    "gone": 0,
    "not_a_home": 0,
    "renamed": 1,
    "new": 1,
    "split": 2,
    "none": 0,
}
ONLY_ONE = frozenset(("renamed",))


@dataclass(frozen=True)
class Accepted:
    """What was changed: the house that the note is on, and the UPRNs of houses that are new."""

    uprn: str
    change: str
    new: tuple[str, ...] = ()


def accept_note(
    service: Service, principal: Principal, note_id: str, *, change: str, doors: str = ""
) -> Accepted:
    """Accept a note and change the premises as it says; `doors` names houses or flats, one on a line.

    change: gone (retired), not_a_home, renamed (one door), new (houses beside it), split (two flats or more), or none
    (it was dealt with elsewhere). Raises Problem: forbidden, not_found, unknown_code, wrong_state, validation_failed.
    """
    require(principal, "campaign.write")
    if change not in CHANGES:
        raise Problem("unknown_code", f"Choose one of: {', '.join(CHANGES)}.", where="change")
    names = lines(doors) if CHANGES[change] else []
    if CHANGES[change]:
        fault = faults(names, least=CHANGES[change], most=1 if change in ONLY_ONE else MOST_DOORS)
        if fault:
            raise Problem("validation_failed", fault, errors={"doors": fault})

    def work(session: Session) -> Accepted:
        uprn = lock_report(session, principal, NOTES, note_id)
        house = _house(session, uprn)
        made = _MAKE[change](session, service, house, names)
        decide(session, service, principal, NOTES, note_id, decision="accepted")
        record_facts(session, service, [], also_changed=[uprn])
        note_down(
            session,
            service,
            principal,
            NOTES,
            note_id,
            uprn=uprn,
            decision="accepted",
            change=change,
            new=list(made),
        )
        return Accepted(uprn, change, tuple(made))

    return service.db.transact(work)


def retire(session: Session, service: Service, uprn: str) -> None:
    """Retire a house, which is live and whose street is locked; its visits stay."""
    _change(session, service, _house(session, uprn), status="retired", decided="retired")


@dataclass(frozen=True)
class _House:
    """The premises' row and its street's."""

    row: dict[str, Any]
    street: Street

    def address(self, named: Door) -> str:
        return named.address(
            street=self.street.name,
            locality=self.street.locality,
            town=self.street.town,
            postcode=self.row["postcode"],
        )


def _house(session: Session, uprn: str) -> _House:
    found = session.execute(
        select(Premises, Street).join(Street, Street.usrn == Premises.usrn).where(Premises.uprn == uprn)
    ).one()
    row = {column.key: getattr(found.Premises, column.key) for column in Premises.__table__.columns}
    session.expunge_all()
    return _House(row, found.Street)


def _nothing(_session: Session, _service: Service, _house: _House, _names: Sequence[str]) -> list[str]:
    return []


def _gone(session: Session, service: Service, house: _House, _names: Sequence[str]) -> list[str]:
    _require_live(house)
    _change(session, service, house, status="retired", decided="retired")
    return []


def _not_a_home(session: Session, service: Service, house: _House, _names: Sequence[str]) -> list[str]:
    _require_live(house)
    _change(session, service, house, residential=False, decided="not_a_home")
    return []


def _renamed(session: Session, service: Service, house: _House, names: Sequence[str]) -> list[str]:
    named = renamed(names[0], house.row)
    kept = house.row["decided"] or "renamed"
    _change(session, service, house, address=house.address(named), decided=kept, **named.columns())
    return []


def _new(session: Session, service: Service, house: _House, names: Sequence[str]) -> list[str]:
    made = [_insert(session, service, house, door(name), parent=None) for name in names]
    apply_on(session, service, house.row["usrn"], [])
    return made


def _split(session: Session, service: Service, house: _House, names: Sequence[str]) -> list[str]:
    _require_live(house)
    uprn = house.row["uprn"]
    made = [_insert(session, service, house, flat(name, house.row), parent=uprn) for name in names]
    for campaign_id in session.scalars(
        select(CampaignPremises.campaign_id).where(CampaignPremises.uprn == uprn)
    ).all():
        rows = [{"campaign_id": campaign_id, "uprn": one} for one in made]
        session.execute(insert(CampaignPremises), rows)
    _change(session, service, house, residential=False, decided="split")
    return made


_MAKE: dict[str, Callable[[Session, Service, _House, Sequence[str]], list[str]]] = {
    "gone": _gone,
    "not_a_home": _not_a_home,
    "renamed": _renamed,
    "new": _new,
    "split": _split,
    "none": _nothing,
}


def _require_live(house: _House) -> None:
    if house.row["status"] != "live" or not house.row["residential"]:
        raise Problem("wrong_state", "This is no home any more: the note has been dealt with already.")


def _change(session: Session, service: Service, house: _House, **columns: Any) -> None:
    """Change the premises' row, and tell coverage and lists of it."""
    before, uprn = house.row, house.row["uprn"]
    session.execute(
        update(Premises)
        .where(Premises.uprn == uprn)
        .values(columns)
        .execution_options(synchronize_session=False)
    )
    after = before | columns
    change = PremisesChange(
        uprn,
        before["usrn"],
        after["usrn"],
        before["ward_code"],
        after["ward_code"],
        before["status"],
        after["status"],
        before["residential"],
        after["residential"],
    )
    apply_on(session, service, before["usrn"], [change])


def _insert(session: Session, service: Service, house: _House, named: Door, *, parent: str | None) -> str:
    """A house that the address file does not have yet, where the noted one stands; its provisional UPRN."""
    address = house.address(named)
    there = select(Premises.uprn).where(
        Premises.usrn == house.row["usrn"], Premises.status == "live", Premises.address == address
    )
    if session.scalar(there.limit(1)) is not None:
        told = f"There is a house of this name already: {address}."
        raise Problem("validation_failed", told, errors={"doors": told})
    uprn = _provisional(session, service)
    columns = house.row | named.columns()
    columns |= {
        "uprn": uprn,
        "parent_uprn": parent,
        "address": address,
        "residential": True,
        "status": "live",
        "decided": PROVISIONAL,
        "digest": "",
        "updated_on": service.clock.now().astimezone(service.zone).date(),
    }
    if not columns["classification"].startswith(("RD", "RH")):
        columns["classification"] = "RD"
    session.execute(insert(Premises).values(columns))
    return uprn


def _provisional(session: Session, service: Service) -> str:
    while True:
        uprn = f"{PREFIX}{service.random.randrange(10**8):08d}"
        if session.scalar(select(Premises.uprn).where(Premises.uprn == uprn)) is None:
            return uprn
