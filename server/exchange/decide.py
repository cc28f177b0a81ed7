"""A supervisor decides on a held event: mend it (it is applied again) or dismiss it.

To mend is to answer for just the reason for which it was held: that the officer was at a house that was not on the
lists, that a consent stands over a withdrawal, that an unsigned file is genuine. Any other objection still holds.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.problems import Problem
from server.base.service import Service
from server.devices.known import lock_device, read_device
from server.exchange.apply import apply_events
from server.exchange.arrivals import CLASH, Verdict
from server.exchange.ground import Applying, Bringer
from server.exchange.held import HeldView, entry_of, may_see, reopen, view_held
from server.exchange.journal import told
from server.exchange.opening import Opener
from server.exchange.tables import EventIdentity, HeldEvent, JournalEntry, same_bytes
from sync.receipts import words

HELD, MENDED, DISMISSED = "held", "mended", "dismissed"

# Reasons that hold a part of an event whose visit was applied.
PARTS = frozenset(
    ("withdrawn_person", "unknown_wording", "unknown_questionnaire", "wrong_answers", "unknown_registration")
)
# Why an event is dismissed: codes, because free text would stand readable in the database.
DISMISSALS = {
    "duplicate": "It was recorded twice.",
    "mistake": "It was recorded by mistake.",
    "wrong_house": "It belongs to another house, and was recorded there.",
    "consent_withdrawn": "The person does not want it.",
    "not_genuine": "It does not come from the officer.",
    "test": "It was a trial.",
    "unusable": "It cannot be read, and nobody can mend it.",
}


def mend(service: Service, principal: Principal, held_id: int) -> HeldView:
    """Apply a held event again. Problems: not_found, forbidden outside the areas, wrong_state where it stays held."""
    require(principal, "held.mend")
    now = service.clock.now()

    def work(session: Session) -> HeldView:
        held = _locked(session, service, principal, held_id)
        device = read_device(session, held.device_id)
        opened = "malformed" if device is None else reopen(Opener(service, device), entry_of(session, held))
        if device is None or isinstance(opened, str) or held.reason == CLASH.reason:
            why = held.reason if held.reason == CLASH.reason else str(opened)
            raise Problem("wrong_state", f"It cannot be mended: {words(why)} Dismiss it.", reason=why)
        if not may_see(session, principal, opened.body.uprn):
            raise Problem("forbidden", "This event is of an address outside your areas.", outside_area=True)
        bringer = Bringer(
            device.id,
            device.account_id,
            vouched=held.reason == "not_held",
            decided=held.reason == "withdrawn_person",
            parts_only=held.reason in PARTS,
        )
        verdict = apply_events(Applying(session, service, bringer, now), [opened])[opened.name]
        if verdict.status == "held" and verdict.reason == held.reason:
            raise Problem("wrong_state", f"It is still held: {words(held.reason)}", reason=held.reason)
        _note_verdict(session, held, verdict, opened.corrected_at, now)
        if verdict.status == "held":
            session.execute(update(HeldEvent).where(HeldEvent.id == held_id).values(reason=verdict.reason))
        else:
            _close(session, held_id, principal, now, state=MENDED)
        audit.record(
            session,
            service,
            principal,
            "held.mended",
            f"held:{held_id}",
            reason=held.reason,
            now=verdict.reason if verdict.status == "held" else MENDED,
        )
        return view_held(session, service, principal, held_id)

    return service.db.transact(work)


def dismiss(service: Service, principal: Principal, held_id: int, decision: str) -> HeldView:
    """Set a held event aside for good, for a reason of DISMISSALS. Problems: not_found, unknown_code, wrong_state.

    What was applied of it stays. The sealed bytes of a person who withdrew are deleted, their hash is kept.
    """
    require(principal, "held.dismiss")
    if decision not in DISMISSALS:
        raise Problem("unknown_code", f"Choose one of: {', '.join(DISMISSALS)}.")
    now = service.clock.now()

    def work(session: Session) -> HeldView:
        held = _locked(session, service, principal, held_id)
        session.execute(
            update(EventIdentity)
            .where(
                same_bytes(EventIdentity, held),
            )
            .values(status=DISMISSED, reason=DISMISSED)
        )
        if held.reason == "withdrawn_person" or decision == "consent_withdrawn":
            _forget_bytes(session, held, now)
        _close(session, held_id, principal, now, state=DISMISSED, decision=decision)
        audit.record(
            session,
            service,
            principal,
            "held.dismissed",
            f"held:{held_id}",
            reason=held.reason,
            decision=decision,
        )
        return view_held(session, service, principal, held_id)

    return service.db.transact(work)


def _locked(session: Session, service: Service, principal: Principal, held_id: int) -> HeldEvent:
    """The held event, with its device's row locked first, as an exchange does."""
    view_held(session, service, principal, held_id)
    device_id = session.scalar(select(HeldEvent.device_id).where(HeldEvent.id == held_id)) or ""
    lock_device(session, device_id)
    held = session.execute(
        select(HeldEvent)
        .where(HeldEvent.id == held_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if held.state != HELD:
        raise Problem("wrong_state", f"This event was {held.state} already.")
    session.expunge(held)
    return held


def _note_verdict(
    session: Session, held: HeldEvent, verdict: Verdict, corrected_at: datetime, now: datetime
) -> None:
    session.execute(
        update(EventIdentity)
        .where(
            same_bytes(EventIdentity, held),
        )
        .values(told(verdict))
    )
    session.execute(
        update(JournalEntry).where(same_bytes(JournalEntry, held)).values(corrected_at=corrected_at)
    )
    if verdict.erased:
        _forget_bytes(session, held, now)


def _forget_bytes(session: Session, held: HeldEvent, now: datetime) -> None:
    session.execute(
        update(JournalEntry).where(same_bytes(JournalEntry, held)).values(sealed=None, erased_at=now)
    )


def _close(
    session: Session,
    held_id: int,
    principal: Principal,
    now: datetime,
    *,
    state: str,
    decision: str = "",
) -> None:
    session.execute(
        update(HeldEvent)
        .where(HeldEvent.id == held_id)
        .values(state=state, decided_by=principal.account_id, decided_at=now, decision=decision)
    )
