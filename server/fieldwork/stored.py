"""Between stored facts and sync's fold: what a row of premises_fact says, and which facts count for which campaign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from server.base.clock import milliseconds
from server.base.db import table_of
from server.base.prepared import Prepared
from server.fieldwork.bulk import bound
from server.fieldwork.reasons import words
from server.fieldwork.tables import EVERY_CAMPAIGN, PremisesFact
from sync.fold import Fact
from sync.worklist import HouseState, Policy

_BODY = msgspec.json.Decoder(dict[str, Any])
MARKS = {"current": "registered", "unconfirmed": "unconfirmed", "opted_out": "opted_out", "erased": "none"}


class StoredFact(NamedTuple):
    """A fact as the fold takes it, when the service got it (None where that was not asked for), and who recorded it."""

    fact: Fact
    received_at: datetime | None
    account_id: int | None = None


class CampaignRules(NamedTuple):
    """What a campaign's coverage depends on. `archived_at` is None while it is active, and for campaign 0."""

    policy: Policy | None = None
    archived_at: datetime | None = None


def facts_of(session: Session, uprns: Collection[str], *, timed: bool = True) -> dict[str, list[StoredFact]]:
    """All facts of these premises, by UPRN, in no order; `timed` with when they were received.

    Only an archived campaign's fold asks when, and reading times is a third of reading facts.
    """
    rows = (_TIMED_FACTS if timed else _FACTS).rows(session, uprns=list(uprns))
    facts: dict[str, list[StoredFact]] = defaultdict(list)
    for uprn, key, kind, campaign_id, outcome, withdraws, corrected_at, body, account_id, *times in rows:
        about = _ABOUT[kind](outcome, withdraws, _BODY.decode(body))
        fact = Fact(key, kind, milliseconds(corrected_at), campaign_id, **about)
        facts[uprn].append(StoredFact(fact, times[0] if times else None, account_id))
    return facts


def _of_visit(outcome: str, _withdraws: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "callback_date": body.get("callback_date") or "",
        "callback_slot": body.get("callback_slot") or "",
        "language": body.get("language") or "",
    }


def _of_withdrawal(_outcome: str, withdraws: str | None, _body: dict[str, Any]) -> dict[str, Any]:
    return {"withdraws": withdraws or ""}


def _of_lift(_outcome: str, _withdraws: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {"lifts": body["lifts"]}


def _of_override(_outcome: str, _withdraws: str | None, body: dict[str, Any]) -> dict[str, Any]:
    revisit = body.get("revisit")
    return {"revisit": revisit, "reason": "" if revisit is None else words("override", body["reason"])}


def _of_registration(_outcome: str, _withdraws: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {"resident": body["resident"], "registered": MARKS[body["state"]]}


def _of_address(_outcome: str, _withdraws: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """A premises that is no longer a home is, to whoever knocks, a retired one."""
    live = body["status"] == "live" and body.get("residential", True)
    return {"address_status": "live" if live else "retired"}


_ABOUT = {
    "visit": _of_visit,
    "withdrawal": _of_withdrawal,
    "lift": _of_lift,
    "override": _of_override,
    "registration": _of_registration,
    "address": _of_address,
}


def counting(facts: Iterable[StoredFact], campaign_id: int, rules: CampaignRules) -> list[Fact]:
    """The facts that count for a campaign's coverage.

    All of them while it is active. An archived campaign stays as it was known when it was archived, but for the late
    visits (and withdrawals) of its own: so its cost ends with it.
    """
    closed = rules.archived_at
    if closed is None or campaign_id == EVERY_CAMPAIGN:
        return [one.fact for one in facts]
    return [
        one.fact
        for one in facts
        if one.fact.campaign == campaign_id or (one.received_at is not None and one.received_at <= closed)
    ]


def stands(state: HouseState) -> bool:
    """True where the state says something that a campaign without any visit must start from."""
    return bool(
        state.do_not_call
        or state.unsafe
        or state.ineligible
        or state.registered != "none"
        or state.language
        or state.override
    )


def read_policy(document: dict[str, Any] | None) -> Policy | None:
    """A campaign's policy as stored; None for campaign 0, which has none."""
    return None if document is None else msgspec.convert(document, Policy)


_F = table_of(PremisesFact).c
_SELECTED = select(
    _F.uprn,
    _F.id,
    _F.kind,
    _F.campaign_id,
    _F.outcome,
    _F.withdraws,
    _F.corrected_at,
    cast(_F.body, Text),
    _F.account_id,
).where(bound(_F.uprn, "uprns"))
_FACTS = Prepared(_SELECTED)
_TIMED_FACTS = Prepared(_SELECTED.add_columns(_F.received_at))
