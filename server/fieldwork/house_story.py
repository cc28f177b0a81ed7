"""One house as its page shows it: where it is, how it stands in each campaign, and who holds it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal, require
from server.base.clock import from_milliseconds, milliseconds
from server.base.service import Service
from server.fieldwork import hazards, notes
from server.fieldwork.best_slots import best_slots_of
from server.fieldwork.coverage import require_house_readers
from server.fieldwork.house_marks import LABELS, mark_of_house
from server.fieldwork.lists import with_best_slots
from server.fieldwork.members import visible_campaigns
from server.fieldwork.stored import read_policy
from server.fieldwork.tables import EVERY_CAMPAIGN, Campaign, Coverage, Holding, Worklist
from server.geography.scope import in_scope, no_such
from server.geography.tables import Area, Premises, Street
from server.staff.tables import Account
from sync.outcomes import table as outcome_table
from sync.revisit import decide
from sync.worklist import HouseState, Policy

MOST_TEXTS = 20  # hazards, and notes, shown of a house


@dataclass(frozen=True)
class Standing:
    """How a house stands in a campaign (0: all together), with the revisit flag as of now, and who holds it there."""

    campaign_id: int
    campaign: str
    campaign_state: str
    mark: str
    state: HouseState
    last_outcome: str
    last_at: datetime | None
    flag: str
    reason: str
    holder_id: int | None
    holder: str | None
    not_after: datetime | None


@dataclass(frozen=True)
class HouseStory:
    """A house and how it stands, all campaigns together first. `ward` is the ward's name, "" for none."""

    uprn: str
    address: str
    postcode: str
    usrn: str
    street: str
    ward_code: str
    ward: str
    gone: bool
    lon: float
    lat: float
    standings: Sequence[Standing]
    as_of: datetime

    @property
    def together(self) -> Standing | None:
        """How it stands in all campaigns together; None where it was never a house."""
        return next((one for one in self.standings if one.campaign_id == EVERY_CAMPAIGN), None)


def read_story(service: Service, principal: Principal, uprn: str) -> HouseStory:
    """The house's story. Raises Problem: forbidden, not_found outside the principal's areas."""
    require_house_readers(principal)

    def work(session: Session) -> HouseStory:
        row = session.execute(
            select(
                Premises.uprn,
                Premises.address,
                Premises.postcode,
                Premises.usrn,
                Street.name,
                Premises.ward_code,
                Area.name.label("ward"),
                Premises.status,
                Premises.residential,
                Premises.lon,
                Premises.lat,
            )
            .join(Street, Street.usrn == Premises.usrn)
            .outerjoin(Area, Area.code == Premises.ward_code)
            .where(Premises.uprn == uprn, in_scope(principal, Premises.ward_code))
        ).one_or_none()
        if row is None:
            raise no_such("house", uprn)
        return HouseStory(
            row.uprn,
            row.address,
            row.postcode,
            row.usrn,
            row.name,
            row.ward_code or "",
            row.ward or "",
            row.status != "live" or not row.residential,
            row.lon,
            row.lat,
            _standings(session, service, principal, row),
            service.clock.now(),
        )

    return service.db.read(work)


@dataclass(frozen=True)
class Texts:
    """What officers wrote of a house, the latest first: HazardViews and NoteViews."""

    hazards: Sequence[Any]
    notes: Sequence[Any]


def read_texts(service: Service, principal: Principal, uprn: str) -> Texts:
    """The latest hazards and notes of a house, whatever their state; that they were read is on the audit trail.

    Raises Problem("forbidden"). Outside the principal's areas there are none.
    """
    require(principal, "visit.read")
    query = {"uprn": uprn, "limit": MOST_TEXTS}
    texts = Texts(
        hazards.find_hazards(service, principal, query).rows, notes.find_notes(service, principal, query).rows
    )
    if texts.hazards or texts.notes:
        many = {"hazards": len(texts.hazards), "notes": len(texts.notes)}
        service.db.transact(
            lambda session: audit.record(
                session, service, principal, "house.read_texts", f"premises:{uprn}", **many
            )
        )
    return texts


def _standings(session: Session, service: Service, principal: Principal, house: Any) -> list[Standing]:
    rows = session.execute(
        select(
            Coverage.campaign_id,
            Campaign.name,
            Campaign.state.label("campaign_state"),
            Campaign.policy,
            mark_of_house().label("mark"),
            Coverage.state,
            Account.id.label("holder_id"),
            Account.display_name,
            Worklist.not_after,
        )
        .outerjoin(Campaign, Campaign.id == Coverage.campaign_id)
        .outerjoin(Holding, and_(Holding.uprn == Coverage.uprn, Holding.campaign_id == Coverage.campaign_id))
        .outerjoin(Worklist, Worklist.id == Holding.worklist_id)
        .outerjoin(Account, Account.id == Worklist.account_id)
        .where(
            Coverage.uprn == house.uprn,
            or_(Coverage.campaign_id == EVERY_CAMPAIGN, visible_campaigns(principal)),
        )
        .order_by(Coverage.campaign_id)
    ).all()
    best = best_slots_of(session, {house.ward_code or ""}).get(house.ward_code or "")
    every, *campaigns = rows if rows and rows[0].campaign_id == EVERY_CAMPAIGN else [None, *rows]
    in_order = [*([every] if every is not None else []), *reversed(campaigns)]
    return [_standing(service, row, best) for row in in_order]


def _standing(service: Service, row: Any, best: Sequence[str] | None) -> Standing:
    state = msgspec.convert(row.state, HouseState)
    policy = with_best_slots(read_policy(row.policy) or Policy(), best)
    decision = decide(state, policy, milliseconds(service.clock.now()), service.settings.time_zone)
    last = outcome_table().get(state.last_outcome)
    return Standing(
        row.campaign_id,
        row.name or "All campaigns together",
        row.campaign_state or "",
        LABELS[row.mark],
        state,
        last.label if last else state.last_outcome,
        from_milliseconds(state.last_at) if state.last_at else None,
        decision.answer,
        decision.text,
        row.holder_id,
        row.display_name,
        row.not_after,
    )
