"""Residents who registered: sealed names and contacts, consents per purpose, acts of registration, erasures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime
from server.base.vault import register_sealed


class Resident(Base):
    """A person at a premises. state: unconfirmed | current | opted_out | merged | erased.

    Sealed columns are null once erased or merged (into the same person's other row, `merged_into`).
    `detail_sealed` is JSON of demographics, groups and interests. `changed_at` is the person's own last act;
    `vouched`: an officer registered them at the door.
    """

    __tablename__ = "resident"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), index=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(default=1)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    detail_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(Text, default="en")
    registered_at: Mapped[datetime] = mapped_column(UtcTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    vouched: Mapped[bool] = mapped_column(default=False)
    merged_into: Mapped[str | None] = mapped_column(Text, index=True)


class Contact(Base):
    """An e-mail address or a phone number of a resident; found by blind index only. kind: email | phone.

    `confirmed_at` is null until an officer or the contact itself confirms that it is the resident's.
    """

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_index", "index"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    index: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Registration(Base):
    """One act of registering, at the door or by the resident. `id` is the record's own UUID (idempotent).

    how: door | self | qr. state: applied | held. `at` is corrected time. A held one names the person whose
    withdrawal holds it; what it says stays in the journal until a supervisor decides.
    """

    __tablename__ = "registration"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.id"), index=True)
    uprn: Mapped[str] = mapped_column(ForeignKey("premises.uprn"), index=True)
    how: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="applied")
    campaign_id: Mapped[int | None] = mapped_column(BigId)
    account_id: Mapped[int | None] = mapped_column(BigId)
    event_id: Mapped[str | None] = mapped_column(Text, index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)


class Consent(Base):
    """A consent given, refused or withdrawn for one purpose under one wording. Which holds: server/residents/consents.

    how: door | self | qr | link (the person's own preferences) | staff (on the person's word). `proved_at` is the
    instant no earlier than which it was surely recorded; null proves nothing.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_resident_id_purpose", "resident_id", "purpose", "at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.id"))
    purpose: Mapped[str] = mapped_column(Text)
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(Text)
    how: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    received_at: Mapped[datetime] = mapped_column(UtcTime)


class LinkUse(Base):
    """A signed link or registration token that was made or used, by its hash. purpose: confirm | qr.

    `subject` is the contact that a confirmation was made for; a token's is its worklist.
    """

    __tablename__ = "link_use"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, index=True)
    uses: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class PublicTry(Base):
    """How often one caller tried a public route within one window of time. `key` is a keyed hash, never an address."""

    __tablename__ = "public_try"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


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


register_sealed(Resident, "name_sealed")
register_sealed(Resident, "detail_sealed")
register_sealed(Contact, "value_sealed")
