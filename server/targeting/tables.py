"""Indicators by street and the priority targets made of them. Streets and areas only: never a person or a house."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime


class StreetIndicator(Base):
    """The plain counts that a street's indicators are made of, within one ward.

    `answers` counts questionnaires answered, `responses` the people behind them, `concerns` is code → people naming it.
    `version` grows whenever they change: a target ranked at a lower one is stale.
    """

    __tablename__ = "street_indicator"

    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    eligible: Mapped[int] = mapped_column(server_default=text("0"))
    outstanding: Mapped[int] = mapped_column(server_default=text("0"))
    registered: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    responses: Mapped[int] = mapped_column(server_default=text("0"))
    answers: Mapped[int] = mapped_column(server_default=text("0"))
    concerns: Mapped[dict[str, int]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(BigId, server_default=text("1"))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class PriorityTarget(Base):
    """A street within one ward as last ranked: its score, the parts that make it up, and a suggested action.

    `version` is the indicators' version that it was ranked at; `parts` are `rules.Part`. A row that the newest ranking
    left as it was is not written again: when it was ranked is said by that ranking.
    """

    __tablename__ = "priority_target"
    __table_args__ = (
        Index("ix_priority_target_rank", "rank"),
        Index("ix_priority_target_ward_code_rank", "ward_code", "rank"),
    )

    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    score: Mapped[float] = mapped_column(Float)
    rank: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    action: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigId)


class WardTarget(Base):
    """A ward as last ranked, from the sums over its streets."""

    __tablename__ = "ward_target"

    ward_code: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[float] = mapped_column(Float)
    rank: Mapped[int]
    streets: Mapped[int]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    action: Mapped[str] = mapped_column(Text)


class Ranking(Base):
    """One run of the ranking: when, how many streets, and the method's parameters.

    `kept` ones have their scores in `kept_target`, so that two days can be compared: the first of each local day,
    and those that somebody asked to keep.
    """

    __tablename__ = "ranking"
    __table_args__ = (Index("ix_ranking_ranked_at", "ranked_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ranked_at: Mapped[datetime] = mapped_column(UtcTime)
    local_day: Mapped[date] = mapped_column(Date)
    streets: Mapped[int]
    kept: Mapped[bool] = mapped_column(server_default=text("false"))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)


class KeptTarget(Base):
    """A street's score and rank in one kept ranking."""

    __tablename__ = "kept_target"

    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"), primary_key=True)
    usrn: Mapped[str] = mapped_column(Text, primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    score: Mapped[float] = mapped_column(Float)
    rank: Mapped[int]
