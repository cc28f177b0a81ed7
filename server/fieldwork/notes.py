"""Notes on an address: for the coordinator what is wrong with the file, for the next officer what to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from server.base.access import Principal, require
from server.base.paging import PageResult
from server.base.problems import Problem
from server.base.service import Service
from server.fieldwork.bulk import insert_new
from server.fieldwork.reasons import require_reason
from server.fieldwork.reviewing import Reports, find_reports, look_through, note_read, read_report, review
from server.fieldwork.rows import open_note, seal_note
from server.fieldwork.tables import PremisesNote

KINDS = ("new", "split", "gone", "not_a_home", "not_found", "other", "visit")  # visit: for the next officer
NOTES = Reports(
    table=PremisesNote,
    name="note",
    reported_at=PremisesNote.noted_at,
    reported_by=PremisesNote.account_id,
    undecided=("open",),
    decided="This note is decided already.",
    filters=("state", "kind", "uprn"),
)


@dataclass(frozen=True)
class NewNote:
    """A note to keep. `id` is a UUID, the same at every repetition of its event. kind: one of KINDS."""

    id: str
    uprn: str
    kind: str
    text: str
    event_id: str | None
    account_id: int | None
    at: datetime


@dataclass(frozen=True)
class NoteView:
    """A note as a coordinator reads it."""

    id: str
    uprn: str
    address: str
    kind: str
    text: str
    state: str
    account_id: int | None
    reporter: str
    noted_at: datetime
    reviewed_at: datetime | None


def add_notes(session: Session, service: Service, notes: Sequence[NewNote]) -> set[str]:
    """Keep notes, sealed; the UPRNs of those that are new. One whose id is there already is ignored.

    Precondition: the premises are locked, and the caller gives the UPRNs to `record_facts(also_changed=…)`.
    """
    if not notes:
        return set()
    rows = [
        {
            "id": one.id,
            "uprn": one.uprn,
            "kind": one.kind,
            "text_sealed": seal_note(service.vault, one.id, one.text),
            "state": "open",
            "event_id": one.event_id,
            "account_id": one.account_id,
            "noted_at": one.at,
        }
        for one in notes
    ]
    new = set(insert_new(session, PremisesNote, rows))
    return {one.uprn for one in notes if one.id in new}


def review_note(
    service: Service, principal: Principal, note_id: str, *, decision: str, reason: str = ""
) -> None:
    """Accept a note (it was acted on) or dismiss it, for a reason; the next officer no longer sees it.

    Raises Problem: forbidden, not_found, unknown_code, wrong_state where it is decided already.
    """
    if reason:
        require_reason("note", reason)
    require(principal, "campaign.write")
    if decision not in ("accepted", "dismissed"):
        raise Problem("unknown_code", "Decide accepted or dismissed.", where="decision")

    review(service, principal, NOTES, note_id, decision, reason=reason)


def find_notes(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """Notes in the principal's areas, the latest first; `query` has state, kind, uprn and the page."""
    return find_reports(service, principal, NOTES, query, partial(_view, service))


def look_through_notes(service: Service, principal: Principal, query: dict[str, Any]) -> PageResult:
    """The same, for somebody who reads them: that stands on the audit trail."""
    return look_through(service, principal, NOTES, query, partial(_view, service))


def read_note(service: Service, principal: Principal, note_id: str) -> NoteView:
    """One note, which stands on the audit trail as read. Raises Problem("not_found"), also outside one's areas."""
    found = read_report(service, principal, NOTES, note_id, partial(_view, service))
    note_read(service, principal, NOTES, [note_id])
    return found


def _view(service: Service, note: PremisesNote, address: str, reporter: str) -> NoteView:
    return NoteView(
        note.id,
        note.uprn,
        address,
        note.kind,
        open_note(service.vault, note.id, note.text_sealed),
        note.state,
        note.account_id,
        reporter,
        note.noted_at,
        note.reviewed_at,
    )
