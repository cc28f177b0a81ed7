"""What a device is sent: its lists in full or as changes, and which to delete. Read in one snapshot, sealed after it.

A client says what it holds by version, digest and `extras`, given with the list and sent back as it came: two marks,
one of campaign, outcomes, questionnaires and token key, one of what is told of the list's streets. Whatever does not
fit is answered with the full list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy.orm import Session

from server.base.clock import milliseconds
from server.base.prepared import find_by_keys
from server.base.service import Service
from server.devices.known import KnownDevice
from server.engagement.told import told_of
from server.fieldwork.lists import ListContent, ListHead, lists_of_officer, read_list
from server.residents.tokens import token_key
from server.surveys.questionnaires import cards
from sync.exchange import ExchangeRequest, Have, Package, Recalled
from sync.keys import new_kid
from sync.outcomes import as_wire
from sync.worklist import PackageHeader, QuestionnaireCard, Told, WorklistBody
from sync.worklist_codec import seal_package

MOST_CHANGES_BYTES = 1 << 20
HOUSE_BYTES = 60  # sealed bytes of a house, as measured on 2,000 houses with varied states
EXTRAS_BYTES = 4096

Cards = Mapping[int, QuestionnaireCard]
Ended = Literal["recalled", "expired", "closed"]


@dataclass(frozen=True)
class Packed:
    """Sealed lists, lists to delete, and whether some were left for the next request."""

    changes: list[Package]
    recalled: list[Recalled]
    more: bool


@dataclass(frozen=True)
class Wanted:
    """A list that the device lacks: since which version (0: all of it), and the extras it says it has."""

    head: ListHead
    since: int
    extras: str


@dataclass(frozen=True)
class Read:
    """A list as read in the snapshot, what is told of its streets, and the marks of all that goes with its houses.

    What the device has, by its own marks, is left out.
    """

    wanted: Wanted
    content: ListContent
    told: list[Told]
    marks: tuple[str, str]

    @property
    def has_extras(self) -> bool:
        """True where the device has the campaign, outcomes, questionnaires and token key that go with this list."""
        return self.wanted.extras.partition(".")[0] == self.marks[0]

    @property
    def has_told(self) -> bool:
        """True where the device has what is told of this list's streets."""
        return self.wanted.extras.partition(".")[2] == self.marks[1]


def pack(service: Service, device: KnownDevice, request: ExchangeRequest) -> Packed:
    """Everything that the device lacks, up to about a megabyte; at least one list where any is lacking."""
    now = service.clock.now()
    afresh = request.epoch != device.epoch

    def work(session: Session) -> tuple[list[Read], Cards, list[Recalled], bool]:
        heads = lists_of_officer(session, device.account_id, now)
        wanted = plan(heads, request.have, now, afresh=afresh)
        found, more = _read(session, service, device, wanted)
        asked = {one.wanted.head.questionnaire_id or 0 for one in found if not one.has_extras}
        return found, cards(session, asked), ended(heads, request.have, now), more

    found, questionnaires, recalled, more = service.db.read(work)
    return Packed([_seal(service, device, one, questionnaires) for one in found], recalled, more)


def plan(heads: Sequence[ListHead], have: Sequence[Have], now: datetime, *, afresh: bool) -> list[Wanted]:
    """Which running lists to send, those that the device holds already first (their changes are small)."""
    held = {one.worklist: one for one in have}
    lacking = []
    for head in heads:
        if not _runs(head, now):
            continue
        one = None if afresh else held.get(head.id)
        if one is None or one.version > head.version:
            lacking.append(Wanted(head, 0, ""))
        elif one.version < head.version:
            lacking.append(Wanted(head, one.version, one.extras))
        elif one.digest and one.digest != head.digest:
            lacking.append(Wanted(head, 0, ""))
    return sorted(lacking, key=lambda wanted: wanted.since == 0)


def ended(heads: Sequence[ListHead], have: Sequence[Have], now: datetime) -> list[Recalled]:
    """Which of the lists that the device holds it must delete, and why."""
    known = {head.id: head for head in heads}
    return [
        Recalled(one.worklist, _why(known.get(one.worklist)))
        for one in have
        if one.worklist not in known or not _runs(known[one.worklist], now)
    ]


def _runs(head: ListHead, now: datetime) -> bool:
    return head.state == "active" and head.not_after > now


def _why(head: ListHead | None) -> Ended:
    if head is None:
        return "closed"
    why: Mapping[str, Ended] = {"recalled": "recalled", "active": "expired", "expired": "expired"}
    return why.get(head.state, "closed")


def _read(
    session: Session, service: Service, device: KnownDevice, wanted: Sequence[Wanted]
) -> tuple[list[Read], bool]:
    if not wanted:
        return [], False
    find_by_keys(session)
    found: list[Read] = []
    size = 0
    for one in wanted:
        if size > MOST_CHANGES_BYTES:
            return found, True
        content = read_list(session, service, one.head.id, one.since)
        told = told_of(session, content.usrns)
        found.append(Read(one, content, told, (_mark(service, device, content), _mark_of(told))))
        size += EXTRAS_BYTES + HOUSE_BYTES * sum(len(street.houses) for street in content.streets)
    return found, False


def _mark(service: Service, device: KnownDevice, content: ListContent) -> str:
    """The mark of what goes with a list. A questionnaire's row is never changed: its id stands for it."""
    key = token_key(service, content.head.id)
    members = [content.campaign, device.officer, as_wire(), content.head.questionnaire_id, key]
    return _mark_of(members)


def _mark_of(members: object) -> str:
    return hashlib.sha256(msgspec.json.encode(members)).hexdigest()[:16]


def _seal(service: Service, device: KnownDevice, read: Read, questionnaires: Cards) -> Package:
    content, since, has_extras = read.content, read.wanted.since, read.has_extras
    head = content.head
    card = questionnaires.get(head.questionnaire_id or 0)
    body = WorklistBody(
        worklist=head.id,
        version=head.version,
        digest=content.digest,
        campaign=None if has_extras else content.campaign,
        officer="" if has_extras else device.officer,
        time_zone=service.settings.time_zone,
        outcomes=None if has_extras else as_wire(),
        questionnaires=None if has_extras else [card] if card else [],
        token_key=b"" if has_extras else token_key(service, head.id),
        extras=".".join(read.marks),
        told=None if read.has_told else read.told,
        streets=content.streets,
        removed=content.removed,
    )
    header = PackageHeader(
        kind="delta" if since else "full",
        worklist=head.id,
        base=since,
        version=head.version,
        epoch=device.epoch,
        device=device.id,
        kid=new_kid(device.seal_key),
        not_after=milliseconds(head.not_after),
    )
    return seal_package(header, body, device.seal_key)
