"""Held events, as a supervisor sees them: what came, from whom, and why it was not applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from server.base.access import Principal, require, sees, sees_whole_force
from server.base.clock import milliseconds
from server.base.paging import PageResult, paginate
from server.base.problems import Problem
from server.base.service import Service
from server.devices.known import read_device
from server.devices.scope import accounts_in_scope
from server.devices.tables import Device
from server.exchange.arrivals import Arrival
from server.exchange.journal import NOT_AN_ENVELOPE
from server.exchange.opening import Opened, Opener
from server.exchange.tables import HeldEvent, JournalEntry, same_bytes
from server.geography.tables import Area, Premises
from server.staff.principals import today
from server.staff.tables import Account
from sync.events import Envelope
from sync.receipts import words


@dataclass(frozen=True)
class Inside:
    """What a held event says, without a word that a person said. `uprn` and `address` are "" outside one's areas."""

    uprn: str
    address: str
    campaign_id: int
    worklist_id: int
    recorded_at: datetime
    corrected_at: datetime
    outcome: str
    withdraws: str
    registrations: int
    has_answers: bool
    has_hazard: bool
    has_note: bool


@dataclass(frozen=True)
class HeldView:
    """A held event. `says` is the reason in words; `inside` is None where it does not open."""

    id: int
    device_id: str
    account_id: int
    officer: str
    event_id: str
    seq: int
    reason: str
    says: str
    state: str
    held_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    decision: str
    inside: Inside | None = None


def list_held(service: Service, principal: Principal, query: Mapping[str, Any]) -> PageResult:
    """A page of HeldView of officers in the principal's areas, the oldest first; filters state, reason, device_id."""
    require(principal, "held.read")

    def work(session: Session) -> PageResult:
        statement = _visible(principal, today(service))
        for name in ("state", "reason", "device_id"):
            if query.get(name):
                statement = statement.where(getattr(HeldEvent, name) == query[name])
        page = paginate(session, statement, [HeldEvent.held_at, HeldEvent.id], query)
        return PageResult([_view(row) for row in page.rows], page.next)

    return service.db.read(work)


def read_held(service: Service, principal: Principal, held_id: int) -> HeldView:
    """One held event with what is inside. Raises Problem("not_found") outside the principal's areas."""
    require(principal, "held.read")
    return service.db.read(lambda session: view_held(session, service, principal, held_id))


def view_held(session: Session, service: Service, principal: Principal, held_id: int) -> HeldView:
    """The same within a transaction."""
    row = session.execute(_visible(principal, today(service)).where(HeldEvent.id == held_id)).one_or_none()
    if row is None:
        raise Problem("not_found", "There is no such held event in your areas.", outside_area=True)
    return _view(row, _inside(session, service, principal, row.HeldEvent))


def reopen(opener: Opener, entry: JournalEntry) -> Opened | str:
    """The event of a journal entry, opened again with the clocks noted when it came; or why it does not open."""
    if entry.sealed is None or entry.protocol == NOT_AN_ENVELOPE:
        return "malformed"
    envelope = Envelope(
        entry.event_id, entry.seq, entry.previous, entry.kid, bytes(entry.sealed), entry.protocol
    )
    return opener.open(
        Arrival(envelope, entry.hash, entry.event_id, ""),
        clock_offset_ms=entry.clock_offset_ms,
        received_at_ms=milliseconds(entry.received_at),
    )


def may_see(session: Session, principal: Principal, uprn: str) -> bool:
    """True where the premises exists and lies in the principal's areas."""
    row = session.execute(
        select(Area.path)
        .select_from(Premises)
        .outerjoin(Area, and_(Area.code == Premises.ward_code, Area.kind == "ward"))
        .where(Premises.uprn == uprn)
    ).one_or_none()
    if row is None:
        return False
    return sees_whole_force(principal) if row.path is None else sees(principal, row.path)


def entry_of(session: Session, held: HeldEvent) -> JournalEntry:
    """The journal entry of a held event."""
    return session.execute(
        select(JournalEntry).where(
            same_bytes(JournalEntry, held),
        )
    ).scalar_one()


def _inside(session: Session, service: Service, principal: Principal, held: HeldEvent) -> Inside | None:
    device = read_device(session, held.device_id)
    opened = "malformed" if device is None else reopen(Opener(service, device), entry_of(session, held))
    if isinstance(opened, str):
        return None
    body = opened.body
    seen = may_see(session, principal, body.uprn)
    return Inside(
        uprn=body.uprn if seen else "",
        address=session.scalar(select(Premises.address).where(Premises.uprn == body.uprn)) or ""
        if seen
        else "",
        campaign_id=body.campaign,
        worklist_id=body.worklist,
        recorded_at=opened.recorded_at,
        corrected_at=opened.corrected_at,
        outcome=body.visit.outcome if body.visit else "",
        withdraws=body.withdraws or "",
        registrations=len(body.registrations),
        has_answers=body.answers is not None,
        has_hazard=body.hazard is not None,
        has_note=body.address_note is not None or bool(body.visit and body.visit.note),
    )


def _visible(principal: Principal, on: date) -> Select[HeldEvent, int, int, str]:
    return (
        select(HeldEvent, JournalEntry.seq, Device.account_id, Account.display_name)
        .join(Device, Device.id == HeldEvent.device_id)
        .join(Account, Account.id == Device.account_id)
        .join(
            JournalEntry,
            same_bytes(JournalEntry, HeldEvent),
        )
        .where(accounts_in_scope(principal, Device.account_id, on))
    )


def _view(row: Any, inside: Inside | None = None) -> HeldView:
    held: HeldEvent = row.HeldEvent
    return HeldView(
        id=held.id,
        device_id=held.device_id,
        account_id=row.account_id,
        officer=row.display_name,
        event_id=held.event_id,
        seq=row.seq,
        reason=held.reason,
        says=words(held.reason),
        state=held.state,
        held_at=held.held_at,
        decided_at=held.decided_at,
        decided_by=held.decided_by,
        decision=held.decision,
        inside=inside,
    )
