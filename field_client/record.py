"""What was recorded at a door as an event body, checked before it is sealed: a sealed mistake cannot be mended.

Pure: the body comes out, or Refused with a sentence that names what to change. Free text is never repeated in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from field_client.houses import table_of
from field_client.own import OwnRecord
from field_client.problems import Refused
from sync import demographics, questionnaires, slots
from sync.errors import SyncError
from sync.events import (
    AddressNote,
    AnswersRecord,
    Callback,
    EventBody,
    EventClock,
    HazardRecord,
    RegistrationRecord,
    VisitRecord,
)
from sync.worklist_codec import Worklist

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")
_FURTHEST_CALLBACK = timedelta(days=366)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,30}\Z")


@dataclass(frozen=True)
class AtDoor:
    """Everything that one event may say of one house."""

    visit: VisitRecord | None = None
    withdraws: str | None = None
    registrations: Sequence[RegistrationRecord] = ()
    answers: AnswersRecord | None = None
    hazard: HazardRecord | None = None
    address_note: AddressNote | None = None


def make_body(door: AtDoor, *, uprn: str, worklist: Worklist, clock: EventClock, now_ms: int) -> EventBody:
    """The event's body. Raises Refused when something in it would be held by the service."""
    body = EventBody(
        uprn=uprn,
        campaign=worklist.campaign.id,
        worklist=worklist.worklist,
        clock=clock,
        visit=_tidy_visit(door.visit),
        withdraws=door.withdraws,
        registrations=list(door.registrations),
        answers=door.answers,
        hazard=door.hazard,
        address_note=door.address_note,
    )
    if body.is_empty:
        raise Refused("There is nothing to record yet.")
    if body.visit:
        _check_visit(body.visit, worklist, now_ms)
    for person in body.registrations:
        _check_registration(person, worklist)
    if body.answers:
        _check_answers(body.answers, worklist)
    if body.hazard and not body.hazard.kind.strip():
        raise Refused("Say what kind of hazard it is, such as dog or loose step.")
    _check_shape(body)
    return body


def own_record(body: EventBody, *, event_id: str, now_ms: int) -> OwnRecord:
    """The least of a body that the officer's own screen needs."""
    visit = body.visit
    callback = visit.callback if visit else None
    return OwnRecord(
        id=event_id,
        uprn=body.uprn,
        worklist=body.worklist,
        campaign=body.campaign,
        at_ms=now_ms,
        outcome=visit.outcome if visit else "",
        callback_date=callback.date if callback else "",
        callback_slot=(callback.slot or "") if callback else "",
        language=(visit.language or "") if visit else "",
        withdraws=body.withdraws or "",
        registrations=tuple(person.id for person in body.registrations),
        answered=body.answers is not None,
        hazard=body.hazard.kind if body.hazard else "",
        note=body.address_note.kind if body.address_note else "",
    )


def _tidy_visit(visit: VisitRecord | None) -> VisitRecord | None:
    if visit is None or not visit.note or visit.note.strip():
        return visit
    return msgspec.structs.replace(visit, note=None)


def _check_visit(visit: VisitRecord, worklist: Worklist, now_ms: int) -> None:
    table = table_of(worklist)
    outcome = table.get(visit.outcome)
    if outcome is None:
        raise Refused(f'There is no outcome "{visit.outcome}". Choose one of: {", ".join(table.codes())}.')
    if "callback" in outcome.needs and visit.callback is None:
        raise Refused(f'"{outcome.label}" needs the day to come back: --callback YYYY-MM-DD.')
    if visit.callback is not None and "callback" not in outcome.needs:
        raise Refused(f'A day to come back does not go with "{outcome.label}".')
    if "language" in outcome.needs and not visit.language:
        raise Refused(f'"{outcome.label}" needs the language, as a code such as pl: --language CODE.')
    if visit.language and not _LANGUAGE.match(visit.language):
        raise Refused("A language is given as a code of two or three letters, such as pl or ckb.")
    if visit.callback is not None:
        _check_callback(visit.callback, worklist.time_zone, now_ms)


def _check_callback(callback: Callback, time_zone: str, now_ms: int) -> None:
    try:
        agreed = date.fromisoformat(callback.date)
    except ValueError:
        raise Refused(f'"{callback.date}" is no day; write it as YYYY-MM-DD.') from None
    today = date.fromisoformat(slots.local_date(now_ms, time_zone))
    if agreed < today:
        raise Refused(f"The day to come back, {agreed:%d %B %Y}, has passed.")
    if agreed > today + _FURTHEST_CALLBACK:
        raise Refused("The day to come back is more than a year ahead.")
    if callback.slot and not re.match(
        r"(morning|afternoon|evening|([01][0-9]|2[0-3]):[0-5][0-9])\Z", callback.slot
    ):
        raise Refused("The time to come back is morning, afternoon, evening, or a time such as 18:30.")


def _check_registration(person: RegistrationRecord, worklist: Worklist) -> None:
    if not person.name.strip():
        raise Refused("A registration needs the person's name.")
    if person.email and not _EMAIL.match(person.email):
        raise Refused("The e-mail address is not one: it should look like name@example.org.")
    if person.phone and not _PHONE.match(person.phone):
        raise Refused("The phone number may hold digits, spaces, brackets, dashes, and a + in front.")
    purposes = [consent.purpose for consent in person.consents]
    if len(set(purposes)) != len(purposes):
        raise Refused("A purpose of consent is answered twice.")
    if any(consent.wording != worklist.campaign.consent_version for consent in person.consents):
        raise Refused(
            f"Read out the wording of this list ({worklist.campaign.consent_version}) for the consents."
        )
    wrong = demographics.problems(person.demographics or {})
    if wrong:
        raise Refused("The registration is not complete: " + " ".join(wrong))


def _check_answers(answers: AnswersRecord, worklist: Worklist) -> None:
    for card in worklist.questionnaires:
        if (card.code, card.version) == (answers.questionnaire, answers.version):
            wrong = questionnaires.check_answers(questionnaires.parse(card.body), answers)
            if wrong:
                raise Refused("The answers do not fit: " + "; ".join(problem.text for problem in wrong))
            return
    raise Refused("These answers belong to a questionnaire that is not on this list.")


def _check_shape(body: EventBody) -> None:
    """Lengths and patterns, as the service's decoder will judge them; names the place, never the words."""
    try:
        encoded = msgspec.json.encode(body)
        msgspec.json.decode(encoded, type=EventBody)
    except msgspec.ValidationError as error:
        what, _, where = str(error).rpartition(" - at `")
        raise Refused(f"Something is too long or not in its form ({where.rstrip('`')}: {what}).") from None
    except (UnicodeEncodeError, SyncError):
        raise Refused("The text holds characters that cannot be sent.") from None
    if b"\\u0000" in encoded:
        raise Refused("The text holds a character (U+0000) that cannot be sent; type it again.")
