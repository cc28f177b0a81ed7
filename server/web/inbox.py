"""A supervisor's inbox: what waits for somebody's decision, how much of it and since when, in one's own areas.

Every queue counts itself in the principal's areas; one statement brings them all. (Replies of residents join as another
row of QUEUES once there are any.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from server.base.access import Principal, has
from server.base.service import Service
from server.devices.listing import broken_devices, is_quiet
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.exchange.decide import HELD
from server.exchange.tables import HeldEvent
from server.fieldwork.do_not_call import recent_wishes
from server.fieldwork.hazards import HAZARDS
from server.fieldwork.notes import NOTES
from server.fieldwork.reviewing import Reports
from server.fieldwork.tables import Worklist
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.staff.principals import today

SOON = timedelta(hours=24)  # lists that end within this are named
QUIET = timedelta(days=2)  # a device with lists is missed after so long
RECENT = timedelta(days=7)  # wishes not to be called at stand in the inbox for so long

Counted = Select[int, datetime]


@dataclass(frozen=True)
class _Asked:
    principal: Principal
    now: datetime
    on: date


@dataclass(frozen=True)
class _Queue:
    """A queue: its words (one, many), where it is worked on, who sees it, and how it counts."""

    code: str
    title: str
    one: str
    many: str
    href: str
    permission: str
    count: Callable[[_Asked], Counted]
    at_least: str = "since"


@dataclass(frozen=True)
class Waiting:
    """How much waits in a queue. `oldest` is since when, or for lists when the first of them ends; None for nothing."""

    code: str
    title: str
    words: str
    href: str
    count: int
    oldest: datetime | None
    at_least: str


def _held(asked: _Asked) -> Counted:
    return (
        select(func.count(), func.min(HeldEvent.held_at))
        .join(Device, Device.id == HeldEvent.device_id)
        .where(HeldEvent.state == HELD, accounts_in_scope(asked.principal, Device.account_id, asked.on))
    )


def _reports(reports: Reports, state: str) -> Callable[[_Asked], Counted]:
    table = reports.table

    def count(asked: _Asked) -> Counted:
        return (
            select(func.count(), func.min(reports.reported_at))
            .select_from(table)
            .join(Premises, Premises.uprn == table.uprn)
            .where(table.state == state, in_scope(asked.principal, Premises.ward_code))
        )

    return count


def _lists(asked: _Asked) -> Counted:
    return select(func.count(), func.min(Worklist.not_after)).where(
        Worklist.state == "active",
        Worklist.not_after <= asked.now + SOON,
        accounts_in_scope(asked.principal, Worklist.account_id, asked.on),
    )


def _quiet(asked: _Asked) -> Counted:
    with_lists = select(Worklist.account_id).where(Worklist.state == "active")
    return select(func.count(), func.min(func.coalesce(Device.seen_at, Device.enrolled_at))).where(
        is_quiet(asked.now - QUIET),
        Device.account_id.in_(with_lists),
        accounts_in_scope(asked.principal, Device.account_id, asked.on),
    )


def _broken(asked: _Asked) -> Counted:
    return select(func.count(), func.min(func.coalesce(Device.seen_at, Device.enrolled_at))).where(
        Device.id.in_(broken_devices()), accounts_in_scope(asked.principal, Device.account_id, asked.on)
    )


def _wishes(asked: _Asked) -> Counted:
    return recent_wishes(asked.principal, asked.now - RECENT)


QUEUES = (
    _Queue("held", "Held events", "held event", "held events", "/console/held", "held.read", _held),
    _Queue(
        "hazards",
        "Hazards",
        "hazard to confirm",
        "hazards to confirm",
        "/console/hazards",
        "hazard.review",
        _reports(HAZARDS, "reported"),
    ),
    _Queue(
        "notes",
        "Notes",
        "note on an address",
        "notes on addresses",
        "/console/notes",
        "campaign.write",
        _reports(NOTES, "open"),
    ),
    _Queue(
        "lists",
        "Lists",
        "list that ends within a day",
        "lists that end within a day",
        "/console/lists",
        "worklist.recall",
        _lists,
        "the first ends",
    ),
    _Queue(
        "quiet",
        "Devices",
        "phone with lists, not synced for two days",
        "phones with lists, not synced for two days",
        "/console/devices?quiet_days=2",
        "device.enrol",
        _quiet,
    ),
    _Queue(
        "broken",
        "Gaps",
        "phone with gaps or forks",
        "phones with gaps or forks",
        "/console/devices?broken=true",
        "held.read",
        _broken,
        "last heard of",
    ),
    _Queue(
        "wishes",
        "Do not call",
        "house that nobody is to call at, new this week",
        "houses that nobody is to call at, new this week",
        "/console/do-not-call",
        "do_not_call.lift",
        _wishes,
    ),
)


def read_inbox(service: Service, principal: Principal) -> list[Waiting]:
    """Every queue that the principal works on, also those in which nothing waits."""
    return service.db.read(lambda session: count(session, service, principal))


def count(session: Session, service: Service, principal: Principal) -> list[Waiting]:
    """The same within a transaction, by one statement."""
    queues = [queue for queue in QUEUES if has(principal, queue.permission)]
    if not queues:
        return []
    asked = _Asked(principal, service.clock.now(), today(service))
    parts = []
    for place, queue in enumerate(queues):
        counted = queue.count(asked).subquery()
        many, oldest = counted.c
        parts.append(select(literal(place).label("place"), many.label("many"), oldest.label("oldest")))
    rows = {row.place: row for row in session.execute(union_all(*parts))}
    return [_waiting(queue, rows[place].many, rows[place].oldest) for place, queue in enumerate(queues)]


def _waiting(queue: _Queue, many: int, oldest: datetime | None) -> Waiting:
    words = queue.one if many == 1 else queue.many
    return Waiting(queue.code, queue.title, words, queue.href, many, oldest, queue.at_least)
