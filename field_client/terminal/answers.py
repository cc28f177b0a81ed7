"""Registrations and answers out of a JSON file, for scripts and for screens of others.

    {"registrations": [{"name": "…", "email": "…", "phone": "…", "language": "pl", "groups": [], "interests": [],
                        "consents": {"messages": true, "surveys": false}, "demographics": {"age_band": "25_34"}}],
     "survey": {"choices": {"concerns": ["speeding"]}, "texts": {"where": "…"}, "person": 1}}

`person` says whose answers they are: 1 for the first registration of this file, "last" for the latest one made at this
house by this device; left out, the only registration of the file, or nobody's. Members not named here are refused, so
that a slip of the keyboard is not taken for an answer left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from field_client.own import OwnEvent
from field_client.problems import Refused
from sync.events import AnswersRecord, ConsentRecord, Purpose, RegistrationRecord
from sync.worklist_codec import Worklist


class PersonInFile(msgspec.Struct, forbid_unknown_fields=True):
    """One person who registers."""

    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    groups: list[str] = []
    interests: list[str] = []
    consents: dict[Purpose, bool] = {}
    demographics: dict[str, str] | None = None


class SurveyInFile(msgspec.Struct, forbid_unknown_fields=True):
    """Answers to the list's questionnaire (the first one, unless one is named)."""

    choices: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    questionnaire: str = ""
    version: int = 0
    person: int | Literal["last"] | None = None


class DoorFile(msgspec.Struct, forbid_unknown_fields=True):
    """What was said at one door."""

    registrations: list[PersonInFile] = []
    survey: SurveyInFile | None = None


def read(path: Path) -> DoorFile:
    """The file at `path`. Raises Refused, naming where."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}).") from None
    return parse(raw)


def parse(raw: bytes | dict[str, Any]) -> DoorFile:
    """The file's content. Raises Refused, naming where, never what was said."""
    try:
        if isinstance(raw, bytes):
            return msgspec.json.decode(raw, type=DoorFile)
        return msgspec.convert(raw, type=DoorFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"The answers are not in their form: {error}.") from None


def registrations(
    people: Sequence[PersonInFile], worklist: Worklist, new_id: Callable[[], str]
) -> list[RegistrationRecord]:
    """The registrations, under the wording of consents that this list carries."""
    wording = worklist.campaign.consent_version
    return [
        RegistrationRecord(
            id=new_id(),
            name=person.name.strip(),
            consents=[ConsentRecord(purpose, wording, given) for purpose, given in person.consents.items()],
            email=person.email,
            phone=person.phone,
            language=person.language,
            groups=person.groups,
            interests=person.interests,
            demographics=person.demographics,
        )
        for person in people
    ]


def survey(
    given: SurveyInFile,
    worklist: Worklist,
    *,
    made_now: Sequence[RegistrationRecord],
    before: Sequence[OwnEvent],
) -> AnswersRecord:
    """The answers, with whose they are. `before` are own events of this house. Raises Refused."""
    cards = [card for card in worklist.questionnaires if given.questionnaire in ("", card.code)]
    if not cards:
        raise Refused("This list carries no such questionnaire.")
    return AnswersRecord(
        questionnaire=given.questionnaire or cards[0].code,
        version=given.version or cards[0].version,
        choices=given.choices,
        texts={question: text for question, text in given.texts.items() if text.strip()},
        registration=_whose(given.person, made_now, before),
    )


def registered_here(before: Sequence[OwnEvent]) -> list[str]:
    """The registrations that this device made at the house, oldest first."""
    return [one for event in before for one in event.record.registrations]


def _whose(
    person: int | str | None, made_now: Sequence[RegistrationRecord], before: Sequence[OwnEvent]
) -> str | None:
    if person is None:
        return made_now[0].id if len(made_now) == 1 else None
    if person == "last":
        earlier = [*registered_here(before), *(one.id for one in made_now)]
        if not earlier:
            raise Refused("Nobody was registered at this house on this device.")
        return earlier[-1]
    if not isinstance(person, int) or not 1 <= person <= len(made_now):
        raise Refused("The answers name a person who is not among the registrations given with them.")
    return made_now[person - 1].id
