"""What the force tells the public of a street or a ward: "you said, we did", and what is worked on there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime

SAID_DID, PRIORITY = "said_did", "priority"


class Feedback(Base):
    """One thing told, of a street or of a whole ward (one of `usrn` and `ward_code` is given). Public texts.

    kind: said_did (`said` by residents, `did` by the force) | priority (`said` is what is worked on, `did` how it
    stands). `dated_on` is the date that it bears. It is never changed: it is withdrawn, and another one is published.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_usrn_dated_on", "usrn", "dated_on"),
        Index("ix_feedback_ward_code_dated_on", "ward_code", "dated_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    usrn: Mapped[str | None] = mapped_column(ForeignKey("street.usrn"))
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    said: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(Text, default="")
    dated_on: Mapped[date] = mapped_column(Date)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime] = mapped_column(UtcTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
