"""The ledger of erasures: how a late event finds out that its person was erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime


class Erasure(Base):
    """One person's erasure, found by blind indexes of contact or of name and house. Holds no readable data."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resident_id: Mapped[str] = mapped_column(Text, unique=True)
    erased_at: Mapped[datetime] = mapped_column(UtcTime)
    asked_by: Mapped[str] = mapped_column(Text)


class ErasureMark(Base):
    """One blind index of an erased person. kind: email | phone | name_at_house."""

    __tablename__ = "erasure_mark"
    __table_args__ = (Index("ix_erasure_mark_index", "index"),)

    erasure_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
