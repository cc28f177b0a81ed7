"""Facts about this instance itself, kept in `service_state`: the exchange epoch."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.service import Service
from server.base.tables import ServiceState


def epoch_of(session: Session) -> str:
    """The exchange epoch: a client that holds another asks for full lists and sends its kept envelopes again."""
    return session.execute(select(ServiceState.value).where(ServiceState.name == "epoch")).scalar_one()


def new_epoch(service: Service, principal: Principal) -> str:
    """Begin a new epoch, after a restore or a promotion; the new one."""
    value = service.new_uuid().replace("-", "")

    def work(session: Session) -> None:
        session.execute(update(ServiceState).where(ServiceState.name == "epoch").values(value=value))
        audit.record(session, service, principal, "epoch.new", "service")

    service.db.transact(work)
    return value
