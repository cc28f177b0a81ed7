"""Indicators by street and the priority targets made of them. Streets and areas only: never a person or a house."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime


class StreetIndicator(Base):
    """One raw indicator of one street: a numerator over a denominator (e.g. responses naming a concern / responses)."""

    __tablename__ = "street_indicator"

    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    numerator: Mapped[float] = mapped_column(Float)
    denominator: Mapped[float] = mapped_column(Float)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class PriorityTarget(Base):
    """A street as last ranked: its score, the parts that make it up, why, and a suggested action.

    `stale` is set in the transaction that changes an indicator; the worker ranks again within a minute.
    """

    __tablename__ = "priority_target"
    __table_args__ = (Index("ix_priority_target_rank", "rank"), Index("ix_priority_target_stale", "stale"))

    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    score: Mapped[float] = mapped_column(Float, default=0.0)
    rank: Mapped[int | None]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    action: Mapped[str] = mapped_column(Text, default="")
    stale: Mapped[bool] = mapped_column(default=True)
    ranked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Ranking(Base):
    """One run of the ranking: when, how many streets, and the method's parameters."""

    __tablename__ = "ranking"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ranked_at: Mapped[datetime] = mapped_column(UtcTime)
    streets: Mapped[int]
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
