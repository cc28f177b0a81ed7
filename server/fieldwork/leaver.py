"""Somebody leaves: what they hold, and closing their account, phones and lists in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.ending import end_lists, lock_lists
from server.fieldwork.tables import Campaign, Holding, Worklist
from server.staff.accounts import AccountView, apply_change, read_account


@dataclass(frozen=True)
class HeldList:
    """A running list of the account's, and how many houses are on it."""

    id: int
    campaign_id: int
    campaign: str
    houses: int
    not_after: datetime


@dataclass(frozen=True)
class HeldPhone:
    """A phone in the account's name that still syncs; `waiting`: events on it when it last told."""

    id: str
    name: str
    waiting: int
    seen_at: datetime | None


@dataclass(frozen=True)
class Holdings:
    """What goes with an account."""

    account: AccountView
    lists: list[HeldList]
    phones: list[HeldPhone]

    @property
    def houses(self) -> int:
        """Houses on all of the lists."""
        return sum(one.houses for one in self.lists)


@dataclass(frozen=True)
class Closed:
    """What the closing of an account ended."""

    lists: int
    houses: int
    phones: int


def read_holdings(service: Service, principal: Principal, account_id: int) -> Holdings:
    """What an account holds today. Problem("not_found") where there is no such account."""
    require(principal, "staff.read")

    def work(session: Session) -> Holdings:
        return Holdings(
            read_account(session, account_id), _lists(session, account_id), _phones(session, account_id)
        )

    return service.db.read(work)


def close_account(service: Service, principal: Principal, account_id: int, *, version: int) -> Closed:
    """Close a leaver's account: no more signing in, phones revoked as a leaver's, running lists recalled.

    What waits on the phones still comes in (a leaver's phone is drained, then wiped). Problem: not_found, forbidden for
    one's own, stale_version, wrong_state where it is closed already or the last administrator's.
    """
    require(principal, "staff.write")
    now = service.clock.now()

    def work(session: Session) -> Closed:
        if not read_account(session, account_id).active:
            raise Problem("wrong_state", "This account is closed already.")
        # Devices before streets and lists, as an exchange locks them; accounts last.
        phones = session.scalars(
            select(Device.id)
            .where(Device.account_id == account_id, Device.state == "active")
            .order_by(Device.id)
            .with_for_update(key_share=True)
        ).all()
        lists = lock_lists(session, [one.id for one in _lists(session, account_id)])
        houses = end_lists(session, service, lists, "recalled") if lists else 0
        apply_change(session, principal, account_id, version=version, changes={"active": False})
        revoked = update(Device).where(Device.id.in_(phones))
        session.execute(revoked.values(state="leaver", revoked_at=now))
        told = {"lists": lists, "houses": houses, "phones": list(phones)}
        audit.record(session, service, principal, "account.leave", f"account:{account_id}", **told)
        return Closed(len(lists), houses, len(phones))

    return service.db.transact(work)


def _lists(session: Session, account_id: int) -> list[HeldList]:
    rows = session.execute(
        select(
            Worklist.id,
            Worklist.campaign_id,
            Campaign.name,
            func.count(Holding.uprn),
            Worklist.not_after,
        )
        .join(Campaign, Campaign.id == Worklist.campaign_id)
        .outerjoin(Holding, Holding.worklist_id == Worklist.id)
        .where(Worklist.account_id == account_id, Worklist.state == "active")
        .group_by(Worklist.id, Worklist.campaign_id, Campaign.name, Worklist.not_after)
        .order_by(Worklist.id)
    )
    return [HeldList(*row) for row in rows]


def _phones(session: Session, account_id: int) -> list[HeldPhone]:
    rows = session.execute(
        select(Device.id, Device.name, Device.waiting, Device.seen_at)
        .where(Device.account_id == account_id, Device.state == "active")
        .order_by(Device.enrolled_at, Device.id)
    )
    return [HeldPhone(*row) for row in rows]
