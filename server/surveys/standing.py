"""How the survey rounds stand: how many are due, open, answered, lapsed or cancelled, within one's areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.base.access import Principal
from server.base.service import Service
from server.geography.scope import in_scope
from server.geography.tables import Premises
from server.residents.tables import Resident
from server.surveys.tables import Invite


@dataclass(frozen=True)
class Standing:
    """The rounds of one number (1 is the first after registration) in one state; the earliest that falls due."""

    round: int
    state: str
    residents: int
    first_due_at: datetime


def count_rounds(service: Service, principal: Principal) -> Sequence[Standing]:
    """Rounds by number and state, of residents in the wards that the principal sees."""

    def work(session: Session) -> Sequence[Standing]:
        rows = session.execute(
            select(Invite.round, Invite.state, func.count(), func.min(Invite.due_at))
            .join(Resident, Resident.id == Invite.resident_id)
            .join(Premises, Premises.uprn == Resident.uprn)
            .where(in_scope(principal, Premises.ward_code))
            .group_by(Invite.round, Invite.state)
            .order_by(Invite.round, Invite.state)
        )
        return [Standing(*row) for row in rows]

    return service.db.read(work)
