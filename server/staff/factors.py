"""Second factors of an account: codes of an authenticator app, recovery codes, and what passkeys there are.

Functions that take a session are for those who have a transaction open (signing in); the others are use cases.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Delete, delete, func, insert, select, update
from sqlalchemy.orm import Session

from server.base import audit
from server.base.access import Principal
from server.base.db import insert_many
from server.base.problems import Problem
from server.base.service import Service
from server.staff import codes
from server.staff.tables import Account, CodeKey, Passkey, RecoveryCode, SignIn

WHERE = {"table": "code_key", "column": "secret_sealed"}


@dataclass(frozen=True)
class Standing:
    """What second factors an account has. `codes_since` is None without an authenticator app."""

    codes_since: datetime | None
    recovery_left: int
    passkeys: int

    @property
    def any(self) -> bool:
        """True where there is at least one factor."""
        return self.codes_since is not None or self.passkeys > 0


def standing(session: Session, account_id: int) -> Standing:
    """What second factors an account has."""
    since = select(CodeKey.confirmed_at).where(CodeKey.account_id == account_id)
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    keys = select(func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    return Standing(session.scalar(since), session.scalar(left) or 0, session.scalar(keys) or 0)


def needed_by(session: Session, service: Service, account_id: int) -> str:
    """What is still to come after the password: "code", "setup" (none yet, and the force requires one) or ""."""
    if standing(session, account_id).any:
        return "code"
    return "setup" if service.settings.second_factor == "required" else ""


def start_code_key(service: Service, account_id: int) -> None:
    """Make a new key for an authenticator app, which counts once a first code of it was right (`confirm_code_key`).

    Problem("already_there") where the account has one that counts.
    """

    def work(session: Session) -> None:
        found = session.execute(
            select(CodeKey.confirmed_at).where(CodeKey.account_id == account_id).with_for_update()
        ).one_or_none()
        if found is not None and found.confirmed_at is not None:
            raise Problem(
                "already_there", "An authenticator app is set up: remove it before you set up another."
            )
        session.execute(delete(CodeKey).where(CodeKey.account_id == account_id))
        sealed = service.vault.seal(codes.new_key(), row=str(account_id), **WHERE)
        session.execute(insert(CodeKey).values(account_id=account_id, secret_sealed=sealed))

    service.db.transact(work)


def pending_key(service: Service, account_id: int) -> str | None:
    """The key that waits for its first code, to show it; None where none waits."""
    statement = select(CodeKey.secret_sealed).where(
        CodeKey.account_id == account_id, CodeKey.confirmed_at.is_(None)
    )
    sealed = service.db.read(lambda session: session.scalar(statement))
    return None if sealed is None else service.vault.open(sealed, row=str(account_id), **WHERE)


def confirm_code_key(service: Service, principal: Principal, code: str) -> list[str]:
    """Let the key that waits count, where the code is right. Ten recovery codes to show once, where there were none."""
    account_id = principal.account_id or 0

    def work(session: Session) -> list[str]:
        found = _code_key(session, account_id)
        if found is None or found.confirmed_at is not None:
            raise Problem("wrong_state", "No authenticator app waits for its first code: begin again.")
        if not _use_step(session, service, found, code):
            raise wrong_code()
        now = service.clock.now()
        session.execute(update(CodeKey).where(CodeKey.account_id == account_id).values(confirmed_at=now))
        made = (
            [] if standing(session, account_id).recovery_left else new_recovery(session, service, account_id)
        )
        audit.record(session, service, principal, "factor.code_added", f"account:{account_id}")
        return made

    return service.db.transact(work)


def use_code(session: Session, service: Service, account_id: int, code: str) -> str | None:
    """Use up a code: "code" or "recovery" by what it was, None where it is none that holds."""
    found = _code_key(session, account_id)
    if found is not None and found.confirmed_at is not None and _use_step(session, service, found, code):
        return "code"
    used = delete(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.hash == _recovery_hash(service, account_id, code)
    )
    return "recovery" if session.connection().execute(used).rowcount else None


def renew_recovery(service: Service, principal: Principal) -> list[str]:
    """Ten new recovery codes in place of those there were, to show once. Problem("wrong_state") without a factor."""
    account_id = principal.account_id or 0

    def work(session: Session) -> list[str]:
        if not standing(session, account_id).any:
            raise Problem("wrong_state", "Set up an authenticator app or a passkey first.")
        made = new_recovery(session, service, account_id)
        audit.record(session, service, principal, "factor.recovery_renewed", f"account:{account_id}")
        return made

    return service.db.transact(work)


def remove_code_key(service: Service, principal: Principal) -> None:
    """Take away one's authenticator app; the recovery codes go too where no passkey is left."""
    account_id = principal.account_id or 0

    def work(session: Session) -> None:
        session.execute(delete(CodeKey).where(CodeKey.account_id == account_id))
        forget_recovery_without_factor(session, account_id)
        audit.record(session, service, principal, "factor.code_removed", f"account:{account_id}")

    service.db.transact(work)


def forget_recovery_without_factor(session: Session, account_id: int) -> None:
    """Recovery codes stand in for a factor: where none is left they open nothing, and go."""
    if not standing(session, account_id).any:
        session.execute(_of(RecoveryCode, account_id))


def reset(service: Service, principal: Principal, account_id: int) -> None:
    """Take all of somebody's factors away, who has lost them, and end their sign-ins; never one's own.

    Whether this is that person, who resets has to know by other means.
    """
    if principal.account_id == account_id:
        raise Problem("forbidden", "Nobody resets their own second factors here: ask a colleague.")

    def work(session: Session) -> None:
        if session.scalar(select(Account.id).where(Account.id == account_id)) is None:
            raise Problem("not_found", "There is no such account.")
        for table in (CodeKey, RecoveryCode, Passkey, SignIn):
            session.execute(_of(table, account_id))
        audit.record(session, service, principal, "factor.reset", f"account:{account_id}")

    service.db.transact(work)


def wrong_code() -> Problem:
    """What is told of a code that is not right."""
    return Problem(
        "code_wrong",
        "This code is not right, or was used already. Wait for the next one.",
        errors={"code": "Enter the code that your app shows now. Each code works once."},
    )


def _of(table: type[CodeKey] | type[RecoveryCode] | type[Passkey] | type[SignIn], account_id: int) -> Delete:
    return delete(table).where(table.account_id == account_id)


def _code_key(session: Session, account_id: int) -> CodeKey | None:
    statement = select(CodeKey).where(CodeKey.account_id == account_id).with_for_update()
    return session.scalar(statement.execution_options(populate_existing=True))


def _use_step(session: Session, service: Service, found: CodeKey, code: str) -> bool:
    key = service.vault.open(found.secret_sealed, row=str(found.account_id), **WHERE)
    step = codes.step_of(key, code, service.clock.now(), found.last_step)
    if step is None:
        return False
    session.execute(update(CodeKey).where(CodeKey.account_id == found.account_id).values(last_step=step))
    return True


def new_recovery(session: Session, service: Service, account_id: int) -> list[str]:
    """Ten new recovery codes of an account in place of those there were."""
    session.execute(_of(RecoveryCode, account_id))
    made = codes.new_recovery_codes()
    rows = [{"account_id": account_id, "hash": _recovery_hash(service, account_id, code)} for code in made]
    insert_many(session, RecoveryCode, rows)
    return made


def _recovery_hash(service: Service, account_id: int, code: str) -> str:
    secret = service.keys.derive("recovery code", str(account_id))
    return hmac.digest(secret, codes.bare(code).encode(), hashlib.sha256).hex()
