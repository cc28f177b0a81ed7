"""Questionnaires, the invites to answer them, and what was answered under a keyed pseudonym."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime
from server.base.vault import register_sealed


class Questionnaire(Base):
    """One version of a questionnaire; a version that was ever sent is never changed, a new one is made."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Invite(Base):
    """One round of one resident. state: due | open | answered | lapsed | cancelled; at most one due or open each.

    how: door | self where it was answered.
    """

    __tablename__ = "invite"
    __table_args__ = (
        UniqueConstraint("resident_id", "round"),
        Index(
            "uq_invite_one_open",
            "resident_id",
            unique=True,
            sqlite_where=text("state IN ('due', 'open')"),
            postgresql_where=text("state IN ('due', 'open')"),
        ),
        Index("ix_invite_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.id"))
    round: Mapped[int]
    questionnaire_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    how: Mapped[str] = mapped_column(Text, default="")


class Response(Base):
    """One questionnaire answered, by pseudonym, with street, ward and day only. how: door | self.

    `id` is a keyed hash of the event's id, and the times are cut to the day, so that a thief of the database cannot
    join an answer to the visit, registration or house it came from. `detail_sealed` is JSON {event, texts}.
    """

    __tablename__ = "response"
    __table_args__ = (Index("ix_response_usrn_answered_at", "usrn", "answered_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), index=True)
    pseudonym: Mapped[str | None] = mapped_column(Text, index=True)
    usrn: Mapped[str] = mapped_column(Text)
    ward_code: Mapped[str] = mapped_column(Text, index=True)
    campaign_id: Mapped[int | None] = mapped_column(BigId)
    how: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    detail_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Answer(Base):
    """One coded choice of one response.

    topic: concern | no_concern (a choice that stands alone, such as "none of these") | confidence | "" for the rest,
    as the questionnaire has it, so that concerns are counted whatever a question is called.
    """

    __tablename__ = "answer"
    __table_args__ = (Index("ix_answer_question_choice", "question", "choice"),)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id"), primary_key=True)
    question: Mapped[str] = mapped_column(Text, primary_key=True)
    choice: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text, default="")


register_sealed(Response, "detail_sealed")
