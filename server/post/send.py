"""The worker's part: claim what is due, send it, and write down what came of it.

A delivery is claimed in one transaction, sent outside any, and marked in another. A worker that dies between sending
and marking leaves a claim that runs out; the letter then goes out a second time, under the same Message-ID. So does one
whose server was cut off before it said that it had taken it. Each such cut costs at most one double, and nothing is
lost. Logs name deliveries by their ids, never a recipient or a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from server.base.service import Service
from server.post.channels import Send, open_channel
from server.post.letters import Letter, message
from server.post.rules import CLAIM, GIVEN_UP, QUEUED, Next, Outcome, after_try
from server.post.tables import Delivery

log = structlog.get_logger()

MOST_AT_ONCE = 100
KEPT = timedelta(days=30)
TRIES = Counter("doorstep_mail_tries", "Tries to send a letter", ["purpose", "result"])


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to send until the claim runs out. `tries` tells this claim from a later one."""

    id: str
    purpose: str
    recipient: str
    letter: Letter
    tries: int
    queued_at: datetime
    not_after: datetime


def send_due(service: Service) -> dict[str, int]:
    """Send what is due; how many by what they became. Where no mail is set up, nothing is touched."""
    counts: dict[str, int] = {}
    if service.settings.mail == "off":
        return counts
    with open_channel(service.settings) as send:
        for _ in range(MOST_AT_ONCE):
            claimed = service.db.transact(lambda session: claim(session, service))
            if claimed is None:
                break
            state = _send(service, send, claimed)
            counts[state] = counts.get(state, 0) + 1
    return counts


def claim(session: Session, service: Service) -> Claimed | None:
    """The next delivery that is due, counted as tried, or None. What is past its time is given up on the way."""
    now = service.clock.now()
    session.execute(
        update(Delivery)
        .where(Delivery.state == QUEUED, Delivery.not_after < now, Delivery.next_try_at <= now)
        .values(state=GIVEN_UP, ended_at=now, error="too_late")
        .execution_options(synchronize_session=False)
    )
    row = session.scalar(
        select(Delivery)
        .where(Delivery.state == QUEUED, Delivery.next_try_at <= now)
        .order_by(Delivery.next_try_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.tries += 1
    row.next_try_at = now + CLAIM
    return Claimed(
        row.id,
        row.purpose,
        _open(service, row, "recipient_sealed").decode(),
        msgspec.json.decode(_open(service, row, "letter_sealed"), type=Letter),
        row.tries,
        row.queued_at,
        row.not_after,
    )


def forget_sent(service: Service) -> int:
    """Delete deliveries that ended a month ago; how many."""
    ended = delete(Delivery).where(Delivery.ended_at < service.clock.now() - KEPT)
    return service.db.transact(lambda session: cast(CursorResult[Any], session.execute(ended)).rowcount)


def _send(service: Service, send: Send, claimed: Claimed) -> str:
    try:
        made = message(
            claimed.letter,
            to=claimed.recipient,
            sender=service.settings.smtp_from,
            delivery_id=claimed.id,
            at=claimed.queued_at.astimezone(service.zone),
        )
    except ValueError:  # its text may repeat the address
        outcome = Outcome("malformed", for_good=True)
    else:
        outcome = send(made)
    now = service.clock.now()
    following = after_try(outcome, tries=claimed.tries, not_after=claimed.not_after, now=now)
    service.db.transact(lambda session: _mark(session, claimed, outcome, following, now))
    TRIES.labels(claimed.purpose, outcome.error or "sent").inc()
    if outcome.error:
        log.warning("mail_not_sent", delivery=claimed.id, error=outcome.error, state=following.state)
    return following.state


def _mark(session: Session, claimed: Claimed, outcome: Outcome, following: Next, now: datetime) -> None:
    values: dict[str, Any] = {"state": following.state, "error": outcome.error}
    values |= {"next_try_at": following.at} if following.at else {"ended_at": now}
    session.execute(
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.state == QUEUED, Delivery.tries == claimed.tries)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _open(service: Service, row: Delivery, column: str) -> bytes:
    return service.vault.open_bytes(getattr(row, column), table="delivery", column=column, row=row.id)
