"""Registering by oneself: by the code at the door, or by choosing one's house by postcode and address.

Such a registration waits, apart from everybody known, until its contact confirms it (surveys/confirm.py); whoever
typed somebody else's address has touched nothing. The answer is the same whatever is known of the person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import PUBLIC
from server.base.db import insert_missing
from server.base.problems import Problem
from server.base.service import Service
from server.devices.tables import Device
from server.fieldwork.facts import lock_premises, record_facts
from server.fieldwork.tables import Worklist, WorklistHouse
from server.geography.tables import Premises
from server.residents.known import given_by
from server.residents.lock import lock_people
from server.residents.register import NewRegistration, apply_registrations
from server.residents.tables import Contact, LinkUse, Registration, Resident
from server.residents.tokens import token_key
from sync import consents as wordings
from sync import demographics as lists
from sync import tokens
from sync.errors import BadToken
from sync.events import ConsentRecord, RegistrationRecord

MOST_TOKEN_USES = 6  # a household at one code
MOST_WAITING_PER_CONTACT, MOST_WAITING_PER_HOUSE = 3, 10  # in a day; more are taken politely and not kept
DAY = timedelta(days=1)
MOST_HOUSES = 200


@dataclass(frozen=True)
class House:
    """A house that somebody may register at."""

    uprn: str
    address: str


@dataclass(frozen=True)
class SelfRegistration:
    """What a resident filled in. The house: either the code's `token`, or `postcode` and `uprn`."""

    name: str
    consents: Sequence[ConsentRecord]
    email: str | None = None
    phone: str | None = None
    token: str = ""
    postcode: str = ""
    uprn: str = ""
    language: str | None = None
    groups: Sequence[str] = ()
    interests: Sequence[str] = ()
    demographics: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    uprn: str
    how: str
    campaign_id: int | None = None
    worklist_id: int | None = None


def houses_at(service: Service, postcode: str) -> list[House]:
    """The houses at a postcode, by address; none for a postcode that is not ours."""
    statement = (
        select(Premises.uprn, Premises.address)
        .where(Premises.postcode == spaced(postcode), Premises.residential, Premises.status == "live")
        .order_by(Premises.number, Premises.address, Premises.uprn)
        .limit(MOST_HOUSES)
    )
    return service.db.read(lambda session: [House(*row) for row in session.execute(statement)])


def house_of(service: Service, token: str) -> House:
    """The house that a code at the door stands for, and nothing of who lives there. Problem("gone") when it ended."""

    def work(session: Session) -> House:
        place = _place_of_token(session, service, token)
        address = session.scalar(select(Premises.address).where(Premises.uprn == place.uprn))
        return House(place.uprn, address or "")

    return service.db.read(work)


def register_self(service: Service, form: SelfRegistration) -> None:
    """Keep a registration until its contact confirms it. It answers nothing, so it tells nothing.

    Raises Problem("validation_failed") for what the person can mend, Problem("gone") for a code that has ended.
    """
    _require_right(form)

    def work(session: Session) -> None:
        place = _place(session, service, form)
        lock_premises(session, [place.uprn])
        record = RegistrationRecord(
            id=service.new_uuid(),
            name=form.name.strip(),
            consents=list(form.consents),
            email=form.email,
            phone=form.phone,
            language=form.language,
            groups=list(form.groups),
            interests=list(form.interests),
            demographics=form.demographics or None,
        )
        given = given_by(service, record, place.uprn)
        lock_people(session, given.newest)
        contacts = {index for _, _, indexes in given.contacts for index in indexes}
        if place.how == "qr":
            _use_token(session, service, form.token, place)
        kept = not _is_too_much(session, service, place.uprn, contacts)
        if kept:
            now = service.clock.now()
            new = NewRegistration(
                record,
                place.uprn,
                place.how,
                now,
                now,
                campaign_id=place.campaign_id,
                confirmed=False,
            )
            results = apply_registrations(session, service, [new])
            record_facts(session, service, [one.mark for one in results if one.mark is not None])
        audit.record(
            session, service, PUBLIC, "resident.self_register", f"registration:{record.id}", kept=kept
        )

    service.db.transact(work)


def spaced(postcode: str) -> str:
    """A postcode as the address file writes it: upper case, one space before the last three characters."""
    bare = "".join(postcode.split()).upper()
    return f"{bare[:-3]} {bare[-3:]}"


def _require_right(form: SelfRegistration) -> None:
    errors: dict[str, str] = {}
    if not form.name.strip():
        errors["name"] = "Give your name."
    if not (form.email or form.phone):
        errors["email"] = "Give an e-mail address or a phone number, so that we can check that it was you."
    if wrong := wordings.problems(form.consents):
        errors["consents"] = " ".join(wrong)
    if wrong := lists.problems(form.demographics):
        errors["demographics"] = " ".join(wrong)
    if bool(form.token) == bool(form.uprn):
        errors["uprn"] = "Choose your house, or scan the code that the officer showed you."
    if errors:
        raise Problem("validation_failed", next(iter(errors.values())), errors=errors)


def _place(session: Session, service: Service, form: SelfRegistration) -> _Place:
    if form.token:
        return _place_of_token(session, service, form.token)
    found = session.execute(
        select(Premises.uprn).where(
            Premises.uprn == form.uprn,
            Premises.postcode == spaced(form.postcode),
            Premises.residential,
            Premises.status == "live",
        )
    ).first()
    if found is None:
        sentence = "This house is not at that postcode: choose it from the list again."
        raise Problem("validation_failed", sentence, errors={"uprn": sentence})
    return _Place(form.uprn, "self")


def _place_of_token(session: Session, service: Service, token: str) -> _Place:
    """The house of a code that is still good: its list runs, holds the house, and its officer has a device."""
    try:
        claim = tokens.read(token)
        tokens.check(token_key(service, claim.worklist), token)
    except BadToken:
        raise _ended() from None
    found = session.execute(
        select(Worklist.campaign_id)
        .join(WorklistHouse, WorklistHouse.worklist_id == Worklist.id)
        .where(
            Worklist.id == claim.worklist,
            Worklist.state == "active",
            Worklist.not_after > service.clock.now(),
            WorklistHouse.uprn == claim.uprn,
            WorklistHouse.removed.is_(False),
            select(Device.id)
            .where(Device.account_id == Worklist.account_id, Device.state == "active")
            .exists(),
        )
    ).first()
    if found is None:
        raise _ended()
    uses = session.scalar(select(LinkUse.uses).where(LinkUse.hash == _hash(token)))
    if (uses or 0) >= MOST_TOKEN_USES:
        raise _ended()
    return _Place(claim.uprn, "qr", found.campaign_id, claim.worklist)


def _use_token(session: Session, service: Service, token: str, place: _Place) -> None:
    """Count a use of the code; Problem("gone") when others used it up meanwhile."""
    key = _hash(token)
    expires_at = service.clock.now() + 30 * DAY
    row = {
        "hash": key,
        "purpose": "qr",
        "subject": str(place.worklist_id),
        "uses": 0,
        "expires_at": expires_at,
    }
    insert_missing(session, LinkUse, [row])
    used = update(LinkUse).where(LinkUse.hash == key, LinkUse.uses < MOST_TOKEN_USES)
    if session.execute(used.values(uses=LinkUse.uses + 1)).rowcount == 0:  # type: ignore[attr-defined]
        raise _ended()


def _is_too_much(session: Session, service: Service, uprn: str, contacts: Collection[bytes]) -> bool:
    """True where so many registrations wait already for this house or contact that somebody is playing."""
    since = service.clock.now() - DAY
    by_themselves = Registration.how.in_(("self", "qr"))
    at_house = session.scalar(
        select(func.count())
        .select_from(Registration)
        .where(Registration.uprn == uprn, Registration.received_at > since, by_themselves)
    )
    by_contact = session.scalar(
        select(func.count(Resident.id.distinct()))
        .join(Contact, Contact.resident_id == Resident.id)
        .where(Contact.index.in_(contacts), Resident.state == "unconfirmed", Resident.registered_at > since)
    )
    return (at_house or 0) >= MOST_WAITING_PER_HOUSE or (by_contact or 0) >= MOST_WAITING_PER_CONTACT


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _ended() -> Problem:
    return Problem(
        "gone", "This code has ended. Ask the officer for a new one, or choose your house by postcode."
    )
