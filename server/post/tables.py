"""Deliveries: what is to be sent, to whom, and how far it has got."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, UtcTime
from server.base.vault import register_sealed


class Delivery(Base):
    """One message to one recipient. state: queued | sent | failed (refused for good) | given_up (tried for too long).

    `key` says what it is, once for all: the same key is never queued twice. A claim counts `tries` up and moves
    `next_try_at` to where it runs out. `error` is a code, never a server's own words, which may repeat the address.
    The recipient and the letter (JSON of `letters.Letter`) are sealed.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_state_next_try_at", "state", "next_try_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    channel: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    recipient_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    letter_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcTime)
    not_after: Mapped[datetime] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(Text, default="")
    queued_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


register_sealed(Delivery, "recipient_sealed")
register_sealed(Delivery, "letter_sealed")
