"""The people who sign in: accounts, roles, area grants, sessions and bearer tokens."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime


class Account(Base):
    """A member of staff. `version` guards edits by two people; `active` false is a leaver, never deleted.

    `email` is an address at work, or ""; `daily_mail` whether the inbox of each day is to come there.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    collar_number: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    daily_mail: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class RoleGrant(Base):
    """officer | coordinator | supervisor | analyst | administrator, and key_contacts beside one of them."""

    __tablename__ = "role_grant"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)


class AreaGrant(Base):
    """An area (and all below it) that an account may see, between two dates."""

    __tablename__ = "area_grant"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"), primary_key=True)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)


class SignIn(Base):
    """A session cookie or a bearer token, kept as its hash only. kind: session | token."""

    __tablename__ = "sign_in"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class SignInFailure(Base):
    """Failed tries in a row, per keyed hash of what they count against; see throttle.py."""

    __tablename__ = "sign_in_failure"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcTime)
