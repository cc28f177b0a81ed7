"""Putting letters into the queue, inside the transaction of whoever writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.base.db import insert_missing
from server.base.service import Service
from server.post.channels import EMAIL
from server.post.letters import Letter
from server.post.rules import QUEUED
from server.post.tables import Delivery


@dataclass(frozen=True)
class ToSend:
    """A letter for an address. `key` names it for ever ("inbox/<account>/<day>"); it is not sent after `not_after`."""

    key: str
    purpose: str
    recipient: str
    letter: Letter
    not_after: datetime


def is_queued(session: Session, key: str) -> bool:
    """True where a letter of this key was queued before, whatever became of it."""
    return session.scalar(select(Delivery.id).where(Delivery.key == key)) is not None


def queue(session: Session, service: Service, letter: ToSend) -> bool:
    """Queue a letter, sealed; False where one of its key is there already."""
    delivery_id, now = service.new_uuid(), service.clock.now()
    sealed = {
        "recipient_sealed": letter.recipient.encode(),
        "letter_sealed": msgspec.json.encode(letter.letter),
    }
    row = {
        "id": delivery_id,
        "key": letter.key,
        "channel": EMAIL,
        "purpose": letter.purpose,
        "state": QUEUED,
        "tries": 0,
        "error": "",
        "next_try_at": now,
        "not_after": letter.not_after,
        "queued_at": now,
    }
    row |= {
        column: service.vault.seal(plain, table="delivery", column=column, row=delivery_id)
        for column, plain in sealed.items()
    }
    return insert_missing(session, Delivery, [row]) == 1
