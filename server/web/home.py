"""What waits for somebody when they open the console: numbers that lead to the pages where it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select

from server.base.access import Principal, has
from server.base.service import Service
from server.base.tables import AuditEntry
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.exchange.tables import HeldEvent
from server.fieldwork.members import visible_campaigns
from server.fieldwork.tables import Campaign, Coverage, Hazard, Holding, PremisesNote, Worklist
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.staff.principals import today
from server.staff.tables import Account, AreaGrant

SOON = timedelta(hours=24)
QUIET_DAYS = 3  # a phone with lists that has not synced for so long is asked after
ENDING_DAYS = 7
GRANT_DAYS = 14
Counting = Callable[[Service, Principal], ScalarSelect[Any]]


@dataclass(frozen=True)
class Task:
    """Something to do: how many, in words for one and for several, and the page."""

    number: int
    one: str
    several: str
    href: str

    @property
    def words(self) -> str:
        """The words after the number."""
        return self.one if self.number == 1 else self.several


def tasks_of(service: Service, principal: Principal) -> list[Task]:
    """What waits for this person today, in their areas; only what there is some of. One query, whatever they may do."""
    wanted = [row for row in _TASKS if has(principal, row[0])]
    if not wanted:
        return []
    counted = select(*(count(service, principal).label(f"n{i}") for i, (_, count, *_) in enumerate(wanted)))
    numbers = service.db.read(lambda session: session.execute(counted).one())
    return [
        Task(number, one, several, href)
        for number, (_, _, one, several, href) in zip(numbers, wanted, strict=True)
        if number
    ]


def _own_houses(_service: Service, principal: Principal) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(Holding)
        .join(Worklist, Worklist.id == Holding.worklist_id)
        .join(Coverage, (Coverage.uprn == Holding.uprn) & (Coverage.campaign_id == Holding.campaign_id))
        .where(Worklist.account_id == principal.account_id, Worklist.state == "active", Coverage.outstanding)
        .scalar_subquery()
    )


def _held(service: Service, principal: Principal) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(HeldEvent)
        .join(Device, Device.id == HeldEvent.device_id)
        .where(HeldEvent.state == "held", accounts_in_scope(principal, Device.account_id, today(service)))
        .scalar_subquery()
    )


def _hazards(_service: Service, principal: Principal) -> ScalarSelect[Any]:
    return _at_houses(principal, Hazard, Hazard.state == "reported")


def _notes(_service: Service, principal: Principal) -> ScalarSelect[Any]:
    return _at_houses(principal, PremisesNote, PremisesNote.state == "open", PremisesNote.kind != "visit")


def _at_houses(principal: Principal, table: Any, *conditions: Any) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(table)
        .join(Premises, Premises.uprn == table.uprn)
        .where(in_scope(principal, Premises.ward_code), *conditions)
        .scalar_subquery()
    )


def _expiring(service: Service, principal: Principal) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(Worklist)
        .where(
            Worklist.state == "active",
            Worklist.not_after < service.clock.now() + SOON,
            accounts_in_scope(principal, Worklist.account_id, today(service)),
        )
        .scalar_subquery()
    )


def _drafts(_service: Service, principal: Principal) -> ScalarSelect[Any]:
    return _campaigns(principal, Campaign.state == "draft")


def _ending(service: Service, principal: Principal) -> ScalarSelect[Any]:
    last = today(service) + timedelta(days=ENDING_DAYS)
    return _campaigns(principal, Campaign.state == "active", Campaign.ends_on <= last)


def _campaigns(principal: Principal, *conditions: Any) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(Campaign)
        .where(visible_campaigns(principal), *conditions)
        .scalar_subquery()
    )


def _quiet_phones(service: Service, principal: Principal) -> ScalarSelect[Any]:
    since = service.clock.now() - timedelta(days=QUIET_DAYS)
    with_lists = select(Worklist.account_id).where(Worklist.state == "active")
    return (
        select(func.count())
        .select_from(Device)
        .where(
            Device.state == "active",
            or_(Device.seen_at < since, Device.seen_at.is_(None)),
            Device.enrolled_at < since,
            Device.account_id.in_(with_lists),
            accounts_in_scope(principal, Device.account_id, today(service)),
        )
        .scalar_subquery()
    )


def _grants_ending(service: Service, _principal: Principal) -> ScalarSelect[Any]:
    on = today(service)
    return (
        select(func.count(AreaGrant.account_id.distinct()))
        .select_from(AreaGrant)
        .join(Account, Account.id == AreaGrant.account_id)
        .where(Account.active, AreaGrant.ends_on.between(on, on + timedelta(days=GRANT_DAYS)))
        .scalar_subquery()
    )


def _deeds(action: str, days: int) -> Counting:
    def count(service: Service, _principal: Principal) -> ScalarSelect[Any]:
        since = service.clock.now() - timedelta(days=days)
        return (
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.at >= since, AuditEntry.action == action)
            .scalar_subquery()
        )

    return count


# permission, count, words for one, words for several, page
_TASKS: tuple[tuple[str, Counting, str, str, str], ...] = (
    (
        "worklist.read",
        _own_houses,
        "house on your own lists is still owed a visit",
        "houses on your own lists are still owed a visit",
        "/console/lists",
    ),
    (
        "held.mend",
        _held,
        "event from a phone is held and waits for you",
        "events from phones are held and wait for you",
        "/console/held",
    ),
    (
        "hazard.review",
        _hazards,
        "hazard was reported and waits for a decision",
        "hazards were reported and wait for a decision",
        "/console/hazards",
    ),
    (
        "campaign.write",
        _notes,
        "address note from the doors is open",
        "address notes from the doors are open",
        "/console/notes",
    ),
    (
        "worklist.allocate",
        _expiring,
        "list ends within a day: give it more time, or let it end",
        "lists end within a day: give them more time, or let them end",
        "/console/lists",
    ),
    (
        "device.enrol",
        _quiet_phones,
        f"phone with lists has not synced for {QUIET_DAYS} days",
        f"phones with lists have not synced for {QUIET_DAYS} days",
        "/console/devices",
    ),
    (
        "campaign.write",
        _drafts,
        "campaign is a draft and was not started",
        "campaigns are drafts and were not started",
        "/console/campaigns?state=draft",
    ),
    (
        "campaign.write",
        _ending,
        f"campaign ends within {ENDING_DAYS} days",
        f"campaigns end within {ENDING_DAYS} days",
        "/console/campaigns?state=active",
    ),
    (
        "staff.write",
        _grants_ending,
        f"person loses an area within {GRANT_DAYS} days, unless it is granted on",
        f"people lose an area within {GRANT_DAYS} days, unless it is granted on",
        "/console/people",
    ),
    (
        "audit.read",
        _deeds("sign_in.failed", 1),
        "sign-in failed since yesterday",
        "sign-ins failed since yesterday",
        "/console/audit?action=sign_in.failed",
    ),
    (
        "audit.read",
        _deeds("refused", 7),
        "try at something not granted was refused in a week",
        "tries at something not granted were refused in a week",
        "/console/audit?action=refused",
    ),
)
