"""The inbox of each day by e-mail: to supervisors who have an address and did not switch it off; counts and links only.

After the hour of the setting, once a day and person, whoever runs the job and however often: the delivery's key says
so. Who has nothing to do gets nothing.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import SYSTEM, Principal
from server.base.problems import Problem
from server.base.service import Service
from server.post.letters import Letter
from server.post.queue import ToSend, is_queued, queue
from server.staff.principals import principal_of
from server.staff.tables import Account, RoleGrant
from server.web.inbox import Waiting, count

PURPOSE = "inbox"
ROLE = "supervisor"


def queue_daily_mail(service: Service) -> int:
    """Queue today's letters, where it is time; how many. Nothing is queued where the service sends no mail."""
    local = service.clock.now().astimezone(service.zone)
    if service.settings.mail == "off" or local.hour < service.settings.inbox_mail_hour:
        return 0
    day = local.date()
    ends = datetime.combine(day + timedelta(days=1), time(), service.zone)
    readers = service.db.read(_readers)
    return sum(
        service.db.transact(
            lambda session, account=account: _queue_one(session, service, account, f"{day}", ends)  # type: ignore[misc]
        )
        for account in readers
    )


def is_wanted(service: Service, principal: Principal) -> bool | None:
    """Whether one's own inbox comes by e-mail; None where it cannot: no mail here, or no address on one's account."""
    if service.settings.mail == "off" or principal.account_id is None:
        return None
    statement = select(Account.email, Account.daily_mail).where(Account.id == principal.account_id)
    row = service.db.read(lambda session: session.execute(statement).one())
    return row.daily_mail if row.email else None


def switch(service: Service, principal: Principal, *, wanted: bool) -> None:
    """Switch one's own daily e-mail on or off."""
    if principal.account_id is None:
        raise Problem("forbidden", "Only an account has an inbox.")

    def work(session: Session) -> None:
        session.execute(update(Account).where(Account.id == principal.account_id).values(daily_mail=wanted))
        target = f"account:{principal.account_id}"
        audit.record(session, service, principal, "account.daily_mail", target, wanted=wanted)

    service.db.transact(work)


def letter(service: Service, waiting: list[Waiting], *, day: str) -> Letter:
    """The letter: a line and a link for each queue in which something waits. No name, house or word of anybody."""
    address = service.settings.public_url.rstrip("/")
    lines = [f"{one.count:>5} {one.words}\n      {address}{one.href}" for one in waiting]
    text = "\n".join(
        [
            "This waits for you in Doorstep:",
            "",
            *lines,
            "",
            f"All of it: {address}/console/inbox",
            "There this e-mail can be switched off, too.",
            "",
        ]
    )
    many = sum(one.count for one in waiting)
    return Letter(
        f"Doorstep, {day}: {many} {'thing waits' if many == 1 else 'things wait'} for you",
        text,
        PURPOSE,
        f"Doorstep inbox of {service.settings.force_name}",
    )


def _readers(session: Session) -> list[int]:
    return list(
        session.scalars(
            select(Account.id)
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .where(Account.active, Account.daily_mail, Account.email != "", RoleGrant.role == ROLE)
            .order_by(Account.id)
        )
    )


def _queue_one(session: Session, service: Service, account_id: int, day: str, ends: datetime) -> bool:
    key = f"{PURPOSE}/{account_id}/{day}"
    if is_queued(session, key):
        return False
    principal = principal_of(session, service, account_id)
    if principal is None:
        return False
    waiting = [one for one in count(session, service, principal) if one.count]
    if not waiting:
        return False
    to = session.scalar(select(Account.email).where(Account.id == account_id)) or ""
    made = ToSend(key, PURPOSE, to, letter(service, waiting, day=day), ends)
    if not queue(session, service, made):
        return False
    audit.record(session, service, SYSTEM, "inbox.mailed", f"account:{account_id}", queues=len(waiting))
    return True
