"""Devices: one officer's store on one phone, with its own keys, chain and lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime
from server.base.vault import register_sealed


class Device(Base):
    """state: active | lost | leaver | wiped. `number`: of the last request; (`seq`, `chain_hash`): the chain's end.

    `event_key_sealed` is the device's HMAC key for events; `waiting` the events it had left as last told; `guide` the
    version of the guide for new officers that was read to its end on it ("" for none), as first told at `guide_at`.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    verify_key: Mapped[bytes] = mapped_column(LargeBinary)
    seal_key: Mapped[bytes] = mapped_column(LargeBinary)
    event_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="active")
    number: Mapped[int] = mapped_column(BigId, default=0)
    seq: Mapped[int] = mapped_column(BigId, default=0)
    chain_hash: Mapped[str] = mapped_column(Text)
    app: Mapped[str] = mapped_column(Text, default="")
    waiting: Mapped[int] = mapped_column(default=0)
    guide: Mapped[str] = mapped_column(Text, default="")
    guide_at: Mapped[datetime | None] = mapped_column(UtcTime)
    enrolled_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class EnrolmentCode(Base):
    """A one-time code for one officer: kept as its hash, 15 minutes, single use. `created_by` null: by command."""

    __tablename__ = "enrolment_code"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("device.id"))


class ChainFinding(Base):
    """A gap or a fork seen in a device's chain, for the supervisor; the events are applied all the same.

    A gap is of the numbers from `expected` to before `seq`; `filled_at` when the last of them came in late.
    """

    __tablename__ = "chain_finding"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), index=True)
    event_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(BigId)
    expected: Mapped[str] = mapped_column(Text)
    found: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    filled_at: Mapped[datetime | None] = mapped_column(UtcTime)


register_sealed(Device, "event_key_sealed")
