"""The people who sign in: accounts, roles, area grants, sessions and bearer tokens."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, UtcTime
from server.base.vault import register_sealed


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
    """officer | coordinator | supervisor | analyst | administrator, and key_contacts beside one of them.

    source: "" (a colleague granted it) | "sso" (a group did, at the single sign-on).
    """

    __tablename__ = "role_grant"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    source: Mapped[str] = mapped_column(Text, default="")


class AreaGrant(Base):
    """An area (and all below it) that an account may see, between two dates. source: as of a role."""

    __tablename__ = "area_grant"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("area.code"), primary_key=True)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text, default="")


class SignIn(Base):
    """A session cookie or a bearer token, kept as its hash only.

    kind: session | half (the password was right, the second factor is still to come: opens nothing) | token (a quarter
    of an hour) | access (for programs: reads coverage only, up to a year, with a name). by: how its owner proved to be
    themselves.
    """

    __tablename__ = "sign_in"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    by: Mapped[str] = mapped_column(Text, default="password")
    browser: Mapped[str] = mapped_column(Text, default="")
    name: Mapped[str] = mapped_column(Text, default="")


class SignInFailure(Base):
    """Failed tries in a row, per keyed hash of what they count against; see throttle.py."""

    __tablename__ = "sign_in_failure"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcTime)


class CodeKey(Base):
    """The key of somebody's six-digit codes (TOTP). `confirmed_at` is empty until a first code was right."""

    __tablename__ = "code_key"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once; as a keyed hash."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text, primary_key=True)


class Passkey(Base):
    """A WebAuthn credential of an account. `id` is the authenticator's, base64url; the key is its public half."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class OneTimeTicket(Base):
    """A ticket that came back, and may not again, as its hash. See tickets.py."""

    __tablename__ = "one_time_ticket"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class Identity(Base):
    """Who an account is to the force's single sign-on: the pair that the provider never gives to anybody else."""

    __tablename__ = "identity"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcTime)


register_sealed(CodeKey, "secret_sealed")
