"""What a device gets of its officer's lists: heads, and the houses that changed after a version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from server.base.clock import milliseconds
from server.base.db import table_of
from server.base.prepared import Prepared
from server.base.service import Service
from server.fieldwork.bulk import among
from server.fieldwork.rows import ROWS, Texts, headers, house_of, texts_of
from server.fieldwork.tables import Campaign, WardSlots, Worklist, WorklistHouse
from sync.consents import CURRENT, WORDINGS, translations
from sync.revisit import decide
from sync.worklist import CampaignCard, House, Policy, StreetHouses

ENDED_DAYS = 30


@dataclass(frozen=True)
class ListHead:
    """A list as an officer's device is told of it. state: active | recalled | expired | closed."""

    id: int
    campaign_id: int
    version: int
    state: str
    not_after: datetime
    questionnaire_id: int | None
    digest: str


@dataclass(frozen=True)
class ListContent:
    """What changed in a list after a version: streets in walking order with those houses, and UPRNs that left.

    `digest` is of the whole list as it is now; `head.version` is the version that this brings a client to; `usrns` are
    all the list's streets.
    """

    head: ListHead
    campaign: CampaignCard
    streets: tuple[StreetHouses, ...]
    removed: tuple[str, ...]
    usrns: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The digest of the whole list."""
        return self.head.digest


def lists_of_officer(session: Session, account_id: int, now: datetime) -> list[ListHead]:
    """The officer's lists: active ones first, then those that ended in the last ENDED_DAYS (clients drop older ones).

    One whose time is over counts as expired, even before the worker says so.
    """
    rows = _OF_OFFICER.rows(session, account_id=account_id, ended_since=now - timedelta(days=ENDED_DAYS))
    found = [_head(row, now) for row in rows]
    return sorted(found, key=lambda head: (head.state != "active", head.id))


def list_states(session: Session, worklist_ids: Collection[int]) -> dict[int, str]:
    """The state of each of these lists that there is."""
    rows = session.execute(select(_W.id, _W.state).where(among(_W.id, worklist_ids)))
    return {row.id: row.state for row in rows}


def ever_held(session: Session, account_id: int, campaign_id: int, uprns: Collection[str]) -> set[str]:
    """Those of the premises that this officer ever held in this campaign, on whatever list, ended or not."""
    rows = session.execute(
        select(_R.uprn)
        .join_from(table_of(WorklistHouse), table_of(Worklist), _W.id == _R.worklist_id)
        .where(_W.account_id == account_id, _W.campaign_id == campaign_id, among(_R.uprn, uprns))
    )
    return set(rows.scalars())


def read_list(session: Session, service: Service, worklist_id: int, since: int = 0) -> ListContent:
    """What changed in a list after a version (0: all of it), with flags as of now. Raises KeyError for no such list.

    Read in one snapshot, so that version, rows and digest are of one moment.
    """
    row = _LIST.row(session, worklist_id=worklist_id)
    if row is None:
        raise KeyError(worklist_id)
    now = service.clock.now()
    rows = _CHANGED.rows(session, worklist_id=worklist_id, since=since)
    present = [one for one in rows if not one.removed]
    texts = texts_of(session, service.vault, [one.uprn for one in present])
    policy = with_best_slots(msgspec.convert(row.policy, Policy), row.slots)
    zone = service.settings.time_zone
    houses: dict[str, list[House]] = defaultdict(list)
    streets = headers(row.streets)
    for one in present:
        house = house_of(one, streets[one.usrn], texts.get(one.uprn, Texts()))
        houses[one.usrn].append(with_flag(house, policy, milliseconds(now), zone))
    walked = tuple(
        msgspec.structs.replace(street, houses=tuple(houses[usrn]))
        for usrn, street in streets.items()
        if usrn in houses
    )
    removed = tuple(one.uprn for one in rows if one.removed) if since else ()
    card = campaign_card(row.campaign_id, row.name, row.ends_on, policy)
    return ListContent(_head(row, now), card, walked, removed, tuple(streets))


def campaign_card(campaign_id: int, name: str, ends_on: date, policy: Policy) -> CampaignCard:
    """What an officer's screen says of a campaign."""
    wordings = dict(WORDINGS[CURRENT])
    return CampaignCard(
        campaign_id, name, ends_on.isoformat(), policy, wordings, CURRENT, translations(CURRENT)
    )


def with_best_slots(policy: Policy, slots: Sequence[str] | None) -> Policy:
    """A campaign's policy as it goes with a list: with the kinds of slot in which most answer where its houses lie."""
    return msgspec.structs.replace(policy, best_slots=tuple(slots or ()))


def with_flag(house: House, policy: Policy, now_ms: int, zone: str) -> House:
    """The house with the revisit rule's answer as of a time."""
    decision = decide(house.state, policy, now_ms, zone)
    return msgspec.structs.replace(house, flag=decision.answer, reason=decision.text)


def _head(row: Any, now: datetime) -> ListHead:
    state = "expired" if row.state == "active" and row.not_after <= now else row.state
    return ListHead(
        row.id, row.campaign_id, row.version, state, row.not_after, row.questionnaire_id, row.digest
    )


_W, _R, _K = table_of(Worklist).c, table_of(WorklistHouse).c, table_of(Campaign).c
_S = table_of(WardSlots).c
_HEADS = select(
    _W.id, _W.campaign_id, _W.version, _W.state, _W.not_after, _W.digest, _K.questionnaire_id
).join_from(table_of(Worklist), table_of(Campaign), _K.id == _W.campaign_id)
_OF_OFFICER = Prepared(
    _HEADS.where(
        _W.account_id == bindparam("account_id"),
        or_(_W.state == "active", _W.ended_at >= bindparam("ended_since")),
    )
)
_LIST = Prepared(
    _HEADS.add_columns(_W.streets, _K.name, _K.ends_on, _K.policy, _S.slots)
    .outerjoin(table_of(WardSlots), _S.ward_code == _W.ward_code)
    .where(_W.id == bindparam("worklist_id"))
)
_CHANGED = Prepared(
    ROWS.where(_R.worklist_id == bindparam("worklist_id"), _R.version > bindparam("since")).order_by(_R.place)
)
