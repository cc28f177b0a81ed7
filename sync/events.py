"""What an officer records at one door: the event body that is sealed to the service.

One event is one door and one envelope. Its body is JSON (UTF-8) of `EventBody`; times are integer
milliseconds since 1970-01-01T00:00Z, so that every language reads them alike. See PROTOCOL.md, "Events".
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

PROTOCOL = 1

MOST = 2**53 - 1  # the largest whole number that every language reads back unchanged from JSON

Milliseconds = Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]
Number = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Uprn = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}\Z")]
EventId = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]
KeyId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,40}\Z")]
DeviceId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Code = Annotated[str, msgspec.Meta(max_length=40)]
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=2000)]
Choices = Annotated[list[Code], msgspec.Meta(max_length=60)]
Purpose = Literal["messages", "surveys", "groups"]


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=False):
    """Base of everything inside an event; unknown members are kept out, never an error (newer clients)."""


class EventClock(Record, frozen=True):
    """The three clocks of DESIGN section 5: the device's, the last service time seen, ticks since then."""

    recorded_at: Milliseconds
    service_seen: Milliseconds | None = None
    ticks: Number | None = None


class Callback(Record, frozen=True):
    """When the resident asked to be called on again: an ISO date (force's local) and a part of that day.

    `slot` is morning | afternoon | evening | HH:MM, or None for any time of the day (sync.slots.callback_start).
    """

    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    slot: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class VisitRecord(Record, frozen=True):
    """One knock. `outcome` is a code of sync/outcomes; a code that the service does not know is held."""

    outcome: Code
    callback: Callback | None = None
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    note: LongText | None = None


class ConsentRecord(Record, frozen=True):
    """A consent given or refused for one purpose, under one version of the wording read out."""

    purpose: Purpose
    wording: Code
    given: bool


class RegistrationRecord(Record, frozen=True):
    """One person registered at the door. Demographics are entered by the resident, never by the officer."""

    id: EventId
    name: ShortText
    consents: Annotated[list[ConsentRecord], msgspec.Meta(max_length=20)]
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    phone: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    groups: Annotated[list[ShortText], msgspec.Meta(max_length=20)] = []
    interests: Annotated[list[ShortText], msgspec.Meta(max_length=40)] = []
    demographics: Annotated[dict[Code, Code], msgspec.Meta(max_length=20)] | None = None


class AnswersRecord(Record, frozen=True):
    """Answers to one questionnaire version: question code → choice codes; free text apart, under its question.

    `registration` names the registration (in this event or an earlier one) whose person answered, if any.
    """

    questionnaire: Code
    version: Number
    choices: Annotated[dict[Code, Choices], msgspec.Meta(max_length=100)] = {}
    texts: Annotated[dict[Code, LongText], msgspec.Meta(max_length=40)] = {}
    registration: EventId | None = None


class HazardRecord(Record, frozen=True):
    """A danger at the address for the next officer; reviewed and expired by a supervisor."""

    kind: Code
    text: LongText = ""


class AddressNote(Record, frozen=True):
    """What is wrong with the address file here: new, split, gone, not_a_home, not_found or other."""

    kind: Literal["new", "split", "gone", "not_a_home", "not_found", "other"]
    text: LongText = ""


class EventBody(Record, frozen=True):
    """The plaintext of an event. Exactly one of visit, withdraws or a note (hazard / address) leads it."""

    uprn: Uprn
    campaign: Number
    worklist: Number
    clock: EventClock
    v: Number = 1
    visit: VisitRecord | None = None
    withdraws: EventId | None = None
    registrations: Annotated[list[RegistrationRecord], msgspec.Meta(max_length=20)] = []
    answers: AnswersRecord | None = None
    hazard: HazardRecord | None = None
    address_note: AddressNote | None = None

    @property
    def is_empty(self) -> bool:
        """True when the event says nothing at all; such an event is held, not applied."""
        return not (
            self.visit
            or self.withdraws
            or self.registrations
            or self.answers
            or self.hazard
            or self.address_note
        )


class Envelope(msgspec.Struct, frozen=True):
    """An event as it travels and as it lies in outbox and journal. `sealed` is base64 on the wire.

    `prev` is the hex SHA-256 of the previous envelope of this device (sync.envelope.envelope_hash), the
    chain's start for seq 1 being sync.journal.chain_start(device). What arrives in a list of events and is no
    envelope becomes one with seq 0 that keeps its bytes (sync.codec), so that it can be held.
    """

    id: EventId
    seq: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    prev: Hash
    kid: KeyId
    sealed: bytes
    protocol: Number = PROTOCOL
