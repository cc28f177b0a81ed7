"""What waits for somebody when they open the console: numbers that lead to the pages where it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from server.base.access import Principal, has
from server.base.service import Service
from server.base.tables import AuditEntry
from server.fieldwork.members import visible_campaigns
from server.fieldwork.tables import Campaign, Coverage, Holding, Worklist
from server.staff.principals import today
from server.staff.tables import Account, AreaGrant
from server.web.inbox import read_inbox

ENDING_DAYS = 7
GRANT_DAYS = 14
Counting = Callable[[Service, Principal], ScalarSelect[Any]]


@dataclass(frozen=True)
class Task:
    """Something to do: how many, the words after the number, and the page."""

    number: int
    words: str
    href: str


def tasks_of(service: Service, principal: Principal) -> list[Task]:
    """What waits for this person today, in their areas; only what there is some of. The inbox and one query more."""
    waiting = [Task(one.count, one.words, one.href) for one in read_inbox(service, principal)]
    return [one for one in _own_tasks(service, principal) + waiting if one.number]


def _own_tasks(service: Service, principal: Principal) -> list[Task]:
    wanted = [row for row in _TASKS if has(principal, row[0])]
    if not wanted:
        return []
    counted = select(*(count(service, principal).label(f"n{i}") for i, (_, count, *_) in enumerate(wanted)))
    numbers = service.db.read(lambda session: session.execute(counted).one())
    return [
        Task(number, one if number == 1 else several, href)
        for number, (_, _, one, several, href) in zip(numbers, wanted, strict=True)
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
