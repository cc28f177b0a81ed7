"""Tells a resident whether the officer at the door is genuine: by the name or number, and the code on the phone.

The code is made from the officer's list (sync.badges), so it ends with it. Whoever asks learns nothing but what a
genuine officer's phone has shown them already, and gets the same "no" whatever was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.tables import Campaign, Holding, Worklist
from server.geography.tables import Premises
from server.residents.naming import is_named
from server.residents.tokens import token_key
from server.staff.principals import today
from server.staff.tables import Account
from sync import badges
from sync.errors import BadToken

MOST_WORKLIST = (1 << 40) - 1


@dataclass(frozen=True)
class Genuine:
    """An officer who is calling: who, for which campaign, on which streets, and the last day of it."""

    name: str
    collar_number: str
    campaign: str
    streets: tuple[str, ...]
    until: date


def check_officer(service: Service, said: str, code: str) -> Genuine | None:
    """The officer whom a name or number and a code belong to; None where they belong to nobody who is calling now.

    Raises BadToken, with a sentence, for what can be no code at all.
    """
    badge = badges.read(code)

    def work(session: Session) -> Genuine | None:
        row = _running(session, service, badge.worklist)
        found = None
        if row is not None and _fits(service, row, said, code):
            found = _shown(session, service, row)
        target = "worklist:none" if row is None else f"worklist:{row.id}"
        audit.record(session, service, PUBLIC, "officer.check", target, genuine=found is not None)
        return found

    return service.db.transact(work)


def _running(session: Session, service: Service, worklist: int) -> Row[Any] | None:
    """The list, while it and its campaign run and its officer has a device."""
    if worklist > MOST_WORKLIST:
        return None
    statement = (
        select(
            Worklist.id,
            Worklist.streets,
            Worklist.not_after,
            Campaign.name.label("campaign"),
            Campaign.ends_on,
            Account.display_name,
            Account.collar_number,
        )
        .join(Campaign, Campaign.id == Worklist.campaign_id)
        .join(Account, Account.id == Worklist.account_id)
        .where(
            Worklist.id == worklist,
            Worklist.state == "active",
            Worklist.not_after > service.clock.now(),
            Campaign.state == "active",
            Account.active,
            select(Device.id)
            .where(Device.account_id == Worklist.account_id, Device.state == "active")
            .exists(),
        )
    )
    return cast(Row[Any] | None, session.execute(statement).one_or_none())


def _fits(service: Service, row: Row[Any], said: str, code: str) -> bool:
    try:
        badges.check(token_key(service, row.id), code, today(service))
    except BadToken:
        return False
    return is_named(said, row.display_name, row.collar_number)


def _shown(session: Session, service: Service, row: Row[Any]) -> Genuine:
    held = set(
        session.scalars(
            select(Premises.usrn)
            .join(Holding, Holding.uprn == Premises.uprn)
            .where(Holding.worklist_id == row.id)
            .distinct()
        )
    )
    streets = tuple(dict.fromkeys(name for usrn, name, *_ in row.streets if usrn in held))
    until = min(row.not_after.astimezone(service.zone).date(), row.ends_on)
    return Genuine(row.display_name, row.collar_number, row.campaign, streets, until)
