"""The one way in from phones: every event's identity for ever, its sealed bytes, and what is held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime


class EventIdentity(Base):
    """(device, id) and hash of every event ever received, with its receipt. Never partitioned, never purged.

    status: applied | held | rejected | dismissed. `worklist_id`/`worklist_version` are what the receipt names.
    """

    __tablename__ = "event_identity"
    __table_args__ = (Index("ix_event_identity_event_id", "event_id"),)

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    worklist_id: Mapped[int] = mapped_column(BigId, default=0)
    worklist_version: Mapped[int] = mapped_column(BigId, default=0)
    received_at: Mapped[datetime] = mapped_column(UtcTime)


class JournalEntry(Base):
    """The sealed bytes of one envelope as received. `sealed` is null once erased; the hash stays.

    Its primary key holds the hash, so that another envelope under a used id is kept (and held) as well.
    `corrected_at` is written once and read by every refold. `protocol` -1: what came was no envelope; `sealed` is its
    JSON sealed by the service (strays.py), `event_id` made from its hash. `chained` is false for what only an
    unsigned file brought.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_device_id_seq", "device_id", "seq"),)

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(BigId)
    previous: Mapped[str] = mapped_column(Text)
    kid: Mapped[str] = mapped_column(Text)
    protocol: Mapped[int] = mapped_column(BigId)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    clock_offset_ms: Mapped[int] = mapped_column(BigId)
    chained: Mapped[bool] = mapped_column(default=True)
    corrected_at: Mapped[datetime | None] = mapped_column(UtcTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcTime)


PERSON_ERASED = "person_erased"  # HeldEvent.decision of an erasure, which no supervisor took


class HeldEvent(Base):
    """An event for a supervisor to mend or dismiss. state: held | mended | released | dismissed.

    Released is what an unsigned file brought and the device itself then brought as well.
    """

    __tablename__ = "held_event"
    __table_args__ = (
        Index("ix_held_event_state", "state", "held_at"),
        UniqueConstraint("device_id", "event_id", "hash"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), index=True)
    event_id: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="held")
    held_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(BigId)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decision: Mapped[str] = mapped_column(Text, default="")


class HandIn(Base):
    """An outbox file that was carried by hand and taken in. `by_account_id` null: by command."""

    __tablename__ = "hand_in"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    by_account_id: Mapped[int | None] = mapped_column(BigId)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"))
    signed: Mapped[bool]
    events: Mapped[int]
    by_status: Mapped[dict[str, int]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(Text)


Kept = type[EventIdentity] | type[JournalEntry] | type[HeldEvent]


def same_bytes(one: Kept, other: Kept | HeldEvent) -> ColumnElement[bool]:
    """True in SQL for rows of two of these tables that are of the same envelope (or of one, and a held event's row)."""
    return and_(one.device_id == other.device_id, one.event_id == other.event_id, one.hash == other.hash)
