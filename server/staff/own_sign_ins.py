"""One's own sign-ins: where one is signed in, ending them, and access tokens for programs such as QGIS and Power BI."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.problems import Problem
from server.base.service import Service
from server.staff.sign_in import hash_of
from server.staff.tables import Account, SignIn

MOST_ACCESS_TOKENS = 10
MOST_ACCESS_DAYS = 365
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|CriOS|Chromium)/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("Windows", r"Windows"),
    ("iPhone or iPad", r"iPhone|iPad"),
    ("Android", r"Android"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11|CrOS"),
)


@dataclass(frozen=True)
class OwnSignIn:
    """A sign-in as its owner sees it. `handle` names it in forms; `this` is the one that asks."""

    handle: str
    kind: str
    by: str
    browser: str
    name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    this: bool

    @property
    def last_moment(self) -> datetime:
        """Just before it ends, to tell its last day."""
        return self.expires_at - timedelta(seconds=1)


def family_of(user_agent: str) -> str:
    """What a browser calls itself, as coarse as helps its owner: "Firefox on Windows". No version is kept."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, user_agent)), "A browser")
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, user_agent)), "")
    return f"{browser} on {system}" if system else browser


def list_sign_ins(service: Service, account_id: int, token: str) -> list[OwnSignIn]:
    """The sessions and access tokens that hold now, the one last used first; `token` is the asking session's."""
    now, own = service.clock.now(), hash_of(service, token)
    idle_since = now - timedelta(minutes=service.settings.session_idle_minutes)
    statement = (
        select(SignIn)
        .where(
            SignIn.account_id == account_id,
            SignIn.kind.in_(("session", "access")),
            SignIn.expires_at > now,
            or_(SignIn.kind != "session", SignIn.seen_at > idle_since),
        )
        .order_by(SignIn.seen_at.desc(), SignIn.hash)
    )
    found = service.db.read(lambda session: list(session.scalars(statement)))
    return [
        OwnSignIn(
            one.hash,
            one.kind,
            one.by,
            one.browser,
            one.name,
            one.created_at,
            one.seen_at,
            one.expires_at,
            this=one.hash == own,
        )
        for one in found
    ]


def end_one(service: Service, principal: Principal, handle: str) -> None:
    """End one of one's own sessions or access tokens; one that has ended already stays so."""

    def work(session: Session) -> None:
        ended = delete(SignIn).where(SignIn.hash == handle, SignIn.account_id == principal.account_id)
        kind = session.scalar(ended.returning(SignIn.kind))
        if kind is not None:
            audit.record(session, service, principal, "sign_in.end", principal.actor, kind=kind)

    service.db.transact(work)


def end_others(service: Service, principal: Principal, token: str) -> int:
    """End all of one's own sign-ins but the asking one and the access tokens; how many were ended."""

    def work(session: Session) -> int:
        others = delete(SignIn).where(
            SignIn.account_id == principal.account_id,
            SignIn.hash != hash_of(service, token),
            SignIn.kind != "access",
        )
        ended = session.connection().execute(others).rowcount
        audit.record(session, service, principal, "sign_in.end_others", principal.actor, ended=ended)
        return ended

    return service.db.transact(work)


def make_access_token(service: Service, principal: Principal, *, name: str, ends_at: datetime) -> str:
    """A token with which a program reads coverage as its owner sees it, until `ends_at`; shown once.

    Problem("validation_failed") where it ends in the past or in more than a year; Problem("conflict") past ten of them.
    """
    now = service.clock.now()
    if not now < ends_at <= now + timedelta(days=MOST_ACCESS_DAYS + 1):
        told = "Choose a day after today, within a year."
        raise Problem("validation_failed", told, errors={"ends_on": told})
    token = secrets.token_urlsafe(32)

    def work(session: Session) -> None:
        owner = select(Account.id).where(Account.id == principal.account_id).with_for_update()
        session.execute(owner).one()
        held = select(func.count()).select_from(SignIn)
        held = held.where(
            SignIn.account_id == principal.account_id, SignIn.kind == "access", SignIn.expires_at > now
        )
        if (session.scalar(held) or 0) >= MOST_ACCESS_TOKENS:
            raise Problem(
                "conflict", f"There are {MOST_ACCESS_TOKENS} tokens already: end one that is not used."
            )
        row: dict[str, Any] = {
            "hash": hash_of(service, token),
            "kind": "access",
            "account_id": principal.account_id,
        }
        row |= {"created_at": now, "seen_at": now, "expires_at": ends_at, "by": "token", "name": name}
        session.execute(insert(SignIn).values(row))
        audit.record(session, service, principal, "access_token.make", principal.actor)

    service.db.transact(work)
    return token
