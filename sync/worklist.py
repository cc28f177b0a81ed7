"""What a worklist says to an officer's device: header in clear, body sealed. No resident's name, contact or answer.

Rows are JSON arrays (array_like) so that 2,000 houses stay under 120 KB. See PROTOCOL.md, "Worklists".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from sync.events import PROTOCOL, Milliseconds, Number

MOST_TOLD = 6  # of one street
MOST_TOLD_TEXT = 500


class PackageHeader(msgspec.Struct, frozen=True):
    """In clear. `base` is the version a delta starts from (0 for a full list); `digest` is in the sealed body."""

    kind: Literal["full", "delta"]
    worklist: Number
    base: Number
    version: Number
    epoch: str
    device: str
    kid: str
    not_after: Milliseconds
    protocol: Number = PROTOCOL


class Override(msgspec.Struct, frozen=True, array_like=True):
    """A supervisor's word over the revisit rule: revisit or not, and why."""

    revisit: bool
    reason: str


class HouseState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The coverage state of one premises in one campaign: the result of sync.fold, and all that revisit needs.

    `visited`, `informed` and `contacted` say what ever happened in this campaign; `refused` says that the household's
    last word was no; `settled` that its last word closes it for this campaign. `attempts` and `slots` (kinds of slot,
    in the order first tried) count since that last word, so that a later round starts afresh.
    `registered` is none | unconfirmed | partial | registered | opted_out: the best that any resident's mark says.
    `ineligible` is an outcome's code, or retired | split. `last_*` are of the latest visit of this campaign, which need
    not be one that reached anybody; `contacted_at` is of the latest conversation. `callback_date`/`callback_slot` are
    as agreed at the door, until a later visit. Times are milliseconds UTC. The order of members is part of the
    protocol (sync.worklist_codec.row_digest).
    """

    eligible: bool = True
    ineligible: str = ""
    do_not_call: bool = False
    unsafe: bool = False
    attempts: int = 0
    slots: tuple[str, ...] = ()
    visited: bool = False
    informed: bool = False
    contacted: bool = False
    refused: bool = False
    settled: bool = False
    registered: str = "none"
    last_outcome: str = ""
    last_at: Milliseconds = 0
    contacted_at: Milliseconds = 0
    callback_date: str = ""
    callback_slot: str = ""
    language: str = ""
    override: Override | None = None


class House(msgspec.Struct, frozen=True, array_like=True):
    """One premises of a list. `place` is its place in walking order; x/y are 1e-6 degrees from the street's origin.

    `flag` and `reason` are sync.revisit's answer as of packing. `hazards` are texts, confirmed or just reported.
    """

    uprn: str
    place: int
    address: str
    x: int
    y: int
    flag: str
    reason: str
    state: HouseState
    parent: str = ""
    postcode: str = ""
    hazards: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class StreetHouses(msgspec.Struct, frozen=True, array_like=True):
    """A street of the list, in walking order; lon/lat are the origin in 1e-6 degrees."""

    usrn: str
    name: str
    place: int
    lon: int
    lat: int
    houses: tuple[House, ...]


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """A campaign's policy for revisits (DESIGN section 4). `call_again_days` 0: never after a conversation.

    `best_slots` is no rule of the campaign but goes with each list: the kinds of slot in which most answer where its
    houses lie, as the service has seen it; empty where that is not known, and always so as a campaign stores it.
    """

    revisit_registered: bool = False
    most_attempts: Annotated[int, msgspec.Meta(ge=1, le=50)] = 4
    need_evening: bool = True
    need_weekend: bool = True
    least_gap_hours: Annotated[int, msgspec.Meta(ge=0, le=8760)] = 20
    call_again_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    best_slots: tuple[str, ...] = ()


class CampaignCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the officer's screen says of the campaign: name, end (ISO date), policy and the wording of consents.

    `translations` gives the same wording version in other languages: language → purpose → text.
    """

    id: int
    name: str
    ends_on: str
    policy: Policy
    wordings: dict[str, str]
    consent_version: str
    translations: dict[str, dict[str, str]] = {}


class QuestionnaireCard(msgspec.Struct, frozen=True):
    """A questionnaire version as sent to the device; body is its own document (sync.questionnaires)."""

    code: str
    version: int
    body: dict[str, Any]


class Told(msgspec.Struct, frozen=True):
    """What may be told at the doors of a street. kind: said_did ("you said, we did") | priority (what is worked on).

    `said` and `did` are public texts; `on` is the date (ISO) that it bears.
    """

    usrn: str
    kind: str
    said: Annotated[str, msgspec.Meta(max_length=MOST_TOLD_TEXT)]
    did: Annotated[str, msgspec.Meta(max_length=MOST_TOLD_TEXT)]
    on: str


class WorklistBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sealed plaintext. In a delta only what changed stands; `removed` are UPRNs that left the list.

    A street in it carries its whole header and the houses that changed; a street whose header changed carries
    all its houses. A member left at its default means "as before" in a delta. `questionnaires`, where given,
    is all of them, and so is `told`: the newest first, MOST_TOLD of a street at most.
    `digest` is sync.worklist_codec.digest of the whole resulting list. `token_key` makes the registration tokens.
    `extras` is the service's mark of all that is not houses; a client sends it back with what it holds (Have.extras).
    """

    worklist: Number
    version: Number
    digest: str
    campaign: CampaignCard | None = None
    officer: str = ""
    time_zone: str = "Europe/London"
    outcomes: list[dict[str, Any]] | None = None
    questionnaires: list[QuestionnaireCard] | None = None
    token_key: bytes = b""
    extras: Annotated[str, msgspec.Meta(max_length=64)] = ""
    told: list[Told] | None = None
    streets: tuple[StreetHouses, ...] = ()
    removed: tuple[str, ...] = ()
